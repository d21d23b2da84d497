'use strict';

const { native } = require('./native');
const { criteriaOf } = require('./options');
const { asked } = require('./query');
const { savedFrom } = require('./saved');
const { chance, milliseconds, percent, textTable } = require('./words');

const COLUMNS = [
  'stage',
  'runs',
  'before',
  'after',
  'change',
  '95 % interval',
  'p-value',
  'verdict',
];

/** Compares two histories that `exportHistory` wrote, as `compare` of a collector does. */
function compareSaved(before, after, options) {
  const { significance, leastChange } = criteriaOf(options);
  const base = JSON.stringify(savedFrom('base', before));
  const head = JSON.stringify(savedFrom('head', after));
  return asked(() =>
    JSON.parse(native.compareHistories(base, head, significance, leastChange)),
  );
}

const nameOf = ({ stageBefore, stageAfter }) =>
  (stageBefore === stageAfter
    ? stageBefore
    : `${stageBefore} to ${stageAfter}`
  ).replace(/\s+/g, ' ');

function rowOf(stage) {
  const { change, changeLow, changeHigh } = stage;
  return [
    nameOf(stage),
    `${stage.runsBefore}/${stage.runsAfter}`,
    milliseconds(stage.before),
    milliseconds(stage.after),
    change === null ? '-' : `${change > 0 ? '+' : ''}${percent(change)}`,
    change === null ? '-' : `${percent(changeLow)} to ${percent(changeHigh)}`,
    chance(stage.pValue),
    stage.verdict.replaceAll('_', ' '),
  ];
}

/** A comparison as a table and its verdict. */
function renderComparison({ stages, verdict }) {
  const lines = [
    ...textTable(COLUMNS, stages.map(rowOf)),
    '',
    `Verdict: ${verdict.replaceAll('_', ' ')}`,
  ];
  return `${lines.join('\n')}\n`;
}

module.exports = { compareSaved, renderComparison };
