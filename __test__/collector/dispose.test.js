'use strict';

const { measureStage } = require('../..');
const { CORE } = require('../../js/recording/direct-recorder');
const { hasIdle } = require('../../js/recording/idle-spans');
const { newCollector, runStage } = require('../fixtures/collector');

function disposed() {
  const world = newCollector();
  const { metrics } = world;
  metrics.setStageThreshold('a', { maxDuration: 1 });
  metrics.startPipelineExecution('done');
  runStage(world, 'done', 'a', 5);
  metrics.completePipelineExecution('done');
  metrics.startPipelineExecution('running');
  metrics.startStageExecution('running', 'a');
  metrics.dispose();
  world.events.length = 0;
  return world;
}

const CALLS = [
  ['captureStageExecution', ['a', { duration: 50 }]],
  ['recordStageMetrics', ['a', { duration: 5, result: { success: true } }]],
  ['recordPipelineMetrics', [{ totalDuration: 5 }]],
  ['updatePerformanceBaseline', ['a', { duration: 5, memoryDelta: 1 }]],
  ['analyzeStagePerformance', ['a', { duration: 500 }]],
  ['analyzePerformance', ['a', { duration: 500 }]],
  ['analyzePipelinePerformance', [{ totalDuration: 5, stages: new Map() }]],
  ['aggregateMetrics', []],
  ['startPipelineExecution', ['again']],
  ['startStageExecution', ['running', 'b']],
  ['completeStageExecution', ['running', 'a']],
  ['completePipelineExecution', ['running']],
];

const SETS = [
  ['stageMetrics', 'a', [{ duration: 1 }]],
  ['pipelineExecutions', 'e', { totalDuration: 1 }],
  ['activeExecutions', 'e', { startTime: 1 }],
  ['performanceHistory', 'pipeline', [{ totalDuration: 1 }]],
  ['performanceBaselines', 'a', { count: 1, totalDuration: 1, totalMemory: 1 }],
];

describe('as it is disposed', () => {
  it('what was returned and has not begun ends as a plain value', () => {
    const { metrics } = newCollector();
    measureStage(metrics, 'query', null, () => ({ then() {} }));
    metrics.dispose();
    expect(hasIdle(metrics[CORE])).toBe(false);
    expect(metrics.getStageMetrics('query')).toHaveLength(1);
  });
});

describe('once it is disposed', () => {
  const stateOf = (metrics) => ({
    stages: metrics.getStageMetrics('a'),
    pipelines: metrics.getPipelineMetrics(),
    executions: [...metrics.pipelineExecutions.keys()],
    running: metrics.activeExecutions.size,
    baseline: metrics.performanceBaselines.get('a'),
    alerts: metrics.getRecentAlerts(),
  });

  it.each(CALLS)('%s records and dispatches nothing', (method, args) => {
    const { metrics, events } = disposed();
    const before = stateOf(metrics);
    metrics[method](...args);
    expect(stateOf(metrics)).toEqual(before);
    expect(events).toEqual([]);
  });

  it.each(SETS)('%s takes nothing in', (map, key, value) => {
    const { metrics } = disposed();
    const before = stateOf(metrics);
    metrics[map].set(key, value);
    expect(stateOf(metrics)).toEqual(before);
  });

  it('running executions are released uncounted, and stored ones still answer', () => {
    const { metrics } = disposed();
    expect(metrics.activeExecutions.size).toBe(0);
    expect(metrics.getDiagnostics().abandonedExecutions).toBe(0);
    expect(metrics.getStageMetrics('a')).toHaveLength(1);
    expect(metrics.getPerformanceSummary().pipeline.totalExecutions).toBe(1);
    expect(metrics.pipelineExecutions.get('done').totalDuration).toBe(5);
    expect(() => metrics.dispose()).not.toThrow();
  });

  it('is what `using` leaves behind, where the language has it', () => {
    const { metrics } = newCollector();
    // Jest's browser-like environment has no Symbol.dispose, and then neither has the class.
    const dispose = Symbol.dispose ? metrics[Symbol.dispose] : metrics.dispose;
    dispose.call(metrics);
    metrics.startPipelineExecution('e');
    expect(metrics.activeExecutions.size).toBe(0);
  });
});
