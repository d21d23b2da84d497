'use strict';

/** Stage names: any string at all, and more of them than there is room for. */

const {
  newCollector,
  runPipeline,
  runStage,
} = require('../fixtures/collector');

const OVERFLOW = '(overflow)';

describe('a stage name', () => {
  const names = [
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '',
    ' ',
    'MixedCase',
    'Ünïcode ✓ 🎲',
    'with\0null',
    'x'.repeat(100_000),
  ];

  it('is any string, and used as it is given', () => {
    const world = newCollector();
    const { metrics } = world;
    const stages = names.map((name, i) => [name, i + 1]);
    const execution = runPipeline(world, 'e', stages);
    expect([...execution.stages.keys()]).toEqual(names);
    expect(execution.criticalPath.map((step) => step.stageName)).toEqual(names);
    expect([...metrics.stageMetrics.keys()]).toEqual(names);
    names.forEach((name, i) => {
      expect(metrics.getStageMetrics(name)[0].duration).toBe(i + 1);
      expect(metrics.performanceBaselines.get(name).count).toBe(1);
    });
  });

  it('stands in summaries and aggregates as a property of its own', () => {
    const world = newCollector();
    runPipeline(
      world,
      'e',
      names.map((name) => [name, 2]),
    );
    world.metrics.aggregateMetrics();
    const { stages } = world.metrics.getPerformanceSummary();
    const aggregated = world.events.at(-1).payload;
    for (const object of [stages, aggregated]) {
      expect(Object.keys(object).sort()).toEqual([...names].sort());
    }
    const own = Object.getOwnPropertyDescriptor(stages, '__proto__').value;
    expect(own).toMatchObject({ executionCount: 1, averageDuration: 2 });
  });

  it('pollutes nothing', () => {
    const world = newCollector();
    const before = Object.getOwnPropertyNames(Object.prototype);
    world.metrics.setStageThreshold('__proto__', { maxDuration: 1 });
    runPipeline(world, '__proto__', [
      ['__proto__', 5],
      ['constructor', 5],
    ]);
    world.metrics.getPerformanceSummary();
    world.metrics.aggregateMetrics();
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect({}.maxDuration).toBeUndefined();
    expect({}.duration).toBeUndefined();
    expect(world.metrics.pipelineExecutions.has('__proto__')).toBe(true);
  });
});

describe('more stage names than maxStages', () => {
  it('go to one overflow row, counted', () => {
    const world = newCollector({ config: { maxStages: 3 } });
    const { metrics } = world;
    const stages = ['a', 'b', 'c', 'd', 'e', 'd'].map((name) => [name, 5]);
    runPipeline(world, 'e', stages);
    // Decision: room is for stages that ran; a limit configured for one that never ran takes none.
    expect([...metrics.stageMetrics.keys()]).toEqual(['a', 'b', 'c', OVERFLOW]);
    expect(metrics.getStageMetrics(OVERFLOW)).toHaveLength(3);
    expect(metrics.getDiagnostics().overflowedStages).toBe(3);
  });

  it('leave the configured thresholds alone', () => {
    const { metrics } = newCollector({ config: { maxStages: 2 } });
    expect([...metrics.alertThresholds.keys()]).toEqual([
      'component_filtering',
      'prerequisite_evaluation',
      'multi_target_resolution',
      'action_formatting',
      'pipeline_total',
    ]);
  });

  it('leave the names that had room as they were', () => {
    const world = newCollector({ config: { maxStages: 20 } });
    world.metrics.startPipelineExecution('e');
    for (let i = 0; i < 40; i += 1) runStage(world, 'e', `s${i}`, 1);
    runStage(world, 'e', 's0', 9);
    const durations = world.metrics
      .getStageMetrics('s0')
      .map((m) => m.duration);
    expect(durations).toEqual([1, 9]);
    expect(world.metrics.getStageMetrics('s39')).toEqual([]);
  });

  it('count each stage once: late ones, captured ones, and those put in together', () => {
    const { metrics, clock } = newCollector({ config: { maxStages: 1 } });
    const counted = () => metrics.getDiagnostics().overflowedStages;
    metrics.startPipelineExecution('e');
    metrics.startStageExecution('e', 'a');
    const late = metrics.startStageExecution('e', 'b');
    metrics.completePipelineExecution('e');
    clock.advance(1);
    metrics.completeStageExecution('e', late);
    expect(counted()).toBe(1);
    metrics.captureStageExecution('c', { duration: 3 });
    expect(counted()).toBe(2);
    metrics.stageMetrics.set('d', [{ duration: 1 }, { duration: 2 }]);
    expect(counted()).toBe(4);
  });

  it('are counted when recorded manually as well', () => {
    const { metrics } = newCollector({ config: { maxStages: 2 } });
    const result = { success: true, errorCount: 0 };
    for (let i = 0; i < 10; i += 1) {
      metrics.recordStageMetrics(`s${i}`, {
        duration: i,
        memoryDelta: 0,
        result,
      });
    }
    expect(metrics.stageMetrics.size).toBeLessThanOrEqual(3);
    expect(metrics.getDiagnostics().overflowedStages).toBe(8);
  });

  it('may be a hundred thousand', () => {
    const world = newCollector();
    const { metrics } = world;
    metrics.startPipelineExecution('e');
    for (let i = 0; i < 100_000; i += 1) {
      const stage = metrics.startStageExecution('e', `name ${i}`);
      metrics.completeStageExecution('e', stage);
    }
    expect(metrics.stageMetrics.size).toBeLessThanOrEqual(501);
    expect(metrics.getStageMetrics(OVERFLOW).length).toBeGreaterThan(0);
    expect(metrics.getDiagnostics().overflowedStages).toBeGreaterThanOrEqual(
      99_500,
    );
    expect(metrics.completePipelineExecution('e').completed).toBe(true);
  });
});
