'use strict';

const { invalidArg } = require('../errors');
const { requireArray } = require('./history-entries');
const { isoTime } = require('../boundary/iso-time');
const { calculate, native } = require('../boundary/native');
const { setOwn } = require('../boundary/decoders/set-own');

/**
 * @import { MetricsAggregator as Aggregator } from '../../types/collector'
 * @import { StageEntryFigures } from '../../types/inputs'
 * @import { Aggregate } from '../../types/summary'
 * @import { Core } from '../recording/core'
 */

/** Entries per stage that an aggregation covers. */
const WINDOW = 100;

/** @param {unknown} value */
const numberOrMissing = (value) => (typeof value === 'number' ? value : NaN);

/** @template T @param {Iterable<T>} stageMetrics @returns {Iterable<T>} */
function pairsIn(stageMetrics) {
  const isMap = typeof stageMetrics === 'object' && stageMetrics !== null;
  const pairs =
    isMap && Symbol.iterator in stageMetrics ? [...stageMetrics] : null;
  if (!pairs?.every(Array.isArray))
    throw invalidArg(
      'stageMetrics must be a Map of the names of stages to their entries',
      stageMetrics,
    );
  return pairs;
}

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

  /** @type {Aggregator['aggregate']} */
  aggregate(stageMetrics) {
    /** @type {Record<string, Aggregate>} */
    const aggregated = {};
    if (stageMetrics === this.#stageMetrics) {
      this.#aggregateStored(aggregated);
      return aggregated;
    }
    for (const [stageName, metrics] of pairsIn(stageMetrics)) {
      if (requireArray(metrics, 'metrics').length > 0)
        setOwn(aggregated, stageName, this.aggregateStageMetrics(metrics));
    }
    return aggregated;
  }

  /** @param {Record<string, Aggregate>} aggregated */
  #aggregateStored(aggregated) {
    const { names } = this.#core.stages;
    const stages = JSON.parse(this.#core.native.aggregateStages());
    for (const { stage, ...figures } of stages)
      setOwn(aggregated, names[stage], this.#dated(figures));
  }

  /** @type {Aggregator['aggregateStageMetrics']} */
  aggregateStageMetrics(metrics) {
    const recent = requireArray(metrics, 'metrics').slice(-WINDOW);
    const values = (/** @type {string} */ path) => this.#valuesOf(recent, path);
    const success = Float64Array.from(recent, (entry) =>
      entry?.success ? 1 : 0,
    );
    const rates = values('throughput.itemsPerSecond');
    const figures = native.aggregateOf(values('duration'), rates, success);
    return this.#dated(JSON.parse(figures));
  }

  /** @param {Omit<Aggregate, 'timestamp'>} figures @returns {Aggregate} */
  #dated(figures) {
    return { ...figures, timestamp: isoTime(this.#core.wallNow()) };
  }

  /** @type {Aggregator['calculateAverage']} - entries without the field are left out; 0 without any */
  calculateAverage(metrics, field) {
    return calculate('average', this.#valuesOf(metrics, field))[0];
  }

  /** @type {Aggregator['calculateMedian']} - the mean of the middle two of an even number */
  calculateMedian(metrics, field) {
    return calculate('median', this.#valuesOf(metrics, field))[0];
  }

  /** @type {Aggregator['calculatePercentile']} - nearest rank */
  calculatePercentile(metrics, field, percentile) {
    if (!(
      typeof percentile === 'number' &&
      percentile >= 0 &&
      percentile <= 100
    ))
      throw invalidArg('percentile must be a number from 0 to 100', percentile);
    return native.percentileOf(this.#valuesOf(metrics, field), percentile);
  }

  /** @type {Aggregator['getNestedValue']} */
  getNestedValue(object, path) {
    if (typeof path !== 'string')
      throw invalidArg('the path of a field must be a string', path);
    let value = object;
    for (const key of path.split('.')) {
      if (value === undefined || value === null) return undefined;
      value = Object(value)[key];
    }
    return value;
  }

  /** @param {readonly object[]} metrics @param {string} field */
  #valuesOf(metrics, field) {
    return Float64Array.from(requireArray(metrics, 'metrics'), (entry) =>
      numberOrMissing(this.getNestedValue(entry, field)),
    );
  }
}

module.exports = { MetricsAggregator };
