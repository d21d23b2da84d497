'use strict';

// Figures of a collector in the shape of OpenTelemetry's JavaScript SDK, whose readers collect them
// beside the SDK's own.

const { setImmediate } = require('node:timers/promises');
const { MetricSource } = require('./otlp-sources');
const { checkNoOptions } = require('../config/option-names');
const { coreOf } = require('../recording/direct-recorder');

/**
 * @typedef {object} Point - of OTLP; of these fields those of its kind
 * @property {{ key: string, value: Record<string, unknown> }[]} attributes
 * @property {string} startTimeUnixNano
 * @property {string} timeUnixNano
 * @property {any} [asDouble]
 * @property {any} [sum]
 * @property {any} [count]
 * @property {any} [min]
 * @property {any} [max]
 * @property {any} [scale]
 * @property {any} [zeroCount]
 * @property {any} [positive]
 * @property {any} [negative]
 * @typedef {{ dataPoints: Point[], isMonotonic?: boolean }} Points
 * @typedef {'gauge' | 'sum' | 'exponentialHistogram'} Kind
 * @typedef {{ name: string, description: string, unit: string } & Partial<Record<Kind, Points>>} Metric
 * @typedef {{ startTime: number[], endTime: number[] }} Times
 */

// As the enumerations of @opentelemetry/api and @opentelemetry/sdk-metrics number them.
const DOUBLE = 1;
const CUMULATIVE = 1;
const EXPONENTIAL_HISTOGRAM = 1;
const GAUGE = 2;
const SUM = 3;

/** A resource that readers ignore: they use the SDK's. */
const NO_RESOURCE = {
  attributes: {},
  /** @param {object | null} other */
  merge(other) {
    return other ?? this;
  },
  getRawAttributes: () => [],
};

/**
 * An OTLP time (text, in ns) as the SDK has it: seconds and nanoseconds.
 * @param {string} nanos
 */
function hrTimeOf(nanos) {
  const text = nanos.padStart(10, '0');
  return [Number(text.slice(0, -9)), Number(text.slice(-9))];
}

/** @param {Point['attributes']} attributes */
const attributesOf = (attributes) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
  );

/** @type {Record<Kind, (point: Point) => unknown>} */
const VALUES = {
  gauge: (point) => point.asDouble,
  sum: (point) => point.asDouble,
  exponentialHistogram: (point) => ({
    count: point.count,
    sum: point.sum,
    scale: point.scale,
    zeroCount: point.zeroCount,
    positive: point.positive,
    negative: point.negative,
    min: point.min,
    max: point.max,
  }),
};

/** @type {Record<Kind, number>} */
const TYPES = {
  gauge: GAUGE,
  sum: SUM,
  exponentialHistogram: EXPONENTIAL_HISTOGRAM,
};

/** @type {Kind[]} */
const KINDS = ['gauge', 'sum', 'exponentialHistogram'];

/**
 * Times of the first point that has them as texts, which are exact.
 * @param {Metric[]} metrics
 * @returns {Times}
 */
function timesOf(metrics) {
  const points = metrics.flatMap(({ sum }) => sum?.dataPoints ?? []);
  const { startTimeUnixNano = '', timeUnixNano = '' } = points[0] ?? {};
  return {
    startTime: hrTimeOf(startTimeUnixNano),
    endTime: hrTimeOf(timeUnixNano),
  };
}

/**
 * A metric in the SDK's shape, without points.
 * @param {Metric} metric
 * @param {Kind} kind
 * @param {boolean | undefined} isMonotonic
 */
function emptyOf({ name, description, unit }, kind, isMonotonic) {
  return {
    descriptor: { name, description, unit, valueType: DOUBLE },
    aggregationTemporality: CUMULATIVE,
    dataPointType: TYPES[kind],
    /** @type {(Times & { attributes: object, value: unknown })[]} */
    dataPoints: [],
    ...(isMonotonic !== undefined && { isMonotonic }),
  };
}

/** Metrics of OTLP requests in the SDK's shape; all points have the same times. */
class AllMetrics {
  /** @type {{ name: string, version?: string } | undefined} */
  #scope;
  /** @type {Times | null} */
  #times = null;
  /** @type {Map<string, ReturnType<typeof emptyOf>>} - by their names */
  #metrics = new Map();

  /** @param {string} text - a request */
  add(text) {
    const [{ scope, metrics }] =
      JSON.parse(text).resourceMetrics[0].scopeMetrics;
    this.#scope ??= scope;
    this.#times ??= timesOf(metrics);
    for (const metric of metrics) this.#addMetric(metric, this.#times);
  }

  /** @param {Metric} metric @param {Times} times */
  #addMetric(metric, times) {
    const kind = KINDS.find((known) => metric[known] !== undefined) ?? 'sum';
    const { dataPoints, isMonotonic } = metric[kind] ?? { dataPoints: [] };
    let data = this.#metrics.get(metric.name);
    if (data === undefined) {
      data = emptyOf(metric, kind, isMonotonic);
      this.#metrics.set(metric.name, data);
    }
    for (const point of dataPoints)
      data.dataPoints.push({
        ...times,
        attributes: attributesOf(point.attributes),
        value: VALUES[kind](point),
      });
  }

  scopeMetrics() {
    return { scope: this.#scope, metrics: [...this.#metrics.values()] };
  }
}

/**
 * A producer of metrics for the `metricProducers` of a reader of OpenTelemetry's SDK.
 * @type {typeof import('../../types/export').createMetricProducer}
 */
function createMetricProducer(metrics, options = undefined) {
  checkNoOptions('createMetricProducer', options);
  const source = new MetricSource(metrics, coreOf(metrics));
  const collected = async () => {
    const next = source.takeInParts();
    const all = new AllMetrics();
    for (let text = next(); text !== null; text = next()) {
      all.add(text);
      // Lets other work of the event loop run before the next stages.
      await setImmediate();
    }
    return all.scopeMetrics();
  };
  return {
    async collect() {
      const scopeMetrics = [];
      const errors = [];
      try {
        scopeMetrics.push(await collected());
      } catch (error) {
        errors.push(error);
      }
      const resourceMetrics = { resource: NO_RESOURCE, scopeMetrics };
      return { resourceMetrics, errors };
    },
  };
}

module.exports = { createMetricProducer };
