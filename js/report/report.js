'use strict';

const { PIPELINE_TOTAL } = require('../config/thresholds');
const { stageCalled } = require('../recording/interner');
const { bar, sparkline } = require('./terminal-text');
const { ENOUGH, TOO_FEW } = require('../texts/few-runs');
const { circumstances } = require('../texts/recommendation-texts');
const {
  shortened,
  visibleJson,
  visibleLine,
  visibleName,
} = require('../visible-text');
const {
  byHowMuch,
  chance,
  counted,
  factor,
  milliseconds,
  percent,
  percentOfChange,
  rounded,
  textTable,
} = require('../texts/number-formats');

/**
 * @import { ActiveRecommendation, Alert } from '../../types/findings'
 * @import { ChangePoint, CriticalPaths, PipelineInsight as Insight } from '../../types/insight'
 * @import { Quantiles, ScalingLaw, SlownessExplanation, StageAnomalies } from '../../types/insight'
 * @import { StageForecast, StageTrend, WarmUp, WorkChange } from '../../types/insight'
 * @typedef {Pick<Insight, 'analyzeCriticalPaths' | 'getActiveRecommendations'> & { getRecentAlerts(): Alert[] }} Answers
 * @typedef {ReturnType<typeof snapshotOf>} Snapshot
 * @typedef {{ title(text: string): string[], heading(text: string): string[],
 *   line(text: string): string, step(text: string, place: number): string,
 *   table(columns: string[], rows: string[][]): string[] }} Style
 * @typedef {{ quantiles: Quantiles, line: number[], warmUp: WarmUp | null, trend: StageTrend,
 *   lastChange: ChangePoint | null, workChange: WorkChange | null,
 *   growth: (ScalingLaw & { of: string }) | null,
 *   anomalies: { runs: number, count: number, latest: Anomaly | null }, forecast: StageForecast,
 *   explanation: SlownessExplanation }} Overview - `line` has medians of stretches, oldest first
 * @typedef {StageAnomalies['anomalies'][number]} Anomaly
 */

/**
 * @template One - what has a line or a row
 * @typedef {object} Part
 * @property {string} title
 * @property {(snapshot: Snapshot) => One[]} of
 * @property {(one: One) => string} [line]
 * @property {boolean} [isDrawn] - whether it is a drawing in letters of one width, for text alone
 * @property {string[]} [columns] - of a table
 * @property {(one: One) => string[]} [row] - of a table
 * @property {boolean} [isOrdered]
 * @property {number} most - lines or rows that it shows; what is left out is counted
 * @property {(snapshot: Snapshot) => string} [none] - where there are no lines; the part is left out without
 */

const REPORT_FORMATS = ['text', 'markdown', 'json', 'html'];

/** Most stages analysed one by one, the longest on the critical path first. */
const MOST_STAGES = 50;
/** A threshold crossing forecast within this many runs is reported. */
const HORIZON = 1000;

/** Most characters of a line, more than names of usual length make. */
const MAX_LINE = 1000;

/** @param {string} name @returns its name in the report, where no stage is named like whole pipelines */
const shownStage = (name) =>
  name === PIPELINE_TOTAL ? stageCalled(name) : name;

/** @param {string[]} names @param {CriticalPaths} paths @returns by path share; others by name */
function inOrder(names, paths) {
  const onPath = paths.stages
    .map((share) => shownStage(share.stage))
    .filter((stage) => names.includes(stage));
  const others = names.filter((name) => !onPath.includes(name)).sort();
  return [...onPath, ...others].slice(0, MOST_STAGES);
}

/** @param {Alert[]} alerts */
function countAlerts(alerts) {
  const counts = new Map();
  for (const alert of alerts) {
    const { type, executionId, timestamp } = alert;
    const stage = alert.ofStage ? shownStage(alert.stage) : alert.stage;
    const key = JSON.stringify([stage, type]);
    const count = (counts.get(key)?.count ?? 0) + 1;
    counts.set(key, { stage, type, count, executionId, timestamp });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

/**
 * Everything the report says, as plain data. Cost: some milliseconds per stage.
 * @param {Answers} metrics
 * @param {string[]} stageNames
 * @param {(stage: string, horizon: number) => Overview} overviewOf - all that is known of a stage
 * @param {string} generatedAt
 */
function snapshotOf(metrics, stageNames, overviewOf, generatedAt) {
  const criticalPaths = metrics.analyzeCriticalPaths();
  const stages = inOrder(stageNames, criticalPaths);
  const all = [PIPELINE_TOTAL, ...stages].map((stage) => ({
    stage,
    ...overviewOf(stage, HORIZON),
  }));
  const share = new Map(
    criticalPaths.stages.map((of) => [shownStage(of.stage), of.shareOfTime]),
  );
  share.set(PIPELINE_TOTAL, criticalPaths.executions > 0 ? 1 : 0);
  const changes = all.flatMap(({ stage, lastChange }) =>
    lastChange === null ? [] : [{ stage, ...lastChange }],
  );
  const causes = all.flatMap(({ stage, explanation }) =>
    explanation.attributes
      .filter((found) => found.significant)
      .map((found) => ({ stage, ...found })),
  );
  return {
    generatedAt,
    executions: criticalPaths.executions,
    recommendations: metrics.getActiveRecommendations(),
    changes: changes.sort((a, b) => b.change - a.change),
    workChanges: all.flatMap(({ stage, workChange }) =>
      workChange === null ? [] : [{ stage, ...workChange }],
    ),
    growth: all.flatMap(({ stage, growth }) =>
      growth === null ? [] : [{ stage, ...growth }],
    ),
    causes: causes.sort((a, b) => b.effect - a.effect),
    stages: all.map(({ stage, quantiles, line, trend }) => ({
      ...quantiles,
      stage,
      line,
      trend,
      shareOfPath: share.get(stage) ?? 0,
    })),
    anomalies: all.flatMap(({ stage, anomalies: { runs, count, latest } }) =>
      latest === null ? [] : [{ stage, runs, count, latest }],
    ),
    crossings: all.flatMap(
      ({ stage, forecast: { crossing, model, confidence } }) =>
        crossing === null || crossing.expected === null
          ? []
          : [{ stage, model, confidence, ...crossing }],
    ),
    alerts: countAlerts(metrics.getRecentAlerts()),
    warmUps: all.flatMap(({ stage, warmUp }) =>
      warmUp === null ? [] : [{ stage, ...warmUp }],
    ),
  };
}

/**
 * The condition for a gain, if the description does not state it.
 * @param {ActiveRecommendation['evidence']} evidence
 */
const condition = ({ type }) =>
  type === 'time_bottleneck' ? ', if it took half the time' : '';

/** How a stage's work changed, by its measure. */
const WORK = {
  inputSize: (/** @type {string} */ times) => `inputs are ${times} as large`,
  itemsProcessed: (/** @type {string} */ times) => `items are ${times} as many`,
};

/** Cells of a bar; the rest are dots, as trailing blanks are lost. */
const BAR = 24;
/** Largest change of a stage that counts as stable without a significant trend. */
const STABLE = 0.05;

/** @param {{ trend: StageTrend, hasStepped: boolean }} of */
function trendText({ trend: { direction, change }, hasStepped }) {
  if (direction === 'insufficient_data') return 'too few runs';
  if (change === null) return direction;
  const isSure = direction !== 'stable' || Math.abs(change) <= STABLE;
  const unsure = hasStepped ? 'stepped' : 'unsure';
  return `${isSure ? direction : unsure} ${percentOfChange(change)}`;
}

/** @template One @param {Part<One>} checked @returns {Part<any>} */
const part = (checked) => checked;

/** The report, most important first: what to do, why, and the figures behind it. */
const PARTS = [
  part({
    title: 'Recommendations',
    of: ({ recommendations }) => recommendations,
    line: ({ description, priority, gain, evidence }) => {
      const worth =
        gain === null
          ? 'gain not known'
          : `gain ${milliseconds(gain.time)} (${milliseconds(gain.low)} to ${milliseconds(gain.high)}), ` +
            `${percent(gain.percent / 100)} of an execution${condition(evidence)}`;
      return `[${priority}] ${description}. ${worth}, from ${counted(evidence.executions, 'execution')}.`;
    },
    isOrdered: true,
    most: 5,
    none: () => 'Nothing stands out.',
  }),
  part({
    title: 'Lasting changes',
    of: ({ changes }) => changes,
    line: (of) =>
      `${visibleName(of.stage)}: ${byHowMuch(of)}${of.change > 0 ? 'slower' : 'faster'} since ${of.timestamp}` +
      ` (${visibleName(of.executionId ?? 'no execution')}), ${milliseconds(of.before)} to ${milliseconds(of.after)}, ` +
      `${of.before === 0 ? '' : `interval ${percent(of.changeLow)} to ${percent(of.changeHigh)}, `}${chance(of.pValue)}`,
    most: 5,
    none: ({ stages }) =>
      stages.some(({ count }) => count >= ENOUGH) ? 'None found.' : TOO_FEW,
  }),
  part({
    title: 'What slow runs have in common',
    of: ({ causes }) => causes,
    line: (of) =>
      `${visibleName(of.stage)} is slow where ${circumstances(of)}: ${milliseconds(of.slow.median)} against ` +
      `${milliseconds(of.slow.othersMedian)}, explains ${percent(of.effect)}, ${chance(of.pValue)}, ` +
      `${of.slow.runs} of ${of.runs} runs`,
    most: 6,
    none: () => 'Nothing significant.',
  }),
  part({
    title: 'Changes of the work',
    of: ({ workChanges }) => workChanges,
    line: (of) =>
      `${visibleName(of.stage)}: ${WORK[of.measure](factor(of.factor))} since ${of.timestamp} ` +
      `(${visibleName(of.executionId ?? 'no execution')}); its changes are judged for the same work`,
    most: 5,
  }),
  part({
    title: 'Strong growth',
    of: ({ growth }) => growth,
    line: ({ stage, of, exponent, low, high, twice }) =>
      `${visibleName(stage)}: its time grows with the power ${exponent.toFixed(1)} of ${of} ` +
      `(${low.toFixed(1)} to ${high.toFixed(1)}); at ${rounded(twice.size)}, twice the ` +
      `largest seen, it would take ${milliseconds(twice.duration)}`,
    most: 5,
  }),
  part({
    title: 'Thresholds ahead',
    of: ({ crossings }) => crossings,
    line: ({ stage, threshold, expected, earliest, latest }) =>
      expected === 0
        ? `${visibleName(stage)} has passed its threshold of ${milliseconds(threshold)}`
        : `${visibleName(stage)} passes its threshold of ${milliseconds(threshold)} in about ${counted(expected ?? 0, 'run')} ` +
          `(${earliest ?? 'not sooner'} to ${latest ?? 'later'})`,
    most: 5,
  }),
  part({
    title: 'Where the time goes',
    isDrawn: true,
    columns: ['stage', 'of path', '', 'median over the runs'],
    of: ({ stages }) => stages,
    row: (of) => [
      of.stage,
      percent(of.shareOfPath),
      bar(of.shareOfPath, BAR).replaceAll(' ', '·'),
      sparkline(of.line),
    ],
    most: 12,
  }),
  part({
    title: 'Stages',
    columns: ['stage', 'runs', 'p50', 'p95', 'p99', 'max', 'of path', 'trend'],
    of: ({ stages, changes }) =>
      stages.map((of) => ({
        ...of,
        hasStepped: changes.some(({ stage }) => stage === of.stage),
      })),
    row: (of) => [
      of.stage,
      String(of.count),
      milliseconds(of.p50),
      milliseconds(of.p95),
      milliseconds(of.p99),
      milliseconds(of.max),
      percent(of.shareOfPath),
      trendText(of),
    ],
    most: 12,
  }),
  part({
    title: 'Runs out of the ordinary',
    of: ({ anomalies }) => anomalies,
    line: ({ stage, runs, count, latest }) =>
      `${visibleName(stage)}: ${count} of ${runs} runs, the latest ${visibleName(latest.executionId ?? 'without execution')} at ` +
      `${latest.timestamp} with ${milliseconds(latest.duration)} instead of ${milliseconds(latest.typicalDuration)}`,
    most: 5,
  }),
  part({
    title: 'Alerts of the last hour',
    of: ({ alerts }) => alerts,
    line: ({ stage, type, count, timestamp }) =>
      `${visibleName(stage)}: ${count} × ${type}, last at ${timestamp}`,
    most: 8,
  }),
  part({
    title: 'Warm-up, left out of changes and trends',
    of: ({ warmUps }) => warmUps,
    line: ({ stage, runs, first, steady }) =>
      `${visibleName(stage)}: the first ${counted(runs, 'run')}, ${milliseconds(first)} at first and ${milliseconds(steady)} after them`,
    most: 5,
  }),
];

/** @param {string} text */
const pageLine = (text) => visibleLine(shortened(text, MAX_LINE));

/** @param {string} text @returns the text escaped for any place in a line of Markdown */
const markdownSafe = (text) => text.replace(/[\\`*_|<>[\]&~]/g, '\\$&');
/** @param {string} text */
const markdownLine = (text) => markdownSafe(pageLine(text));
/** @param {string} text @returns the same at the start of a block, where more characters are markup */
const markdownBlock = (text) =>
  markdownLine(text).replace(/^(\d*)([#+\-=.)])/, '$1\\$2');

/** @type {Style} */
const TEXT = {
  title: (text) => [text, '='.repeat(text.length)],
  heading: (text) => ['', text, '-'.repeat(text.length)],
  line: pageLine,
  step: (text, place) => `${place + 1}. ${pageLine(text)}`,
  table: (columns, rows) =>
    textTable(
      columns,
      rows.map((row) => row.map(visibleName)),
    ),
};

/** @type {Style} */
const MARKDOWN = {
  title: (text) => [`# ${text}`],
  heading: (text) => ['', `## ${text}`, ''],
  line: (text) => `- ${markdownBlock(text)}`,
  step: (text, place) => `${place + 1}. ${markdownBlock(text)}`,
  table: (columns, rows) => [
    `| ${columns.join(' | ')} |`,
    `|${columns.map((_, i) => (i === 0 ? '---' : '--:')).join('|')}|`,
    ...rows.map(
      (row) =>
        `| ${row.map((cell) => markdownSafe(visibleName(cell))).join(' | ')} |`,
    ),
  ],
};

/** @param {Part<any>} part @param {Snapshot} snapshot @param {Style} style */
function partOf(part, snapshot, style) {
  const all = part.of(snapshot);
  if (all.length === 0) {
    return part.none === undefined
      ? []
      : [...style.heading(part.title), part.none(snapshot)];
  }
  const { columns, row, line = String, isOrdered } = part;
  const shown = all.slice(0, part.most);
  const left = all.length - shown.length;
  return [
    ...style.heading(part.title),
    ...(columns !== undefined && row !== undefined
      ? style.table(columns, shown.map(row))
      : shown.map(line).map(isOrdered ? style.step : style.line)),
    ...(left > 0 ? [style.line(`and ${left} more`)] : []),
  ];
}

/** @param {Snapshot} snapshot @param {string} format */
function renderReport(snapshot, format) {
  if (format === 'json') return visibleJson(JSON.stringify(snapshot, null, 2));
  const style = format === 'markdown' ? MARKDOWN : TEXT;
  const parts = PARTS.filter((part) => style === TEXT || !part.isDrawn);
  const lines = [
    ...style.title('Pipeline performance'),
    '',
    `${snapshot.generatedAt}, paths of the last ${counted(snapshot.executions, 'execution')}`,
    ...parts.flatMap((part) => partOf(part, snapshot, style)),
  ];
  return `${lines.join('\n')}\n`;
}

module.exports = {
  MARKDOWN,
  REPORT_FORMATS,
  WORK,
  renderReport,
  shownStage,
  snapshotOf,
};
