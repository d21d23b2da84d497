'use strict';

const { native } = require('../boundary/native');

/**
 * @import { PerformancePattern } from '../../types/findings'
 * @import { Logger } from '../../types/options'
 */

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
    return JSON.parse(native.patternOf(Float64Array.from(list, durationOf)));
  }
}

module.exports = { PerformanceAnalyzer };
