'use strict';

/** Executions and their stages: what is stored, how starts and completions are paired, what is refused. */

const {
  newCollector,
  runPipeline,
  runStage,
} = require('../fixtures/collector');

describe('what a completed execution carries', () => {
  it('names the execution in each stage entry', () => {
    const world = newCollector();
    runPipeline(world, 'run-7', [['a', 5]]);
    const [entry] = world.metrics.getStageMetrics('a');
    expect(entry.executionId).toBe('run-7');
  });

  it('has the wall time of its completion, as its stages and entries do', () => {
    const world = newCollector();
    const { metrics, clock } = world;
    metrics.startPipelineExecution('e');
    const stage = runStage(world, 'e', 'a', 250);
    const stageDone = clock.iso();
    clock.advance(40);
    const execution = metrics.completePipelineExecution('e');
    expect(stage.timestamp).toBe(stageDone);
    expect(execution.timestamp).toBe(clock.iso());
    expect(metrics.getStageMetrics('a')[0].timestamp).toBe(stageDone);
    expect(metrics.getPipelineMetrics()[0].timestamp).toBe(clock.iso());
    expect(metrics.pipelineExecutions.get('e').timestamp).toBe(clock.iso());
  });

  it('has every field of the ticket, in the object that the start gave', () => {
    const world = newCollector();
    const started = world.metrics.startPipelineExecution('e', {
      actionCount: 3,
      traceVerbosity: 'detailed',
      environment: 'test',
    });
    expect(started).toMatchObject({
      executionId: 'e',
      startTime: 1000,
      startMemory: 1_000_000,
      context: {
        actionCount: 3,
        traceVerbosity: 'detailed',
        environment: 'test',
      },
      completed: false,
    });
    runStage(world, 'e', 'a', 20, { itemsProcessed: 4 });
    world.heap.bytes += 500;
    const done = world.metrics.completePipelineExecution('e', {
      totalItemsProcessed: 4,
      finalOutputSize: 9,
      totalErrors: 1,
    });
    expect(done).toBe(started);
    expect(done).toMatchObject({
      endTime: 1020,
      endMemory: 1_000_500,
      totalDuration: 20,
      totalMemoryDelta: 500,
      completed: true,
      result: {
        success: true,
        totalItemsProcessed: 4,
        finalOutputSize: 9,
        totalErrors: 1,
      },
      overallThroughput: {
        itemsPerSecond: 200,
        actionsPerSecond: 200,
        pipelineExecutionsPerHour: 180_000,
      },
      stageBreakdown: [
        { stageName: 'a', duration: 20, percentage: 100, count: 1 },
      ],
      criticalPath: [
        { stageName: 'a', startTime: 1000, duration: 20, impact: 1 },
      ],
    });
  });

  it('has the ticket’s defaults where nothing, or null, was given', () => {
    const { metrics } = newCollector();
    for (const nothing of [undefined, null]) {
      const execution = metrics.startPipelineExecution('e', nothing);
      expect(execution.context).toMatchObject({
        actionCount: 0,
        traceVerbosity: 'basic',
        environment: 'unknown',
      });
      const stage = metrics.startStageExecution('e', 'a', nothing);
      expect(stage.context).toMatchObject({
        inputSize: 0,
        expectedOutputSize: 0,
        complexity: 'unknown',
      });
      metrics.completeStageExecution('e', stage, nothing);
      expect(stage.result).toMatchObject({ success: true, errorCount: 0 });
      metrics.completePipelineExecution('e', nothing);
      expect(execution.result).toMatchObject({ success: true, totalErrors: 0 });
    }
  });
});

describe('a stage name that runs twice in one execution', () => {
  it('keeps both spans: one row with their count and summed duration', () => {
    const world = newCollector();
    const stages = [
      ['a', 10],
      ['b', 25],
      ['a', 20],
    ];
    const execution = runPipeline(world, 'e', stages);
    expect(execution.stageBreakdown).toMatchObject([
      { stageName: 'a', count: 2, duration: 30 },
      { stageName: 'b', count: 1, duration: 25 },
    ]);
    expect(execution.stageBreakdown[0].percentage).toBeCloseTo(
      (30 / 55) * 100,
      9,
    );
    const durations = world.metrics.getStageMetrics('a').map((m) => m.duration);
    expect(durations).toEqual([10, 20]);
  });

  it('shows the latest under its name', () => {
    const world = newCollector();
    const execution = runPipeline(world, 'e', [
      ['a', 10],
      ['a', 20],
    ]);
    expect(execution.stages.size).toBe(1);
    expect(execution.stages.get('a').duration).toBe(20);
  });

  it('is paired exactly when completed by handle', () => {
    const { metrics, clock } = newCollector();
    metrics.startPipelineExecution('e');
    const first = metrics.startStageExecution('e', 'a');
    clock.advance(5);
    const second = metrics.startStageExecution('e', 'a');
    clock.advance(5);
    expect(metrics.completeStageExecution('e', first)).toBe(first);
    clock.advance(5);
    expect(metrics.completeStageExecution('e', second)).toBe(second);
    expect([first.duration, second.duration]).toEqual([10, 10]);
  });

  it('is paired last-in first-out when completed by name', () => {
    const { metrics, clock } = newCollector();
    metrics.startPipelineExecution('e');
    const first = metrics.startStageExecution('e', 'a');
    clock.advance(5);
    const second = metrics.startStageExecution('e', 'a');
    clock.advance(5);
    expect(metrics.completeStageExecution('e', 'a')).toBe(second);
    expect(metrics.completeStageExecution('e', 'a')).toBe(first);
    expect([first.duration, second.duration]).toEqual([10, 5]);
  });
});

describe('completing what is complete', () => {
  it('warns once, records nothing and gives undefined, by name and by handle', () => {
    const world = newCollector();
    const { metrics, logger } = world;
    metrics.startPipelineExecution('e');
    const stage = runStage(world, 'e', 'a', 5);
    for (const which of ['a', stage]) {
      logger.warn.mockClear();
      expect(metrics.completeStageExecution('e', which)).toBeUndefined();
      expect(logger.warn).toHaveBeenCalledTimes(1);
    }
    expect(stage.duration).toBe(5);
    expect(metrics.getStageMetrics('a')).toHaveLength(1);
    expect(metrics.getDiagnostics().duplicateCompletions).toBe(2);
  });

  it('does so for a pipeline', () => {
    const world = newCollector();
    runPipeline(world, 'e', [['a', 5]]);
    world.logger.warn.mockClear();
    expect(world.metrics.completePipelineExecution('e')).toBeUndefined();
    expect(world.logger.warn).toHaveBeenCalledTimes(1);
    expect(world.metrics.getPipelineMetrics()).toHaveLength(1);
  });
});

describe('naming what is not there', () => {
  it('warns once and gives the ticket’s null or undefined', () => {
    const { metrics, logger } = newCollector();
    metrics.startPipelineExecution('e');
    const answers = [
      metrics.startStageExecution('unknown', 'a'),
      metrics.completeStageExecution('unknown', 'a'),
      metrics.completeStageExecution('e', 'nothing'),
      metrics.completePipelineExecution('unknown'),
    ];
    expect(answers).toEqual([null, undefined, undefined, undefined]);
    expect(logger.warn).toHaveBeenCalledTimes(4);
    expect(metrics.getDiagnostics().unknownReferences).toBe(4);
  });
});

describe('an execution that never completes', () => {
  it('is closed as abandoned after the retention period, and counted', () => {
    const { metrics, clock } = newCollector({
      config: { retentionPeriod: 60_000 },
    });
    const lost = metrics.startPipelineExecution('lost');
    clock.advance(40_000);
    metrics.startPipelineExecution('young');
    clock.advance(30_000);
    metrics.cleanupOldExecutions();
    expect([...metrics.activeExecutions.keys()]).toEqual(['young']);
    expect(metrics.getDiagnostics().abandonedExecutions).toBe(1);
    expect(lost.completed).toBe(false);
    expect(metrics.startStageExecution('lost', 'a')).toBeNull();
  });

  it('keeps what its completed stages recorded', () => {
    const world = newCollector();
    world.metrics.startPipelineExecution('e');
    runStage(world, 'e', 'a', 5);
    world.metrics.startPipelineExecution('e');
    expect(world.metrics.getStageMetrics('a')).toHaveLength(1);
    // Decision: what was abandoned has no total, so that no history and no mean counts it.
    expect(world.metrics.pipelineExecutions.size).toBe(0);
    expect(world.metrics.getPipelineMetrics()).toEqual([]);
  });
});
