'use strict';

/** What is captured at which verbosity, by whom it is measured, and stages recorded manually. */

const { newCollector, runStage } = require('../fixtures/collector');
const { refuse, traps } = require('../fixtures/throwing');

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

  it('is recorded whole and analysed in the nested form', () => {
    const { metrics, events } = newCollector();
    metrics.setStageThreshold('a', { maxDuration: 1000, maxMemory: 4000 });
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
        success: true,
        inputSize: 900,
        outputSize: 450,
        configurationHash: 'c0ffee',
        environmentInfo: { node: 'test' },
        throughput: { itemsPerSecond: 133, bytesPerSecond: 30_000 },
      },
    ]);
    expect(events.map((event) => event.payload)).toMatchObject([
      { type: 'memory_exceeded', actual: 4096 },
      { type: 'high_error_rate', actual: 0.5 },
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

describe('a captured stage succeeded', () => {
  it.each([
    [true, 'where nothing says otherwise', {}],
    [true, 'with errors, as a measured one does', { errorCount: 3 }],
    [true, 'where most items did', { successRate: 99.7, itemsProcessed: 9 }],
    [false, 'as it says', { success: false }],
    [true, 'as it says', { success: true, successRate: 0 }],
    [false, 'where none did', { successRate: 0 }],
    [false, 'where not all did and nothing was done', { successRate: 60 }],
  ])('(%s) %s', (success, _when, said) => {
    const { metrics } = newCollector();
    const { itemsProcessed, ...quality } = said;
    metrics.captureStageExecution('a', {
      execution: { duration: 5 },
      throughput: { itemsProcessed },
      success: said.success,
      quality,
    });
    expect(metrics.getStageMetrics('a')[0].success).toBe(success);
    const { stages } = metrics.getPerformanceSummary();
    expect(stages.a.successRate).toBe(success ? 1 : 0);
    for (const record of [
      () => metrics.recordStageMetrics('b', { duration: 5, result: said }),
      () => metrics.stageMetrics.set('b', [{ duration: 5, ...said }]),
    ]) {
      record();
      const { b } = metrics.getPerformanceSummary().stages;
      expect(b.successRate).toBe(success ? 1 : 0);
    }
  });
});

describe('what is given manually', () => {
  const ways = {
    captureStageExecution: (metrics, { duration, items, context, retries }) =>
      metrics.captureStageExecution('a', {
        execution: { duration },
        throughput: { itemsProcessed: items },
        quality: { retryCount: retries },
        context,
      }),
    recordStageMetrics: (metrics, { duration, items, context, retries }) =>
      metrics.recordStageMetrics('a', {
        duration,
        context,
        result: { itemsProcessed: items, retryCount: retries },
      }),
    'stageMetrics.set': (metrics, { duration, items, context, retries }) =>
      metrics.stageMetrics.set('a', [
        ...(metrics.stageMetrics.get('a') ?? []),
        { duration, itemsProcessed: items, retryCount: retries, ...context },
      ]),
  };

  it.each(Object.keys(ways))(
    'by %s counts in every analysis as a measured run does',
    (way) => {
      const [manual, measured] = [newCollector(), newCollector()];
      for (let i = 0; i < 60; i += 1) {
        const isCold = i % 3 === 0;
        const items = 10 + 7 * i;
        const duration = items * (isCold ? 2 : 0.1) + (i % 5) / 10;
        const context = {
          inputSize: 100 + 50 * i,
          complexity: isCold ? 'high' : 'low',
          configurationHash: isCold ? 'cold' : 'warm',
        };
        const retries = isCold ? 2 : 0;
        ways[way](manual.metrics, { duration, items, context, retries });
        const result = { itemsProcessed: items, retryCount: retries };
        measured.metrics.startPipelineExecution(`e${i}`);
        runStage(measured, `e${i}`, 'a', duration, result, context);
        measured.metrics.completePipelineExecution(`e${i}`);
      }
      const answers = ({ metrics }) => {
        const [cold, warm] = ['cold', 'warm'].map((configurationHash) => ({
          stage: 'a',
          configurationHash,
        }));
        const { inputSize, itemsProcessed } = metrics.analyzeScaling('a');
        const { count, p50, p99, max } = metrics.getQuantiles('a');
        return {
          quantiles: { count, p50, p99, max },
          scaling: [inputSize?.runs, itemsProcessed?.runs],
          attributes: metrics
            .explainSlowness('a')
            .attributes.map(({ attribute, runs }) => [attribute, runs]),
          runs: metrics
            .compare(cold, warm)
            .stages.map(({ runsBefore, runsAfter }) => [runsBefore, runsAfter]),
        };
      };
      expect(answers(measured).runs).toEqual([[20, 40]]);
      expect(answers(measured).quantiles.count).toBe(60);
      expect(answers(measured).attributes.length).toBeGreaterThan(2);
      expect(answers(manual)).toEqual(answers(measured));
    },
  );

  it.each([
    ['a clock that went back', { startTime: 1000, endTime: 999.5 }],
    ['a duration below 0', { duration: -3 }],
    ['a duration of NaN', { duration: NaN }],
    ['a clock of no number', { execution: { startTime: NaN, endTime: 5 } }],
    ['a clock without end', { startTime: 5, endTime: Infinity }],
  ])('with %s takes no time and is counted', (_what, data) => {
    const { metrics } = newCollector();
    metrics.captureStageExecution('a', data);
    expect(metrics.getStageMetrics('a')[0].duration).toBe(0);
    expect(metrics.getDiagnostics().invalidNumbers).toBe(1);
  });

  it.each(['executionId', 'context', 'quality', 'result', 'resourceUsage'])(
    'is recorded without its %s where reading that throws, which is counted',
    (key) => {
      const { metrics } = newCollector();
      const unreadable = Object.defineProperty({ duration: 5 }, key, {
        get: refuse,
      });
      for (const data of [unreadable, { duration: 5, [key]: traps('get') }]) {
        metrics.captureStageExecution('a', data);
        metrics.recordStageMetrics('a', data);
        metrics.recordPipelineMetrics(data);
      }
      expect(
        metrics.getStageMetrics('a').map(({ duration }) => duration),
      ).toEqual([5, 5, 5, 5]);
      expect(metrics.getDiagnostics().hostileInputs).toBeGreaterThan(0);
    },
  );

  it.each([1e300, -1e300, Infinity, 8.64e15 + 1])(
    'with a timestamp of %s counts from now, and is counted',
    (timestamp) => {
      const { metrics } = newCollector();
      metrics.setStageThreshold('a', { maxDuration: 1, timestamp });
      const entries = Array.from({ length: 30 }, (_, duration) => ({
        duration,
        timestamp,
      }));
      metrics.stageMetrics.set('a', entries);
      metrics.performanceHistory.set('pipeline', [
        { totalDuration: 1, timestamp },
      ]);
      metrics.pipelineExecutions.set('e', { totalDuration: 1, timestamp });
      expect(metrics.getDiagnostics().invalidNumbers).toBe(33);
      expect(metrics.getStageMetrics('a', 1000)).toHaveLength(30);
      for (const answer of [
        () => metrics.alertThresholds.get('a'),
        () => metrics.analyzeTrend('a'),
        () => metrics.detectAnomalies('a'),
        () => metrics.detectChangePoints('a'),
        () => metrics.generateReport(),
        () => metrics.cleanupOldExecutions(),
      ])
        expect(answer).not.toThrow();
    },
  );
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

describe('an amount that cannot be', () => {
  const WRONG = [-5, NaN, Infinity, '7', {}, true];

  it.each(WRONG)('(%p) is 0 and counted, wherever it is asked for', (wrong) => {
    const { metrics } = newCollector();
    metrics.recordStageMetrics('a', {
      duration: wrong,
      result: { errorCount: wrong },
    });
    metrics.stageMetrics.set('b', [{ duration: wrong, errorCount: wrong }]);
    metrics.performanceHistory.set('pipeline', [{ totalDuration: wrong }]);
    expect(metrics.getDiagnostics().invalidNumbers).toBe(5);
    const { stages, pipeline } = metrics.getPerformanceSummary();
    for (const name of ['a', 'b']) {
      const [entry] = metrics.getStageMetrics(name);
      expect(entry).toMatchObject({ duration: 0, errorCount: 0 });
      expect(stages[name].averageDuration).toBe(0);
      expect(metrics.getQuantiles(name)).toMatchObject({ count: 1, max: 0 });
    }
    expect(metrics.getPipelineMetrics()[0].totalDuration).toBe(0);
    expect(pipeline.averageDuration).toBe(0);
  });

  it('is 0 in a baseline', () => {
    const { metrics } = newCollector();
    for (const duration of [...WRONG, 12])
      metrics.updatePerformanceBaseline('a', { duration });
    expect(metrics.performanceBaselines.get('a')).toMatchObject({
      count: WRONG.length + 1,
      totalDuration: 12,
    });
    expect(metrics.getDiagnostics().invalidNumbers).toBe(WRONG.length);
  });

  it('is 0 in what follows from one stage or execution', () => {
    const { metrics } = newCollector();
    expect(
      metrics.calculateEfficiency({ throughput: { itemsPerSecond: -50 } }),
    ).toMatchObject({ throughputScore: 0, overall: 0.5 });
    expect(
      metrics.calculatePerformanceRating({
        totalDuration: -1,
        result: { totalErrors: -3 },
        overallThroughput: { itemsPerSecond: -900 },
      }),
    ).toBe(100);
  });
});

it('an entry retains what JSON can represent', () => {
  const { metrics } = newCollector();
  const labels = { duration: -5 };
  metrics.stageMetrics.set('a', [
    { success: 1n, cpuTime: NaN, context: { labels } },
  ]);
  expect(metrics.getStageMetrics('a')).toEqual([{ context: { labels } }]);
});
