'use strict';

const { adviceOn, gainOf } = require('../config/advice');
const { percent, milliseconds } = require('./number-formats');

/** The `type` of a recommendation by what was found. */
const TYPES = {
  time_bottleneck: 'bottleneck_optimization',
  efficiency_bottleneck: 'bottleneck_optimization',
  regression: 'regression',
  cause: 'slow_circumstances',
};

/** What the slow runs have in common, in words. */
function circumstances({ attribute, slow }) {
  if (slow.low !== null) {
    return slow.low === slow.high
      ? `${attribute} is ${slow.low}`
      : `${attribute} is from ${slow.low} to ${slow.high}`;
  }
  return slow.value === null
    ? `${attribute} is rare`
    : `${attribute} is ${slow.value}`;
}

const DESCRIBE = {
  time_bottleneck: ({ kind, stage }) => adviceOn(kind, stage),
  efficiency_bottleneck: ({ kind, stage }) => adviceOn(kind, stage),
  regression: ({ stage, change }) =>
    `Find what slowed ${stage} down: since ${change.timestamp} it takes ${percent(change.change)} longer ` +
    `(${milliseconds(change.before)} before, ${milliseconds(change.after)} after)`,
  cause: ({ stage, cause }) =>
    `Look at ${stage} where ${circumstances(cause)}: it then takes ${milliseconds(cause.slow.median)} ` +
    `instead of ${milliseconds(cause.slow.othersMedian)}`,
};

function descriptionOf(found) {
  let text = DESCRIBE[found.kind](found);
  if (found.cause !== null && found.kind !== 'cause') {
    text += `; it is slow where ${circumstances(found.cause)}`;
  }
  if (found.scaling !== null) {
    text += `; its time grows with the power ${found.scaling.exponent.toFixed(1)} of its size`;
  }
  return text;
}

function improvementOf({ gain, givenPercent }) {
  const gained = gain === null ? givenPercent : gain.percent;
  return gained < 1
    ? 'less than 1% performance gain'
    : gainOf(Math.round(gained));
}

/** A recommendation as the caller gets it, from what was found. */
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

module.exports = { adviceFrom, circumstances };
