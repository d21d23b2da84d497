'use strict';

const {
  browser,
  collectorOf,
  dependencies,
  native,
} = require('../fixtures/builds');
const { surfaceOf } = require('../fixtures/surface');

const ask = {
  getQuantiles: (m) => m.getQuantiles('a'),
  analyzeTrend: (m) => m.analyzeTrend('a'),
  detectChangePoints: (m) => m.detectChangePoints('a'),
  detectAnomalies: (m) => m.detectAnomalies('a'),
  forecast: (m) => m.forecast('a'),
  analyzeCriticalPaths: (m) => m.analyzeCriticalPaths(),
  whatIf: (m) => m.whatIf('a', 0.5),
  explainSlowness: (m) => m.explainSlowness(),
  analyzeScaling: (m) => m.analyzeScaling('a'),
  compare: (m) => m.compare({}, {}),
  exportHistory: (m) => m.exportHistory(),
};

/** What measures nothing has no sketch either, and so no error of one. */
const withoutSketch = (answer) =>
  Object.hasOwn(answer, 'relativeError')
    ? { ...answer, relativeError: 0 }
    : answer;

describe('the collector of the browser build', () => {
  const CALCULATIONS = [
    'calculateThroughput',
    'calculateEfficiency',
    'calculateResourceUtilization',
    'calculatePipelineThroughput',
    'calculateStageBreakdown',
    'calculatePerformanceRating',
    'identifyCriticalPath',
    'identifyBottlenecks',
    'generateOptimizationRecommendations',
    'analyzeTrends',
    'analyzePipelinePerformance',
  ];
  const QUERIES = [
    'getPerformanceSummary',
    'getPipelineMetrics',
    'getRecentAlerts',
    'getActiveRecommendations',
    'getDiagnostics',
    'aggregateMetrics',
    'cleanupOldExecutions',
  ];

  it.each(CALCULATIONS)('never throws from %s', (method) => {
    for (const given of [undefined, null, 5])
      expect(() => collectorOf(browser)[method](given)).not.toThrow();
  });

  it.each(CALCULATIONS)(
    'answers %s as of an execution without figures',
    (method) => {
      expect(collectorOf(browser)[method]({})).toEqual(
        collectorOf(native)[method]({}),
      );
    },
  );

  it.each(QUERIES)('answers %s as one that has seen nothing', (method) => {
    expect(collectorOf(browser)[method]()).toEqual(
      collectorOf(native)[method](),
    );
  });

  it.each(Object.keys(ask))('answers the question %s as of no run', (name) => {
    expect(ask[name](collectorOf(browser))).toStrictEqual(
      withoutSketch(ask[name](collectorOf(native))),
    );
  });

  it('names a stage that is called as whole pipelines are', () => {
    const metrics = collectorOf(browser);
    const stage = { stage: 'pipeline_total' };
    expect(metrics.getQuantiles(stage).stage).toBe('pipeline_total');
    expect(metrics.whatIf(stage, 0.5).stage).toBe('pipeline_total');
  });

  it.each(['getStageMetrics', 'analyzeStagePerformance', 'analyzePerformance'])(
    'answers %s of any stage with nothing',
    (method) => {
      expect(collectorOf(browser)[method]('stage', null)).toEqual([]);
    },
  );

  it.each([
    ['forecast', 's', { confidence: 0.5 }],
    ['explainSlowness', 's'],
    ['compare', {}, {}, { significance: 0.1, leastChange: 0 }],
    ['generateReport'],
    ['generateReport', { format: 'markdown' }],
  ])('answers %s(%j) as of no run', (method, ...args) => {
    const clock = { now: () => 0, wallNow: () => Date.now() };
    const answers = [collectorOf(browser), collectorOf(native, { clock })].map(
      (metrics) => metrics[method](...args),
    );
    const [mine, other] = answers.map((answer) =>
      JSON.stringify(answer).replace(/[\d-]+T[\d:.]+Z/g, 'now'),
    );
    expect(mine).toEqual(other);
  });

  it('starts and completes nothing, like one that is disposed', () => {
    const [mine, other] = [collectorOf(browser), collectorOf(native)];
    other.dispose();
    for (const metrics of [mine, other]) {
      expect(metrics.startPipelineExecution('e')).toBeNull();
      expect(metrics.startStageExecution('e', 's')).toBeNull();
      expect(metrics.completeStageExecution('e', 's')).toBeUndefined();
      expect(metrics.completePipelineExecution('e')).toBeUndefined();
    }
  });

  it('records nothing manually, and stores no thresholds', () => {
    const metrics = collectorOf(browser);
    metrics.recordStageMetrics('s', { duration: 1 });
    metrics.recordPipelineMetrics({ totalDuration: 1 });
    metrics.updatePerformanceBaseline('s', { duration: 1 });
    metrics.setStageThreshold('s', { maxDuration: 1 });
    metrics.initializeDefaultThresholds();
    metrics.captureStageExecution('s', { duration: 1 });
    for (const value of Object.values(metrics)) {
      if (value instanceof Map) expect(value.size).toBe(0);
    }
  });

  it('gives a captured stage the fields it has elsewhere', () => {
    const [mine, other] = [browser, native].map((api) =>
      collectorOf(api).captureStageExecution('s', { duration: 0 }),
    );
    expect(Object.keys(mine)).toEqual(Object.keys(other));
    expect(mine.throughput).toEqual(other.throughput);
  });

  it('aggregates and analyses to what no entries give', () => {
    const [mine, other] = [collectorOf(browser), collectorOf(native)];
    const aggregates = [mine, other].map((m) =>
      m.metricsAggregator.aggregateStageMetrics([]),
    );
    const [{ timestamp, ...aggregate }, expected] = aggregates;
    expect(expected).toEqual({ ...aggregate, timestamp: expect.any(String) });
    expect(Date.parse(timestamp)).not.toBeNaN();
    for (const ask of [
      (m) => m.metricsAggregator.aggregate(new Map()),
      (m) => m.metricsAggregator.calculateAverage([], 'duration'),
      (m) => m.metricsAggregator.calculateMedian([], 'duration'),
      (m) => m.metricsAggregator.calculatePercentile([], 'duration', 95),
      (m) => m.metricsAggregator.getNestedValue({}, 'a.b'),
      (m) => m.performanceAnalyzer.analyzePerformancePattern([]),
      (m) => m.performanceAnalyzer.logger === m.logger,
    ]) {
      expect(ask(mine)).toEqual(ask(other));
    }
  });

  it('has the settings and checks them as elsewhere', () => {
    const config = { maxStages: 7 };
    const [mine, other] = [
      collectorOf(browser, { config }),
      collectorOf(native, { config }),
    ];
    expect({ ...mine.config }).toEqual({ ...other.config });
    expect(() => (mine.config.maxStages = 0)).toThrow(
      expect.objectContaining({ code: 'ERR_PPM_INVALID_CONFIG' }),
    );
    expect(() => new browser.PipelinePerformanceMetrics({})).toThrow(
      expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
    );
    expect(() => collectorOf(browser, { verbosityConfig: 'loud' })).toThrow(
      TypeError,
    );
  });

  it('touches neither memory nor timers', () => {
    const metrics = collectorOf(browser);
    expect(metrics.getCurrentMemoryUsage()).toBe(0);
    expect(metrics.startPerformanceMonitoring()).toBeUndefined();
    expect(metrics.stopPerformanceMonitoring()).toBeUndefined();
    if (Symbol.dispose !== undefined)
      expect(metrics[Symbol.dispose]()).toBeUndefined();
  });
});

describe('traces and stages of the browser build', () => {
  const { ActionAwareStructuredTrace, BasePipelineStage, withStageMetrics } =
    browser;

  it('hand all arguments to the base class, and its data to its own method', () => {
    class Base {
      constructor(...args) {
        this.args = args;
      }
      captureActionData(...args) {
        return args;
      }
    }
    class Trace extends ActionAwareStructuredTrace(Base) {}
    const trace = new Trace(1, 'two');
    expect(trace.args).toEqual([1, 'two']);
    expect(trace.captureActionData('c', 't', { a: 1 })).toEqual([
      'c',
      't',
      { a: 1 },
    ]);
    expect(trace).toBeInstanceOf(ActionAwareStructuredTrace);
    expect(new Base()).not.toBeInstanceOf(ActionAwareStructuredTrace);
    expect(ActionAwareStructuredTrace[Symbol.hasInstance](null)).toBe(false);
  });

  it('store the data of a trace without a base class', () => {
    const trace = new ActionAwareStructuredTrace({
      traceId: 't',
      verbosity: 'verbose',
    });
    trace.captureActionData('__proto__', 'constructor', { a: 1 });
    trace.captureActionData('c', 't', { b: 2 });
    expect(Object.keys(trace.actionData)).toEqual(['__proto__', 'c']);
    expect(trace.actionData.c.t).toEqual({ b: 2 });
    expect(trace.verbosity).toBe('verbose');
    expect(new ActionAwareStructuredTrace({ traceId: 't' }).verbosity).toBe(
      'basic',
    );
    expect({}.constructor).toBe(Object);
  });

  it('answer nothing', () => {
    const trace = new ActionAwareStructuredTrace({ traceId: 't' });
    expect(trace.startPipelineExecution()).toBeNull();
    expect(trace.startStageExecution('s')).toBeNull();
    expect(trace.completeStageExecution('s')).toBeUndefined();
    expect(trace.completePipelineExecution()).toBeUndefined();
    expect(trace.getStagePerformanceData('s')).toEqual([]);
    expect(trace.getPipelinePerformanceData()).toEqual([]);
    const plain = new native.ActionAwareStructuredTrace({ traceId: 't' });
    expect(trace.getPerformanceMetrics()).toEqual(
      plain.getPerformanceMetrics(),
    );
    expect(trace.pipelineExecutionId).toBeUndefined();
  });

  it('report to the collector they were given, or to the one of their bus', () => {
    const options = { traceId: 't', ...dependencies() };
    const [first, second] = [1, 2].map(
      () => new ActionAwareStructuredTrace(options),
    );
    expect(first.performanceMetrics).toBeInstanceOf(
      browser.PipelinePerformanceMetrics,
    );
    expect(second.performanceMetrics).toBe(first.performanceMetrics);
    expect(first.getPerformanceMetrics()).toEqual(
      first.performanceMetrics.getPerformanceSummary(),
    );
    const off = new ActionAwareStructuredTrace({
      ...options,
      enablePerformanceMetrics: false,
    });
    expect(off.performanceMetrics).toBeUndefined();
    const metrics = collectorOf(browser);
    off.performanceMetrics = metrics;
    expect(off.performanceMetrics).toBe(metrics);
    const given = new ActionAwareStructuredTrace({
      ...options,
      performanceMetrics: metrics,
    });
    expect(given.performanceMetrics).toBe(metrics);
  });

  it('refuse what they refuse elsewhere', () => {
    for (const { ActionAwareStructuredTrace: Trace } of [browser, native]) {
      const trace = new Trace({ traceId: 't' });
      expect(() => new Trace({})).toThrow(TypeError);
      expect(() => (trace.performanceMetrics = {})).toThrow(TypeError);
    }
  });

  it('apply to a class in place, and make it what it was', () => {
    class HostTrace {
      captureActionData(...args) {
        return args;
      }
    }
    const before = surfaceOf(HostTrace.prototype);
    const instance = new HostTrace();
    const performanceMetrics = collectorOf(browser);
    const handle = ActionAwareStructuredTrace.applyTo(HostTrace);
    expect(instance.performanceMetrics).toBeUndefined();
    expect(
      ActionAwareStructuredTrace.applyTo(HostTrace, { performanceMetrics }),
    ).toBe(handle);
    expect(instance.performanceMetrics).toBe(performanceMetrics);
    expect(instance.captureActionData('c', 't', 1)).toEqual(['c', 't', 1]);
    expect(instance).toBeInstanceOf(ActionAwareStructuredTrace);
    handle.restore();
    expect(surfaceOf(HostTrace.prototype)).toEqual(before);
    expect(instance).not.toBeInstanceOf(ActionAwareStructuredTrace);
  });

  it('run a stage as it is', async () => {
    class Doubling extends BasePipelineStage {
      async executeInternal(context) {
        return context * 2;
      }
    }
    await expect(new Doubling(dependencies()).execute(21)).resolves.toBe(42);
    await expect(
      new BasePipelineStage(dependencies()).execute(),
    ).rejects.toThrow('must implement executeInternal');
    expect(() => new BasePipelineStage()).toThrow(TypeError);
  });

  it('answer the estimators with nothing', () => {
    const stage = new BasePipelineStage(dependencies());
    expect(stage.calculateInputSize({ actions: [1] })).toBe(0);
    expect(stage.estimateOutputSize({})).toBe(0);
    expect(stage.calculateOutputSize({})).toBe(0);
    expect(stage.countProcessedItems({})).toBe(0);
    expect(stage.assessComplexity({})).toBe('unknown');
  });

  it('run the execute of the base class, else its executeInternal', () => {
    class Engine {
      execute(a, b) {
        return [this, a, b];
      }
    }
    const Inner = class {
      executeInternal(a) {
        return a;
      }
    };
    const stage = new (withStageMetrics(Engine))();
    expect(stage.execute(1, 2)).toEqual([stage, 1, 2]);
    expect(new (withStageMetrics(Inner))().execute(3)).toBe(3);
    expect(withStageMetrics(Engine).name).toBe('Engine');
    expect(() => withStageMetrics(null)).toThrow(TypeError);
    expect(() => ActionAwareStructuredTrace(null)).toThrow(TypeError);
  });

  it('call what they measure, and return what it returns or throws', () => {
    const metrics = collectorOf(browser);
    expect(browser.measureStage(metrics, 's', null, () => 5)).toBe(5);
    expect(browser.measurePipeline(metrics, null, () => 6)).toBe(6);
    const failing = () => {
      throw new RangeError('mine');
    };
    expect(() => browser.measureStage(null, 's', null, failing)).toThrow(
      RangeError,
    );
  });

  it('install nothing', () => {
    class Pipeline {
      execute() {}
    }
    const { execute } = Pipeline.prototype;
    const installed = browser.installPipelineMetrics({
      Pipeline,
      PipelineStage: Pipeline,
      metrics: collectorOf(browser),
    });
    expect(Pipeline.prototype.execute).toBe(execute);
    expect(installed.uninstall()).toBeUndefined();
  });

  it('name stages as elsewhere', () => {
    expect(browser.canonicalStageName('ComponentFilteringStage')).toBe(
      'component_filtering',
    );
  });
});
