'use strict';

const { newCollector, runPipeline } = require('../fixtures/collector');
const { planted, seeded } = require('../fixtures/planted');

const MINUTE = 60_000;

function nearestRank(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

describe('quantiles', () => {
  it('are within 1 % of the sample of their rank, and count every completion', () => {
    const draw = seeded(3);
    const durations = Array.from(
      { length: 1000 },
      () => 5 / (1 - 0.99 * draw()),
    );
    const { metrics } = planted(1000, (run) => [['a', durations[run]]], {
      config: { maxHistorySize: 50 },
    });
    const found = metrics.getQuantiles('a');
    expect(found).toMatchObject({ stage: 'a', count: 1000, from: null });
    const shares = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };
    for (const [name, share] of Object.entries(shares)) {
      const exact = nearestRank(durations, share);
      expect(Math.abs(found[name] - exact) / exact).toBeLessThanOrEqual(0.01);
    }
    expect(found.max).toBeCloseTo(Math.max(...durations), 5);
    expect(found.relativeError).toBeLessThanOrEqual(0.01);
  });

  it('answer for whole executions under pipeline_total', () => {
    const { metrics } = planted(10, () => [
      ['a', 3],
      ['b', 7],
    ]);
    const { count, p50, max } = metrics.getQuantiles('pipeline_total');
    expect(count).toBe(10);
    expect(Math.abs(p50 - 10)).toBeLessThanOrEqual(0.1);
    expect(max).toBe(10);
  });

  it('of a range hold the windows that reach into it alone', () => {
    const world = newCollector();
    for (let run = 0; run < 60; run += 1) {
      runPipeline(world, `r${run}`, [['a', run + 1]]);
      world.clock.advance(MINUTE - run - 1);
    }
    const now = world.clock.wallNow();
    const found = world.metrics.getQuantiles('a', { range: 12 * MINUTE });
    const from = Date.parse(found.from);
    expect(from).toBeLessThanOrEqual(now - 12 * MINUTE);
    expect(from).toBeGreaterThan(now - 17 * MINUTE);
    expect(found.count).toBe((now - from) / MINUTE);
    expect(found.min).toBe(60 - found.count + 1);
    expect(found.max).toBe(60);
  });

  it('name an execution that took about as long', () => {
    const { metrics } = planted(200, (run) => [
      ['a', run === 77 ? 500 : 10 + (run % 5)],
    ]);
    const { exemplars } = metrics.getQuantiles('a');
    expect(exemplars.find((of) => of.quantile === 'max')).toMatchObject({
      executionId: 'run-77',
      duration: 500,
    });
    for (const { executionId, duration } of exemplars) {
      const stage = metrics.pipelineExecutions.get(executionId).stages.get('a');
      expect(stage.duration).toBe(duration);
    }
  });

  it('name at the maximum the run that took the longest, not one nearly as long', () => {
    const { metrics } = planted(100, (run) => [['a', run === 7 ? 500 : 498]]);
    const { max, exemplars } = metrics.getQuantiles('a');
    expect(exemplars.find((of) => of.quantile === 'max')).toMatchObject({
      executionId: 'run-7',
      duration: max,
    });
  });

  it('of a stage that never ran are null', () => {
    const { metrics } = newCollector();
    expect(metrics.getQuantiles('never')).toStrictEqual({
      stage: 'never',
      count: 0,
      min: null,
      p50: null,
      p90: null,
      p95: null,
      p99: null,
      p999: null,
      max: null,
      relativeError: expect.any(Number),
      from: null,
      exemplars: [],
    });
  });

  it('count completions older than the stored records', () => {
    const world = newCollector({ config: { retentionPeriod: 10 * MINUTE } });
    for (let run = 0; run < 100; run += 1) {
      runPipeline(world, `r${run}`, [['a', 1]]);
      world.clock.advance(MINUTE);
    }
    world.metrics.cleanupOldExecutions();
    expect(world.metrics.getStageMetrics('a').length).toBeLessThan(12);
    expect(world.metrics.getQuantiles('a').count).toBe(100);
  });
});
