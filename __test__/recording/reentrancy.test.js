'use strict';

const {
  installPipelineMetrics,
  measurePipeline,
  measureStage,
} = require('../..');
const { currentSpan } = require('../../js/recording/active-execution');
const { Registry } = require('prom-client');

/** A listener may call any method of the collector, the one that dispatched to it included. */

const {
  newCollector,
  recordingLogger,
  runPipeline,
  runStage,
  settle,
} = require('../fixtures/collector');

const ALERT = 'PIPELINE_PERFORMANCE_ALERT';
const ANALYSIS = 'PIPELINE_PERFORMANCE_ANALYSIS';
const AGGREGATED = 'PIPELINE_METRICS_AGGREGATED';

/** A collector whose bus hands each event to `listener(type, payload, world)`, `depth` deep at most. */
function listening(listener, { depth = 1, ...options } = {}) {
  const errors = [];
  let level = 0;
  const eventBus = {
    dispatch({ type, payload }) {
      if (level >= depth) return;
      level += 1;
      try {
        listener(type, payload, world);
      } catch (error) {
        errors.push(error);
      } finally {
        level -= 1;
      }
    },
  };
  const world = newCollector({ eventBus, ...options });
  world.metrics.setStageThreshold('a', { maxDuration: 1 });
  return { ...world, errors };
}

const execution = {
  executionId: 'manually',
  totalDuration: 10,
  totalMemoryDelta: 0,
  result: { success: true, totalErrors: 0, totalItemsProcessed: 1 },
  overallThroughput: { itemsPerSecond: 1 },
  stageBreakdown: [],
  criticalPath: [],
  stages: new Map(),
  context: {},
};
const stage = {
  duration: 50,
  memoryDelta: 0,
  result: { success: true, errorCount: 0, itemsProcessed: 1, outputSize: 1 },
  context: { inputSize: 1 },
  throughput: { itemsPerSecond: 1 },
};

/** Every public method, with arguments that make it work. */
const calls = {
  flush: (m) => m.flush(),
  startPipelineExecution: (m) => m.startPipelineExecution('inner'),
  startStageExecution: (m) => m.startStageExecution('e', 'inner'),
  completeStageExecution: (m) => m.completeStageExecution('e', 'a'),
  completePipelineExecution: (m) => m.completePipelineExecution('e'),
  captureStageExecution: (m) => m.captureStageExecution('c', { duration: 5 }),
  recordStageMetrics: (m) => m.recordStageMetrics('r', stage),
  recordPipelineMetrics: (m) => m.recordPipelineMetrics(execution),
  analyzePerformance: (m) => m.analyzePerformance('a', { duration: 50 }),
  analyzeStagePerformance: (m) => m.analyzeStagePerformance('a', stage),
  analyzePipelinePerformance: (m) => m.analyzePipelinePerformance(execution),
  calculateThroughput: (m) => m.calculateThroughput(stage),
  calculateEfficiency: (m) => m.calculateEfficiency(stage),
  calculateResourceUtilization: (m) => m.calculateResourceUtilization(stage),
  calculatePipelineThroughput: (m) => m.calculatePipelineThroughput(execution),
  calculateStageBreakdown: (m) => m.calculateStageBreakdown(execution),
  calculatePerformanceRating: (m) => m.calculatePerformanceRating(execution),
  identifyCriticalPath: (m) => m.identifyCriticalPath(execution),
  identifyBottlenecks: (m) => m.identifyBottlenecks(execution),
  generateOptimizationRecommendations: (m) =>
    m.generateOptimizationRecommendations(execution),
  analyzeTrends: (m) => m.analyzeTrends(execution),
  updatePerformanceBaseline: (m) => m.updatePerformanceBaseline('u', stage),
  setStageThreshold: (m) => m.setStageThreshold('t', { maxDuration: 1 }),
  initializeDefaultThresholds: (m) => m.initializeDefaultThresholds(),
  getCurrentMemoryUsage: (m) => m.getCurrentMemoryUsage(),
  cleanupOldExecutions: (m) => m.cleanupOldExecutions(),
  aggregateMetrics: (m) => m.aggregateMetrics(),
  getStageMetrics: (m) => m.getStageMetrics('a', 10),
  getPipelineMetrics: (m) => m.getPipelineMetrics(10),
  getPerformanceSummary: (m) => m.getPerformanceSummary(),
  getRecentAlerts: (m) => m.getRecentAlerts(),
  getActiveRecommendations: (m) => m.getActiveRecommendations(),
  getDiagnostics: (m) => m.getDiagnostics(),
  getQuantiles: (m) => m.getQuantiles('a', { range: 10 }),
  analyzeTrend: (m) => m.analyzeTrend('a'),
  detectChangePoints: (m) => m.detectChangePoints('a'),
  forecast: (m) => m.forecast('a'),
  analyzeCriticalPaths: (m) => m.analyzeCriticalPaths(),
  whatIf: (m) => m.whatIf('a', 0.5),
  analyzeScaling: (m) => m.analyzeScaling('a'),
  exportHistory: (m) => m.exportHistory(),
  detectAnomalies: (m) => m.detectAnomalies('a'),
  explainSlowness: (m) => m.explainSlowness(),
  compare: (m) => m.compare({}, m.exportHistory()),
  exportTrace: (m) => m.exportTrace(),
  toOpenMetrics: (m) => m.toOpenMetrics(),
  registerWith: (m) => m.registerWith(new Registry()),
  generateReport: (m) => m.generateReport(),
  startPerformanceMonitoring: (m) => m.startPerformanceMonitoring(),
  stopPerformanceMonitoring: (m) => m.stopPerformanceMonitoring(),
};

describe('a listener', () => {
  it.each(Object.keys(calls))('may call %s on every event', (name) => {
    const seen = new Set();
    const world = listening((type, _payload, { metrics }) => {
      seen.add(type);
      calls[name](metrics);
    });
    world.metrics.startPipelineExecution('e');
    const outer = runStage(world, 'e', 'a', 5);
    world.metrics.completePipelineExecution('e');
    runPipeline(world, 'whole', [['a', 5]]);
    world.metrics.aggregateMetrics();
    expect(world.errors).toEqual([]);
    expect([...seen].sort()).toEqual([AGGREGATED, ALERT, ANALYSIS]);
    expect(outer).toMatchObject({ completed: true, duration: 5 });
    expect(world.metrics.pipelineExecutions.has('e')).toBe(true);
    const ids = world.metrics.getStageMetrics('a').map((m) => m.executionId);
    expect(ids).toEqual(expect.arrayContaining(['e', 'whole']));
    expect(world.metrics.getDiagnostics()).toMatchObject({
      listenerErrors: 0,
      faulted: false,
    });
  });

  it('is tested with every method that there is', () => {
    const { metrics } = newCollector();
    const ends = ['constructor', 'dispose'];
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(metrics))
      .filter((name) => !name.startsWith('_') && !ends.includes(name))
      .filter((name) => {
        const own = Object.getOwnPropertyDescriptor(
          Object.getPrototypeOf(metrics),
          name,
        );
        return typeof own.value === 'function';
      });
    expect(Object.keys(calls)).toEqual(expect.arrayContaining(methods));
  });

  it('finds what caused the event already recorded', () => {
    const found = [];
    const world = listening((type, payload, { metrics }) => {
      found.push({
        type,
        entries: metrics.getStageMetrics('a').length,
        alerts: metrics.getRecentAlerts().length,
        runs: metrics.getPipelineMetrics().length,
        complete: metrics.pipelineExecutions.has('e'),
      });
    });
    runPipeline(world, 'e', [['a', 5]]);
    expect(found).toEqual([
      { type: ALERT, entries: 1, alerts: 1, runs: 0, complete: false },
      { type: ANALYSIS, entries: 1, alerts: 1, runs: 1, complete: true },
    ]);
  });

  it('that completes the stage again is refused, and the stage recorded once', () => {
    const answers = [];
    const world = listening((type, _payload, { metrics }) => {
      if (type !== ALERT) return;
      answers.push(metrics.completeStageExecution('e', 'a'));
    });
    runPipeline(world, 'e', [['a', 5]]);
    expect(answers).toEqual([undefined]);
    expect(world.metrics.getStageMetrics('a')).toHaveLength(1);
    expect(world.metrics.getDiagnostics().duplicateCompletions).toBe(1);
  });

  it('that completes the pipeline of the stage ends it once', () => {
    const completed = [];
    const world = listening((type, _payload, { metrics }) => {
      if (type !== ALERT) return;
      completed.push(metrics.completePipelineExecution('e'));
    });
    world.metrics.startPipelineExecution('e');
    const handle = runStage(world, 'e', 'a', 5);
    expect(handle.completed).toBe(true);
    expect(completed[0]).toMatchObject({
      completed: true,
      stageBreakdown: [{ stageName: 'a', duration: 5 }],
    });
    expect(world.metrics.completePipelineExecution('e')).toBeUndefined();
    expect(world.metrics.getPipelineMetrics()).toHaveLength(1);
  });

  it('that runs whole pipelines nests as deep as it likes', () => {
    let next = 0;
    const world = listening(
      (type, _payload, inner) => {
        if (type !== ANALYSIS || next >= 50) return;
        next += 1;
        runPipeline(inner, `nested ${next}`, [
          ['b', 1, { itemsProcessed: next }],
        ]);
      },
      { depth: 60 },
    );
    const outer = runPipeline(world, 'outer', [
      ['b', 2, { itemsProcessed: 7 }],
    ]);
    expect(outer.totalDuration).toBe(2);
    expect(outer.stages.get('b').result.itemsProcessed).toBe(7);
    expect(world.errors).toEqual([]);
    expect(world.metrics.getPipelineMetrics()).toHaveLength(51);
    for (let i = 1; i <= 50; i += 1) {
      const nested = world.metrics.pipelineExecutions.get(`nested ${i}`);
      expect(nested.stages.get('b').result.itemsProcessed).toBe(i);
    }
  });

  it('that starts the same id again abandons none that has completed', () => {
    const world = listening((type, { executionId }, { metrics }) => {
      if (type === ANALYSIS) metrics.startPipelineExecution(executionId);
    });
    const first = runPipeline(world, 'e', [['b', 5]]);
    expect(first.completed).toBe(true);
    expect(world.metrics.activeExecutions.has('e')).toBe(true);
    expect(world.metrics.getDiagnostics().abandonedExecutions).toBe(0);
    expect(world.metrics.completePipelineExecution('e')).not.toBe(first);
  });

  it('may empty the Maps, and the completion that called it still returns', () => {
    const world = listening((_type, _payload, { metrics }) => {
      for (const name of [
        'stageMetrics',
        'pipelineExecutions',
        'activeExecutions',
        'performanceBaselines',
        'alertThresholds',
        'performanceHistory',
      ]) {
        metrics[name].clear();
      }
    });
    world.metrics.startPipelineExecution('e');
    expect(runStage(world, 'e', 'a', 5).duration).toBe(5);
    expect(world.metrics.completePipelineExecution('e')).toBeUndefined();
    const whole = runPipeline(world, 'f', [['b', 5]]);
    expect(whole).toMatchObject({ completed: true, totalDuration: 5 });
    expect(world.metrics.getPipelineMetrics()).toEqual([]);
    expect(world.errors).toEqual([]);
  });

  it('may dispose of the collector that calls it', () => {
    const world = listening((_type, _payload, { metrics }) =>
      metrics.dispose(),
    );
    const whole = runPipeline(world, 'e', [['b', 5]]);
    expect(whole).toMatchObject({ completed: true, totalDuration: 5 });
    expect(world.errors).toEqual([]);
    runPipeline(world, 'later', [['b', 5]]);
    expect(world.metrics.getPipelineMetrics()).toHaveLength(1);
  });

  it('gets no further alert once it has disposed of the collector', () => {
    const world = listening((_type, _payload, { metrics }) =>
      metrics.dispose(),
    );
    const { metrics, clock, logger } = world;
    measurePipeline(metrics, {}, () =>
      measureStage(metrics, 'a', {}, () => {
        clock.advance(5);
        return { success: false };
      }),
    );
    expect(metrics.getRecentAlerts()).toHaveLength(2);
    expect(logger.warn.mock.calls).toHaveLength(1);
  });

  it('may change the settings under which it is called', () => {
    const world = listening((_type, _payload, { metrics }) => {
      metrics.config.maxHistorySize = 1;
      metrics.setStageThreshold('a', { maxDuration: 1e9 });
    });
    for (const id of ['e1', 'e2', 'e3']) runPipeline(world, id, [['a', 5]]);
    expect(world.metrics.getStageMetrics('a')).toHaveLength(1);
    expect(world.metrics.getRecentAlerts().length).toBeLessThanOrEqual(1);
  });
});

describe('others that call back', () => {
  it('may be a logger', () => {
    let level = 0;
    const logger = recordingLogger();
    const world = newCollector({ logger });
    for (const method of ['debug', 'info', 'warn']) {
      logger[method].mockImplementation(() => {
        if (level > 0) return;
        level += 1;
        runPipeline(world, `${method} ${Math.random()}`, [['b', 1]]);
        level -= 1;
      });
    }
    const outer = runPipeline(world, 'outer', [['a', 5]]);
    expect(outer.stages.get('a').completed).toBe(true);
    expect(world.metrics.getStageMetrics('a')).toHaveLength(1);
    expect(world.metrics.getDiagnostics().loggerErrors).toBe(0);
  });

  it('may be a memory sampler or a clock', () => {
    let level = 0;
    const world = newCollector({
      memorySampler() {
        if (level === 0) {
          level += 1;
          runPipeline(world, 'from the sampler', [['b', 1]]);
          level -= 1;
        }
        return 1000;
      },
    });
    const outer = runPipeline(world, 'outer', [
      ['a', 5, { itemsProcessed: 3 }],
    ]);
    expect(outer.stages.size).toBe(1);
    expect(outer.stages.get('a').result.itemsProcessed).toBe(3);
    expect(world.metrics.pipelineExecutions.has('outer')).toBe(true);
  });

  it('may be an asynchronous listener, later', async () => {
    let left = 20;
    const eventBus = {
      async dispatch(_type, _payload) {
        await null;
        left -= 1;
        if (left > 0) runPipeline(world, `later ${left}`, [['b', 1]]);
      },
    };
    const world = newCollector({ eventBus });
    world.metrics.startPipelineExecution('e');
    world.metrics.completePipelineExecution('e');
    await settle(30);
    expect(left).toBe(0);
    expect(world.metrics.getPipelineMetrics()).toHaveLength(20);
  });
});

describe('a clock that disposes of the collector as a pipeline starts', () => {
  it('leaves no execution behind that later code would belong to', () => {
    const { metrics, clock } = newCollector();
    const now = clock.now.bind(clock);
    class Pipeline {
      execute() {
        return 'done';
      }
    }
    class PipelineStage {
      execute() {}
    }
    installPipelineMetrics({
      Pipeline,
      PipelineStage,
      metrics,
      contained: true,
    });
    clock.now = () => {
      metrics.dispose();
      return now();
    };
    expect(new Pipeline().execute()).toBe('done');
    expect(currentSpan()).toBeUndefined();
  });
});
