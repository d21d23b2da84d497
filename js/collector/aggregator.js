'use strict';

const { invalidArg } = require('../errors');
const { isoTime } = require('../boundary/iso-time');
const { calculate, layout, native } = require('../boundary/native');
const { setOwn } = require('../boundary/decoders');

/**
 * @typedef {import('../recording/core').Core} Core
 * @typedef {import('../../types/inputs').StageEntryFigures} StageEntryFigures
 * @typedef {import('../../types/summary').Aggregate} Aggregate
 */

const G = layout.aggregate;

/** Entries that an aggregation looks back on. */
const WINDOW = 100;

/** @param {unknown} value */
const numberOrMissing = (value) => (typeof value === 'number' ? value : NaN);

/** Figures over the last 100 entries of a stage: mean, median, nearest-rank percentile. */
class MetricsAggregator {
  #core;
  #stageMetrics;

  /**
   * @param {Pick<Core, 'native' | 'stages' | 'wallNow'>} core
   * @param {Iterable<[string, StageEntryFigures[]]>} stageMetrics - the live Map
   */
  constructor(core, stageMetrics) {
    this.#core = core;
    this.#stageMetrics = stageMetrics;
  }

  /**
   * @param {Iterable<readonly [string, readonly StageEntryFigures[]]>} stageMetrics - pairs of name and entries: the live Map, or any such
   * @returns {Record<string, Aggregate>}
   */
  aggregate(stageMetrics) {
    /** @type {Record<string, Aggregate>} */
    const aggregated = {};
    if (stageMetrics === this.#stageMetrics) {
      this.#aggregateStored(aggregated);
      return aggregated;
    }
    for (const [stageName, metrics] of stageMetrics) {
      if (metrics.length > 0)
        setOwn(aggregated, stageName, this.aggregateStageMetrics(metrics));
    }
    return aggregated;
  }

  /** @param {Record<string, Aggregate>} aggregated */
  #aggregateStored(aggregated) {
    const numbers = this.#core.native.aggregateStages();
    for (let at = 0; at < numbers.length; at += G.LEN) {
      const stageName = this.#core.stages.names[numbers[at + G.STAGE]];
      setOwn(aggregated, stageName, this.#aggregateFrom(numbers, at));
    }
  }

  /** @param {readonly StageEntryFigures[]} metrics @returns {Aggregate} */
  aggregateStageMetrics(metrics) {
    const recent = metrics.slice(-WINDOW);
    const values = (/** @type {string} */ path) => this.#valuesOf(recent, path);
    const success = Float64Array.from(recent, (entry) =>
      entry.success ? 1 : 0,
    );
    const rates = values('throughput.itemsPerSecond');
    return this.#aggregateFrom(
      native.aggregateOf(values('duration'), rates, success),
      0,
    );
  }

  /** @param {ArrayLike<number>} n @param {number} at @returns {Aggregate} */
  #aggregateFrom(n, at) {
    return {
      count: n[at + G.COUNT],
      averageDuration: n[at + G.AVERAGE_DURATION],
      medianDuration: n[at + G.MEDIAN_DURATION],
      p95Duration: n[at + G.P95_DURATION],
      averageThroughput: n[at + G.AVERAGE_THROUGHPUT],
      successRate: n[at + G.SUCCESS_RATE],
      timestamp: isoTime(this.#core.wallNow()),
    };
  }

  /**
   * Mean of a field; entries without it are left out, 0 without any.
   *
   * @param {readonly object[]} metrics
   * @param {string} field
   */
  calculateAverage(metrics, field) {
    return calculate('average', this.#valuesOf(metrics, field))[0];
  }

  /**
   * Median of a field: the mean of the middle two where the number of values is even.
   *
   * @param {readonly object[]} metrics
   * @param {string} field
   */
  calculateMedian(metrics, field) {
    return calculate('median', this.#valuesOf(metrics, field))[0];
  }

  /**
   * Nearest-rank percentile of a field; `percentile` from 0 to 100.
   *
   * @param {readonly object[]} metrics
   * @param {string} field
   * @param {number} percentile
   */
  calculatePercentile(metrics, field, percentile) {
    if (typeof percentile !== 'number')
      throw invalidArg('percentile must be a number from 0 to 100');
    return native.percentileOf(this.#valuesOf(metrics, field), percentile);
  }

  /**
   * The value at a dotted path, or undefined.
   *
   * @param {unknown} object
   * @param {string} path
   * @returns {unknown}
   */
  getNestedValue(object, path) {
    let value = object;
    for (const key of path.split('.')) {
      if (value === undefined || value === null) return undefined;
      value = Object(value)[key];
    }
    return value;
  }

  /** @param {readonly object[]} metrics @param {string} field */
  #valuesOf(metrics, field) {
    return Float64Array.from(metrics, (entry) =>
      numberOrMissing(this.getNestedValue(entry, field)),
    );
  }
}

module.exports = { MetricsAggregator };
