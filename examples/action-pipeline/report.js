'use strict';

const {
  bar,
  palette,
  sparkline,
  wrap,
} = require('../../js/report/terminal-text');
const { cut, left, right } = require('../../js/texts/columns');
const {
  count,
  duration,
  growth,
  percent,
  rate,
  significant,
  size,
} = require('./formats');

const { visibleLine } = require('../../js/visible-text');

const WIDTH = 100;
const NAME = 27;
const INDENT = '  ';

/**
 * The figures of a run as text, at most 100 columns wide.
 *
 * @param {object} given - figures of `collectFigures`, and `cost` of `measureCost`
 * @param {{ color: boolean }} options
 */
function renderReport(given, { color }) {
  const figures = printable(given);
  const ink = palette(color);
  const sections = [
    heading(figures, ink),
    stageTable(figures, ink),
    timeBars(figures, ink),
    bottlenecks(figures, ink),
    criticalPath(figures, ink),
    recommendations(figures, ink),
    alerts(figures, ink),
    trend(figures, ink),
    cost(figures, ink),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The same figures, with every text in them as a terminal may show it. */
function printable(value) {
  if (typeof value === 'string') return visibleLine(value);
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, printable(inner)]),
  );
}

function title(ink, text, note = '') {
  const room = WIDTH - text.length - 3;
  return ink.bold(text) + (note && ink.dim(`   ${cut(note, room)}`));
}

function heading({ run, pipeline }, ink) {
  const inFlight = pipeline.totalMs / 1e3 / run.seconds;
  return [
    ink.bold(
      `ACTION PIPELINE   ${count(run.turns)} turns, ` +
        `${count(run.pipelines)} pipelines in ${duration(run.seconds * 1e3)}`,
    ),
    `${run.entities} entities, ${run.actors} of them acting, ${run.actions} actions; ` +
      `${count(run.offered)} offers, ${count(run.performed)} performed, ` +
      `${count(run.failed)} pipelines failed`,
    ink.dim(
      `seed ${run.seed}, chronicle ${run.chronicle}; on average ` +
        `${significant(inFlight)} pipelines in flight, each waiting for the rest`,
    ),
  ];
}

const COLUMNS = [
  ['count', 8, (row) => count(row.count)],
  ['mean', 8, (row) => duration(row.meanMs)],
  ['median', 8, (row) => duration(row.medianMs)],
  ['p95', 8, (row) => duration(row.p95Ms)],
  ['max', 8, (row) => duration(row.maxMs)],
  ['items/s', 8, (row) => optional(row.itemsPerSecond, rate)],
  ['heap', 9, (row) => growth(row.heapBytes)],
  ['errors', 8, (row) => optional(row.errors, count)],
  ['share', 7, (row) => optional(row.share, wholePercent)],
];

function optional(value, format) {
  return value === undefined ? '' : format(value);
}

const wholePercent = (part) => `${Math.round(part * 100)} %`;

function stageTable({ stages, pipeline }, ink) {
  const cells = (row) =>
    COLUMNS.map(([, width, format]) => right(format(row), width)).join('');
  const header = COLUMNS.map(([name, width]) => right(name, width)).join('');
  const whole = { ...pipeline, errors: undefined };
  return [
    ink.bold(left('STAGES', NAME)) + ink.dim(header),
    ...stages.map((stage) => {
      const line = left(stage.name, NAME) + cells(stage);
      return stage.errors > 0 ? ink.yellow(line) : line;
    }),
    ink.bold(left('whole pipeline', NAME) + cells(whole).trimEnd()),
  ];
}

const BAR = 30;

function timeBars({ stages, pipeline }, ink) {
  const most = stages.reduce((a, { share }) => Math.max(a, share), 0) || 1;
  const row = ({ name, share, series, recentMedianMs }) =>
    left(name, NAME) +
    right(share === undefined ? '' : wholePercent(share), 5) +
    '  ' +
    ink.cyan(bar((share ?? 0) / most, BAR)) +
    '  ' +
    ink.green(left(sparkline(series), 24)) +
    right(recentMedianMs === undefined ? '' : duration(recentMedianMs), 10);
  return [
    ink.bold(left('WHERE THE TIME GOES', NAME + BAR + 9)) +
      ink.dim(left('median over the run', 24) + right('last 100', 10)),
    ...stages.map(row),
    row({ name: 'whole pipeline', series: pipeline.series }).trimEnd(),
  ];
}

function bottlenecks({ bottlenecks: found, pipeline }, ink) {
  const lines = found.map(({ stage, type, executions, critical, impact }) => {
    const part = type === 'time_bottleneck' ? impact / 100 : impact;
    const text =
      INDENT +
      left(stage, NAME + 1) +
      left(type.replace('_bottleneck', ''), 12) +
      `in ${right(percent(executions / pipeline.count), 6)} of pipelines, ` +
      `mean part ${right(wholePercent(part), 5)}` +
      (critical > 0 ? `, critical in ${count(critical)}` : '');
    return (critical > 0 ? ink.red : ink.yellow)(cut(text, WIDTH));
  });
  return [title(ink, 'BOTTLENECKS'), ...orNone(lines)];
}

function orNone(lines) {
  return lines.length === 0 ? [`${INDENT}none`] : lines;
}

const ARROW = ' → ';

function slowest({ slowest: execution }) {
  if (execution === null) return [];
  const { executionId, durationMs, stage, impact } = execution;
  const most =
    stage === null ? '' : `, ${wholePercent(impact)} of it in ${stage}`;
  return [
    cut(
      `${INDENT}slowest: ${duration(durationMs)}${most} (${executionId})`,
      WIDTH,
    ),
  ];
}

function criticalPath({ criticalPath: path, pipeline }, ink) {
  const pieces = path.stages.map(
    ({ stage, impact }) => `${cut(stage, 40)} ${wholePercent(impact)}`,
  );
  const between = path.stages.reduce((rest, { impact }) => rest - impact, 1);
  const note =
    `of ${count(path.executions)} of ${count(pipeline.count)} pipelines; mean parts ` +
    `of their time, ${wholePercent(Math.max(0, between))} between stages`;
  return [
    title(ink, 'CRITICAL PATH', note),
    ...orNone(
      wrap(pieces, ARROW, WIDTH - INDENT.length - ARROW.length).map(
        (line, nth) => INDENT + (nth === 0 ? '' : ARROW.trimStart()) + line,
      ),
    ),
    ...slowest(path),
  ];
}

function recommendations({ recommendations: active }, ink) {
  const lines = active.flatMap((one) => {
    const gain = one.estimatedImprovement
      ? `: ${one.estimatedImprovement}`
      : '';
    const text = wrap(`${one.description}${gain}`.split(' '), ' ', 88);
    return text.map(
      (line, nth) =>
        INDENT + ink.cyan(left(nth === 0 ? one.priority : '', 8)) + line,
    );
  });
  return [title(ink, 'RECOMMENDATIONS'), ...orNone(lines)];
}

const ALERT_UNITS = {
  duration_exceeded: duration,
  baseline_exceeded: duration,
  level_shift: duration,
  memory_exceeded: size,
  high_error_rate: percent,
};

function alerts({ alerts: groups, run }, ink) {
  const lines = groups.map((alert) => {
    const show = ALERT_UNITS[alert.type] ?? significant;
    const text =
      INDENT +
      left(alert.severity, 8) +
      left(alert.type, 20) +
      left(alert.stage, NAME) +
      right(count(alert.count), 6) +
      ' × worst ' +
      right(show(alert.worst), 8) +
      `, threshold ${show(alert.threshold)}`;
    return (alert.severity === 'error' ? ink.red : ink.yellow)(text);
  });
  const all = groups.reduce((sum, group) => sum + group.count, 0);
  const note =
    `${count(all)} stored, ${count(run.events.alerts)} events on the bus; ` +
    `the log has ${count(run.log.warn)} warnings, ${count(run.log.error)} errors`;
  return [title(ink, 'ALERTS', note), ...orNone(lines)];
}

function trend({ trend: figures, pipeline }, ink) {
  const { firstMs, lastMs, change, latest } = figures;
  const direction = `${change > 0 ? '+' : ''}${percent(change)}`;
  const lines = [
    `${INDENT}first quarter ${duration(firstMs)}, last quarter ` +
      `${duration(lastMs)} a pipeline (medians): ${direction}`,
  ];
  if (latest !== null) {
    lines.push(cut(`${INDENT}latest pipeline: ${latest.message}`, WIDTH));
  }
  return [
    title(ink, 'TREND') + INDENT + ink.green(sparkline(pipeline.series)),
    ...lines,
  ];
}

function cost({ cost: figures }, ink) {
  const { microseconds: us, percent: part, spread } = figures;
  const between = ({ low, high }, show) => `${show(low)} to ${show(high)}`;
  const points = (value) => value.toFixed(2);
  const micro = (value) => value.toFixed(1);
  return [
    title(
      ink,
      'WHAT MEASURING COSTS',
      `${count(figures.pairs)} pairs of the same pipelines, with and without by turns`,
    ),
    INDENT +
      ink.bold(`${micro(us.median)} µs a pipeline`) +
      ` (95 % interval ${between(us, micro)}) = ` +
      ink.bold(`${points(part.median)} %`) +
      ` (${between(part, points)}) of ${duration(figures.offMs)}`,
    `${INDENT}differences within pairs: -${significant(spread.reachUs)} µs ` +
      `${ink.cyan(sparkline(spread.bins))} +${significant(spread.reachUs)} µs`,
  ];
}

module.exports = { WIDTH, renderReport };
