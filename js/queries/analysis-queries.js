'use strict';

const { PIPELINE_TOTAL } = require('../config/thresholds');
const { adviceFrom } = require('../report/recommendation-texts');
const { invalidArg } = require('../errors');
const { isStage, nameIn } = require('../recording/interner');
const { isoTime, parseTime } = require('../boundary/iso-time');
const { copyAdvice, cached } = require('./memoize');
const { layout } = require('../boundary/native');
const {
  atLeastZero,
  criteriaOf,
  inRange,
  optionsOf,
  within,
  wholeNumber,
} = require('./query-options');
const { asked, readClocks, sinceOf } = require('../boundary/call-native');
const { CORE, ExecutionRecorder } = require('../recording/direct-recorder');
const {
  REPORT_FORMATS,
  renderReport,
  shownStage,
  snapshotOf,
} = require('../report/report');
const { savedFrom } = require('./history-file');
const { traceOf } = require('./texts-for-tools');

const E = layout.examined;
const Y = layout.outlier;

/** Runs that a forecast looks ahead unless asked for another number, and at most. */
const HORIZON = 100;
const MAX_HORIZON = 10_000;
const MAX_LAST = 10_000_000;
/** The number of no stage and of no label: the native side has nothing under it. */
const NONE = 2 ** 32 - 1;

const TIMES = new Set(['timestamp', 'from', 'to']);

/** Puts a question; numbers of stages become names, wall clock becomes ISO 8601. */
function ask(core, question) {
  const answer = asked(() =>
    JSON.parse(core.native.ask(JSON.stringify(question))),
  );
  spell(answer, core.stages.names);
  return answer;
}

/** Far below the cost of a reviver, which is called with every value. */
function spell(answer, stageNames) {
  for (const key in answer) {
    const value = answer[key];
    if (typeof value === 'number') {
      if (key === 'stage') answer[key] = stageNames[value];
      else if (TIMES.has(key)) answer[key] = isoTime(value);
    } else if (typeof value === 'object' && value !== null) {
      spell(value, stageNames);
    }
  }
}

const timeFrom = (wallMs) => (Number.isFinite(wallMs) ? isoTime(wallMs) : null);

/** Runs that do not belong: of restless stages thousands. */
function anomaliesFrom(n, at, executionIds) {
  const anomalies = new Array(executionIds.length);
  for (let i = 0; i < executionIds.length; i += 1, at += Y.LEN) {
    anomalies[i] = {
      index: n[at + Y.INDEX],
      executionId: executionIds[i],
      timestamp: timeFrom(n[at + Y.WALL]),
      duration: n[at + Y.DURATION],
      typicalDuration: n[at + Y.TYPICAL],
      zScore: n[at + Y.Z],
      expectedByChance: n[at + Y.EXPECTED],
    };
  }
  return anomalies;
}

function stageOf(core, stageName) {
  if (typeof stageName !== 'string' && !isStage(stageName))
    throw invalidArg('stageName must be a string, or { stage } with one');
  const id = core.stages.find(stageName);
  return id < 0 ? NONE : id;
}

function sinceIn(core, { range }, now = core.now()) {
  const since = sinceOf(core, range, 'range', now);
  return since === -Infinity ? undefined : since;
}

/** Asks about the runs of one stage, or of the pipeline, within `options.range`. */
function askStage(collector, question, stageName, options) {
  const core = collector[CORE];
  const stage = stageOf(core, stageName);
  const since = sinceIn(core, optionsOf(options, ['range']));
  return {
    stage: nameIn(stageName),
    ...ask(core, { ask: question, stage, since }),
  };
}

function timeOf(name, value) {
  if (value === undefined || value === null) return undefined;
  const time = parseTime(value);
  if (Number.isFinite(time)) return time;
  throw invalidArg(
    `${name} must be a time: a Date, an ISO 8601 text or milliseconds since 1970`,
  );
}

/** One side of a comparison, asked for at `now` and `wall`, as the native side takes it. */
function sideOf(core, name, side, { now, wall }) {
  const saved = savedFrom(name, side);
  if (saved !== null) return { kind: 'saved', histories: saved };
  const { stage, range, from, to, configurationHash } = optionsOf(side, [
    'stage',
    'range',
    'from',
    'to',
    'configurationHash',
  ]);
  const configuration =
    configurationHash === undefined || configurationHash === null
      ? undefined
      : core.labels.find(String(configurationHash));
  const fromTime = timeOf('from', from);
  return {
    kind: 'kept',
    stage:
      stage === undefined || stage === null ? undefined : stageOf(core, stage),
    name: nameIn(stage),
    since: fromTime === undefined ? sinceIn(core, { range }, now) : undefined,
    from: fromTime,
    // What begins at a time ends now, whatever a wall clock that was set has shown.
    until: timeOf('to', to) ?? (fromTime === undefined ? undefined : wall + 1),
    configuration: configuration < 0 ? NONE : configuration,
  };
}

/**
 * Answers what got slower, since when, how sure that is, what explains it and what a fix
 * it is worth. Every answer is made from the records kept at the moment of asking; too few of
 * them is an answer. See types/insight.d.ts for every shape.
 */
class PipelineInsight extends ExecutionRecorder {
  #advice = cached(
    this[CORE],
    () => ask(this[CORE], { ask: 'recommendations' }).map(adviceFrom),
    (all) => all.map(copyAdvice),
  );

  /** Quantiles of a stage, or of `'pipeline_total'`, within 1 %. */
  getQuantiles(stageName, options) {
    return askStage(this, 'quantiles', stageName, options);
  }

  /** Whether a stage gets slower, and how fast. */
  analyzeTrend(stageName, options) {
    return askStage(this, 'trend', stageName, options);
  }

  /** Since when a stage lastingly takes another time. */
  detectChangePoints(stageName, options) {
    return askStage(this, 'changePoints', stageName, options);
  }

  /** Single runs that do not belong. */
  detectAnomalies(stageName, options) {
    const core = this[CORE];
    const stage = stageOf(core, stageName);
    const since = sinceIn(core, optionsOf(options, ['range']));
    const { numbers, text } = asked(() => core.native.anomalies(stage, since));
    return {
      stage: nameIn(stageName),
      runs: numbers[E.RUNS],
      from: timeFrom(numbers[E.FROM]),
      to: timeFrom(numbers[E.TO]),
      anomalies: anomaliesFrom(numbers, E.LEN, JSON.parse(text)),
    };
  }

  /** What the next runs will take, and when the stage crosses its threshold. */
  forecast(stageName, options) {
    const core = this[CORE];
    const stage = stageOf(core, stageName);
    const given = optionsOf(options, ['horizon', 'threshold', 'confidence']);
    const horizon =
      wholeNumber('horizon', given.horizon, MAX_HORIZON) ?? HORIZON;
    const threshold = atLeastZero('threshold', given.threshold);
    const confidence = within('confidence', given.confidence);
    const answer = ask(core, {
      ask: 'forecast',
      stage,
      horizon,
      threshold,
      confidence,
    });
    return { stage: nameIn(stageName), ...answer };
  }

  /** Which stages bound the end of the last executions. */
  analyzeCriticalPaths(options) {
    const last = wholeNumber(
      'last',
      optionsOf(options, ['last']).last,
      MAX_LAST,
    );
    return ask(this[CORE], { ask: 'criticalPaths', last });
  }

  /** What an execution gains if a stage took `fraction` (0 to 1) less time. */
  whatIf(stageName, fraction, options) {
    const core = this[CORE];
    const stage = stageOf(core, stageName);
    const share = inRange(
      'fraction',
      fraction,
      (v) => v >= 0 && v <= 1,
      'a number from 0 to 1',
    );
    if (share === undefined)
      throw invalidArg('fraction must be a number from 0 to 1');
    const last = wholeNumber(
      'last',
      optionsOf(options, ['last']).last,
      MAX_LAST,
    );
    return {
      stage: nameIn(stageName),
      ...ask(core, { ask: 'whatIf', stage, fraction: share, last }),
    };
  }

  /** What sets slow runs of a stage apart; of whole executions without one. */
  explainSlowness(stageName, options) {
    return askStage(this, 'explain', stageName ?? PIPELINE_TOTAL, options);
  }

  /** How a stage's duration grows with its input and its items. */
  analyzeScaling(stageName, options) {
    return askStage(this, 'scaling', stageName, options);
  }

  /** What became slower or faster from `before` to `after`. */
  compare(before, after, options) {
    const core = this[CORE];
    const clocks = readClocks(core);
    return ask(core, {
      ask: 'compare',
      before: sideOf(core, 'before', before, clocks),
      after: sideOf(core, 'after', after, clocks),
      ...criteriaOf(options),
    });
  }

  /** The durations kept with their labels, as JSON text that `compare` and the command line take. */
  exportHistory() {
    return asked(() => this[CORE].native.ask('{"ask":"export"}'));
  }

  /** The newest executions with their stages, as JSON text that trace viewers open. */
  exportTrace(options) {
    return traceOf(this[CORE], options);
  }

  /** What would make the pipeline faster now, the largest gain first. */
  getActiveRecommendations() {
    return asked(this.#advice);
  }

  /** One page on the state of the pipeline, most important first. */
  generateReport(options) {
    const format = optionsOf(options, ['format']).format ?? 'text';
    if (!REPORT_FORMATS.includes(format)) {
      throw invalidArg(`format must be one of ${REPORT_FORMATS.join(', ')}`);
    }
    const core = this[CORE];
    const { stages } = core;
    const shown = asked(() =>
      Array.from(core.native.seriesStages(), (id) => stages.names[id]),
    ).map((name) => [shownStage(name), stages.asStage(name)]);
    const askedBy = new Map(shown);
    const overviewOf = (name, horizon) =>
      ask(core, {
        ask: 'overview',
        stage: stageOf(core, askedBy.get(name) ?? name),
        horizon,
      });
    const names = [...askedBy.keys()];
    const now = isoTime(core.wallNow());
    return renderReport(snapshotOf(this, names, overviewOf, now), format);
  }
}

module.exports = { PipelineInsight };
