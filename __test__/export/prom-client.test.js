/** @jest-environment node */
'use strict';

const { Counter, Registry } = require('prom-client');
const { newCollector, runPipeline } = require('../fixtures/collector');
const { parseOpenMetrics } = require('./openMetrics');

const openMetrics = () => new Registry(Registry.OPENMETRICS_CONTENT_TYPE);

/** Samples by name and labels, whatever their order. */
function samplesOf(families) {
  const samples = new Map();
  for (const family of families.values())
    for (const { suffix, labels, value, exemplar } of family.samples) {
      const sorted = Object.entries(labels).sort();
      samples.set(`${family.name}${suffix}${JSON.stringify(sorted)}`, {
        value,
        exemplar,
      });
    }
  return samples;
}

function world() {
  const made = newCollector();
  runPipeline(made, 'fast', [['load "1"\\\n', 4, { itemsProcessed: 2 }]]);
  runPipeline(made, 'slow', [['store', 40, { success: false }]]);
  return made;
}

describe('registerWith', () => {
  it('has the registry write what toOpenMetrics does, exemplars included', async () => {
    const { metrics } = world();
    const registry = openMetrics();
    metrics.registerWith(registry);
    const theirs = samplesOf(parseOpenMetrics(await registry.metrics()));
    const ours = samplesOf(parseOpenMetrics(metrics.toOpenMetrics()));
    expect(theirs).toEqual(ours);
    expect([...ours.values()].some(({ exemplar }) => exemplar !== null)).toBe(
      true,
    );
  });

  it('has a registry of text format 0.0.4 write counters under their names', async () => {
    const { metrics } = world();
    const registry = new Registry();
    metrics.registerWith(registry);
    const text = await registry.metrics();
    expect(text).toContain('# TYPE pipeline_executions_total counter\n');
    expect(text).toContain('\npipeline_executions_total 2\n');
    expect(text).not.toContain('execution_id');
  });

  it('writes the figures of each scrape, beside metrics of the registry and its labels', async () => {
    const made = world();
    const registry = openMetrics();
    const orders = { name: 'orders', help: 'Orders', registers: [registry] };
    new Counter(orders).inc();
    registry.setDefaultLabels({ region: 'north' });
    made.metrics.registerWith(registry);
    await registry.metrics();
    runPipeline(made, 'more', [['load', 4]]);
    const text = await registry.metrics();
    expect(text).toContain('pipeline_executions_total{region="north"} 3\n');
    expect(text).toContain('orders_total{region="north"} 1\n');
  });

  it('is read at most 20 stages a turn of the event loop, and written one family a turn', async () => {
    const made = newCollector();
    const names = Array.from({ length: 130 }, (_, i) => [`stage-${i}`, 1]);
    runPipeline(made, 'run', names);
    const registry = openMetrics();
    made.metrics.registerWith(registry);
    let turn = 0;
    let isOver = false;
    const tick = () => {
      turn += 1;
      if (!isOver) setImmediate(tick);
    };
    setImmediate(tick);
    const work = [];
    const { parse } = JSON;
    const spy = jest.spyOn(JSON, 'parse').mockImplementation((text) => {
      const value = parse(text);
      const counts = value.find?.(
        ({ name }) => name === 'pipeline_stage_items',
      );
      if (counts !== undefined)
        work.push({ turn, stages: counts.samples.length });
      return value;
    });
    for (const metric of registry.getMetricsAsArray()) {
      const get = metric.getForPromString.bind(metric);
      metric.getForPromString = async () => {
        const family = await get();
        work.push({ turn, family: family.name });
        return family;
      };
    }
    const text = await registry.metrics();
    isOver = true;
    spy.mockRestore();
    const stages = work.flatMap((of) => of.stages ?? []);
    expect(Math.max(...stages)).toBe(20);
    expect(stages.reduce((sum, count) => sum + count)).toBe(130);
    expect(work.filter(({ family }) => family !== undefined)).toHaveLength(13);
    expect(new Set(work.map((of) => of.turn)).size).toBe(work.length);
    expect(text.match(/^pipeline_stage_items_total/gm)).toHaveLength(130);
  });

  it('gives every label to those that ask for no text', async () => {
    const { metrics } = world();
    const registry = openMetrics();
    metrics.registerWith(registry);
    const all = await registry.getMetricsAsJSON();
    const { values } = all.find(
      ({ name }) => name === 'pipeline_stage_duration_seconds',
    );
    expect(values[0]).toMatchObject({
      metricName: 'pipeline_stage_duration_seconds_bucket',
      labels: { stage: 'load "1"\\\n', le: '0.0001' },
      value: 0,
    });
    expect(values[0].sharedLabels).toBeUndefined();
  });

  it('reads the collector once a scrape', async () => {
    const { metrics } = world();
    const registry = openMetrics();
    metrics.registerWith(registry);
    const asked = jest.spyOn(metrics, 'getDiagnostics');
    await registry.metrics();
    await registry.getMetricsAsJSON();
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('is undone by what it returns', async () => {
    const { metrics } = world();
    const registry = openMetrics();
    const takeOut = metrics.registerWith(registry);
    registry.resetMetrics();
    takeOut();
    expect(registry.getMetricsAsArray()).toEqual([]);
    metrics.registerWith(registry);
  });

  it('refuses a registry that has one of the names, and leaves it as it was', () => {
    const { metrics } = world();
    const registry = openMetrics();
    new Counter({
      name: 'pipeline_alerts_total',
      help: 'Theirs',
      registers: [registry],
    });
    const invalid = expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' });
    expect(() => metrics.registerWith(registry)).toThrow(invalid);
    expect(registry.getMetricsAsArray()).toHaveLength(1);
    for (const other of [undefined, null, {}, 'registry'])
      expect(() => metrics.registerWith(other)).toThrow(invalid);
  });
});
