'use strict';

const { candidates } = require('./candidates');
const { judge } = require('./bars');
const { ratioOf } = require('./statistics');

/** Three significant digits, and never an exponent. */
function short(value) {
  if (value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.995 ? 2 : 3;
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? '0' : text;
}

/** A figure with its interval, where it has one. */
function withInterval(figure) {
  if (figure === undefined) return '–';
  if (figure.low === undefined) return short(figure.value);
  return `${short(figure.value)} (${short(figure.low)}–${short(figure.high)})`;
}

/** A figure with the end of its interval that a limit from above has to hold for. */
function withUpperEnd(figure) {
  if (figure === undefined) return '–';
  return `${short(figure.value)} (${short(figure.high)})`;
}

/**
 * @typedef {{ title: string, head: string[], rows: string[][], texts?: number }} Table - the
 *   first `texts` columns (1) are text, the others are figures
 */

/** @returns {Table} what a pipeline of four empty stages costs with each candidate */
function sideBySideTable(figures) {
  const minimum = figures['cost/0/minimum'];
  const rows = measured(figures, 0).map(({ name, label, captures }) => {
    const cost = figures[`cost/0/${name}`];
    return [
      label,
      captures,
      withInterval(cost),
      minimum === undefined ? '–' : short(ratioOf(cost, minimum).value),
      short(figures[`garbage/0/${name}`].value),
      short(figures[`collected/0/${name}`].value),
    ];
  });
  return {
    title: 'Cost of a pipeline of four empty stages',
    head: ['candidate', 'captures', 'µs (95 %)', '× min.', 'µs in GC', 'GC %'],
    texts: 2,
    rows,
  };
}

/** @returns {Table} what each candidate adds to stages that do something */
function inSituTable(figures, bodies) {
  const lengths = bodies.filter((us) => us > 0);
  const shown = candidates.filter(({ name }) =>
    lengths.some((us) => figures[`overhead/${us}/${name}`] !== undefined),
  );
  return {
    title: 'Overhead of four stages with real bodies in % (upper end, 95 %)',
    head: [
      'candidate',
      ...lengths.map((us) => (us < 1000 ? `${us} µs` : `${us / 1000} ms`)),
    ],
    rows: shown.map(({ name, label }) => [
      label,
      ...lengths.map((us) => withUpperEnd(figures[`overhead/${us}/${name}`])),
    ]),
  };
}

/** @returns {Table} */
function tailTable(figures) {
  const shown = candidates.filter(
    ({ name }) => figures[`tail/${name}/p50`] !== undefined,
  );
  return {
    title: 'Cost of one stage in µs',
    head: ['candidate', 'p50', 'p99', 'max'],
    rows: shown.map(({ name, label }) => [
      label,
      ...['p50', 'p99', 'max'].map((key) =>
        short(figures[`tail/${name}/${key}`].value),
      ),
    ]),
  };
}

const QUERY_LABELS = {
  summary: 'getPerformanceSummary()',
  aggregate: 'metricsAggregator.aggregate()',
  report: 'generateReport()',
};

/** @returns {Table} memory and queries by how much is kept */
function retentionTable(figures) {
  const sizes = Object.keys(figures)
    .map((id) => /^memory\/(\d+)\/rss$/.exec(id)?.[1])
    .filter((size) => size !== undefined);
  const columns = [
    ...sizes.map((size) => [
      `memory/${size}`,
      `${compact(Number(size))} stages`,
    ]),
  ];
  columns.push(['queries', '6 × 10 k']);
  const row = (label, suffix) => [
    label,
    ...columns.map(([id]) => short(figures[`${id}/${suffix}`]?.value)),
  ];
  const rows = [
    row('resident bytes a stage record', 'rss'),
    row('of them in the JavaScript heap', 'heap'),
  ];
  for (const [query, label] of Object.entries(QUERY_LABELS)) {
    if (figures[`queries/${query}/cold`] === undefined) continue;
    rows.push(
      row(`${label}, cold, µs`, `${query}/cold`),
      row(`${label}, again, µs`, `${query}/again`),
    );
  }
  return {
    title: 'What is kept, and asking for it',
    head: ['', ...columns.map(([, label]) => label)],
    rows,
  };
}

const AXIS_LABELS = {
  history: 'recorded',
  active: 'active at once',
  names: 'stage names',
};

/** @returns {Table} */
function growthTable(figures) {
  const rows = Object.entries(AXIS_LABELS).map(([axis, label]) => {
    const levels = Object.entries(figures)
      .map(([id, { value }]) => [
        new RegExp(`^growth/${axis}/(\\d+)$`).exec(id)?.[1],
        value,
      ])
      .filter(([level]) => level !== undefined)
      .map(([level, value]) => `${compact(Number(level))}: ${short(value)}`);
    return [
      label,
      levels.join('  '),
      `${short(figures[`growth/${axis}`]?.value)} %`,
    ];
  });
  return {
    title: 'Cost of a pipeline in µs as things grow',
    head: ['with', 'cost', 'range'],
    rows,
  };
}

const compact = (count) =>
  count >= 1_000_000
    ? `${count / 1_000_000} M`
    : count >= 1000
      ? `${count / 1000} k`
      : String(count);

/** @returns {Table} */
function otherTable(figures) {
  const rows = [
    [
      'five async stages, installed, µs above bare',
      withInterval(figures['install/basic']),
    ],
    ['five async stages, bare, µs', withInterval(figures['install/bare'])],
    [
      'duration an empty stage reads, µs',
      withInterval(figures['duration/basic']),
    ],
  ];
  for (const state of ['idle', 'load']) {
    const waits = ['p50', 'p99', 'max'].map((key) =>
      short(figures[`alert/${state}/${key}`]?.value),
    );
    rows.push([
      `completion to alert, ${state}, µs: p50, p99, max`,
      waits.join(', '),
    ]);
  }
  rows.push([
    'soak, MiB added: resident, heap',
    `${short(figures['soak/rss']?.value)}, ${short(figures['soak/heap']?.value)}`,
  ]);
  return { title: 'Further measures', head: ['', 'measured'], rows };
}

/** @returns {Table} each bar beside what was measured */
function barTable(figures) {
  const rows = judge(figures).map(({ bar, measured, met }) => [
    bar.measure,
    bar.below === undefined
      ? `≤ ${short(bar.most)} ${bar.unit}`
      : `< ${short(bar.below)} ${bar.unit}`,
    measured === null ? 'not measured' : withInterval(measured),
    met === null ? '–' : met ? 'met' : 'NOT MET',
  ]);
  return { title: 'Bars', head: ['measure', 'bar', 'measured', ''], rows };
}

const measured = (figures, us) =>
  candidates.filter(({ name }) => figures[`cost/${us}/${name}`] !== undefined);

/** Every table that the figures of a run fill. */
function tablesOf(figures, bodies) {
  const tables = [sideBySideTable(figures), inSituTable(figures, bodies)];
  if (figures['duration/basic'] !== undefined) {
    tables.push(
      tailTable(figures),
      retentionTable(figures),
      growthTable(figures),
    );
    tables.push(otherTable(figures), barTable(figures));
  }
  return tables.filter(({ rows }) => rows.length > 0);
}

/** A table for the terminal, at most 100 columns wide. */
function toText({ title, head, rows, texts = 1 }) {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column].length)),
  );
  const line = (cells) =>
    cells
      .map((cell, column) =>
        column < texts
          ? cell.padEnd(widths[column])
          : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [title, rule, line(head), rule, ...rows.map(line), ''].join('\n');
}

function toMarkdown({ head, rows, texts = 1 }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column < texts ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line), ''].join('\n');
}

module.exports = { short, tablesOf, toMarkdown, toText, withInterval };
