'use strict';

// Decodes the analysis of an execution from rows of numbers, field for field, without arithmetic.

const {
  NO_TREND,
  SHORTEN,
  USE_LESS_MEMORY,
  adviceOn,
  gainOf,
} = require('../texts/recommendation-texts');
const { layout } = require('./native');

/**
 * @import { Analysis as Findings, Bottleneck, Recommendation, Trend } from '../../types/findings'
 * @import { Row } from './decoders/stages'
 */

const A = layout.analysis;
const B = layout.bottleneck;

/** @type {Bottleneck['type'][]} */
const BOTTLENECK_TYPES = ['time_bottleneck', 'efficiency_bottleneck'];
/** @type {Exclude<Trend['trend'], 'insufficient_data'>[]} */
const TRENDS = ['stable', 'degrading', 'improving'];
const TREND_MESSAGES = [
  'The run took about as long as the recent ones',
  'The run took longer than the recent ones',
  'The run took less time than the recent ones',
];

/**
 * @param {Row} n
 * @param {number} at
 * @param {number} count
 * @param {(row: number) => string} nameOf - the stage name of a breakdown row
 */
function bottlenecksFrom(n, at, count, nameOf) {
  /** @type {Bottleneck[]} */
  const found = [];
  for (let i = 0; i < count; i += 1, at += B.LEN) {
    const stageName = nameOf(n[at + B.ROW]);
    const type = BOTTLENECK_TYPES[n[at + B.KIND]];
    const impact = n[at + B.IMPACT];
    found.push({
      stageName,
      type,
      severity: n[at + B.CRITICAL] !== 0 ? 'critical' : 'warning',
      impact,
      recommendation: adviceOn(type, stageName, impact),
    });
  }
  return found;
}

/**
 * @param {Row} n
 * @param {number} at
 * @param {Bottleneck[]} bottlenecks
 * @param {boolean} isLong
 * @param {boolean} isMemoryHeavy
 */
function recommendationsFrom(n, at, bottlenecks, isLong, isMemoryHeavy) {
  /** @type {Recommendation[]} */
  const recommendations = [];
  for (const bottleneck of bottlenecks) {
    recommendations.push({
      type: 'bottleneck_optimization',
      priority: bottleneck.severity === 'critical' ? 'high' : 'medium',
      stage: bottleneck.stageName,
      description: bottleneck.recommendation,
      estimatedImprovement: gainOf(n[at + B.GAIN]),
    });
    at += B.LEN;
  }
  if (isLong) recommendations.push({ ...SHORTEN });
  if (isMemoryHeavy) recommendations.push({ ...USE_LESS_MEMORY });
  return recommendations;
}

/** @param {Row} n @param {number} at @returns {Trend} */
function trendFrom(n, at) {
  const code = n[at + A.TREND];
  if (code === 0) return { ...NO_TREND };
  return {
    trend: TRENDS[code - 1],
    message: TREND_MESSAGES[code - 1],
    currentDuration: n[at + A.CURRENT],
    averageDuration: n[at + A.AVERAGE],
    comparison: n[at + A.COMPARISON],
  };
}

/**
 * @param {Row} n
 * @param {number} at
 * @param {string} executionId
 * @param {{ stageName: string }[]} breakdown
 * @returns {Findings}
 */
function analysisFrom(n, at, executionId, breakdown) {
  const bottlenecks = bottlenecksFrom(
    n,
    at + A.LEN,
    n[at + A.BOTTLENECKS],
    (row) => breakdown[row].stageName,
  );
  return {
    executionId,
    overallRating: n[at + A.RATING],
    bottlenecks,
    recommendations: recommendationsFrom(
      n,
      at + A.LEN,
      bottlenecks,
      n[at + A.IS_LONG] !== 0,
      n[at + A.IS_MEMORY_HEAVY] !== 0,
    ),
    trends: trendFrom(n, at),
  };
}

module.exports = {
  analysisFrom,
  bottlenecksFrom,
  recommendationsFrom,
  trendFrom,
};
