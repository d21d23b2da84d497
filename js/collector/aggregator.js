'use strict';

const { isoTime } = require('../boundary/iso-time');
const { layout, native } = require('../boundary/native');
const { setOwn } = require('../boundary/decoders');
const { StageMetrics } = require('./live-maps');

const G = layout.aggregate;

/** Entries that an aggregation looks back on. */
const WINDOW = 100;

const numberOrMissing = (value) => (typeof value === 'number' ? value : NaN);

/** Figures over the last 100 entries of a stage: mean, median, nearest-rank percentile. */
class MetricsAggregator {
  #core;

  constructor(core) {
    this.#core = core;
  }

  /**
   * @param {Iterable<any>} stageMetrics - pairs of name and entries: the live Map, or any such
   * @returns {Record<string, object>} one aggregate for each stage that has entries
   */
  aggregate(stageMetrics) {
    const aggregated = {};
    if (
      stageMetrics instanceof StageMetrics &&
      stageMetrics.core === this.#core
    ) {
      this.#aggregateKept(aggregated);
      return aggregated;
    }
    for (const [stageName, metrics] of stageMetrics) {
      if (metrics.length > 0)
        setOwn(aggregated, stageName, this.aggregateStageMetrics(metrics));
    }
    return aggregated;
  }

  #aggregateKept(aggregated) {
    const numbers = this.#core.native.aggregateStages();
    for (let at = 0; at < numbers.length; at += G.LEN) {
      const stageName = this.#core.stages.names[numbers[at + G.STAGE]];
      setOwn(aggregated, stageName, this.#aggregateFrom(numbers, at));
    }
  }

  aggregateStageMetrics(metrics) {
    const recent = metrics.slice(-WINDOW);
    const values = (path) => this.#valuesOf(recent, path);
    const success = Float64Array.from(recent, (entry) =>
      entry.success ? 1 : 0,
    );
    const rates = values('throughput.itemsPerSecond');
    return this.#aggregateFrom(
      native.aggregateOf(values('duration'), rates, success),
      0,
    );
  }

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

  /** Mean of a field; entries without it are left out, 0 without any. */
  calculateAverage(metrics, field) {
    return native.averageOf(this.#valuesOf(metrics, field));
  }

  /** Median of a field: the mean of the middle two where the number of values is even. */
  calculateMedian(metrics, field) {
    return native.medianOf(this.#valuesOf(metrics, field));
  }

  /** Nearest-rank percentile of a field; `percentile` from 0 to 100. */
  calculatePercentile(metrics, field, percentile) {
    return native.percentileOf(this.#valuesOf(metrics, field), percentile);
  }

  /** The value at a dotted path, or undefined. */
  getNestedValue(object, path) {
    let value = object;
    for (const key of path.split('.')) value = value?.[key];
    return value;
  }

  #valuesOf(metrics, field) {
    return Float64Array.from(metrics, (entry) =>
      numberOrMissing(this.getNestedValue(entry, field)),
    );
  }
}

module.exports = { MetricsAggregator };
