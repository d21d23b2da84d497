'use strict';

const { breakable, h, s } = require('./dom');
const {
  column,
  counted,
  milliseconds,
  percent,
  signed,
  whole,
} = require('./format');
const { sparkline } = require('./lines');
const { emptySays, panel, table } = require('./panel');

/** Stages shown before a filter is used. */
const MOST = 12;

/** The latest change that still holds, which is the last one, or else a trend. */
const changeOf = ({ changes, trend }) => changes.at(-1) ?? trend ?? null;

/** A trend has only its number of runs. */
const changeTitle = ({ before, after, runs }) =>
  before === undefined
    ? `Over ${whole(runs)} runs`
    : `${milliseconds(before)} before, ${milliseconds(after)} after`;

function bar({ share, shareWithInner }, most) {
  const part = (value) => (Math.min(1, value / most) * 100).toFixed(2);
  return s(
    'svg',
    {
      class: 'bar',
      viewBox: '0 0 100 10',
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    s('rect', { class: 'inner', width: part(shareWithInner), height: 10 }),
    s('rect', { class: 'own', width: part(share), height: 10 }),
  );
}

function changeCell(stage) {
  const change = changeOf(stage);
  if (change === null || Math.abs(change.change) < 0.005)
    return h(
      'span',
      { class: 'change', title: 'No lasting change found' },
      '·',
    );
  const worse = change.change > 0;
  return h(
    'span',
    {
      class: `change ${worse ? (change.isLasting === false ? '' : 'worse') : 'better'}`,
      title: changeTitle(change),
    },
    `${worse ? '▲' : '▼'} ${signed(change)}`,
  );
}

const QUANTILES = ['p50', 'p95', 'p99'];

function row(stage, { most, columns }, view) {
  const chosen = view.stage === stage.stage;
  const exact = [...QUANTILES, 'max'].map(
    (of) => `${of} ${stage[of] ?? '-'} ms`,
  );
  return h(
    'tr',
    { class: chosen ? 'chosen' : '', 'data-key': `stage-${stage.stage}` },
    h(
      'th',
      { scope: 'row' },
      h(
        'button',
        {
          class: 'name',
          'data-do': 'stage',
          'data-of': stage.stage,
          'data-nav': 'stages',
          'aria-pressed': String(chosen),
          title: `${stage.name}: ${counted(stage.runs, 'run')}, ${exact.join(', ')}`,
        },
        breakable(stage.name),
      ),
    ),
    h(
      'td',
      {
        class: 'time',
        title: `${percent(stage.share)} of the stage time, of its own`,
      },
      bar(stage, most),
    ),
    ...QUANTILES.map((name, place) =>
      h(
        'td',
        {
          class: 'number',
          title: stage[name] === null ? '' : `${stage[name]} ms`,
        },
        columns[place].show(stage[name]),
      ),
    ),
    h('td', { class: 'line' }, sparkline(stage.line)),
    h('td', { class: 'number' }, changeCell(stage)),
  );
}

const headsOf = (columns) => [
  'stage',
  'time',
  ...QUANTILES.map((name, place) => `${name}, ${columns[place].unit}`),
  'median',
  'change',
];

const matching = (stages, filter) =>
  stages.filter(({ name }) =>
    name.toLowerCase().includes(filter.toLowerCase()),
  );

function filterBox(stages, shown, view) {
  if (stages.length <= MOST) return null;
  const count =
    shown.length < stages.length
      ? `${shown.length} of ${stages.length}`
      : stages.length;
  return h(
    'label',
    { class: 'filter' },
    h('input', {
      type: 'search',
      placeholder: 'filter',
      'data-on': 'filter',
      'aria-label': 'Filter stages by name',
      value: view.filter,
    }),
    h('span', {}, `${count} stages`),
  );
}

function figures(stages) {
  return table(
    'Stages, the largest part of the time first',
    [
      'stage',
      'runs',
      'own time',
      'p50',
      'p95',
      'p99',
      'longest',
      'last change',
    ],
    stages.map((of) => [
      of.name,
      whole(of.runs),
      percent(of.share),
      milliseconds(of.p50),
      milliseconds(of.p95),
      milliseconds(of.p99),
      milliseconds(of.max),
      changeOf(of) === null ? 'none' : signed(changeOf(of)),
    ]),
  );
}

function chart(shown, view) {
  if (shown.length === 0) return emptySays('No stage has this in its name.');
  const columns = QUANTILES.map((name) => column(shown.map((of) => of[name])));
  const most = Math.max(
    ...shown.map(({ shareWithInner }) => shareWithInner),
    1e-9,
  );
  return h(
    'div',
    { class: 'stage-table' },
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, 'Stages by their part of the time'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          headsOf(columns).map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        shown.map((stage) => row(stage, { most, columns }, view)),
      ),
    ),
  );
}

/** Stages by their share of the time. */
function stages(data, view) {
  const all = data.stages;
  const found = matching(all, view.filter);
  const shown =
    view.filter === '' ? found.slice(0, MOST) : found.slice(0, 5 * MOST);
  return panel(
    {
      id: 'stages',
      title: 'Stages',
      extra: filterBox(all, shown, view),
      chart: () =>
        all.length === 0
          ? emptySays(
              'No stage has completed yet. Stages appear here as soon as one does.',
            )
          : chart(shown, view),
      figures: all.length > 0 && (() => figures(found)),
    },
    view,
  );
}

module.exports = { stages };
