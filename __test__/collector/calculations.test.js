'use strict';

/** What the calculations say where the ticket's sketch says something else, or nothing finite. */

const {
  expectFinite,
  newCollector,
  runPipeline,
  runStage,
} = require('../fixtures/collector');

const MIB = 1024 * 1024;

const row = (stageName, percentage, overall = 0.9) => ({
  stageName,
  duration: percentage * 10,
  percentage,
  efficiency: { overall },
});

const ofType = (list, type) =>
  list.filter((b) => b.type === type).map((b) => b.stageName);

describe('a time bottleneck', () => {
  const timeBottlenecks = (rows) => {
    const { metrics } = newCollector();
    const found = metrics.identifyBottlenecks({ stageBreakdown: rows });
    return ofType(found, 'time_bottleneck');
  };

  it('is a stage above 30 % that takes more than its even share', () => {
    expect(timeBottlenecks([row('slow', 60), row('fast', 40)])).toEqual([
      'slow',
    ]);
    expect(timeBottlenecks([row('a', 35), row('b', 33), row('c', 32)])).toEqual(
      ['a'],
    );
  });

  it('is the only stage of a pipeline that has one', () => {
    expect(timeBottlenecks([row('only', 100)])).toEqual(['only']);
  });

  it('is none of two stages that share the time evenly', () => {
    expect(timeBottlenecks([row('a', 50), row('b', 50)])).toEqual([]);
  });

  it('is no stage of exactly 30 %, nor one above its share but below 30 %', () => {
    const rows = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(
      timeBottlenecks([row('a', 30), ...rows.slice(1).map((n) => row(n, 14))]),
    ).toEqual([]);
    expect(
      timeBottlenecks([
        row('a', 29),
        ...rows.slice(1).map((n) => row(n, 14.2)),
      ]),
    ).toEqual([]);
  });

  it('is critical above 50 % and a warning up to there', () => {
    const { metrics } = newCollector();
    const severities = [51, 49].map((percentage) => {
      const rows = [row('a', percentage), row('b', 20), row('c', 10)];
      return metrics.identifyBottlenecks({ stageBreakdown: rows })[0].severity;
    });
    expect(severities).toEqual(['critical', 'warning']);
  });

  it('comes before the stages that are inefficient', () => {
    const { metrics } = newCollector();
    const found = metrics.identifyBottlenecks({
      stageBreakdown: [row('slow', 60, 0.2), row('fast', 40, 0.1)],
    });
    expect(found.map((b) => `${b.stageName}: ${b.type}`)).toEqual([
      'slow: time_bottleneck',
      'slow: efficiency_bottleneck',
      'fast: efficiency_bottleneck',
    ]);
    expect(found[1].impact).toBeCloseTo(0.8, 12);
  });
});

describe('a stage that took no measurable time', () => {
  it('has a throughput object of zeros and a finite efficiency', () => {
    const world = newCollector();
    world.metrics.startPipelineExecution('e');
    const stage = runStage(world, 'e', 'instant', 0, { itemsProcessed: 5 });
    expect(stage.throughput).toMatchObject({
      itemsPerSecond: 0,
      bytesPerSecond: 0,
      operationsPerSecond: 0,
    });
    expect(stage.efficiency.overall).toBe(0.5);
    expectFinite(stage);
  });

  it('has a baseline of 0', () => {
    const world = newCollector();
    world.metrics.startPipelineExecution('e');
    for (let i = 0; i < 30; i += 1) {
      runStage(world, 'e', 'instant', 0);
      const baseline = world.metrics.performanceBaselines.get('instant');
      expect(baseline).toMatchObject({ avgDuration: 0, medianDuration: 0 });
    }
  });

  it('leaves every result of its pipeline without a NaN or an infinity', () => {
    const world = newCollector();
    const { metrics, events } = world;
    for (let i = 0; i < 7; i += 1) {
      const stages = [
        ['a', 0],
        ['b', 0, { itemsProcessed: 9 }],
      ];
      expectFinite(
        runPipeline(world, `e${i}`, stages, { totalItemsProcessed: 9 }),
      );
    }
    metrics.aggregateMetrics();
    expectFinite(events);
    expectFinite(metrics.getPerformanceSummary());
    expectFinite(metrics.getPipelineMetrics());
    expectFinite(metrics.getStageMetrics('a'));
    expectFinite(new Map(metrics.performanceBaselines));
    expectFinite(metrics.getActiveRecommendations());
  });

  it('has zeros too when it was made manually', () => {
    const { metrics } = newCollector();
    const zeros = { itemsPerSecond: 0, bytesPerSecond: 0 };
    expect(
      metrics.calculateThroughput({
        duration: 0,
        result: { itemsProcessed: 4 },
        context: { inputSize: 10 },
      }),
    ).toMatchObject(zeros);
    expect(
      metrics.calculatePipelineThroughput({
        totalDuration: 0,
        result: { totalItemsProcessed: 4 },
      }),
    ).toMatchObject({ itemsPerSecond: 0, actionsPerSecond: 0 });
    const path = metrics.identifyCriticalPath({
      totalDuration: 0,
      stages: new Map([
        ['a', { completed: true, startTime: 5, endTime: 5, duration: 0 }],
      ]),
    });
    expect(path).toMatchObject([{ stageName: 'a', impact: 0 }]);
  });

  it('makes no trend infinite where all runs took no time', () => {
    const world = newCollector();
    for (let i = 0; i < 6; i += 1) runPipeline(world, `e${i}`, [['a', 0]]);
    expect(world.metrics.analyzeTrends({ totalDuration: 0 }).comparison).toBe(
      0,
    );
    expectFinite(world.metrics.analyzeTrends({ totalDuration: 10 }));
  });
});

describe('the breakdown of stages made manually', () => {
  it('repeats the throughput and efficiency that they carry', () => {
    const { metrics } = newCollector();
    const throughput = { itemsPerSecond: 7, bytesPerSecond: 70 };
    const efficiency = {
      overall: 0.2,
      throughputScore: 0.1,
      memoryEfficiency: 0.3,
    };
    const done = { completed: true, throughput, efficiency };
    const stages = new Map([
      ['short', { ...done, duration: 10 }],
      ['long', { ...done, duration: 30 }],
      ['open', { completed: false }],
    ]);
    const rows = metrics.calculateStageBreakdown({ stages });
    expect(rows).toMatchObject([
      { stageName: 'long', duration: 30, percentage: 75 },
      { stageName: 'short', duration: 10, percentage: 25 },
    ]);
    for (const row of rows)
      expect(row).toMatchObject({ throughput, efficiency });
  });

  it('is empty where there are none', () => {
    const { metrics } = newCollector();
    const rows = metrics.calculateStageBreakdown({ stages: new Map() });
    expect(rows).toStrictEqual([]);
  });
});

describe('the improvement that a recommendation promises', () => {
  const promised = (rows) => {
    const { metrics } = newCollector();
    return metrics
      .generateOptimizationRecommendations({
        totalDuration: 100,
        totalMemoryDelta: 0,
        stageBreakdown: rows,
      })
      .map((r) => r.estimatedImprovement);
  };

  it('is half of the share for a slow stage', () => {
    expect(promised([row('a', 60), row('b', 40)])).toEqual([
      '30% performance gain',
    ]);
  });

  it('is twenty times the impact for an inefficient one', () => {
    expect(promised([row('a', 20, 0.1)])).toEqual(['18% performance gain']);
  });

  it('is never above 100 %', () => {
    expect(promised([row('a', 900)])).toEqual(['100% performance gain']);
  });

  it('goes with advice for the whole where the whole is slow or grows', () => {
    const { metrics } = newCollector();
    const types = metrics
      .generateOptimizationRecommendations({
        totalDuration: 2001,
        totalMemoryDelta: 101 * MIB,
        stageBreakdown: [],
      })
      .map((r) => r.type);
    expect(types).toEqual(['general_optimization', 'memory_optimization']);
  });
});

describe('the critical path', () => {
  const completed = (startTime, endTime) => ({
    completed: true,
    startTime,
    endTime,
    duration: endTime - startTime,
  });
  const pathOf = (stages, totalDuration = 100) => {
    const { metrics } = newCollector();
    const execution = {
      totalDuration,
      stages: new Map(Object.entries(stages)),
    };
    return metrics.identifyCriticalPath(execution);
  };
  const names = (path) => path.map((step) => step.stageName);

  it('is every completed stage by start time where none overlap', () => {
    const path = pathOf({
      late: completed(60, 90),
      early: completed(0, 20),
      open: { completed: false, startTime: 5 },
      middle: completed(20, 60),
    });
    expect(names(path)).toEqual(['early', 'middle', 'late']);
    expect(path[1]).toMatchObject({ startTime: 20, duration: 40, impact: 0.4 });
  });

  it('follows the stage that held up the next where some overlap', () => {
    const path = pathOf({
      load: completed(0, 10),
      quick: completed(10, 20),
      slow: completed(10, 50),
      merge: completed(50, 100),
    });
    expect(names(path)).toEqual(['load', 'slow', 'merge']);
  });

  it('leaves out what ran beside it, however long that was', () => {
    const path = pathOf({
      background: completed(0, 80),
      first: completed(0, 40),
      second: completed(40, 85),
    });
    expect(names(path)).toEqual(['first', 'second']);
  });

  it('contains each span of a name that ran twice', () => {
    const world = newCollector();
    const stages = [
      ['a', 5],
      ['b', 10],
      ['a', 5],
    ];
    const execution = runPipeline(world, 'e', stages);
    expect(names(execution.criticalPath)).toEqual(['a', 'b', 'a']);
  });

  it('ends with the stage that ended last and never overlaps itself', () => {
    const world = newCollector();
    const { metrics, clock } = world;
    metrics.startPipelineExecution('e');
    const [a, b, c] = ['a', 'b', 'c'].map((name) => {
      clock.advance(1);
      return metrics.startStageExecution('e', name);
    });
    for (const handle of [b, a, c]) {
      clock.advance(10);
      metrics.completeStageExecution('e', handle);
    }
    const { criticalPath } = metrics.completePipelineExecution('e');
    expect(names(criticalPath)).toEqual(['c']);
  });
});

describe('the trend of an execution', () => {
  const historyOf = (durations) => {
    const world = newCollector();
    durations.forEach((duration, i) =>
      runPipeline(world, `e${i}`, [['a', duration]]),
    );
    return world.metrics;
  };

  it('is the ticket’s comparison with the mean of the last five runs', () => {
    const metrics = historyOf([900, 10, 10, 10, 10, 10]);
    expect(metrics.analyzeTrends({ totalDuration: 13 })).toEqual(
      expect.objectContaining({
        trend: 'degrading',
        message: expect.stringMatching(/\w+ \w+/),
        currentDuration: 13,
        averageDuration: 10,
        comparison: expect.closeTo(30, 9),
      }),
    );
    expect(metrics.analyzeTrends({ totalDuration: 7 }).trend).toBe('improving');
    expect(metrics.analyzeTrends({ totalDuration: 12 }).trend).toBe('stable');
  });

  it('is unknown before five runs', () => {
    const metrics = historyOf([10, 10, 10, 10]);
    expect(metrics.analyzeTrends({ totalDuration: 10 })).toMatchObject({
      trend: 'insufficient_data',
      message: expect.stringMatching(/\w+ \w+/),
    });
  });
});
