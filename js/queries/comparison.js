'use strict';

const { native } = require('../boundary/native');
const { criteriaOf } = require('./query-options');
const { asked, jsonText } = require('../boundary/call-native');
const { invalidArg } = require('../errors');
const { durationsFrom } = require('./history-file');
const { visibleName } = require('../visible-text');
const {
  chance,
  factor,
  milliseconds,
  percent,
  percentOfChange,
  rounded,
  textTable,
} = require('../texts/number-formats');
const { MARKDOWN, WORK } = require('../report/report');

/**
 * @import { Comparison, ComparisonOptions } from '../../types/insight'
 * @typedef {Comparison['stages'][number]} ComparedStage
 */

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

/**
 * Compares histories that `exportHistory` wrote, as `compare` of a collector does; each side is
 * one, or a list with one per process.
 * @param {unknown} before
 * @param {unknown} after
 * @param {ComparisonOptions | undefined} options
 * @returns {Comparison}
 */
function compareExported(before, after, options) {
  const { significance, leastChange, threshold } = criteriaOf(options);
  const base = jsonText(sideFrom('base', before));
  const head = jsonText(sideFrom('head', after));
  return asked(() =>
    JSON.parse(
      native.compareHistories(base, head, significance, leastChange, threshold),
    ),
  );
}

/** @param {string} name @param {unknown} given */
function sideFrom(name, given) {
  const exported = durationsFrom(name, given);
  if (exported === null)
    throw invalidArg(`${name} must be a history as exportHistory() writes it`);
  return exported;
}

/** @param {ComparedStage} stage */
const nameOf = ({ stageBefore, stageAfter }) =>
  stageBefore === stageAfter
    ? visibleName(stageBefore)
    : `${visibleName(stageBefore)} to ${visibleName(stageAfter)}`;

/** @param {ComparedStage} stage */
const runsOf = ({ runsBefore, runsAfter, processesBefore, processesAfter }) =>
  processesBefore > 1 || processesAfter > 1
    ? `${runsBefore}/${runsAfter} in ${processesBefore}/${processesAfter}`
    : `${runsBefore}/${runsAfter}`;

const FASTEST = ' *';

/** @param {ComparedStage} stage */
function rowOf(stage) {
  const { change, changeLow, changeHigh } = stage;
  const of = stage.level === 'fastest_tenth' ? FASTEST : '';
  return [
    nameOf(stage),
    runsOf(stage),
    milliseconds(stage.before),
    milliseconds(stage.after),
    change === null ? '-' : `${percentOfChange(change)}${of}`,
    change === null ? '-' : `${percent(changeLow)} to ${percent(changeHigh)}`,
    chance(stage.pValue),
    stage.verdict.replaceAll('_', ' '),
  ];
}

const MOST_NAMES = 5;

/** @param {ComparedStage[]} stages */
function listOf(stages) {
  const names = stages.slice(0, MOST_NAMES).map(nameOf);
  const others = stages.length - names.length;
  return others > 0
    ? `${names.join(', ')} and ${others} more`
    : names.join(', ');
}

/**
 * What a comparison left out: stages that are gone, those with too few runs, or everything where
 * the sides have no stage in common. A new stage is not missing.
 * @param {Comparison} compared
 */
function missingFrom({ stages }) {
  const gone = stages.filter((of) => of.runsBefore > 0 && of.runsAfter === 0);
  const few = stages.filter(
    (of) =>
      of.runsBefore > 0 && of.runsAfter > 0 && of.verdict === 'too_few_runs',
  );
  const isNothing = !stages.some((of) => of.runsBefore > 0 && of.runsAfter > 0);
  return [
    ...(gone.length > 0 ? [`No runs after: ${listOf(gone)}`] : []),
    ...(few.length > 0 ? [`Too few runs to judge: ${listOf(few)}`] : []),
    ...(isNothing && gone.length === 0
      ? ['No stage has runs on both sides']
      : []),
  ];
}

/** @param {ComparedStage[]} stages */
function workNotesOn(stages) {
  const notes = stages.flatMap((stage) => {
    const { work } = stage;
    if (work === null) return [];
    const amounts = [work.before, work.after].map((of) => rounded(of));
    return [
      `${nameOf(stage)}: ${WORK[work.measure](factor(work.factor))} ` +
        `(${amounts.join(' to ')}); times are for the same work`,
    ];
  });
  return notes.slice(0, MOST_NAMES);
}

/** @param {Comparison} compared */
function notesOn(compared) {
  const { stages, processesBefore, processesAfter, threshold } = compared;
  const warmUps = stages.some((of) => of.warmUpBefore + of.warmUpAfter > 0);
  const added = stages.filter((of) => of.runsBefore === 0 && of.runsAfter > 0);
  return [
    ...(processesBefore === 1 && processesAfter === 1
      ? [
          `One process per side: how much processes of the same code differ is not known. Only changes beyond ${percent(threshold)} count, and beyond what the drift within each process explains.`,
        ]
      : []),
    ...(stages.some((of) => of.level === 'fastest_tenth')
      ? [
          '* of the fastest tenth of the runs, which differ less between processes',
        ]
      : []),
    ...(warmUps
      ? ['The first runs of processes that were warming up are left out']
      : []),
    ...workNotesOn(stages),
    ...(added.length > 0 ? [`New: ${listOf(added)}`] : []),
    ...missingFrom(compared),
  ];
}

/** @param {Comparison} compared */
const verdictOf = ({ verdict }) => `Verdict: ${verdict.replaceAll('_', ' ')}`;

/** @param {Comparison} compared */
function renderComparison(compared) {
  const notes = notesOn(compared);
  const lines = [
    ...textTable(COLUMNS, compared.stages.map(rowOf)),
    '',
    ...(notes.length > 0 ? [...notes, ''] : []),
    verdictOf(compared),
  ];
  return `${lines.join('\n')}\n`;
}

/** @param {Comparison} compared @returns Markdown, the verdict first */
function renderMarkdown(compared) {
  const notes = notesOn(compared);
  const { line, table, title } = MARKDOWN;
  const lines = [
    ...title(verdictOf(compared)),
    '',
    ...table(COLUMNS, compared.stages.map(rowOf)),
    ...(notes.length > 0 ? ['', ...notes.map(line)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

module.exports = {
  compareExported,
  missingFrom,
  renderComparison,
  renderMarkdown,
};
