/** @jest-environment node */
'use strict';

const {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  MetricReader,
} = require('@opentelemetry/sdk-metrics');
const { createMetricProducer } = require('../..');
const {
  WALL_START,
  newCollector,
  runPipeline,
} = require('../fixtures/collector');

class Reader extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}

/** What a reader of the SDK collects of the producer, by the names of metrics. */
async function collected(metrics) {
  const reader = new Reader({
    metricProducers: [createMetricProducer(metrics)],
  });
  const provider = new MeterProvider({ readers: [reader] });
  provider.getMeter('theirs').createCounter('orders').add(1);
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual(
    expect.arrayContaining(['theirs', 'pipeline-performance-metrics']),
  );
  await provider.shutdown();
  return new Map(
    resourceMetrics.scopeMetrics
      .flatMap(({ metrics: all }) => all)
      .map((metric) => [metric.descriptor.name, metric]),
  );
}

/** The upper bound of the bucket that holds a rank, and the lower one. */
function bucketOf(
  { scale, zeroCount, positive: { offset, bucketCounts } },
  rank,
) {
  const base = 2 ** (2 ** -scale);
  let upTo = zeroCount;
  const place = bucketCounts.findIndex((count) => (upTo += count) > rank);
  return [base ** (offset + place), base ** (offset + place + 1)];
}

describe('a reader of the SDK', () => {
  it('collects exponential histograms that agree with getQuantiles within a bucket', async () => {
    const world = newCollector();
    for (let run = 0; run < 1000; run += 1)
      runPipeline(world, `run-${run}`, [
        ['load', 0.5 + ((run * 7919) % 997) ** 1.5],
      ]);
    const metrics = await collected(world.metrics);
    const duration = metrics.get('pipeline.stage.duration');
    expect(duration).toMatchObject({
      dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      descriptor: { unit: 's' },
    });
    const [{ value, attributes, startTime, endTime }] = duration.dataPoints;
    expect(attributes).toEqual({ 'pipeline.stage.name': 'load' });
    expect(startTime[0] + startTime[1] / 1e9).toBeCloseTo(
      (WALL_START - 1000) / 1000,
      2,
    );
    expect(endTime[0]).toBeGreaterThan(startTime[0]);
    expect(value.count).toBe(1000);
    const asked = world.metrics.getQuantiles('load');
    for (const [name, quantile] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p95', 0.95],
      ['p99', 0.99],
    ]) {
      const [low, high] = bucketOf(value, Math.ceil(quantile * 1000) - 1);
      const width = high / low;
      const seconds = asked[name] / 1000;
      expect(seconds).toBeGreaterThan(low / width);
      expect(seconds).toBeLessThanOrEqual(high * width);
    }
    expect(value.min).toBe(asked.min / 1000);
    expect(value.max).toBe(asked.max / 1000);
  });

  it('collects sums and gauges', async () => {
    const world = newCollector();
    runPipeline(world, 'a', [['load', 40, { itemsProcessed: 3 }]]);
    const metrics = await collected(world.metrics);
    expect(metrics.get('pipeline.stage.items')).toMatchObject({
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: [{ value: 3 }],
    });
    expect(metrics.get('pipeline.execution.active').isMonotonic).toBe(false);
    expect(metrics.get('pipeline.metrics.overhead').dataPointType).toBe(
      DataPointType.GAUGE,
    );
  });
});

describe('a collection', () => {
  it('is made of parts, each a turn of the event loop and at most 20 stages', async () => {
    const world = newCollector();
    const names = Array.from({ length: 130 }, (_, i) => [`stage-${i}`, 1]);
    runPipeline(world, 'run', names);
    const parts = [];
    let turn = 0;
    const { parse } = JSON;
    const spy = jest.spyOn(JSON, 'parse').mockImplementation((text) => {
      const value = parse(text);
      for (const { scopeMetrics } of value.resourceMetrics ?? [])
        for (const { metrics } of scopeMetrics) {
          const points = metrics.find(
            ({ name }) => name === 'pipeline.stage.items',
          )?.sum.dataPoints;
          parts.push({ turn, stages: points?.length ?? 0 });
        }
      return value;
    });
    let isOver = false;
    const tick = () => {
      turn += 1;
      if (!isOver) setImmediate(tick);
    };
    setImmediate(tick);
    const producer = createMetricProducer(world.metrics);
    const { resourceMetrics } = await producer.collect();
    isOver = true;
    spy.mockRestore();
    expect(Math.max(...parts.map(({ stages }) => stages))).toBe(20);
    expect(new Set(parts.map((part) => part.turn)).size).toBe(parts.length);
    const [{ metrics }] = resourceMetrics.scopeMetrics;
    const items = metrics.find(
      ({ descriptor }) => descriptor.name === 'pipeline.stage.items',
    );
    expect(items.dataPoints).toHaveLength(130);
  });
});

describe('createMetricProducer', () => {
  it('answers with an error where the collector fails', async () => {
    const { metrics } = newCollector();
    const producer = createMetricProducer(metrics);
    metrics.getDiagnostics = () => {
      throw new Error('failed');
    };
    const { resourceMetrics, errors } = await producer.collect();
    expect(resourceMetrics.scopeMetrics).toEqual([]);
    expect(errors).toEqual([new Error('failed')]);
  });

  it('refuses options, which it has not, and takes a place in a list', () => {
    const { metrics } = newCollector();
    expect(() => createMetricProducer(metrics, { prefix: 'shop' })).toThrow(
      expect.objectContaining({
        code: 'ERR_PPM_INVALID_ARG',
        message: 'createMetricProducer takes only a collector, no options',
      }),
    );
    expect([metrics].map(createMetricProducer)).toHaveLength(1);
  });

  it.each([undefined, {}, 'metrics'])('refuses %p', (metrics) => {
    expect(() => createMetricProducer(metrics)).toThrow(
      expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
    );
  });
});
