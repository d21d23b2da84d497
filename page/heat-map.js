'use strict';

const { WHOLE } = require('../js/report/page-data');
const { groupsOf, slowdownsOf } = require('../js/report/sentence');
const { pageTicks, ticksOf, xAxis } = require('./axis');
const { h, s } = require('./dom');
const {
  clock,
  counted,
  milliseconds,
  signed,
  visibleName,
  whole,
} = require('./format');
const { emptySays, panel, table } = require('./panel');
const { COLUMNS, boundsOf } = require('./selection');

const TONES = 6;
/** Steps between times along the axis, at most. */
const TIMES = 5;
/** From this position on, labels are on the left of their marks. */
const SWITCH = 0.6;
/** Durations along the axis. */
const DURATIONS = 6;

/** Tone of a count: even steps of its logarithm, and few tones where counts differ little. */
function toneOf(count, most) {
  if (most <= 1) return TONES - 1;
  const lowest = Math.max(2, TONES - 1 - Math.floor(Math.log2(most)));
  const part = Math.log(count) / Math.log(most);
  return Math.round(lowest + part * (TONES - lowest));
}

/** One path for all cells of a tone: few elements, whatever the data. */
function tonesOf(cells, rows) {
  const most = cells.reduce((a, { count }) => Math.max(a, count), 1);
  const paths = Array.from({ length: TONES }, () => '');
  for (const { column, row, count } of cells)
    paths[toneOf(count, most) - 1] += `M${column} ${rows - 1 - row}h1v1h-1z`;
  return paths.map((d, place) =>
    s('path', { class: `tone tone-${place + 1}`, d }),
  );
}

/** Place of a duration from the top, from 0 to 1; null beyond the scale. */
function heightOf(duration, { low, high }) {
  if (duration === null || duration === undefined) return null;
  const part = Math.log(duration / low) / Math.log(high / low);
  return part >= 0 && part <= 1 ? 1 - part : null;
}

/** The description of a place on the axis. */
function placeText(axis, place, withSeconds) {
  const at = axis.from + (axis.to - axis.from) * place;
  return axis.kind === 'runs'
    ? `${counted(Math.round(axis.to - at), 'run')} ago`
    : clock(at, axis.to, withSeconds);
}

const isShort = (axis) => axis.to - axis.from < 600_000;

/** The position of a change on the axis, from 0 to 1; null beyond it. */
function changePlace(change, axis, runs) {
  const at = axis.kind === 'runs' ? axis.to - change.runsAgo : change.at;
  if (at === null || runs === 0) return null;
  const place = (at - axis.from) / (axis.to - axis.from);
  return place >= 0 && place <= 1 ? place : null;
}

/** Changes to mark; for whole pipelines the lasting ones of their stages, if any, each with its stage. */
function changesOf(data, stage) {
  const ofStages = stage === data.total ? groupsOf(slowdownsOf(data)) : [];
  if (ofStages.length > 0) return ofStages;
  const { changes = [] } = rowOf(data, stage) ?? {};
  return changes.map((change) => [{ ...change, name: '' }]);
}

const rowOf = (data, stage) =>
  stage === data.total
    ? data.pipeline
    : data.stages.find((of) => of.stage === stage);

function markLabel([first, ...others], place) {
  const sign = first.change > 0 ? '▲' : '▼';
  const more = others.length > 0 ? `, ${others.length} more` : '';
  return h(
    'p',
    { style: { maxWidth: roomFor(place) } },
    h('span', { class: 'what' }, `${sign} ${first.name}`),
    h('span', {}, `${signed(first)}${more}`),
  );
}

/** The width for the label of a mark, which is on the wider side. */
const roomFor = (place) =>
  `min(260px, calc(${((place > SWITCH ? place : 1 - place) * 100).toFixed(1)}cqw - 14px))`;

function marks(data, stage, axis, map) {
  return changesOf(data, stage).flatMap((group) => {
    const [change] = group;
    const place = changePlace(change, axis, map.runs);
    if (place === null) return [];
    const tone = change.change > 0 ? 'worse' : 'better';
    const side = place > SWITCH ? ' before' : '';
    return [
      h(
        'div',
        {
          class: `mark ${tone}${side}`,
          style: { left: `${(place * 100).toFixed(2)}%` },
        },
        markLabel(group, place),
      ),
    ];
  });
}

/** Durations shown as lines, each with its name and height in the map. */
function levelsOf(data, stage, map) {
  const row = rowOf(data, stage);
  const all = { threshold: row?.threshold, usual: row?.typical };
  return Object.entries(all).flatMap(([name, duration]) => {
    const height = heightOf(duration, map);
    return height === null || !duration ? [] : [{ name, duration, height }];
  });
}

const lineOf = ({ name, height }) =>
  h('div', {
    class: `level ${name}`,
    style: { top: `${(height * 100).toFixed(2)}%` },
  });

/** Below the map, where no cell is under it. */
const keyOf = ({ name, duration }) =>
  h('span', { class: `key ${name}` }, `${name} ${milliseconds(duration)}`);

const rowBounds = ({ low, high, rows }, row) => {
  const step = Math.log(high / low) / rows;
  return [low * Math.exp(step * row), low * Math.exp(step * (row + 1))];
};

/** A cell in words. */
function cellText(cell, map, axis) {
  const [low, high] = rowBounds(map, cell.row);
  const seconds = isShort(axis);
  const from = placeText(axis, cell.column / COLUMNS, seconds);
  const to = placeText(axis, (cell.column + 1) / COLUMNS, seconds);
  const when = from === to ? from : `${from} to ${to}`;
  const id =
    cell.id === null
      ? ''
      : `, ${cell.count === 1 ? '' : 'the newest '}${visibleName(cell.id)}`;
  return `${when}: ${counted(cell.count, 'run')} of ${milliseconds(low)} to ${milliseconds(high)}${id}`;
}

function cursorOf(map, cursor) {
  if (cursor === null) return null;
  const { column, row } = cursor;
  return s('rect', {
    class: 'cursor',
    x: column,
    y: map.rows - 1 - row,
    width: 1,
    height: 1,
  });
}

/** The time that is being chosen. */
function band({ selection }) {
  if (selection === null) return null;
  const [from, to] = boundsOf(selection);
  const share = (columns) => `${((columns / COLUMNS) * 100).toFixed(2)}%`;
  return h('div', {
    class: 'band',
    style: { left: share(from), width: share(to - from) },
  });
}

function tipOf(data, view, map) {
  const { axis } = data;
  if (view.selection !== null) {
    const [from, to] = boundsOf(view.selection).map((column) =>
      placeText(axis, column / COLUMNS, true),
    );
    return `${from} to ${to}: Enter shows this time in all charts, Esc leaves it.`;
  }
  if (view.cursor !== null) return cellText(view.cursor, map, axis);
  const hint = view.isLive
    ? 'Choose one to see an execution of it, or drag over a time to see that in all charts.'
    : 'Choose one to see an execution of it.';
  return [
    'The stronger a cell, the more runs it holds. ',
    h('span', { class: 'hint' }, hint),
  ];
}

function chart(data, view, stage, map) {
  const { axis } = data;
  const name = data.nameOf(stage);
  const levels = levelsOf(data, stage, map);
  const longest = map.cells.reduce(
    (a, b) => (b.row > a.row ? b : a),
    map.cells[0],
  );
  return h(
    'div',
    { class: 'heat' },
    h(
      'div',
      { class: 'y-axis', 'aria-hidden': 'true' },
      ticksOf(map.low, map.high, DURATIONS).map((duration) =>
        h(
          'span',
          { style: { top: `${(heightOf(duration, map) * 100).toFixed(2)}%` } },
          milliseconds(duration),
        ),
      ),
    ),
    h(
      'div',
      {
        class: 'plot',
        tabindex: 0,
        role: 'application',
        'data-plot': 'heat',
        'data-axis': 'time',
        'data-nav': 'cells',
        'aria-label': `Durations of ${name} over time: ${counted(map.runs, 'run')} from ${milliseconds(map.low)} to ${milliseconds(map.high)}, the longest ${placeText(axis, longest.column / COLUMNS, true)}. Arrow keys move between cells, Enter opens an execution${view.isLive ? '; Shift with left and right chooses a time' : ''}.`,
      },
      s(
        'svg',
        {
          viewBox: `0 0 ${COLUMNS} ${map.rows}`,
          preserveAspectRatio: 'none',
          'aria-hidden': 'true',
        },
        tonesOf(map.cells, map.rows),
        cursorOf(map, view.cursor),
      ),
      levels.map(lineOf),
      marks(data, stage, axis, map),
      band(view),
    ),
    xAxis(pageTicks(axis, TIMES)),
    levels.length > 0 && h('p', { class: 'keys' }, levels.map(keyOf)),
    h('p', { class: 'tip', 'aria-live': 'polite' }, tipOf(data, view, map)),
  );
}

function figures(data, map, name) {
  const columns = new Map();
  for (const { column, row, count } of map.cells) {
    const of = Math.floor(column / 5);
    const known = columns.get(of) ?? { count: 0, low: row, high: row };
    columns.set(of, {
      count: known.count + count,
      low: Math.min(known.low, row),
      high: Math.max(known.high, row),
    });
  }
  return table(
    `Durations of ${name} over time`,
    ['from', 'runs', 'shortest from', 'longest up to'],
    [...columns].map(([column, { count, low, high }]) => [
      placeText(data.axis, (column * 5) / COLUMNS, isShort(data.axis)),
      whole(count),
      milliseconds(rowBounds(map, low)[0]),
      milliseconds(rowBounds(map, high)[1]),
    ]),
  );
}

function chooser(data, view) {
  const names = [
    [data.total, WHOLE],
    ...data.stages.map(({ stage, name }) => [stage, name]),
  ];
  const chosen = view.stage ?? data.total;
  return h(
    'label',
    { class: 'chooser' },
    h('span', { class: 'unseen' }, 'Stage whose durations are shown'),
    h(
      'select',
      { 'data-on': 'stage' },
      names.map(([stage, name]) =>
        h('option', { value: stage, selected: stage === chosen }, name),
      ),
    ),
  );
}

/** Durations of a stage over time. */
function heatMap(data, view) {
  const stage = view.stage ?? data.total;
  const map = data.maps[stage];
  const isEmpty = map === undefined || map.runs === 0;
  const why =
    map === undefined
      ? 'Its durations are on their way.'
      : 'No run of it ended in this time.';
  return panel(
    {
      id: 'heat-map',
      title:
        data.axis.kind === 'runs' ? 'Durations by run' : 'Durations over time',
      extra: data.stages.length > 0 && chooser(data, view),
      chart: () =>
        isEmpty
          ? emptySays(
              data.stages.length === 0
                ? 'Durations appear here once an execution has completed.'
                : why,
            )
          : chart(data, view, stage, map),
      figures: !isEmpty && (() => figures(data, map, data.nameOf(stage))),
    },
    view,
  );
}

module.exports = { heatMap };
