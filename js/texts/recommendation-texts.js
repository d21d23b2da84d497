'use strict';

// Recommendations in words, for one execution or many.

const { byHowMuch, percent, milliseconds } = require('./number-formats');

/**
 * @import { ActiveRecommendation, Bottleneck, Recommendation, Trend } from '../../types/findings'
 * @import { ChangePoint, SlownessAttribute } from '../../types/insight'
 * @typedef {Bottleneck['type']} BottleneckType
 * @typedef {ActiveRecommendation['evidence']} Evidence
 * @typedef {{ kind: 'regression', change: ChangePoint, cause: SlownessAttribute | null } |
 *   { kind: 'cause', change: null, cause: SlownessAttribute } |
 *   {
 *     kind: 'time_bottleneck' | 'efficiency_bottleneck',
 *     change: null,
 *     cause: SlownessAttribute | null,
 *   }} Kind
 * @typedef {Kind & Pick<Evidence, 'impact' | 'scaling' | 'executions'> & {
 *   critical: boolean,
 *   stage: string,
 *   gain: ActiveRecommendation['gain'],
 *   givenPercent: number,
 * }} Found - what the engine answers
 */

/** @type {Record<BottleneckType, (stage: string, impact: number) => string>} */
const ON_STAGE = {
  time_bottleneck: (stage, impact) =>
    `Make ${stage} faster: it takes ${percent(impact / 100)} of the stage time`,
  efficiency_bottleneck: (stage) =>
    `Get more done in ${stage} for the memory and time it uses`,
};

/** @param {BottleneckType} type @param {string} stage @param {number} impact - in per cent */
const adviceOn = (type, stage, impact) => ON_STAGE[type](stage, impact);

/** @param {number} percent - of the time of an execution */
const gainOf = (percent) => `${percent}% performance gain`;

/** @type {Readonly<Recommendation>} - of an execution that took long */
const SHORTEN = Object.freeze({
  type: 'general_optimization',
  priority: 'medium',
  description:
    'Run independent stages concurrently, or split large action sets',
  estimatedImprovement: '20-40% performance gain',
});

/** @type {Readonly<Recommendation>} - of an execution whose heap grew much */
const USE_LESS_MEMORY = Object.freeze({
  type: 'memory_optimization',
  priority: 'medium',
  description:
    'Stream the data through the stages instead of holding all of it at once',
  estimatedImprovement: '50-70% memory reduction',
});

/** @type {Readonly<Trend>} */
const NO_TREND = Object.freeze({
  trend: 'insufficient_data',
  message: 'Too few executions yet for a trend: five are needed',
});

/** @type {Record<Found['kind'], ActiveRecommendation['type']>} */
const TYPES = {
  time_bottleneck: 'bottleneck_optimization',
  efficiency_bottleneck: 'bottleneck_optimization',
  regression: 'regression',
  cause: 'slow_circumstances',
};

/** Attributes with plural names. */
const PLURAL = ['retries', 'errors'];

/** @param {Pick<SlownessAttribute, 'attribute' | 'slow'>} found */
function circumstances({ attribute, slow }) {
  const is = PLURAL.includes(attribute) ? 'are' : 'is';
  if (slow.low !== null) {
    return slow.low === slow.high
      ? `${attribute} ${is} ${slow.low}`
      : `${attribute} ${is} from ${slow.low} to ${slow.high}`;
  }
  return `${attribute} ${is} ${slow.value ?? 'rare'}`;
}

/** @param {Found} found */
function whatToDo(found) {
  const { kind, stage, impact, change, cause } = found;
  if (kind === 'regression')
    return (
      `Find what slowed ${stage} down: since ${change.timestamp} it takes ${byHowMuch(change)}longer ` +
      `(${milliseconds(change.before)} before, ${milliseconds(change.after)} after)`
    );
  if (kind === 'cause')
    return (
      `Look at ${stage} where ${circumstances(cause)}: it then takes ${milliseconds(cause.slow.median)} ` +
      `instead of ${milliseconds(cause.slow.othersMedian)}`
    );
  return adviceOn(kind, stage, impact);
}

/** @param {Found} found */
function descriptionOf(found) {
  let text = whatToDo(found);
  if (found.cause !== null && found.kind !== 'cause') {
    text += `; it is slow where ${circumstances(found.cause)}`;
  }
  if (found.scaling !== null) {
    text += `; its time grows with the power ${found.scaling.exponent.toFixed(1)} of its size`;
  }
  return text;
}

/** @param {Found} found @returns in words; less than the whole is never shown as the whole */
function improvementOf({ gain, givenPercent }) {
  const gained = gain === null ? givenPercent : gain.percent;
  if (gained < 1) return 'less than 1% performance gain';
  return gainOf(gained < 100 ? Math.min(Math.round(gained), 99) : 100);
}

/** @param {Found} found @returns {ActiveRecommendation} */
function adviceFrom(found) {
  const {
    kind,
    critical,
    stage,
    impact,
    gain,
    executions,
    change,
    cause,
    scaling,
  } = found;
  const description = descriptionOf(found);
  return {
    type: TYPES[kind],
    priority: critical ? 'high' : 'medium',
    stage,
    description,
    estimatedImprovement: improvementOf(found),
    gain,
    evidence: {
      executions,
      stageName: stage,
      type: kind,
      severity: critical ? 'critical' : 'warning',
      impact,
      recommendation: description,
      change,
      cause,
      scaling,
    },
  };
}

module.exports = {
  NO_TREND,
  SHORTEN,
  USE_LESS_MEMORY,
  adviceFrom,
  adviceOn,
  circumstances,
  gainOf,
};
