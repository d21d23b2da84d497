'use strict';

// The results of a run as tables. Each is built from the measured figures, and has no rows without
// them.

const { judge } = require('./bars');
const { candidates } = require('./candidates');
const { ratioOf } = require('./statistics');
const { compact, short, withInterval, withUpperEnd } = require('./table');

const candidatesWith = (figures, idOf) =>
  candidates.filter(({ name }) => figures[idOf(name)] !== undefined);

/** What a pipeline of four empty stages costs with each candidate. */
function sideBySideTable(figures) {
  const minimum = figures['cost/0/minimum'];
  const shown = candidatesWith(figures, (name) => `cost/0/${name}`);
  const rows = shown.map(({ name, label, captures }) => {
    const cost = figures[`cost/0/${name}`];
    return [
      label,
      captures,
      withInterval(cost),
      short(minimum && ratioOf(cost, minimum).value),
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

/** A table with a row a candidate and a column for each length of real bodies. */
function inSituTable(title, figures, bodies, cell) {
  const lengths = bodies.filter((us) => us > 0);
  const shown = candidates.filter(({ name }) =>
    lengths.some((us) => figures[`overhead/${us}/${name}`] !== undefined),
  );
  const lengthOf = (us) => (us < 1000 ? `${us} µs` : `${us / 1000} ms`);
  return {
    title,
    head: ['candidate', ...lengths.map(lengthOf)],
    rows: shown.map(({ name, label }) => [
      label,
      ...lengths.map((us) => cell(`${us}/${name}`)),
    ]),
  };
}

/** What each candidate adds to stages that do something. */
const overheadTable = (figures, bodies) =>
  inSituTable(
    'Overhead of four stages with real bodies in % (upper end, 95 %)',
    figures,
    bodies,
    (id) => withUpperEnd(figures[`overhead/${id}`]),
  );

/** Its two parts, which are measured there. */
const partsTable = (figures, bodies) =>
  inSituTable(
    'Of that in µs a pipeline: within the calls/by what they do to the bodies',
    figures,
    bodies,
    (id) =>
      ['calls', 'bodies']
        .map((part) => short(figures[`${part}/${id}`]?.value))
        .join('/'),
  );

/** The self-reported cost of the package beside the measured one. */
function ownCostTable(figures, bodies) {
  const shown = candidates.filter(({ name }) =>
    bodies.some((us) => figures[`own/${us}/${name}`] !== undefined),
  );
  const cell = (us, name) => {
    const own = figures[`own/${us}/${name}`];
    const measured = figures[`own/measured/${us}/${name}`];
    return own === undefined
      ? '–'
      : `${short(own.value)}/${short(measured?.value)}`;
  };
  const title = (us) => (us === 0 ? 'empty' : `${us} µs`);
  return {
    title: 'µs a pipeline: what the package says it costs/as measured here',
    head: ['candidate', ...bodies.map(title)],
    rows: shown.map(({ name, label }) => [
      label,
      ...bodies.map((us) => cell(us, name)),
    ]),
  };
}

/** The calls to each candidate timed by themselves. */
function callsTable(figures) {
  const shown = candidatesWith(figures, (name) => `calls/hot/${name}`);
  const cells = (state, name, keys) => [
    short(figures[`calls/${state}/${name}`].value),
    ...keys.map((key) => short(figures[`tail/${state}/${name}/${key}`].value)),
  ];
  return {
    title:
      'Calls timed one by one in µs: all of a pipeline (p50), then of one stage; hot, amid 50 µs',
    head: ['candidate', 'hot', 'p50', 'p99', 'max', 'amid', 'p50', 'p99'],
    rows: shown.map(({ name, label }) => [
      label,
      ...cells('hot', name, ['p50', 'p99', 'max']),
      ...cells('cold', name, ['p50', 'p99']),
    ]),
  };
}

const QUERY_LABELS = {
  summary: 'getPerformanceSummary()',
  aggregate: 'metricsAggregator.aggregate()',
  report: 'generateReport()',
  everything: 'every analysis and the report',
};

/** Memory, and queries by the amount stored. */
function retentionTable(figures) {
  const sizes = Object.keys(figures)
    .map((id) => /^memory\/(\d+)\/rss$/.exec(id)?.[1])
    .filter((size) => size !== undefined);
  const columns = [
    ...sizes.map((size) => `memory/${size}`),
    'queries',
    'restless',
  ];
  const head = sizes.map((size) => `${compact(Number(size))} stages`);
  const row = (label, suffix) => [
    label,
    ...columns.map((id) => short(figures[`${id}/${suffix}`]?.value)),
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
    title: 'Memory, and what questions cost',
    head: ['', ...head, '6 × 10 k', 'restless'],
    rows: sizes.length === 0 ? [] : rows,
  };
}

const AXIS_LABELS = {
  history: 'recorded',
  active: 'active at once',
  names: 'stage names',
};

/** The cost of a pipeline by the amount of other data. */
function growthTable(figures) {
  const axes = Object.entries(AXIS_LABELS).filter(
    ([axis]) => figures[`growth/${axis}`] !== undefined,
  );
  const levelsOf = (axis) =>
    Object.keys(figures)
      .map((id) => new RegExp(`^growth/${axis}/(\\d+)$`).exec(id))
      .filter((match) => match !== null)
      .map(
        ([id, level]) =>
          `${compact(Number(level))}: ${short(figures[id].value)}`,
      );
  return {
    title: 'Cost of a pipeline in µs as things grow',
    head: ['with', 'cost', 'range'],
    rows: axes.map(([axis, label]) => [
      label,
      levelsOf(axis).join('  '),
      `${short(figures[`growth/${axis}`].value)} %`,
    ]),
  };
}

const TAIL = ['p50', 'p99', 'max'];
const OTHERS = [
  ['five async stages, installed, µs above bare', ['install/basic']],
  [
    'five async stages, installed, four pipelines at once, µs above bare',
    ['install/overlapping'],
  ],
  ['five async stages, bare, µs', ['install/bare']],
  [
    'five async stages, what the package says it costs, µs: one at a time, four at once',
    ['install/basic/own', 'install/overlapping/own'],
  ],
  ['duration an empty stage reads, µs', ['duration/basic']],
  ...['idle', 'load'].map((state) => [
    `completion to alert, ${state}, µs: p50, p99, max`,
    TAIL.map((key) => `alert/${state}/${key}`),
  ]),
  ['soak, MiB added: resident, heap', ['soak/rss', 'soak/heap']],
  [
    'longest call, µs, and % of the time not looked at, as others had the core: sync',
    ['longest/sync', 'longest/sync/disturbed'],
  ],
  ['… async', ['longest/async', 'longest/async/disturbed']],
  ['… bare loop', ['longest/bare', 'longest/bare/disturbed']],
  ...[
    ['wired', 'rare pipelines, wired: calls in µs, the first in ms'],
    ['minimum-shared', '… hand-written minimum, shared'],
  ].map(([name, label]) => [label, [`rare/${name}`, `rare/${name}/first`]]),
  [
    'collectors, MiB added: made and dropped, disposed',
    ['collectors/dropped', 'collectors/disposed'],
  ],
  [
    'workers that came and went: MiB added, how many failed',
    ['workers/rss', 'workers/failures'],
  ],
];

function otherTable(figures) {
  const rows = OTHERS.filter(([, [first]]) => figures[first] !== undefined);
  return {
    title: 'Further measures',
    head: ['', 'measured'],
    rows: rows.map(([label, ids]) => [
      label,
      ids.length === 1
        ? withInterval(figures[ids[0]])
        : ids.map((id) => short(figures[id].value)).join(', '),
    ]),
  };
}

/** Each bar beside what was measured; in a whole run also those that were not. */
function barTable(figures) {
  const isWhole = figures['soak/rss'] !== undefined;
  const judged = judge(figures).filter(({ met }) => isWhole || met !== null);
  const limit = ({ most, below, unit }) =>
    below === undefined
      ? `≤ ${short(most)} ${unit}`
      : `< ${short(below)} ${unit}`;
  return {
    title: 'Bars',
    head: ['measure', 'bar', 'measured', ''],
    rows: judged.map(({ bar, measured, met }) => [
      bar.measure,
      limit(bar),
      met === null ? 'not measured' : withInterval(measured),
      met === null ? '–' : met ? 'met' : 'NOT MET',
    ]),
  };
}

/**
 * Every table with figures of a run; the summary is last.
 *
 * @returns {import('./table').Table[]}
 */
function tablesOf(figures, bodies) {
  const tables = [
    sideBySideTable(figures),
    overheadTable(figures, bodies),
    partsTable(figures, bodies),
    ownCostTable(figures, bodies),
    callsTable(figures),
    retentionTable(figures),
    growthTable(figures),
    otherTable(figures),
    barTable(figures),
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

module.exports = { tablesOf };
