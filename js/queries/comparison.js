'use strict';

const { native } = require('../boundary/native');
const { criteriaOf } = require('./query-options');
const { asked } = require('../boundary/call-native');
const { savedFrom } = require('./history-file');
const { visibleLine, visibleName } = require('../boundary/visible-text');
const {
  chance,
  milliseconds,
  percent,
  textTable,
} = require('../report/number-formats');

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

const LABEL_COLUMNS = ['labels of', 'label', 'before', 'after'];
const MAX_VALUE_LENGTH = 32;

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
  stageBefore === stageAfter
    ? visibleName(stageBefore)
    : `${visibleName(stageBefore)} to ${visibleName(stageAfter)}`;

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

function valueOf(value) {
  const text = String(value);
  return text.length > MAX_VALUE_LENGTH
    ? `${visibleLine(text.slice(0, MAX_VALUE_LENGTH))}…`
    : visibleLine(text);
}

/** Values that runs have of a label, each with its number of runs, the most frequent first. */
function valuesOf({ distinct, values }) {
  if (distinct === 0) return '-';
  const shown = values.map(({ value, runs }) => `${valueOf(value)} ${runs}`);
  const others = distinct - values.length;
  if (others > 0) shown.push(`${others} more`);
  return shown.join(', ');
}

/** Labels of the stages that became slower or faster: those of the others explain nothing. */
function labelRowsOf(stages) {
  const changed = stages.filter(
    ({ verdict }) => verdict === 'slower' || verdict === 'faster',
  );
  return changed.flatMap((stage) =>
    (stage.labels ?? []).map(({ label, before, after }) => [
      nameOf(stage),
      valueOf(label),
      valuesOf(before),
      valuesOf(after),
    ]),
  );
}

/** A comparison as a table, the labels of what changed, and its verdict. */
function renderComparison({ stages, verdict }) {
  const labels = labelRowsOf(stages);
  const lines = [
    ...textTable(COLUMNS, stages.map(rowOf)),
    '',
    ...(labels.length > 0 ? [...textTable(LABEL_COLUMNS, labels), ''] : []),
    `Verdict: ${verdict.replaceAll('_', ' ')}`,
  ];
  return `${lines.join('\n')}\n`;
}

module.exports = { compareSaved, renderComparison };
