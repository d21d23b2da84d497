'use strict';

const { Oracle } = require('./oracle');
const formulas = require('./formulas');

/** Cases worked out manually: the model has to be right before anything is compared with it. */

function world() {
  const state = { now: 1000, wall: Date.UTC(2026, 0, 5, 12), bytes: 5_000_000 };
  const oracle = new Oracle({
    clock: { now: () => state.now, wallNow: () => state.wall },
    heap: () => state.bytes,
  });
  const wait = (ms) => {
    state.now += ms;
    state.wall += ms;
  };
  return { oracle, state, wait };
}

const span = (stageName, startTime, duration, extra) => ({
  stageName,
  startTime,
  duration,
  completed: true,
  memoryDelta: 0,
  throughput: { itemsPerSecond: 0 },
  efficiency: { overall: 0.5 },
  ...extra,
});

describe('the model of one execution', () => {
  it('gives every figure of a stage as the formulas have it', () => {
    const { oracle, state, wait } = world();
    oracle.startPipelineExecution('e', { actionCount: 4 });
    const stage = oracle.startStageExecution('e', 'a', { inputSize: 500 });
    wait(20);
    state.bytes += 2_000_000;
    oracle.completeStageExecution('e', stage, {
      itemsProcessed: 1,
      outputSize: 250,
    });
    expect(stage).toMatchObject({ duration: 20, memoryDelta: 2_000_000 });
    expect(stage.throughput).toEqual({
      itemsPerSecond: 50,
      bytesPerSecond: 25_000,
      operationsPerSecond: 50,
    });
    expect(stage.efficiency).toEqual({
      overall: 0.5,
      throughputScore: 0.5,
      memoryEfficiency: 0.5,
    });
    expect(stage.resourceUtilization).toEqual({
      memoryUtilization: 2_000_000,
      timeUtilization: 20,
      ioEfficiency: 0.5,
    });
  });

  it('sums the spans of one name and sorts the rows longest first', () => {
    const { oracle, wait } = world();
    oracle.startPipelineExecution('e');
    for (const [name, duration] of [
      ['a', 10],
      ['b', 15],
      ['a', 15],
    ]) {
      const stage = oracle.startStageExecution('e', name);
      wait(duration);
      oracle.completeStageExecution('e', stage, { itemsProcessed: 5 });
    }
    const done = oracle.completePipelineExecution('e', {
      totalItemsProcessed: 8,
    });
    expect(done.stageBreakdown).toMatchObject([
      { stageName: 'a', count: 2, duration: 25, percentage: 62.5 },
      { stageName: 'b', count: 1, duration: 15, percentage: 37.5 },
    ]);
    expect(done.stageBreakdown[0].throughput.itemsPerSecond).toBe(400);
    expect(done.criticalPath.map((step) => step.impact)).toEqual([
      10 / 40,
      15 / 40,
      15 / 40,
    ]);
    expect(done.overallThroughput).toEqual({
      itemsPerSecond: 200,
      actionsPerSecond: 200,
      pipelineExecutionsPerHour: 90_000,
    });
    expect(done.stages.get('a').duration).toBe(15);
  });

  it('pairs by name last-in first-out, by handle exactly, and refuses what is over', () => {
    const { oracle, wait } = world();
    oracle.startPipelineExecution('e');
    const first = oracle.startStageExecution('e', 'a');
    wait(1);
    const second = oracle.startStageExecution('e', 'a');
    wait(1);
    expect(oracle.completeStageExecution('e', 'a')).toBe(second);
    expect(oracle.completeStageExecution('e', first)).toBe(first);
    expect(oracle.completeStageExecution('e', first)).toBeUndefined();
    expect(oracle.completeStageExecution('e', 'a')).toBeUndefined();
    expect(oracle.startStageExecution('x', 'a')).toBeNull();
    expect(oracle.warnings).toBe(3);
    expect(oracle.getStageMetrics('a').map((m) => m.duration)).toEqual([1, 2]);
  });

  it('abandons a running execution whose id starts again', () => {
    const { oracle } = world();
    oracle.startPipelineExecution('e');
    const stale = oracle.startStageExecution('e', 'a');
    oracle.startPipelineExecution('e');
    expect(oracle.completeStageExecution('e', stale)).toBeUndefined();
    expect(oracle.diagnostics.abandonedExecutions).toBe(1);
    expect(oracle.pipelineExecutions.size).toBe(0);
  });

  it('reads an invalid count as 0 and counts it, but not an absent one', () => {
    const { oracle } = world();
    const started = oracle.startPipelineExecution('e', { actionCount: -1 });
    oracle.startStageExecution('e', 'a', { inputSize: NaN });
    const stage = oracle.completeStageExecution('e', 'a', {
      outputSize: Infinity,
      errorCount: '7',
      itemsProcessed: null,
    });
    expect(started.context.actionCount).toBe(0);
    expect(stage.context.inputSize).toBe(0);
    expect(stage.result).toMatchObject({ outputSize: 0, errorCount: 0 });
    expect(oracle.diagnostics.invalidNumbers).toBe(4);
  });
});

describe('the model of alerts, retention and queries', () => {
  it('raises an alert above a threshold, for growth only, with one warning each', () => {
    const { oracle, state, wait } = world();
    oracle.setStageThreshold('a', { maxDuration: 9, maxMemory: 100 });
    oracle.startPipelineExecution('e');
    for (const growth of [101, -200]) {
      oracle.startStageExecution('e', 'a');
      wait(10);
      state.bytes += growth;
      oracle.completeStageExecution('e', 'a', {
        errorCount: 1,
        itemsProcessed: 20,
      });
    }
    expect(oracle.alerts.map((alert) => alert.type)).toEqual([
      'duration_exceeded',
      'memory_exceeded',
      'duration_exceeded',
    ]);
    expect(oracle.warnings).toBe(3);
  });

  it('retains records exactly as old as the retention period and drops older ones', () => {
    const { oracle, wait } = world();
    oracle.config.retentionPeriod = 1000;
    for (const id of ['old', 'edge']) {
      oracle.startPipelineExecution(id);
      oracle.startStageExecution(id, 'a');
      oracle.completeStageExecution(id, 'a');
      oracle.completePipelineExecution(id);
      oracle.startPipelineExecution(`${id}-open`);
      wait(1);
    }
    wait(999);
    oracle.cleanupOldExecutions();
    expect([...oracle.pipelineExecutions.keys()]).toEqual(['edge']);
    expect([...oracle.activeExecutions.keys()]).toEqual(['edge-open']);
    expect(oracle.getStageMetrics('a')).toHaveLength(1);
    expect(oracle.getPipelineMetrics()).toHaveLength(1);
  });

  it('retains the last maxHistorySize entries and answers a range including its edge', () => {
    const { oracle, wait } = world();
    oracle.config.maxHistorySize = 3;
    for (let i = 0; i < 5; i += 1) {
      oracle.recordStageMetrics('a', { duration: i, result: {} });
      wait(10);
    }
    expect(oracle.getStageMetrics('a').map((m) => m.duration)).toEqual([
      2, 3, 4,
    ]);
    expect(oracle.getStageMetrics('a', 20)).toHaveLength(2);
    expect(oracle.getStageMetrics('a', 19)).toHaveLength(1);
  });

  it('learns count, sums and means of a baseline, and retains them with a new threshold', () => {
    const { oracle } = world();
    for (const [duration, memoryDelta] of [
      [10, 100],
      [30, -300],
    ]) {
      oracle.updatePerformanceBaseline('a', { duration, memoryDelta });
    }
    const learned = {
      count: 2,
      totalDuration: 40,
      totalMemory: 400,
      avgDuration: 20,
      avgMemory: 200,
    };
    expect(oracle.performanceBaselines.get('a')).toEqual(learned);
    oracle.setStageThreshold('a', { maxDuration: 5 });
    expect(oracle.alertThresholds.get('a')).toMatchObject({
      maxDuration: 5,
      baselineDuration: 20,
      baselineMemory: 200,
    });
  });
});

describe('the formulas', () => {
  it('put on the critical path every stage of a run whose stages do not overlap', () => {
    const spans = [span('a', 0, 5), span('b', 5, 0), span('c', 5, 7)];
    const path = formulas.criticalPath(spans, 14);
    expect(path.map((step) => step.stageName)).toEqual(['a', 'b', 'c']);
    expect(path[2].impact).toBe(0.5);
  });

  it('put on the critical path of parallel stages only what bounds the end', () => {
    const spans = [
      span('load', 0, 4),
      span('short', 5, 3),
      span('long', 5, 9),
      span('merge', 15, 2),
      span('open', 1, 90, { completed: false }),
    ];
    const path = formulas.criticalPath(spans, 17);
    expect(path.map((step) => step.stageName)).toEqual([
      'load',
      'long',
      'merge',
    ]);
  });

  it('call a stage a time bottleneck above 30 % and above its even share', () => {
    const row = (stageName, percentage, overall) => ({
      stageName,
      percentage,
      efficiency: { overall },
    });
    const types = (rows) =>
      formulas.bottlenecks(rows).map((b) => `${b.stageName} ${b.type}`);
    expect(types([row('a', 60, 0.2), row('b', 40, 0.8)])).toEqual([
      'a time_bottleneck',
      'a efficiency_bottleneck',
    ]);
    expect(types([row('only', 100, 0.5)])).toEqual(['only time_bottleneck']);
    expect(types([row('a', 50, 1), row('b', 50, 1)])).toEqual([]);
    expect(types([row('a', 30, 1), row('b', 35, 1), row('c', 35, 1)])).toEqual([
      'b time_bottleneck',
      'c time_bottleneck',
    ]);
  });

  it('promise half of a slow stage, twenty times an inefficiency, at most all', () => {
    const improvements = formulas
      .recommendations({
        totalDuration: 100,
        totalMemoryDelta: 0,
        stageBreakdown: [
          { stageName: 'a', percentage: 61, efficiency: { overall: 0.25 } },
          { stageName: 'b', percentage: 39 },
        ],
      })
      .map((r) => r.estimatedImprovement);
    expect(improvements).toEqual([/^31 ?%/, /^15 ?%/]);
  });

  it('rate, rank and compare as the ticket computes', () => {
    const run = {
      totalDuration: 2500,
      totalMemoryDelta: 80 * formulas.MIB,
      result: { totalErrors: 2 },
      overallThroughput: { itemsPerSecond: 300 },
    };
    expect(formulas.rating(run)).toBe(100 - 15 - 3 - 20 + 3);
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(formulas.percentile(hundred, 95)).toBe(95);
    expect(formulas.percentile([7], 0)).toBe(7);
    expect(formulas.median([4, 1, 3, 2])).toBe(2.5);
    expect(formulas.trends([1, 2, 3, 4], 4).trend).toBe('insufficient_data');
    expect(formulas.trends([9, 10, 10, 10, 10, 20], 20)).toMatchObject({
      trend: 'degrading',
      averageDuration: 12,
      comparison: (8 / 12) * 100,
    });
    expect(formulas.trends([0, 0, 0, 0, 0], 0).comparison).toBe(0);
  });
});
