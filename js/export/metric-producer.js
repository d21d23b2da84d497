'use strict';

// Figures of a collector in the shape of OpenTelemetry's SDK for JavaScript, whose readers take
// them beside those of the SDK itself.

const { setImmediate } = require('node:timers/promises');
const { MetricSource } = require('./otlp-sources');
const { PRODUCER, checked, coreOf } = require('./otlp-options');

// As the enumerations of @opentelemetry/api and @opentelemetry/sdk-metrics number them.
const DOUBLE = 1;
const CUMULATIVE = 1;
const HISTOGRAM = 0;
const EXPONENTIAL_HISTOGRAM = 1;
const GAUGE = 2;
const SUM = 3;

/** What readers ignore: theirs is the SDK's. */
const NO_RESOURCE = {
  attributes: {},
  merge: (other) => other ?? NO_RESOURCE,
  getRawAttributes: () => [],
};

/** The text of a time that OTLP has, as the SDK has it: seconds, and nanoseconds of them. */
function hrTimeOf(nanos) {
  const text = String(nanos).padStart(10, '0');
  return [Number(text.slice(0, -9)), Number(text.slice(-9))];
}

const attributesOf = (attributes) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
  );

const VALUES = {
  gauge: (point) => point.asDouble,
  sum: (point) => point.asDouble,
  histogram: (point) => ({
    buckets: {
      boundaries: point.explicitBounds,
      counts: point.bucketCounts,
    },
    sum: point.sum,
    count: point.count,
    min: point.min,
    max: point.max,
  }),
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

const TYPES = {
  gauge: GAUGE,
  sum: SUM,
  histogram: HISTOGRAM,
  exponentialHistogram: EXPONENTIAL_HISTOGRAM,
};

/** A metric of a request of OTLP as the SDK has it. Times of points are all the same. */
function metricDataOf(metric, times) {
  const kind = Object.keys(TYPES).find((known) => metric[known] !== undefined);
  const { dataPoints, isMonotonic } = metric[kind];
  const { name, description, unit } = metric;
  return {
    descriptor: { name, description, unit, valueType: DOUBLE },
    aggregationTemporality: CUMULATIVE,
    dataPointType: TYPES[kind],
    dataPoints: dataPoints.map((point) => ({
      ...times,
      attributes: attributesOf(point.attributes),
      value: VALUES[kind](point),
    })),
    ...(isMonotonic !== undefined && { isMonotonic }),
  };
}

/** Times of the first point that has them as texts, which are exact. */
function timesOf(metrics) {
  const sum = metrics.find((metric) => metric.sum !== undefined).sum;
  const [{ startTimeUnixNano, timeUnixNano }] = sum.dataPoints;
  return {
    startTime: hrTimeOf(startTimeUnixNano),
    endTime: hrTimeOf(timeUnixNano),
  };
}

/** A producer of metrics for the `metricProducers` of a reader of OpenTelemetry's SDK. */
function createMetricProducer(metrics, given) {
  const core = coreOf(metrics);
  const { histograms } = checked(given, PRODUCER);
  const options = { histograms, exemplars: false };
  const source = new MetricSource(metrics, core, options, {
    resource: '{}',
    seed: 0,
  });
  // Other work of the event loop has its turn in between.
  const collected = async () => {
    const { text } = source.take();
    await setImmediate();
    const [{ scope, metrics: all }] =
      JSON.parse(text).resourceMetrics[0].scopeMetrics;
    await setImmediate();
    const times = timesOf(all);
    return { scope, metrics: all.map((one) => metricDataOf(one, times)) };
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
