'use strict';

/** `config.memorySampling`: how often the heap is read. */

const {
  PipelinePerformanceMetrics,
  measurePipeline,
  measureStage,
} = require('../..');
const { layout } = require('../../js/boundary/native');
const { CORE } = require('../../js/recording/direct-recorder');
const {
  newCollector,
  objectBus,
  recordingLogger,
} = require('../fixtures/collector');

/** A collector over a heap that grows by 1,000 bytes with every reading. */
function sampled(memorySampling) {
  let readings = 0;
  const memorySampler = () => {
    readings += 1;
    return readings * 1000;
  };
  const world = newCollector({ memorySampler, config: { memorySampling } });
  return { ...world, readings: () => readings };
}

const onSystemClock = (options) =>
  new PipelinePerformanceMetrics({
    logger: recordingLogger(),
    eventBus: objectBus(),
    ...options,
  });

function run({ metrics, clock }, gap) {
  metrics.startPipelineExecution('run');
  const stages = ['a', 'b'].map((name) => {
    clock.advance(gap);
    const stage = metrics.startStageExecution('run', name);
    clock.advance(5);
    return metrics.completeStageExecution('run', stage);
  });
  clock.advance(gap);
  return { stages, execution: metrics.completePipelineExecution('run') };
}

describe('memory sampling', () => {
  it('is chosen by the collector, and asks a sampler every time, unless set otherwise', () => {
    expect(newCollector({}).metrics.config.memorySampling).toBe('exact');
    const { metrics } = newCollector({ memorySampler: undefined });
    expect(metrics.config.memorySampling).toBe('auto');
  });

  it('shared by the system clock as well reads the heap of a start that is long after', () => {
    const metrics = onSystemClock({});
    let readings = 0;
    metrics.getCurrentMemoryUsage = () => (readings += 1) * 1000;
    const execution = metrics.startPipelineExecution('run');
    const waited = () => performance.now() > execution.startTime + 1;
    while (!waited());
    const stage = metrics.startStageExecution('run', 'a');
    expect(stage.startMemory).toBe(2000);
    metrics.completeStageExecution('run', stage);
    expect(stage.memoryDelta).toBe(1000);
    metrics.dispose();
  });

  it.each(['object', 'class'])(
    'asks getCurrentMemoryUsage of the %s, also where it was put there after the first reading',
    (where) => {
      const { metrics } = newCollector({
        memorySampler: undefined,
        config: { memorySampling: 'exact' },
      });
      const run = () =>
        measurePipeline(metrics, null, () =>
          measureStage(metrics, 'a', null, () => {}),
        );
      run();
      const owner =
        where === 'object' ? metrics : PipelinePerformanceMetrics.prototype;
      const asked = jest
        .spyOn(owner, 'getCurrentMemoryUsage')
        .mockReturnValue(5);
      run();
      expect(asked).toHaveBeenCalledTimes(4);
      asked.mockRestore();
      expect(metrics.getStageMetrics('a')[1].memoryDelta).toBe(0);
    },
  );

  it('reads the heap at every boundary unless set otherwise', () => {
    const world = sampled(undefined);
    const { stages, execution } = run(world, 0);
    expect(world.readings()).toBe(6);
    expect(stages.map((stage) => stage.memoryDelta)).toEqual([1000, 1000]);
    expect(execution.totalMemoryDelta).toBe(5000);
  });

  it.each(['shared', 'auto'])(
    '%s reads once for boundaries of direct calls close to each other',
    (memorySampling) => {
      const world = sampled(memorySampling);
      const { stages, execution } = run(world, 0);
      expect(world.readings()).toBe(3);
      expect(stages.map((stage) => stage.startMemory)).toEqual([1000, 2000]);
      expect(stages.map((stage) => stage.memoryDelta)).toEqual([1000, 1000]);
      expect(execution.totalMemoryDelta).toBe(2000);
    },
  );

  it('reads anew where time passed between the boundaries', () => {
    const world = sampled('shared');
    run(world, 0.25);
    expect(world.readings()).toBe(6);
  });

  it('switched off reads nothing, from the next boundary on', () => {
    const world = sampled('exact');
    world.metrics.config.memorySampling = 'off';
    const { stages, execution } = run(world, 0);
    expect(world.readings()).toBe(0);
    expect(stages.map((stage) => stage.memoryDelta)).toEqual([0, 0]);
    expect(execution.totalMemoryDelta).toBe(0);
  });

  it.each(['from the start', 'after a reading'])(
    'switched off %s reads no heap of the runtime, asked for it or not',
    (since) => {
      const off = { config: { memorySampling: 'off' } };
      const metrics = onSystemClock(since === 'from the start' ? off : {});
      metrics.startPipelineExecution('before');
      expect(metrics.getCurrentMemoryUsage()).toBeGreaterThan(0);
      metrics.config.memorySampling = 'off';
      expect(metrics.startPipelineExecution('after').startMemory).toBe(0);
      expect(metrics.getCurrentMemoryUsage()).toBeGreaterThan(0);
      expect(metrics.startPipelineExecution('later').startMemory).toBe(0);
      metrics.dispose();
    },
  );

  it('a measured stage starts with the reading of the one that ended just before', () => {
    const { metrics } = sampled('shared');
    measurePipeline(metrics, null, () => {
      for (const name of ['a', 'b'])
        measureStage(metrics, name, null, () => {});
    });
    const delta = (name) => metrics.getStageMetrics(name)[0].memoryDelta;
    expect(['a', 'b'].map(delta)).toEqual([1000, 1000]);
  });

  it.each([
    ['minimal', 0],
    ['detailed', 1],
  ])(
    'at %s without a heap reads the clock by itself %d times as a stage ends',
    (verbosityConfig, times) => {
      const metrics = onSystemClock({
        memorySampler: false,
        verbosityConfig,
        config: { memorySampling: 'off' },
      });
      const { hot } = metrics[CORE];
      metrics.startPipelineExecution('run');
      const stage = metrics.startStageExecution('run', 'a');
      const tick = jest.spyOn(hot, 'tick');
      metrics.completeStageExecution('run', stage);
      expect(tick).toHaveBeenCalledTimes(times);
      expect(stage.completed).toBe(true);
      metrics.dispose();
    },
  );

  it('leaves completions whose heap was not read out of the means of memory', () => {
    const world = sampled('exact');
    const { performanceBaselines, alertThresholds, config } = world.metrics;
    run(world, 0);
    config.memorySampling = 'off';
    run(world, 0);
    run(world, 0);
    expect(performanceBaselines.get('a')).toMatchObject({
      count: 3,
      totalMemory: 1000,
      avgMemory: 1000,
    });
    expect(alertThresholds.get('a').baselineMemory).toBe(1000);
    expect(performanceBaselines.get('pipeline_total').avgMemory).toBe(5000);
  });

  it('does not take a heap that was not read for one that is small again', () => {
    const world = sampled('exact');
    const { metrics, events } = world;
    metrics.config.alertResolved = true;
    metrics.alertThresholds.set('a', { maxMemory: 500 });
    const reported = () =>
      events
        .filter(({ payload }) => payload.stage === 'a')
        .map(({ payload }) => payload.resolvedAt !== undefined);
    run(world, 0);
    expect(reported()).toEqual([false]);
    metrics.config.memorySampling = 'off';
    run(world, 0);
    expect(reported()).toEqual([false]);
    metrics.config.memorySampling = 'exact';
    metrics.alertThresholds.set('a', { maxMemory: 5000 });
    run(world, 0);
    expect(reported()).toEqual([false, true]);
  });

  it.each(['exact', 'shared'])(
    '%s leaves the clock to the crossing that reads what the thread used, after the heap',
    (memorySampling) => {
      const order = [];
      const metrics = onSystemClock({
        memorySampler: () => order.push('heap'),
        verbosityConfig: 'detailed',
        config: { memorySampling, overheadBudget: Infinity },
      });
      const { hot, slab } = metrics[CORE];
      const { startStage, tick } = hot;
      metrics.startPipelineExecution('run');
      // Long enough ago that even a shared reading is taken anew.
      const from = performance.now();
      while (performance.now() < from + 1);
      order.length = 0;
      hot.tick = () => {
        order.push('clock');
        tick();
      };
      hot.startStage = () => {
        const readsUsage = slab[layout.slab.CAPTURE_USAGE] === 1;
        const readsClock = Number.isNaN(slab[layout.slab.NOW]);
        startStage();
        const isStarted = slab[layout.slab.STATUS] === layout.status.DONE;
        if (isStarted) order.push({ readsUsage, readsClock });
      };
      const stage = metrics.startStageExecution('run', 'a');
      expect(order).toEqual(['heap', { readsUsage: true, readsClock: true }]);
      expect(stage.startTime).toBeGreaterThan(from);
      metrics.dispose();
    },
  );

  it('reads back null, not 0, where the heap was not read, and keeps the numbers of what was returned', () => {
    const world = sampled('exact');
    const { metrics } = world;
    metrics.config.memorySampling = 'off';
    const { stages, execution } = run(world, 0);
    expect(stages[0]).toMatchObject({
      startMemory: 0,
      endMemory: 0,
      memoryDelta: 0,
      efficiency: { memoryEfficiency: 1 },
    });
    expect(execution).toMatchObject({ startMemory: 0, totalMemoryDelta: 0 });
    const unread = {
      memoryDelta: null,
      efficiency: { overall: 0.5, throughputScore: 0, memoryEfficiency: null },
      resourceUtilization: { memoryUtilization: null, timeUtilization: 5 },
    };
    expect(metrics.getStageMetrics('a')).toMatchObject([unread]);
    expect(metrics.stageMetrics.get('a')).toMatchObject([unread]);
    expect(metrics.getPipelineMetrics()).toMatchObject([
      {
        totalMemoryDelta: null,
        stageBreakdown: [
          { efficiency: { memoryEfficiency: null } },
          { efficiency: { memoryEfficiency: null } },
        ],
      },
    ]);
    const stored = metrics.pipelineExecutions.get('run');
    const nothing = { startMemory: null, endMemory: null };
    expect(stored).toMatchObject({ ...nothing, totalMemoryDelta: null });
    expect(stored.stages.get('a')).toMatchObject({ ...nothing, ...unread });
  });

  it('reads back null of a heap that was read at one end alone', () => {
    const { metrics } = sampled('exact');
    metrics.startPipelineExecution('run');
    const stage = metrics.startStageExecution('run', 'a');
    const running = metrics.activeExecutions.get('run');
    expect(running).toMatchObject({ startMemory: 1000, endMemory: undefined });
    expect(running.stages.get('a').startMemory).toBe(2000);
    metrics.config.memorySampling = 'off';
    metrics.startStageExecution('run', 'b');
    metrics.completeStageExecution('run', stage);
    metrics.completePipelineExecution('run');
    const { stages, ...execution } = metrics.pipelineExecutions.get('run');
    expect([execution, stages.get('a'), stages.get('b')]).toMatchObject([
      { startMemory: null, totalMemoryDelta: null },
      { startMemory: null, memoryDelta: null },
      { startMemory: null, memoryDelta: undefined },
    ]);
  });

  it('learns no memory from a completion whose heap was not read', () => {
    const { metrics } = sampled('exact');
    metrics.updatePerformanceBaseline('a', { duration: 5, memoryDelta: 600 });
    metrics.updatePerformanceBaseline('a', { duration: 5, memoryDelta: null });
    expect(metrics.performanceBaselines.get('a').avgMemory).toBe(600);
  });

  it('drops no reading of a boundary because the caller asked a failing sampler before', () => {
    let bytes = NaN;
    const { metrics } = newCollector({ memorySampler: () => bytes });
    expect(metrics.getCurrentMemoryUsage()).toBe(0);
    bytes = 5000;
    expect(metrics.startPipelineExecution('run').startMemory).toBe(5000);
  });

  it('refuses another word, naming all four', () => {
    const { metrics } = sampled('exact');
    expect(() => {
      metrics.config.memorySampling = 'sometimes';
    }).toThrow(
      /config\.memorySampling must be one of auto, exact, shared, off/,
    );
  });
});
