'use strict';

/** Thresholds, baselines and the alerts that they raise. */

const {
  alertsOf,
  newCollector,
  runPipeline,
  runStage,
} = require('../fixtures/collector');

const MIB = 1024 * 1024;

/** A collector in which one execution is open, for stages to run in. */
function openWorld(options) {
  const world = newCollector(options);
  world.metrics.startPipelineExecution('e');
  const run = (name, duration, result) =>
    runStage(world, 'e', name, duration, result);
  return { ...world, run };
}

describe('an alert', () => {
  it('says what was exceeded where, by what, in which execution and when', () => {
    const { metrics, run, events, clock, logger } = openWorld();
    metrics.setStageThreshold('a', { maxDuration: 10, maxMemory: MIB });
    run('a', 10.25);
    expect(alertsOf(events)).toEqual([
      expect.objectContaining({
        type: 'duration_exceeded',
        stage: 'a',
        actual: 10.25,
        threshold: 10,
        severity: 'warning',
        executionId: 'e',
        timestamp: clock.iso(),
      }),
    ]);
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(logger.warn.mock.calls[0][1]).toMatchObject({ stage: 'a' });
  });

  it('is not raised at the threshold itself', () => {
    const { metrics, run, events } = openWorld();
    metrics.setStageThreshold('a', { maxDuration: 10, maxMemory: MIB });
    run('a', 10, { errorCount: 1, itemsProcessed: 20 });
    expect(alertsOf(events)).toEqual([]);
  });

  it('is raised for growth of the heap, never for memory that was freed', () => {
    const world = openWorld();
    const { metrics, heap, clock, events } = world;
    metrics.setStageThreshold('a', { maxDuration: 1000, maxMemory: 100 });
    const deltas = [101, -50_000].map((growth) => {
      const handle = metrics.startStageExecution('e', 'a');
      clock.advance(1);
      heap.bytes += growth;
      return metrics.completeStageExecution('e', handle).memoryDelta;
    });
    expect(deltas).toEqual([101, -50_000]);
    expect(alertsOf(events)).toMatchObject([
      { type: 'memory_exceeded', actual: 101, threshold: 100 },
    ]);
    const recorded = metrics.getStageMetrics('a').map((m) => m.memoryDelta);
    expect(recorded).toEqual([101, -50_000]);
  });

  it('is an error above one error in twenty items', () => {
    const { run, events } = openWorld();
    run('component_filtering', 1, { errorCount: 1, itemsProcessed: 19 });
    run('component_filtering', 1, { errorCount: 2 });
    expect(alertsOf(events)).toMatchObject([
      {
        type: 'high_error_rate',
        severity: 'error',
        threshold: 0.05,
        actual: 1 / 19,
      },
      { type: 'high_error_rate', actual: 2 },
    ]);
  });

  it('about errors needs no configured threshold', () => {
    // Decision: what counts as many errors is a constant, so a stage without thresholds is watched too.
    const { run, events } = openWorld();
    run('not_configured', 1, { errorCount: 3, itemsProcessed: 4 });
    expect(alertsOf(events)).toMatchObject([
      { type: 'high_error_rate', stage: 'not_configured', actual: 0.75 },
    ]);
  });

  it('is raised by a completed pipeline against pipeline_total', () => {
    const world = newCollector();
    const { metrics, events } = world;
    metrics.setStageThreshold('pipeline_total', {
      maxDuration: 20,
      maxMemory: MIB,
    });
    runPipeline(world, 'fine', [['a', 20]]);
    expect(alertsOf(events)).toEqual([]);
    metrics.startPipelineExecution('bad');
    world.clock.advance(21);
    world.heap.bytes += 2 * MIB;
    metrics.completePipelineExecution('bad', {
      totalErrors: 1,
      totalItemsProcessed: 4,
    });
    expect(alertsOf(events)).toMatchObject([
      { type: 'duration_exceeded', stage: 'pipeline_total', actual: 21 },
      { type: 'memory_exceeded', stage: 'pipeline_total', actual: 2 * MIB },
      { type: 'high_error_rate', stage: 'pipeline_total', actual: 0.25 },
    ]);
  });

  it('has the ticket’s default thresholds', () => {
    const { metrics } = newCollector();
    const limits = [...metrics.alertThresholds].map(([name, limit]) => [
      name,
      limit.maxDuration,
      limit.maxMemory / MIB,
    ]);
    expect(limits).toEqual([
      ['component_filtering', 100, 50],
      ['prerequisite_evaluation', 200, 25],
      ['multi_target_resolution', 500, 100],
      ['action_formatting', 150, 30],
      ['pipeline_total', 1000, 200],
    ]);
  });
});

describe('the baseline of a stage', () => {
  it('exists for every stage, with or without a threshold', () => {
    const { metrics, run } = openWorld();
    run('a', 10);
    run('a', 30);
    run('component_filtering', 5);
    expect(metrics.performanceBaselines.get('a')).toMatchObject({
      count: 2,
      totalDuration: 40,
      totalMemory: 0,
      avgDuration: 20,
      avgMemory: 0,
    });
    expect(metrics.performanceBaselines.get('component_filtering').count).toBe(
      1,
    );
  });

  it('is left alone by a new threshold', () => {
    const { metrics, run, clock } = openWorld();
    run('a', 10);
    metrics.setStageThreshold('a', { maxDuration: 99 });
    expect(metrics.performanceBaselines.get('a').count).toBe(1);
    expect(metrics.alertThresholds.get('a')).toMatchObject({
      maxDuration: 99,
      timestamp: clock.iso(),
      baselineDuration: 10,
      baselineMemory: 0,
    });
    run('a', 20);
    expect(metrics.performanceBaselines.get('a').avgDuration).toBe(15);
    expect(metrics.alertThresholds.get('a').maxDuration).toBe(99);
  });

  it('has the ticket’s mean of all completions, outliers included', () => {
    const { metrics, run } = openWorld();
    for (let i = 0; i < 9; i += 1) run('a', 10);
    run('a', 1010);
    expect(metrics.performanceBaselines.get('a')).toMatchObject({
      count: 10,
      totalDuration: 1100,
      avgDuration: 110,
    });
  });
});

describe('the alert that a baseline is exceeded', () => {
  const learning = { config: { alertThreshold: 2 } };
  /** Near 10 ms, never the same twice running. */
  const ordinary = (i) => 10 + ((i * 7) % 5) * 0.25;
  const warmUp = ({ run }, times, factor = 1) => {
    for (let i = 0; i < times; i += 1) run('a', ordinary(i) * factor);
  };
  const exceeded = ({ events }) =>
    alertsOf(events).filter((alert) => alert.type === 'baseline_exceeded');

  it('is raised once the baseline is warm and a run is far slower', () => {
    const world = openWorld(learning);
    warmUp(world, 200);
    expect(exceeded(world)).toEqual([]);
    world.run('a', 100);
    expect(exceeded(world)).toEqual([
      expect.objectContaining({
        stage: 'a',
        actual: 100,
        threshold: expect.any(Number),
        severity: expect.any(String),
        executionId: 'e',
        timestamp: world.clock.iso(),
      }),
    ]);
    const [{ threshold }] = exceeded(world);
    expect(threshold).toBeGreaterThanOrEqual(20);
    expect(threshold).toBeLessThan(100);
  });

  it('is a warning, and an error beyond twice its threshold', () => {
    const world = openWorld(learning);
    warmUp(world, 200);
    world.run('a', 25);
    world.run('a', 10);
    world.run('a', 100);
    expect(exceeded(world).map((alert) => alert.severity)).toEqual([
      'warning',
      'error',
    ]);
    expect(world.metrics.getRecentAlerts()).toEqual(exceeded(world));
  });

  it('is an error from the third slow run in a row on', () => {
    const world = openWorld(learning);
    warmUp(world, 200);
    for (let i = 0; i < 4; i += 1) world.run('a', 25);
    expect(exceeded(world).map((alert) => alert.severity)).toEqual([
      'warning',
      'warning',
      'error',
      'error',
    ]);
  });

  it('is not raised while the baseline is cold', () => {
    const world = openWorld(learning);
    world.run('a', 1);
    world.run('a', 500);
    expect(exceeded(world)).toEqual([]);
  });

  it('is not raised below the factor, and follows a changed factor', () => {
    const world = openWorld(learning);
    warmUp(world, 200);
    world.run('a', 15);
    expect(exceeded(world)).toEqual([]);
    world.metrics.config.alertThreshold = 20;
    world.run('a', 100);
    expect(exceeded(world)).toEqual([]);
    world.metrics.config.alertThreshold = 2;
    world.run('a', 100);
    expect(exceeded(world)).toHaveLength(1);
  });

  it('is still raised after one enormous outlier', () => {
    const world = openWorld(learning);
    warmUp(world, 200);
    world.run('a', 1_000_000);
    world.events.splice(0);
    warmUp(world, 20);
    world.run('a', 60);
    expect(exceeded(world)).toHaveLength(1);
    const { avgDuration } = world.metrics.performanceBaselines.get('a');
    expect(avgDuration).toBeGreaterThan(4000);
  });

  it('ends when what was slow has become normal', () => {
    const world = openWorld(learning);
    warmUp(world, 200);
    warmUp(world, 1500, 4);
    world.events.splice(0);
    warmUp(world, 50, 4);
    expect(exceeded(world)).toEqual([]);
  });
});

describe('a baseline by context', () => {
  const learning = { config: { alertThreshold: 2 } };
  const small = { inputSize: 10, complexity: 'low' };
  const large = { inputSize: 10_000, complexity: 'high' };

  /** Small runs of 1 ms, and a large one of 1 s every tenth time. */
  function mixedWorld() {
    const world = openWorld(learning);
    const runOn = (context, duration) =>
      runStage(world, 'e', 'a', duration, undefined, context);
    for (let i = 0; i < 300; i += 1) {
      const isLarge = i % 10 === 9;
      const duration = 1 + ((i * 7) % 5) * 0.01;
      runOn(isLarge ? large : small, isLarge ? 1000 * duration : duration);
    }
    world.events.splice(0);
    return { ...world, runOn };
  }

  it('raises no alert for a large run of a known size', () => {
    const { runOn, events } = mixedWorld();
    runOn(large, 1010);
    expect(events).toEqual([]);
  });

  it('raises one for a small run that is slow, and says in which context it was judged', () => {
    const { runOn, events, metrics } = mixedWorld();
    runOn(small, 3.5);
    const [alert] = alertsOf(events);
    expect(alert).toMatchObject({
      type: 'baseline_exceeded',
      actual: 3.5,
      context: { complexity: 'low', inputSize: { from: 8, below: 12 } },
    });
    const [again] = metrics.getRecentAlerts().slice(-1);
    expect(again).toEqual(alert);
    again.context.inputSize.from = 'spoilt';
    expect(metrics.getRecentAlerts().at(-1)).toEqual(alert);
  });

  it('judges a context it does not know by the whole stage', () => {
    const { runOn, events } = mixedWorld();
    runOn({ inputSize: 10, complexity: 'unheard of' }, 5e6);
    const [alert] = alertsOf(events);
    expect(alert).toMatchObject({ type: 'baseline_exceeded', actual: 5e6 });
    expect(alert).not.toHaveProperty('context');
  });

  it('is listed with the baseline of the stage, the smallest inputs first', () => {
    const { metrics } = mixedWorld();
    const { count, contexts } = metrics.performanceBaselines.get('a');
    expect(contexts).toEqual([
      {
        complexity: 'low',
        inputSize: { from: 8, below: 12 },
        count: 270,
        medianDuration: expect.closeTo(1.02, 1),
        durationSpread: expect.any(Number),
        isWarm: true,
      },
      expect.objectContaining({
        complexity: 'high',
        inputSize: { from: 8192, below: 12_288 },
        count: 30,
      }),
    ]);
    expect(count).toBe(300);
  });

  it('is none while all runs have one context', () => {
    const { metrics, run } = openWorld(learning);
    for (let i = 0; i < 50; i += 1) run('a', 10);
    expect(metrics.performanceBaselines.get('a').contexts).toEqual([]);
  });

  it('compares whole executions by their number of actions', () => {
    const world = newCollector(learning);
    const execute = (id, actionCount, duration) =>
      runPipeline(world, id, [['a', duration]], {}, { actionCount });
    for (let i = 0; i < 120; i += 1) {
      execute(`e${i}`, i % 2 ? 4 : 4000, (i % 2 ? 1 : 1000) + (i % 5) * 0.01);
    }
    world.events.splice(0);
    execute('slow', 4, 5);
    expect(alertsOf(world.events)).toMatchObject([
      {
        stage: 'pipeline_total',
        context: { complexity: 'unknown', inputSize: { from: 4, below: 6 } },
      },
    ]);
  });

  it('serves stages judged and learned manually', () => {
    const { metrics } = openWorld(learning);
    const data = (i, duration) => ({
      duration,
      context: { inputSize: i % 2 ? 10 : 1e6, complexity: 'low' },
    });
    for (let i = 0; i < 80; i += 1)
      metrics.updatePerformanceBaseline('b', data(i, i % 2 ? 1 : 1000));
    expect(metrics.analyzeStagePerformance('b', data(1, 5))).toMatchObject([
      { type: 'baseline_exceeded', context: { complexity: 'low' } },
    ]);
    expect(metrics.analyzeStagePerformance('b', data(0, 1001))).toEqual([]);
  });

  it('is removed with the baseline', () => {
    const { metrics, runOn } = mixedWorld();
    metrics.performanceBaselines.delete('a');
    runOn(small, 1);
    expect(metrics.performanceBaselines.get('a').contexts).toEqual([]);
  });
});

describe('the recent alerts', () => {
  it('are those raised, oldest first', () => {
    const { metrics, run, clock } = openWorld();
    metrics.setStageThreshold('a', { maxDuration: 10 });
    expect(metrics.getRecentAlerts()).toEqual([]);
    run('a', 11);
    clock.advance(500);
    run('a', 12, { errorCount: 5 });
    expect(metrics.getRecentAlerts()).toMatchObject([
      { type: 'duration_exceeded', actual: 11, stage: 'a', executionId: 'e' },
      { type: 'duration_exceeded', actual: 12 },
      { type: 'high_error_rate', actual: 5, timestamp: clock.iso() },
    ]);
    expect(metrics.getPerformanceSummary().alerts).toEqual(
      metrics.getRecentAlerts(),
    );
  });
});
