'use strict';

/** How long and how many records are stored, and the effect of a changed setting. */

const { newCollector, runPipeline } = require('../fixtures/collector');

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const TIGHT = { maxDuration: 1, maxMemory: 1e12 };

describe('retention by age', () => {
  it('evicts everything older than the retention period', () => {
    const world = newCollector({ config: { retentionPeriod: HOUR } });
    const { metrics, clock } = world;
    metrics.setStageThreshold('a', TIGHT);
    runPipeline(world, 'old', [['a', 5]]);
    clock.advance(HOUR / 2);
    runPipeline(world, 'young', [['a', 6]]);
    clock.advance(HOUR / 2 + 1);
    metrics.cleanupOldExecutions();
    expect([...metrics.pipelineExecutions.keys()]).toEqual(['young']);
    expect(metrics.getStageMetrics('a').map((m) => m.duration)).toEqual([6]);
    expect(metrics.getPipelineMetrics().map((m) => m.executionId)).toEqual([
      'young',
    ]);
    expect(
      metrics.getRecentAlerts(DAY).map((alert) => alert.executionId),
    ).toEqual(['young']);
  });

  it('retains an execution that has just completed', () => {
    const world = newCollector();
    runPipeline(world, 'e', [['a', 5]]);
    world.metrics.cleanupOldExecutions();
    expect(world.metrics.pipelineExecutions.has('e')).toBe(true);
  });

  it('retains records exactly as old as the period', () => {
    const world = newCollector({ config: { retentionPeriod: HOUR } });
    runPipeline(world, 'e', [['a', 0]]);
    world.clock.advance(HOUR);
    world.metrics.cleanupOldExecutions();
    expect(world.metrics.pipelineExecutions.has('e')).toBe(true);
    world.clock.advance(1);
    world.metrics.cleanupOldExecutions();
    expect(world.metrics.pipelineExecutions.has('e')).toBe(false);
  });

  it('uses the timestamp of manual entries', () => {
    const { metrics, clock } = newCollector();
    const aged = (ms) => ({ executionId: 'x', timestamp: clock.iso(ms) });
    metrics.pipelineExecutions.set('old', aged(DAY + 1000));
    metrics.pipelineExecutions.set('young', aged(DAY - 1000));
    const entry = { duration: 5, success: true };
    metrics.stageMetrics.set('a', [
      { ...entry, timestamp: clock.iso(DAY + 1000) },
      { ...entry, timestamp: clock.iso(1000) },
    ]);
    metrics.cleanupOldExecutions();
    expect([...metrics.pipelineExecutions.keys()]).toEqual(['young']);
    expect(metrics.getStageMetrics('a')).toHaveLength(1);
  });

  it('counts what was put in without a timestamp from then on', () => {
    const { metrics, clock } = newCollector({
      config: { retentionPeriod: HOUR },
    });
    clock.advance(5 * HOUR);
    metrics.pipelineExecutions.set('bare', { executionId: 'bare' });
    metrics.stageMetrics.set('a', [{ duration: 5, success: true }]);
    metrics.performanceHistory.set('pipeline', [
      { totalDuration: 5, success: true },
    ]);
    clock.advance(HOUR - 1000);
    metrics.cleanupOldExecutions();
    expect(metrics.pipelineExecutions.has('bare')).toBe(true);
    expect(metrics.getStageMetrics('a')).toHaveLength(1);
    expect(metrics.getPipelineMetrics()).toHaveLength(1);
    clock.advance(2000);
    metrics.cleanupOldExecutions();
    expect(metrics.pipelineExecutions.has('bare')).toBe(false);
    expect(metrics.getStageMetrics('a')).toEqual([]);
    expect(metrics.getPipelineMetrics()).toEqual([]);
  });

  it('is done by a completing pipeline too', () => {
    const world = newCollector({ config: { retentionPeriod: HOUR } });
    runPipeline(world, 'old', [['a', 5]]);
    world.clock.advance(2 * HOUR);
    runPipeline(world, 'new', [['b', 5]]);
    expect([...world.metrics.pipelineExecutions.keys()]).toEqual(['new']);
  });
});

describe('retention by count', () => {
  it('retains the last maxHistorySize entries of each stage and of the pipeline', () => {
    const world = newCollector({ config: { maxHistorySize: 3 } });
    for (let i = 1; i <= 8; i += 1) {
      runPipeline(world, `e${i}`, [
        ['a', i],
        ['b', 2 * i],
      ]);
    }
    const { metrics } = world;
    expect(metrics.getStageMetrics('a').map((m) => m.duration)).toEqual([
      6, 7, 8,
    ]);
    expect(metrics.getStageMetrics('b').map((m) => m.duration)).toEqual([
      12, 14, 16,
    ]);
    expect(metrics.getPipelineMetrics().map((m) => m.totalDuration)).toEqual([
      18, 21, 24,
    ]);
  });

  it('bounds the completed executions as well', () => {
    // Decision: a bound that left this Map out would let a day of executions pile up.
    const world = newCollector({ config: { maxHistorySize: 3 } });
    for (let i = 1; i <= 8; i += 1) runPipeline(world, `e${i}`, [['a', i]]);
    expect([...world.metrics.pipelineExecutions.keys()]).toEqual([
      'e6',
      'e7',
      'e8',
    ]);
  });

  it('follows a changed setting at the next record, up and down', () => {
    const { metrics } = newCollector();
    const record = (duration) =>
      metrics.recordStageMetrics('a', {
        duration,
        memoryDelta: 0,
        result: { success: true, errorCount: 0 },
      });
    const durations = () => metrics.getStageMetrics('a').map((m) => m.duration);
    [1, 2, 3, 4, 5].forEach(record);
    metrics.config.maxHistorySize = 2;
    record(6);
    expect(durations()).toEqual([5, 6]);
    metrics.config.maxHistorySize = 4;
    [7, 8, 9].forEach(record);
    expect(durations()).toEqual([6, 7, 8, 9]);
  });

  it('follows a lowered setting as it cleans up, in its alerts too', () => {
    const world = newCollector();
    const { metrics } = world;
    metrics.setStageThreshold('a', TIGHT);
    for (let i = 1; i <= 5; i += 1) runPipeline(world, `e${i}`, [['a', 10]]);
    metrics.config.maxHistorySize = 2;
    metrics.cleanupOldExecutions();
    const ids = metrics.getRecentAlerts().map(({ executionId }) => executionId);
    expect(ids).toEqual(['e4', 'e5']);
  });
});

describe('a time range', () => {
  it('answers what is no older, its edge included', () => {
    const world = newCollector();
    const { metrics, clock } = world;
    metrics.setStageThreshold('a', TIGHT);
    for (const id of ['e1', 'e2', 'e3']) {
      runPipeline(world, id, [['a', 10]]);
      clock.advance(90);
    }
    const ids = (list) => list.map((entry) => entry.executionId);
    expect(ids(metrics.getStageMetrics('a', 190))).toEqual(['e2', 'e3']);
    expect(ids(metrics.getStageMetrics('a', 189))).toEqual(['e3']);
    expect(ids(metrics.getPipelineMetrics(190))).toEqual(['e2', 'e3']);
    expect(ids(metrics.getRecentAlerts(190))).toEqual(['e2', 'e3']);
    expect(ids(metrics.getStageMetrics('a'))).toEqual(['e1', 'e2', 'e3']);
    expect(ids(metrics.getPipelineMetrics(null))).toEqual(['e1', 'e2', 'e3']);
  });

  it('is an hour for alerts that are asked for without one', () => {
    const world = newCollector();
    world.metrics.setStageThreshold('a', TIGHT);
    runPipeline(world, 'e', [['a', 10]]);
    expect(world.metrics.getRecentAlerts()).toHaveLength(1);
    world.clock.advance(HOUR + 1);
    expect(world.metrics.getRecentAlerts()).toEqual([]);
    expect(world.metrics.getRecentAlerts(2 * HOUR)).toHaveLength(1);
  });

  it('answers nothing for a stage that was never recorded', () => {
    const { metrics } = newCollector();
    expect(metrics.getStageMetrics('nothing')).toEqual([]);
    expect(metrics.getStageMetrics('nothing', 10)).toEqual([]);
    expect(metrics.getPipelineMetrics(10)).toEqual([]);
  });
});
