'use strict';

const { calculate, layout } = require('../boundary/native');

/**
 * @import { PerformancePattern } from '../../types/findings'
 * @import { Logger } from '../../types/options'
 */

const P = layout.pattern;
const Y = layout.anomaly;

/** @type {PerformancePattern['trend'][]} - by direction code; the first is for too few, too */
const TRENDS = ['stable', 'stable', 'degrading', 'improving'];

/** @param {{ duration?: unknown } | null | undefined} entry */
const durationOf = (entry) =>
  typeof entry?.duration === 'number' ? entry.duration : NaN;

/** Patterns in a stage's entries. */
class PerformanceAnalyzer {
  /** @param {Logger} logger */
  constructor(logger) {
    this.logger = logger;
  }

  /**
   * Trend, anomalies and expected next duration, each with its evidence.
   * @param {readonly { duration?: unknown }[]} metrics - entries with `duration` in ms, oldest first
   * @returns {PerformancePattern}
   */
  analyzePerformancePattern(metrics) {
    const list = Array.isArray(metrics) ? metrics : [];
    const n = calculate('pattern', Float64Array.from(list, durationOf));
    const anomalies = [];
    for (let i = 0, at = P.LEN; i < n[P.ANOMALIES]; i += 1, at += Y.LEN) {
      anomalies.push(anomalyFrom(n, at));
    }
    const enough = n[P.DIRECTION] !== 0;
    return {
      trend: TRENDS[n[P.DIRECTION]],
      anomalies,
      predictions: predictionsFrom(n),
      evidence: enough
        ? { runs: n[P.RUNS], slopePerRun: n[P.SLOPE], pValue: n[P.P_VALUE] }
        : { runs: n[P.RUNS] },
    };
  }
}

/** @param {ArrayLike<number>} n @param {number} at */
function anomalyFrom(n, at) {
  return {
    index: n[at + Y.INDEX],
    duration: n[at + Y.DURATION],
    typicalDuration: n[at + Y.TYPICAL],
    zScore: n[at + Y.Z],
  };
}

/** @param {ArrayLike<number>} n */
function predictionsFrom(n) {
  if (Number.isNaN(n[P.NEXT])) return {};
  return {
    nextDuration: n[P.NEXT],
    low: n[P.NEXT_LOW],
    high: n[P.NEXT_HIGH],
    confidence: n[P.CONFIDENCE],
  };
}

module.exports = { PerformanceAnalyzer };
