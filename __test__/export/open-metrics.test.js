/** @jest-environment node */
'use strict';

const { Counter, Registry } = require('prom-client');
const {
  WALL_START,
  newCollector,
  runPipeline,
} = require('../fixtures/collector');
const { parseOpenMetrics } = require('./openMetrics');

const valueOf = (families, name, labels = {}) =>
  families
    .get(name)
    .samples.find(({ labels: of, suffix }) =>
      suffix.startsWith('_total')
        ? JSON.stringify(of) === JSON.stringify(labels)
        : suffix === '',
    )?.value;

const bucketsOf = (families, name, stage) =>
  families
    .get(name)
    .samples.filter(
      ({ suffix, labels }) => suffix === '_bucket' && labels.stage === stage,
    );

describe('toOpenMetrics', () => {
  it('counts executions, failures, errors and items, of stages by their names', () => {
    const world = newCollector();
    runPipeline(world, 'a', [['load', 4, { itemsProcessed: 3 }]], {
      totalItemsProcessed: 3,
    });
    runPipeline(world, 'b', [['load', 40, { success: false, errorCount: 2 }]], {
      success: false,
      totalErrors: 2,
    });
    world.metrics.startPipelineExecution('c');
    const families = parseOpenMetrics(world.metrics.toOpenMetrics());
    expect(valueOf(families, 'pipeline_executions')).toBe(2);
    expect(valueOf(families, 'pipeline_execution_failures')).toBe(1);
    expect(valueOf(families, 'pipeline_execution_errors')).toBe(2);
    expect(valueOf(families, 'pipeline_execution_items')).toBe(3);
    expect(valueOf(families, 'pipeline_active_executions')).toBe(1);
    const load = { stage: 'load' };
    expect(valueOf(families, 'pipeline_stage_failures', load)).toBe(1);
    expect(valueOf(families, 'pipeline_stage_errors', load)).toBe(2);
    expect(valueOf(families, 'pipeline_stage_items', load)).toBe(3);
  });

  it('has cumulative buckets in seconds, with a run of each bucket as its exemplar', () => {
    const world = newCollector();
    runPipeline(world, 'fast', [['load', 4]]);
    runPipeline(world, 'slow', [['load', 40]]);
    const families = parseOpenMetrics(world.metrics.toOpenMetrics());
    const name = 'pipeline_stage_duration_seconds';
    const buckets = bucketsOf(families, name, 'load');
    const counts = buckets.map(({ value }) => value);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(buckets.at(-1).labels.le).toBe('+Inf');
    expect(counts.at(-1)).toBe(2);
    const exemplars = buckets.filter(({ exemplar }) => exemplar !== null);
    expect(
      exemplars.map(({ labels: { le }, exemplar }) => [
        le,
        exemplar.labels.execution_id,
        exemplar.value,
        exemplar.at,
      ]),
    ).toEqual([
      ['0.005', 'fast', 0.004, (WALL_START + 4) / 1000],
      ['0.05', 'slow', 0.04, (WALL_START + 44) / 1000],
    ]);
    const sum = families
      .get(name)
      .samples.find(({ suffix }) => suffix === '_sum');
    expect(sum.value).toBeCloseTo(0.044, 12);
    expect(families.get(name).unit).toBe('seconds');
  });

  it('counts what the history no longer has', () => {
    const world = newCollector({ config: { maxHistorySize: 3 } });
    for (let run = 0; run < 10; run += 1)
      runPipeline(world, `run-${run}`, [['load', 1, { itemsProcessed: 2 }]]);
    const families = parseOpenMetrics(world.metrics.toOpenMetrics());
    expect(valueOf(families, 'pipeline_executions')).toBe(10);
    expect(valueOf(families, 'pipeline_stage_items', { stage: 'load' })).toBe(
      20,
    );
  });

  it('counts alerts by type and severity, from 0 on', () => {
    const world = newCollector();
    const alerts = () =>
      parseOpenMetrics(world.metrics.toOpenMetrics()).get('pipeline_alerts')
        .samples;
    expect(alerts().map(({ value }) => value)).toEqual(new Array(10).fill(0));
    world.metrics.setStageThreshold('load', { maxDuration: 5 });
    runPipeline(world, 'a', [['load', 40]]);
    expect(alerts().filter(({ value }) => value > 0)).toEqual([
      expect.objectContaining({
        labels: { type: 'duration_exceeded', severity: 'warning' },
        value: 1,
      }),
    ]);
  });

  it('counts what went wrong quietly', () => {
    const world = newCollector();
    world.metrics.completePipelineExecution('never started');
    const families = parseOpenMetrics(world.metrics.toOpenMetrics());
    const kind = { kind: 'unknown_references' };
    expect(valueOf(families, 'pipeline_metrics_diagnostics', kind)).toBe(1);
  });

  it.each([
    '"} 1\n# EOF\n',
    'back\\slash\\n',
    '</script><img onerror=1>',
    '\u202egnp\u0000\r\u2028',
    '__proto__',
    '',
    '\ud800',
  ])('reads back a stage called %j', (name) => {
    const world = newCollector();
    runPipeline(world, name, [
      [name, 4],
      ['\udfff', 4],
    ]);
    const families = parseOpenMetrics(world.metrics.toOpenMetrics());
    const { samples } = families.get('pipeline_stage_failures');
    expect(samples[0].labels).toEqual({ stage: name.toWellFormed() });
    expect(samples).toHaveLength(2);
  });

  it('has a stage called as whole pipelines are apart from them', () => {
    const world = newCollector();
    runPipeline(world, 'a', [['pipeline_total', 4]]);
    const families = parseOpenMetrics(world.metrics.toOpenMetrics());
    const { samples } = families.get('pipeline_stage_failures');
    expect(samples.map(({ labels }) => labels)).toEqual([
      { stage: 'pipeline_total (stage)' },
    ]);
    expect(valueOf(families, 'pipeline_executions')).toBe(1);
  });

  it('has at most a few kilobytes of a stage with a very long name', () => {
    const world = newCollector();
    runPipeline(world, 'a', [['x'.repeat(100_000), 4]]);
    expect(world.metrics.toOpenMetrics().length).toBeLessThan(30_000);
  });

  it('stands behind what prom-client writes', async () => {
    const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
    new Counter({
      name: 'orders',
      help: 'Orders',
      registers: [registry],
    }).inc();
    const { metrics } = newCollector();
    const theirs = (await registry.metrics()).replace(/# EOF\n$/, '');
    const families = parseOpenMetrics(theirs + metrics.toOpenMetrics());
    expect(valueOf(families, 'orders')).toBe(1);
    expect(valueOf(families, 'pipeline_executions')).toBe(0);
  });

  it('takes text format 0.0.4 as well, and no other', () => {
    const { metrics } = newCollector();
    const text = metrics.toOpenMetrics({ format: 'prometheus' });
    expect(text).toContain('# TYPE pipeline_executions_total counter\n');
    expect(text).not.toContain('# EOF');
    for (const options of [{ format: 'xml' }, { formats: 'openmetrics' }, 3])
      expect(() => metrics.toOpenMetrics(options)).toThrow(
        expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
      );
  });
});
