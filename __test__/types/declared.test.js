/** @jest-environment node */
'use strict';

const api = require('../..');
const {
  newCollector,
  recordingLogger,
  runPipeline,
  runStage,
} = require('../fixtures/collector');
const { DeclaredTypes } = require('../fixtures/declared');
const { surfaceOf } = require('../fixtures/surface');

const declared = new DeclaredTypes();

/** Runs of about the same length, save one. */
const unsteady = Array.from({ length: 40 }, (_, run) => ({
  duration: run === 30 ? 500 : 10 + (run % 3),
}));

/** A stage that was timed elsewhere, with every figure there is. */
const NESTED = {
  executionId: 'elsewhere',
  execution: {
    startTime: 1,
    endTime: 6,
    cpuTime: 4,
    memoryUsage: 9,
    ioOperations: 2,
  },
  throughput: {
    itemsProcessed: 3,
    itemsPerSecond: 600,
    bytesProcessed: 50,
    bytesPerSecond: 1e4,
  },
  quality: { errorCount: 1, warningCount: 2, successRate: 66, retryCount: 1 },
  context: {
    inputSize: 50,
    outputSize: 20,
    configurationHash: 'hash',
    environmentInfo: 'here',
  },
};

/** A collector that has seen a bit of everything, and what it dispatched. */
function seasoned(verbosityConfig) {
  const events = [];
  const eventBus = { dispatch: (event) => events.push(event) };
  const config = { alertThreshold: 2 };
  const world = newCollector({ verbosityConfig, eventBus, config });
  const { metrics } = world;
  metrics.setStageThreshold('slow', { maxDuration: 100, maxMemory: 10 });
  for (let run = 0; run < 30; run += 1) {
    const labels = { tenant: 'north', depth: 7, cached: true };
    const context = { inputSize: 100, configurationHash: 'hash', labels };
    const result = {
      itemsProcessed: 2,
      errorCount: run % 2,
      bytesProcessed: 50,
    };
    const slow = 600 + run * 20 + (run === 25 ? 9000 : 0);
    const stages = [
      ['slow', slow, result, context],
      ['slow', 5],
      ['fast', 10],
    ];
    runPipeline(
      world,
      `e${run}`,
      stages,
      { totalItemsProcessed: 2 },
      { actionCount: 2, labels },
    );
    world.heap.bytes += 200 * 1024 * 1024;
  }
  metrics.startPipelineExecution('running');
  runStage(world, 'running', 'done', 5);
  metrics.startStageExecution('running', 'open');
  metrics.captureStageExecution('nested', NESTED);
  metrics.aggregateMetrics();
  return { metrics, events };
}

describe.each(['minimal', 'basic', 'verbose'])(
  'at %s, what a collector answers',
  (verbosity) => {
    const { metrics, events } = seasoned(verbosity);
    const last = (type) =>
      events.findLast((event) => event.type === type).payload;
    const execution = metrics.pipelineExecutions.get('e29');
    const stage = execution.stages.get('slow');

    it.each([
      ['Execution', metrics.activeExecutions.get('running')],
      ['Stage', metrics.activeExecutions.get('running').stages.get('open')],
      ['CompletedExecution', execution],
      ['CompletedStage', stage],
      ['StageEntry', metrics.getStageMetrics('slow').at(-1)],
      ['PipelineEntry', metrics.getPipelineMetrics().at(-1)],
      ['Baseline', metrics.performanceBaselines.get('slow')],
      ['StageThreshold', metrics.alertThresholds.get('slow')],
      ['StageThreshold', metrics.alertThresholds.get('fast')],
      ['Alert', last('PIPELINE_PERFORMANCE_ALERT')],
      ['Alert', metrics.getRecentAlerts().at(-1)],
      ['Alert', metrics.analyzeStagePerformance('slow', { duration: 1e6 })[0]],
      ['Analysis', last('PIPELINE_PERFORMANCE_ANALYSIS')],
      ['Analysis', metrics.analyzePipelinePerformance(execution)],
      ['Aggregates', last('PIPELINE_METRICS_AGGREGATED')],
      ['PerformanceSummary', metrics.getPerformanceSummary()],
      ['ActiveRecommendation', metrics.getActiveRecommendations()[0]],
      [
        'PerformancePattern',
        metrics.performanceAnalyzer.analyzePerformancePattern([]),
      ],
      [
        'PerformancePattern',
        metrics.performanceAnalyzer.analyzePerformancePattern(unsteady),
      ],
      [
        'CapturedStage',
        metrics.captureStageExecution('captured', {
          duration: 5,
          resourceUsage: 3,
        }),
      ],
      [
        'CapturedStage',
        metrics.captureStageExecution('captured', {
          execution: { duration: 5 },
        }),
      ],
      ['StageEntry', metrics.getStageMetrics('captured')[0]],
      ['StageEntry', metrics.getStageMetrics('nested')[0]],
      ['Diagnostics', metrics.getDiagnostics()],
      ['Config', metrics.config],
      ['Throughput', metrics.calculateThroughput(stage)],
      ['Efficiency', metrics.calculateEfficiency(stage)],
      ['ResourceUtilization', metrics.calculateResourceUtilization(stage)],
      ['PipelineThroughput', metrics.calculatePipelineThroughput(execution)],
      ['BreakdownRow', metrics.calculateStageBreakdown(execution)[0]],
      ['CriticalPathStep', metrics.identifyCriticalPath(execution)[0]],
      ['Bottleneck', metrics.identifyBottlenecks(execution)[0]],
      [
        'Recommendation',
        metrics.generateOptimizationRecommendations(execution).at(-1),
      ],
      ['Trend', metrics.analyzeTrends(execution)],
      ['Trend', newCollector().metrics.analyzeTrends(execution)],
      ['PipelinePerformanceMetrics', metrics],
    ])('is a declared %s', (name, value) => {
      expect(declared.mismatches(name, value)).toEqual([]);
    });
  },
);

describe('what a caller gets while it measures', () => {
  it('is as declared, with the environment at verbose', () => {
    const world = newCollector({ verbosityConfig: 'verbose' });
    const execution = world.metrics.startPipelineExecution('e');
    const handle = world.metrics.startStageExecution('e', 's');
    expect(declared.mismatches('Stage', handle)).toEqual([]);
    expect(
      declared.mismatches('EnvironmentInfo', handle.environmentInfo),
    ).toEqual([]);
    world.clock.advance(5);
    world.metrics.completeStageExecution('e', handle, { bytesProcessed: 3 });
    expect(declared.mismatches('CompletedStage', handle)).toEqual([]);
    expect(declared.mismatches('Execution', execution)).toEqual([]);
    world.metrics.completePipelineExecution('e');
    expect(declared.mismatches('CompletedExecution', execution)).toEqual([]);
  });

  it('of baselines by context is as declared', () => {
    const world = newCollector({ config: { alertThreshold: 2 } });
    world.metrics.startPipelineExecution('e');
    const run = (inputSize, duration) =>
      runStage(world, 'e', 's', duration, undefined, { inputSize });
    for (let i = 0; i < 60; i += 1) run(i % 2 ? 1 : 1000, i % 2 ? 1 : 1000);
    run(1, 10);
    const [alert] = world.metrics.getRecentAlerts();
    expect(declared.mismatches('Alert', alert)).toEqual([]);
    expect(declared.mismatches('RunContext', alert.context)).toEqual([]);
    const baseline = world.metrics.performanceBaselines.get('s');
    expect(declared.mismatches('Baseline', baseline)).toEqual([]);
    const [context] = baseline.contexts;
    expect(declared.mismatches('ContextBaseline', context)).toEqual([]);
  });

  it('of alerts that were suppressed and are over is as declared', () => {
    const config = { alertResolved: true, alertCooldown: 20 };
    const world = newCollector({ config });
    world.metrics.setStageThreshold('s', { maxDuration: 5 });
    world.metrics.startPipelineExecution('e');
    for (const duration of [10, 10, 10, 1]) runStage(world, 'e', 's', duration);
    const { payload } = world.events.at(-1);
    expect(declared.mismatches('ResolvedAlert', payload)).toEqual([]);
    const alerts = world.metrics.getRecentAlerts();
    expect(alerts.map((alert) => alert.suppressed)).toEqual([undefined, 1]);
    for (const alert of alerts)
      expect(declared.mismatches('Alert', alert)).toEqual([]);
  });

  it('compared every declared result', () => {
    const results = ['results', 'findings', 'summary'].flatMap((file) =>
      declared.namesIn(file),
    );
    expect(results.length).toBeGreaterThan(25);
    expect(results.filter((name) => !declared.compared.has(name))).toEqual([]);
  });
});

describe('the members of', () => {
  const dependencies = () => ({
    logger: recordingLogger(),
    eventBus: { dispatch() {} },
  });
  const namesOf = (object) => Object.keys(surfaceOf(object)).sort();

  it('a collector are those declared', () => {
    const { metrics } = newCollector();
    expect(namesOf(metrics)).toEqual(
      declared.membersOf('PipelinePerformanceMetrics'),
    );
    expect(namesOf(metrics.metricsAggregator)).toEqual(
      declared.membersOf('MetricsAggregator'),
    );
    expect(namesOf(metrics.performanceAnalyzer)).toEqual(
      declared.membersOf('PerformanceAnalyzer'),
    );
  });

  it('a trace are those declared', () => {
    const trace = new api.ActionAwareStructuredTrace({ traceId: 't' });
    expect(namesOf(trace)).toEqual(
      declared.membersOf('ActionAwareStructuredTrace'),
    );
  });

  it('a stage are those declared', () => {
    const stage = new api.BasePipelineStage(dependencies());
    expect(namesOf(stage)).toEqual(declared.membersOf('BasePipelineStage'));
  });
});

describe('the comparison itself', () => {
  it.each([
    ['a missing field', 'Efficiency', { overall: 0, throughputScore: 0 }],
    [
      'a field too many',
      'Efficiency',
      { overall: 0, throughputScore: 0, memoryEfficiency: 0, x: 0 },
    ],
    [
      'a wrong type',
      'Efficiency',
      { overall: '0', throughputScore: 0, memoryEfficiency: 0 },
    ],
    ['an unknown literal', 'Trend', { trend: 'sideways', message: '' }],
    ['a wrong element', 'Aggregates', { stage: {} }],
    ['nothing', 'Alert', null],
  ])('finds %s', (what, name, value) => {
    expect(declared.mismatches(name, value)).not.toEqual([]);
  });
});
