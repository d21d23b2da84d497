'use strict';

const { evenTicks, xAxis } = require('./axis');
const { h, s } = require('./dom');
const {
  bytes,
  clock,
  counted,
  milliseconds,
  nameBefore,
  percent,
  visibleName,
  whole,
} = require('./format');
const { emptySays, panel, table } = require('./panel');

const WHY = {
  chosen: 'chosen',
  slowest: 'slowest',
  failed: 'failed',
  typical: 'typical',
  newest: 'newest',
  cell: 'slow for a stage',
};
/** Executions to choose from. */
const MOST_OPTIONS = 40;
/** Stages that are drawn. */
const MOST_ROWS = 20;
/** Steps between times along the axis, at most. */
const TIMES = 5;

const width = (duration, whole) =>
  whole > 0 ? Math.max(0, duration / whole) * 100 : 0;

/** Places of the drawn stages, in order: the failed ones and the longest. */
function drawnOf({ stages }) {
  const weight = ({ success, duration }) => (success ? duration : Infinity);
  return stages
    .map((of, place) => [weight(of), place])
    .sort(([a], [b]) => (a === b ? 0 : b - a))
    .slice(0, MOST_ROWS)
    .map(([, place]) => place)
    .sort((a, b) => a - b);
}

function bars(execution, drawn) {
  const rows = drawn.length;
  const x = (ms) => width(ms, execution.duration).toFixed(3);
  const gaps = execution.path.filter(([place]) => place === null);
  const pieces = execution.path.filter(([place]) => drawn.includes(place));
  return s(
    'svg',
    {
      class: 'bars',
      viewBox: `0 0 100 ${rows}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    s(
      'defs',
      {},
      s(
        'pattern',
        { id: 'gap', width: 0.8, height: 0.35, patternUnits: 'userSpaceOnUse' },
        s('rect', { class: 'gap-line', width: 0.35, height: 0.35 }),
      ),
    ),
    gaps.map(([, from, to]) =>
      s('rect', {
        class: 'gap',
        fill: 'url(#gap)',
        x: x(from),
        y: 0,
        width: x(to - from),
        height: rows,
      }),
    ),
    drawn.map((place, row) => {
      const { start, duration, success } = execution.stages[place];
      return s('rect', {
        class: `stage${success ? '' : ' failed'}`,
        x: x(start),
        y: row + 0.18,
        width: Math.max(0.15, x(duration)),
        height: 0.64,
      });
    }),
    pieces.map(([place, from, to]) =>
      s('rect', {
        class: `path${execution.stages[place].success ? '' : ' failed'}`,
        x: x(from),
        y: drawn.indexOf(place) + 0.18,
        width: Math.max(0.15, x(to - from)),
        height: 0.64,
      }),
    ),
  );
}

function onPath(execution, row) {
  return execution.path
    .filter(([place]) => place === row)
    .reduce((sum, [, from, to]) => sum + to - from, 0);
}

function rowTitle(of, execution, row) {
  const part = onPath(execution, row);
  const share =
    part > 0
      ? `${milliseconds(part)} of the critical path`
      : 'not on the critical path';
  const errors = of.errors > 0 ? `, ${whole(of.errors)} errors` : '';
  return `${of.name}: ${of.duration} ms from ${of.start} ms, ${of.selfTime} ms of its own, ${share}${errors}`;
}

function stageRow(of, execution, row) {
  return h(
    'li',
    {},
    h(
      'button',
      {
        class: `stage-name${onPath(execution, row) > 0 ? ' on-path' : ''}`,
        'data-do': 'stage',
        'data-of': of.stage,
        'data-nav': 'spans',
        title: rowTitle(of, execution, row),
        style: { paddingLeft: `${Math.min(of.depth, 8) * 12}px` },
      },
      h(
        'span',
        { class: 'text' },
        of.success ? null : h('span', { class: 'worse' }, '✕ '),
        of.name,
      ),
      h('span', { class: 'number' }, milliseconds(of.duration)),
    ),
  );
}

function heapLine(execution) {
  if (execution.heap.length < 2) return null;
  const values = execution.heap.map(([, heap]) => heap);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = execution.heap.map(
    ([at, heap]) =>
      `${width(at, execution.duration).toFixed(2)},${(19 - ((heap - low) / (high - low || 1)) * 18).toFixed(2)}`,
  );
  const change = values.at(-1) - values[0];
  return h(
    'div',
    { class: 'heap' },
    h(
      'span',
      { class: 'label' },
      `heap ${change < 0 ? '−' : '+'}${bytes(Math.abs(change))}`,
    ),
    s(
      'svg',
      {
        viewBox: '0 0 100 20',
        preserveAspectRatio: 'none',
        'aria-hidden': 'true',
      },
      s('polyline', { points: points.join(' ') }),
    ),
  );
}

/** The execution in words, for screen readers. */
function spoken(execution) {
  const parts = new Map();
  for (const [place, from, to] of execution.path) {
    const name = place === null ? 'gaps' : execution.stages[place].name;
    parts.set(name, (parts.get(name) ?? 0) + to - from);
  }
  const most = [...parts].sort((a, b) => b[1] - a[1]).slice(0, 3);
  const shares = most.map(
    ([name, ms]) => `${name} ${percent(ms / execution.duration)}`,
  );
  return `${visibleName(execution.id)} took ${milliseconds(execution.duration)}; its critical path: ${shares.join(', ')}`;
}

function chart(execution) {
  if (execution.stages.length === 0)
    return emptySays('This execution completed no stage.');
  const { duration } = execution;
  const drawn = drawnOf(execution);
  const left = execution.stages.length - drawn.length + execution.leftOut;
  return h(
    'div',
    { class: 'waterfall', role: 'group', 'aria-label': spoken(execution) },
    h(
      'div',
      { class: 'rows' },
      h(
        'ol',
        { class: 'names' },
        drawn.map((place) =>
          stageRow(execution.stages[place], execution, place),
        ),
      ),
      h('div', { class: 'drawing' }, bars(execution, drawn)),
    ),
    heapLine(execution),
    xAxis(
      evenTicks(0, duration, TIMES).map((ms) => ({
        place: ms / (duration || 1),
        text: milliseconds(ms),
      })),
    ),
    h(
      'p',
      { class: 'tip' },
      h('span', { class: 'key path' }, 'critical path'),
      h('span', { class: 'key stage' }, 'beside it'),
      h('span', { class: 'key gap' }, 'no stage ran'),
      left > 0 && `and ${counted(left, 'shorter stage')}`,
    ),
  );
}

function figures(execution) {
  return table(
    spoken(execution),
    [
      'stage',
      'start',
      'duration',
      'own',
      'on the critical path',
      'items',
      'errors',
    ],
    execution.stages.map((of, row) => [
      `${'  '.repeat(of.depth)}${of.name}`,
      milliseconds(of.start),
      milliseconds(of.duration),
      milliseconds(of.selfTime),
      milliseconds(onPath(execution, row)),
      whole(of.items),
      whole(of.errors),
    ]),
  );
}

const optionText = (of) =>
  `${nameBefore(of.id)} · ${milliseconds(of.duration)} · ${of.success ? '' : '✕ '}${WHY[of.why] ?? ''}`;

function chooser(executions, chosen) {
  const options = executions.slice(0, MOST_OPTIONS);
  if (!options.includes(chosen)) options.unshift(chosen);
  return h(
    'label',
    { class: 'chooser' },
    h('span', { class: 'unseen' }, 'Execution that is shown'),
    h(
      'select',
      { 'data-on': 'execution' },
      options.map((of) =>
        h('option', { value: of.id, selected: of === chosen }, optionText(of)),
      ),
    ),
  );
}

function missing(data, view) {
  if (data.axis.kind === 'runs') return 'This history has no executions.';
  if (view.execution !== null)
    return view.isLive
      ? `${visibleName(view.execution)} is no longer stored.`
      : `${visibleName(view.execution)} is not among the executions in this file, which has the slowest of each stage.`;
  return 'The stages of one execution appear here once one has completed.';
}

/** One execution with its stages. */
function waterfall(data, view) {
  const known = data.executions;
  const execution =
    view.execution === null
      ? known[0]
      : (known.find(({ id }) => id === view.execution) ??
        (view.fetched?.id === view.execution ? view.fetched : undefined));
  return panel(
    {
      id: 'waterfall',
      title: 'One execution',
      extra:
        execution !== undefined &&
        h(
          'div',
          { class: 'beside' },
          chooser(known, execution),
          h(
            'span',
            { class: 'muted' },
            clock(execution.at, data.at ?? execution.at, true),
          ),
        ),
      chart: () =>
        execution === undefined
          ? emptySays(
              view.waiting
                ? `${visibleName(view.execution)} is on its way.`
                : missing(data, view),
            )
          : chart(execution),
      figures:
        execution !== undefined &&
        execution.stages.length > 0 &&
        (() => figures(execution)),
    },
    view,
  );
}

module.exports = { waterfall };
