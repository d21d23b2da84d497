'use strict';

/** What is captured at which verbosity, by whom it is measured, and stages recorded by hand. */

const { disposeAll, newCollector, runStage } = require('../fixtures/collector');

afterEach(disposeAll);

const flat = (fields) => ({
  startTime: 100,
  endTime: 130,
  duration: 30,
  throughput: {
    itemsPerSecond: 50,
    bytesPerSecond: 800,
    operationsPerSecond: 50,
  },
  errorRate: 0,
  ...fields,
});

const nested = () => ({
  stage: 'component_filtering',
  execution: {
    startTime: 100,
    endTime: 130,
    duration: 30,
    cpuTime: 12,
    memoryUsage: 4096,
    ioOperations: 2,
  },
  throughput: {
    itemsProcessed: 4,
    itemsPerSecond: 133,
    bytesProcessed: 900,
    bytesPerSecond: 30_000,
  },
  quality: {
    errorCount: 2,
    warningCount: 1,
    successRate: 50,
    retryCount: 3,
  },
  context: {
    inputSize: 900,
    outputSize: 450,
    configurationHash: 'c0ffee',
    environmentInfo: { node: 'test' },
  },
});

describe('a captured stage', () => {
  it('is recorded and analysed in the flat form', () => {
    const { metrics, events, clock } = newCollector();
    metrics.setStageThreshold('a', { maxDuration: 20 });
    metrics.captureStageExecution('a', flat());
    expect(metrics.getStageMetrics('a')).toMatchObject([
      {
        duration: 30,
        success: true,
        timestamp: clock.iso(),
        throughput: { itemsPerSecond: 50, bytesPerSecond: 800 },
      },
    ]);
    expect(events).toMatchObject([
      { payload: { type: 'duration_exceeded', stage: 'a', actual: 30 } },
    ]);
    expect(metrics.performanceBaselines.get('a').avgDuration).toBe(30);
  });

  it('keeps the whole of the nested form in its entry', () => {
    const { metrics } = newCollector();
    metrics.captureStageExecution('a', nested());
    expect(metrics.getStageMetrics('a')).toMatchObject([
      {
        duration: 30,
        memoryDelta: 4096,
        cpuTime: 12,
        ioOperations: 2,
        itemsProcessed: 4,
        bytesProcessed: 900,
        errorCount: 2,
        warningCount: 1,
        retryCount: 3,
        success: false,
        inputSize: 900,
        outputSize: 450,
        configurationHash: 'c0ffee',
        environmentInfo: { node: 'test' },
      },
    ]);
  });

  it('reads null for a group of the nested form as not given', () => {
    const { metrics } = newCollector();
    const captured = metrics.captureStageExecution('a', {
      duration: 5,
      execution: null,
      throughput: null,
      quality: null,
      context: null,
      resourceUsage: null,
    });
    expect(captured).toMatchObject({ duration: 5, errorRate: 0 });
    expect(metrics.getStageMetrics('a')).toMatchObject([{ duration: 5 }]);
  });

  it('raises the error rate that the flat form states', () => {
    const { metrics, events } = newCollector();
    metrics.captureStageExecution('a', flat({ errorRate: 0.25 }));
    metrics.captureStageExecution('a', flat({ errorRate: 0.05 }));
    expect(events).toMatchObject([
      { payload: { type: 'high_error_rate', stage: 'a', actual: 0.25 } },
    ]);
  });

  it('is recorded and analysed in the nested form', () => {
    const { metrics, events } = newCollector();
    metrics.setStageThreshold('a', { maxDuration: 1000, maxMemory: 4000 });
    metrics.captureStageExecution('a', nested());
    expect(metrics.getStageMetrics('a')).toMatchObject([
      {
        duration: 30,
        memoryDelta: 4096,
        errorCount: 2,
        throughput: { itemsPerSecond: 133, bytesPerSecond: 30_000 },
      },
    ]);
    expect(events.map((event) => event.payload)).toMatchObject([
      { type: 'memory_exceeded', actual: 4096 },
      { type: 'high_error_rate', actual: 0.5 },
    ]);
  });

  it('takes its duration from its times where it states none', () => {
    const { metrics } = newCollector();
    metrics.captureStageExecution('a', flat({ duration: undefined }));
    expect(metrics.getStageMetrics('a')[0].duration).toBe(30);
  });

  it('may be analysed alone, by the name of the architecture', () => {
    const { metrics, events } = newCollector();
    metrics.setStageThreshold('a', { maxDuration: 20 });
    metrics.analyzePerformance('a', flat());
    expect(events).toMatchObject([{ payload: { type: 'duration_exceeded' } }]);
    expect(metrics.getStageMetrics('a')).toEqual([]);
  });
});

describe('what a stage captures', () => {
  const captured = (verbosityConfig, context, result) => {
    const world = newCollector({ verbosityConfig });
    world.metrics.startPipelineExecution('e');
    const stage = runStage(world, 'e', 'a', 10, result, context);
    return { stage, heap: world.heap };
  };

  it.each(['minimal', { level: 'minimal' }])(
    'is the time alone at %o',
    (verbosity) => {
      const { stage, heap } = captured(verbosity);
      expect(heap.reads).toBe(0);
      expect(stage).toMatchObject({ duration: 10, memoryDelta: 0 });
    },
  );

  it.each([
    null,
    undefined,
    'basic',
    'standard',
    { level: 'standard' },
    { getVerbosityLevel: () => 'basic' },
  ])('is time and heap at %o', (verbosity) => {
    const { stage, heap } = captured(verbosity);
    expect(heap.reads).toBeGreaterThanOrEqual(2);
    expect(stage.startMemory).toBe(1_000_000);
    expect(stage.cpuTime).toBeUndefined();
    expect(stage.ioOperations).toBeUndefined();
    expect(stage.environmentInfo).toBeUndefined();
  });

  it('is CPU time and I/O of the thread as well at detailed', () => {
    const { stage } = captured('detailed');
    expect(stage.cpuTime).toBeGreaterThanOrEqual(0);
    expect(stage.ioOperations).toBeGreaterThanOrEqual(0);
    expect(stage.environmentInfo).toBeUndefined();
  });

  it('has at detailed a CPU time that grows with the work', () => {
    const { metrics } = newCollector({ verbosityConfig: 'detailed' });
    metrics.startPipelineExecution('e');
    const [idle, busy] = [0, 2e6].map((turns) => {
      const stage = metrics.startStageExecution('e', 'a');
      let sum = 0;
      for (let i = 0; i < turns; i += 1) sum += Math.sqrt(i);
      expect(sum).toBeGreaterThanOrEqual(0);
      return metrics.completeStageExecution('e', stage).cpuTime;
    });
    expect(busy).toBeGreaterThan(idle);
  });

  it('is the environment as well at verbose', () => {
    const { stage } = captured({ getVerbosityLevel: () => 'verbose' });
    expect(stage.cpuTime).toBeGreaterThanOrEqual(0);
    expect(stage.environmentInfo).toEqual(expect.any(Object));
  });

  it('includes what only the caller can know', () => {
    const { stage } = captured(
      'verbose',
      {
        inputSize: 100,
        configurationHash: 'c0ffee',
        environmentInfo: { build: 'nightly' },
      },
      { retryCount: 2, bytesProcessed: 4096, warningCount: 1 },
    );
    expect(stage.context.configurationHash).toBe('c0ffee');
    expect(stage.environmentInfo).toMatchObject({ build: 'nightly' });
    expect(stage.result).toMatchObject({ retryCount: 2, warningCount: 1 });
    const places = [stage, stage.result, stage.throughput, stage.context];
    expect(places.map((place) => place.bytesProcessed)).toContain(4096);
  });
});
