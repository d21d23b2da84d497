'use strict';

const { candidates } = require('./candidates');
const { short } = require('./table');

const ROW = 26;
const LEFT = 222;
const PANEL = 330;
const GAP = 84;
const TOP = 64;
const WIDTH = LEFT + PANEL + GAP + PANEL + 24;

const STYLE = `text{font:12px system-ui,sans-serif;fill:#24292f}.dim{fill:#656d76}
.grid{stroke:#d0d7de}.ours{fill:#0969da;stroke:#0969da}.rival{fill:#8c959f;stroke:#8c959f}
.limit{stroke:#cf222e;stroke-dasharray:4 3}.limit-text{fill:#cf222e}.title{font-weight:600}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.dim{fill:#8d96a0}.grid{stroke:#30363d}
.ours{fill:#4493f8;stroke:#4493f8}.limit{stroke:#f85149}.limit-text{fill:#f85149}}`;

const escapeText = (text) =>
  text.replace(/[&<>]/g, (mark) => `&#${mark.charCodeAt(0)};`);

const textAt = (x, y, text, attributes = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escapeText(text)}</text>`;

/** Powers of ten that enclose positive values, and the place of a value between them. */
function logScale(values, left) {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(...positive)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive))));
  const place = (value) => {
    const at = (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
    return left + Math.min(1, at) * PANEL;
  };
  const ticks = Array.from(
    { length: high - low + 1 },
    (_, i) => 10 ** (low + i),
  );
  return { place, ticks };
}

function grid({ place, ticks }, bottom, unit) {
  return ticks.flatMap((tick) => [
    `<line class="grid" x1="${place(tick).toFixed(1)}" x2="${place(tick).toFixed(1)}" y1="${TOP - 8}" y2="${bottom}"/>`,
    textAt(
      place(tick),
      bottom + 16,
      `${Number(tick.toPrecision(1))} ${unit}`,
      'class="dim" text-anchor="middle"',
    ),
  ]);
}

/** Cost of four empty stages: a dot a candidate, its interval as a line. */
function costPanel(rows, figures, bottom) {
  const shown = rows.map(({ name }) => figures[`cost/0/${name}`]);
  const scale = logScale(
    shown.flatMap(({ low, high }) => [low, high]),
    LEFT,
  );
  const marks = rows.flatMap(({ ours }, row) => {
    const { value, low, high } = shown[row];
    const y = TOP + row * ROW + ROW / 2;
    const kind = ours ? 'ours' : 'rival';
    const x = scale.place(value);
    const isFarRight = x > LEFT + PANEL - 50;
    const label = isFarRight
      ? textAt(scale.place(low) - 8, y + 4, short(value), 'text-anchor="end"')
      : textAt(scale.place(high) + 8, y + 4, short(value));
    return [
      `<line class="${kind}" stroke-width="3" x1="${scale.place(low).toFixed(1)}" x2="${scale.place(high).toFixed(1)}" y1="${y}" y2="${y}"/>`,
      `<circle class="${kind}" cx="${x.toFixed(1)}" cy="${y}" r="5"/>`,
      label,
    ];
  });
  return [
    textAt(LEFT, 36, 'Four empty stages, µs a pipeline', 'class="title"'),
    ...grid(scale, bottom, 'µs'),
    ...marks,
  ];
}

/** Overhead with real bodies: a dot for each length, larger for longer bodies. */
function overheadPanel(rows, figures, lengths, bottom) {
  const left = LEFT + PANEL + GAP;
  const figure = (us, name) => figures[`overhead/${us}/${name}`];
  const values = rows.flatMap(({ name }) =>
    lengths.map((us) => figure(us, name)?.value ?? NaN),
  );
  if (!values.some((value) => value > 0)) return [];
  const scale = logScale([...values, 0.1, 1], left);
  const one = scale.place(1).toFixed(1);
  const radius = (us) => 2.5 + 1.2 * lengths.indexOf(us);
  const marks = rows.flatMap(({ name, ours }, row) =>
    lengths
      .filter((us) => figure(us, name)?.value > 0)
      .map((us) => {
        const y = TOP + row * ROW + ROW / 2;
        const x = scale.place(figure(us, name).value).toFixed(1);
        return `<circle class="${ours ? 'ours' : 'rival'}" fill-opacity="0.35" cx="${x}" cy="${y}" r="${radius(us).toFixed(1)}"/>`;
      }),
  );
  const names = lengths
    .map((us) => (us < 1000 ? `${us} µs` : `${us / 1000} ms`))
    .join(', ');
  return [
    textAt(
      left,
      20,
      'Overhead of four stages with real bodies',
      'class="title"',
    ),
    textAt(left, 36, `stages of ${names}: small to large dots`, 'class="dim"'),
    ...grid(scale, bottom, '%'),
    `<line class="limit" x1="${one}" x2="${one}" y1="${TOP - 8}" y2="${bottom}"/>`,
    ...marks,
  ];
}

/** docs/benchmarks.svg for a run. */
function plot({ figures, bodies, machine }) {
  const rows = candidates
    .filter(({ name }) => figures[`cost/0/${name}`] !== undefined)
    .sort(
      (a, b) =>
        figures[`cost/0/${a.name}`].value - figures[`cost/0/${b.name}`].value,
    );
  const bottom = TOP + rows.length * ROW;
  const height = bottom + 52;
  const labels = rows.map(({ label, ours }, row) =>
    textAt(
      LEFT - 14,
      TOP + row * ROW + ROW / 2 + 4,
      label,
      `text-anchor="end"${ours ? ' class="title"' : ''}`,
    ),
  );
  const source = `${machine.processor}, Node ${machine.node}, commit ${machine.commit ?? 'unknown'}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    '<title>Cost of measuring a pipeline of four stages</title>',
    `<style>${STYLE}</style>`,
    ...labels,
    ...costPanel(rows, figures, bottom),
    ...overheadPanel(
      rows,
      figures,
      bodies.filter((us) => us > 0),
      bottom,
    ),
    textAt(LEFT, bottom + 38, source, 'class="dim"'),
    '</svg>',
    '',
  ].join('\n');
}

module.exports = { plot };
