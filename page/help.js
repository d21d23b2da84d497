'use strict';

const { h } = require('./dom');
const { whole } = require('./format');

const KEYS = [
  ['Tab', 'from one part to the next'],
  [
    'arrow keys',
    'within tiles, stages, cells, stages of an execution and alerts',
  ],
  ['Enter', 'opens: a stage in the chart, an execution of a cell'],
  ['Shift + arrows', 'a time in the chart over time; Enter shows it in all'],
  ['Esc', 'closes, and goes back to the slowest execution, and to all times'],
  ['space', 'pauses, and goes on'],
  ['t', 'all charts as tables, and back'],
  ['?', 'this list'],
];

function cost({ cost: of }) {
  if (of === null || of.samples === 0) return null;
  const from =
    of.highNs > 0
      ? ` (${whole(Math.round(of.lowNs))} to ${whole(Math.round(of.highNs))})`
      : '';
  return h(
    'p',
    {},
    `Measuring costs ${whole(Math.round(of.stageNs))} ns a stage${from}, from ${of.samples} timed executions.`,
  );
}

/** Keys, and how to read what is shown. */
function help(data, view) {
  if (!view.isHelpOpen) return null;
  return h(
    'section',
    {
      class: 'panel help',
      'data-key': 'help',
      'aria-label': 'Keys and what is shown',
    },
    h(
      'dl',
      {},
      KEYS.flatMap(([key, text]) => [h('dt', {}, key), h('dd', {}, text)]),
    ),
    h(
      'p',
      {},
      'Solid bars are time of a stage itself, light ones of its child stages. A change is a level that lasted, found by a test that is wrong once in a hundred series; a gain is what the critical path of the last executions allows.',
    ),
    cost(data),
  );
}

module.exports = { help };
