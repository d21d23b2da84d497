'use strict';

const { adviceFrom } = require('../texts/recommendation-texts');
const { invalidArg } = require('../errors');
const { isStage, nameIn } = require('../recording/interner');
const { isoTime, parseTime } = require('../boundary/iso-time');
const { notAStage } = require('../recording/names');
const { cached } = require('./memoize');
const { layout } = require('../boundary/native');
const { AT_LEAST_ZERO, SHARE, wholeUpTo } = require('../config/option-checks');
const { PART, criteriaOf, inRange, optionsOf } = require('./query-options');
const {
  asked,
  jsonText,
  readClocks,
  sinceOf,
} = require('../boundary/call-native');
const {
  REPORT_FORMATS,
  renderReport,
  shownStage,
  snapshotOf,
} = require('../report/report');
const { pageFile } = require('../report/html-page');
const { EVERYTHING, pageText } = require('./page');
const { durationsFrom } = require('./history-file');

/**
 * @import { StageName } from '../../types/inputs'
 * @import { ComparisonSide, LastOptions, PipelineInsight as Insight } from '../../types/insight'
 * @import { RangeOptions, ReportOptions, StageAnomalies, StoredRuns } from '../../types/insight'
 * @import { Core } from '../recording/core'
 * @import { Answers, Overview } from '../report/report'
 * @typedef {Pick<Core, 'native' | 'now' | 'wallNow' | 'stages' | 'labels'>} Source
 * @typedef {{ [Name in keyof Insight]: (source: Source, ...args: Parameters<Insight[Name]>) => ReturnType<Insight[Name]> }} Queries
 */

const E = layout.examined;
const Y = layout.outlier;

/** Runs that a forecast looks ahead by default, and at most. */
const HORIZON = 100;
const HORIZONS = wholeUpTo(10_000);
const LAST = wholeUpTo(10_000_000);
/** A number that no stage and no label has. */
const NONE = 2 ** 32 - 1;

const TIMES = new Set(['timestamp', 'from', 'to']);

/**
 * Asks a question; in the answer stage numbers become names, and wall-clock times ISO 8601.
 * @template T
 * @param {Pick<Core, 'native' | 'stages'>} source
 * @param {string} name
 * @param {object} [about]
 * @returns {T}
 */
function ask(source, name, about = {}) {
  const answer = asked(() =>
    JSON.parse(source.native.ask(jsonText({ [name]: about }))),
  );
  spell(answer, source.stages.names);
  return answer;
}

/**
 * Much cheaper than a reviver, which is called with every value.
 * @param {Record<string, unknown>} answer
 * @param {string[]} stageNames
 */
function spell(answer, stageNames) {
  for (const key in answer) {
    const value = answer[key];
    if (typeof value === 'number') {
      if (key === 'stage') answer[key] = stageNames[value];
      else if (TIMES.has(key)) answer[key] = isoTime(value);
    } else if (typeof value === 'object' && value !== null) {
      spell(/** @type {Record<string, unknown>} */ (value), stageNames);
    }
  }
}

/** @param {number} wallMs */
const timeFrom = (wallMs) => (Number.isFinite(wallMs) ? isoTime(wallMs) : null);

/**
 * @param {ArrayLike<number>} n
 * @param {number} at
 * @param {(string | null)[]} executionIds
 * @returns {StageAnomalies['anomalies']}
 */
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

/** @param {Pick<Core, 'stages'>} source @param {unknown} stageName */
function stageOf(source, stageName) {
  if (typeof stageName !== 'string' && !isStage(stageName))
    throw notAStage(stageName);
  const id = source.stages.find(stageName);
  return id < 0 ? NONE : id;
}

/** @param {Pick<Core, 'now'>} source @param {{ range?: unknown }} options @param {number} now */
function sinceIn(source, { range }, now = source.now()) {
  const since = sinceOf(source, range, 'range', now);
  return since === -Infinity ? undefined : since;
}

/**
 * @template T
 * @param {Source} source
 * @param {string} question
 * @param {StageName} stageName
 * @param {RangeOptions | undefined} options
 * @returns {T & { stage: string }}
 */
function askStage(source, question, stageName, options) {
  const stage = stageOf(source, stageName);
  const since = sinceIn(source, optionsOf(options, ['range']));
  const answer = ask(source, question, { stage, since });
  return { stage: nameIn(stageName), ...answer };
}

/** The beginning of ISO 8601 texts; without it Date would parse others, such as '5' as a month of May. */
const YEAR_FIRST = /^([+-]\d\d)?\d{4}/;

/** @param {string} name @param {unknown} value */
function timeOf(name, value) {
  if (value === undefined || value === null) return undefined;
  const isOther = typeof value === 'string' && !YEAR_FIRST.test(value);
  const time = isOther ? NaN : parseTime(value);
  if (Number.isFinite(time)) return time;
  throw invalidArg(
    `${name} must be a time: a Date, an ISO 8601 text or milliseconds since 1970`,
    value,
  );
}

/**
 * @param {Source} source
 * @param {string} name
 * @param {ComparisonSide} side
 * @param {{ now: number, wall: number }} clocks
 */
function sideOf(source, name, side, { now, wall }) {
  const exported = durationsFrom(name, side);
  if (exported !== null) return { exported: { histories: exported } };
  const stored = /** @type {StoredRuns} */ (side);
  if (typeof (stored ?? {}) !== 'object') {
    throw invalidArg(
      `${name} must be a selection of stored runs, a history or a list of histories`,
      stored,
    );
  }
  const { stage, range, from, to, configurationHash } = optionsOf(stored, [
    'stage',
    'range',
    'from',
    'to',
    'configurationHash',
  ]);
  const configuration =
    configurationHash === undefined || configurationHash === null
      ? undefined
      : source.labels.find(String(configurationHash));
  const fromTime = timeOf('from', from);
  const runs = {
    stage:
      stage === undefined || stage === null
        ? undefined
        : stageOf(source, stage),
    name: stage === undefined || stage === null ? undefined : nameIn(stage),
    since: fromTime === undefined ? sinceIn(source, { range }, now) : undefined,
    from: fromTime,
    // A range with a start ends now, even if the wall clock was set back.
    until: timeOf('to', to) ?? (fromTime === undefined ? undefined : wall + 1),
    configuration:
      configuration !== undefined && configuration < 0 ? NONE : configuration,
  };
  return { stored: runs };
}

/** @type {Queries['detectAnomalies']} */
function anomaliesOf(source, stageName, options) {
  const stage = stageOf(source, stageName);
  const since = sinceIn(source, optionsOf(options, ['range']));
  const { numbers, text } = asked(() => source.native.anomalies(stage, since));
  return {
    stage: nameIn(stageName),
    runs: numbers[E.RUNS],
    from: timeFrom(numbers[E.FROM]),
    to: timeFrom(numbers[E.TO]),
    anomalies: anomaliesFrom(numbers, E.LEN, JSON.parse(text)),
  };
}

/** @type {Queries['forecast']} */
function forecastOf(source, stageName, options) {
  const stage = stageOf(source, stageName);
  const given = optionsOf(options, ['horizon', 'threshold', 'confidence']);
  const answer = ask(source, 'forecast', {
    stage,
    horizon: inRange('horizon', given.horizon, HORIZONS) ?? HORIZON,
    threshold: inRange('threshold', given.threshold, AT_LEAST_ZERO),
    confidence: inRange('confidence', given.confidence, PART),
  });
  return { stage: nameIn(stageName), ...answer };
}

/** @param {LastOptions | undefined} options */
const lastIn = (options) =>
  inRange('last', optionsOf(options, ['last']).last, LAST);

/** @type {Queries['analyzeCriticalPaths']} */
const criticalPathsOf = (source, options) =>
  ask(source, 'criticalPaths', { last: lastIn(options) });

/** @type {Queries['whatIf']} */
function gainOf(source, stageName, fraction, options) {
  const stage = stageOf(source, stageName);
  if (!SHARE.accepts(fraction))
    throw invalidArg(`fraction must be ${SHARE.allowed}`, fraction);
  const answer = ask(source, 'whatIf', {
    stage,
    fraction,
    last: lastIn(options),
  });
  return { stage: nameIn(stageName), ...answer };
}

/** @type {Queries['compare']} */
function comparisonOf(source, before, after, options) {
  const clocks = readClocks(source);
  return ask(source, 'compare', {
    before: sideOf(source, 'before', before, clocks),
    after: sideOf(source, 'after', after, clocks),
    ...criteriaOf(options),
  });
}

/** @param {Source} source @returns {string} */
const historyOf = (source) => asked(() => source.native.ask('{"export":{}}'));

/** @param {Source} source */
const cachedAdvice = (source) =>
  cached(source, () => ask(source, 'recommendations').map(adviceFrom));

/** @param {Source} source @param {Answers} collector @param {ReportOptions | undefined} options */
function reportOf(source, collector, options) {
  const format = optionsOf(options, ['format']).format ?? 'text';
  if (!REPORT_FORMATS.includes(format)) {
    throw invalidArg(
      `format must be one of ${REPORT_FORMATS.join(', ')}`,
      format,
    );
  }
  if (format === 'html')
    return pageFile(pageText(source, { ...EVERYTHING, isFile: true }));
  const { stages } = source;
  const shown = asked(() =>
    Array.from(source.native.stagesWith('entries'), (id) => stages.names[id]),
  ).map(
    (name) => /** @type {const} */ ([shownStage(name), stages.asStage(name)]),
  );
  const askedBy = new Map(shown);
  /** @type {(name: string, horizon: number) => Overview} */
  const overviewOf = (name, horizon) =>
    ask(source, 'overview', {
      stage: stageOf(source, askedBy.get(name) ?? name),
      horizon,
    });
  const names = [...askedBy.keys()];
  const now = isoTime(source.wallNow());
  return renderReport(snapshotOf(collector, names, overviewOf, now), format);
}

module.exports = {
  anomaliesOf,
  askStage,
  cachedAdvice,
  comparisonOf,
  criticalPathsOf,
  forecastOf,
  gainOf,
  historyOf,
  reportOf,
};
