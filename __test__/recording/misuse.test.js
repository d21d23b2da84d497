'use strict';

/** Ids, names, handles, payloads and queries at their worst: nothing throws, nothing is lost. */

const {
  expectFinite,
  newCollector,
  runPipeline,
} = require('../fixtures/collector');
const { refuse, traps } = require('../fixtures/throwing');

describe('ids and names', () => {
  const ids = [
    5,
    NaN,
    10n,
    Symbol('id'),
    null,
    undefined,
    true,
    {},
    [],
    Object.create(null),
    { toString: refuse },
    traps('get', 'getPrototypeOf'),
    '',
    '__proto__',
    'x'.repeat(100_000),
  ];

  it('of executions may be anything: none of the four calls throws', () => {
    const { metrics } = newCollector();
    for (const id of ids) {
      expect(() => {
        metrics.startPipelineExecution(id);
        metrics.startStageExecution(id, 'a');
        metrics.completeStageExecution(id, 'a');
        metrics.completePipelineExecution(id);
      }).not.toThrow();
    }
    expect(metrics.getPipelineMetrics().length).toBeGreaterThanOrEqual(
      ids.length - 3,
    );
  });

  it('of executions that are no strings are used as their strings', () => {
    const { metrics } = newCollector();
    metrics.startPipelineExecution(5);
    expect(metrics.activeExecutions.has('5')).toBe(true);
    expect(metrics.startStageExecution('5', 'a')).not.toBeNull();
    expect(metrics.completePipelineExecution(5).executionId).toBe('5');
  });

  it('of stages may be anything: none of the four calls throws', () => {
    const { metrics } = newCollector();
    metrics.startPipelineExecution('e');
    for (const name of ids) {
      expect(() => {
        metrics.startStageExecution('e', name);
        metrics.completeStageExecution('e', name);
      }).not.toThrow();
    }
    expect(metrics.completePipelineExecution('e').completed).toBe(true);
    expectFinite(metrics.getPerformanceSummary());
  });

  it('may be left out altogether', () => {
    const { metrics } = newCollector();
    expect(() => {
      metrics.startPipelineExecution();
      metrics.startStageExecution();
      metrics.completeStageExecution();
      metrics.completePipelineExecution();
    }).not.toThrow();
  });

  it('of a handle of another execution, or of one made up, complete nothing', () => {
    const { metrics } = newCollector();
    metrics.startPipelineExecution('one');
    metrics.startPipelineExecution('two');
    const handle = metrics.startStageExecution('one', 'a');
    metrics.startStageExecution('two', 'b');
    const impostors = [handle, { ...handle }, {}, traps('get', 'ownKeys')];
    for (const impostor of impostors) {
      expect(metrics.completeStageExecution('two', impostor)).toBeUndefined();
    }
    expect(metrics.getStageMetrics('b')).toEqual([]);
    expect(metrics.completeStageExecution('one', handle)).toBe(handle);
  });
});

describe('frozen objects', () => {
  it('as handles are recorded all the same', () => {
    const { metrics, clock } = newCollector();
    Object.freeze(metrics.startPipelineExecution('e'));
    const handle = Object.freeze(metrics.startStageExecution('e', 'a'));
    clock.advance(5);
    expect(() => metrics.completeStageExecution('e', handle)).not.toThrow();
    expect(() => metrics.completePipelineExecution('e')).not.toThrow();
    expect(metrics.getStageMetrics('a')).toMatchObject([{ duration: 5 }]);
    expect(metrics.getPipelineMetrics()).toMatchObject([{ totalDuration: 5 }]);
    expect(metrics.activeExecutions.size).toBe(0);
  });

  it('with what the caller did to them do not change what was measured', () => {
    const { metrics, clock } = newCollector();
    const execution = metrics.startPipelineExecution('e');
    const handle = metrics.startStageExecution('e', 'a');
    handle.startTime = -1e9;
    handle.stageName = 'renamed';
    execution.startTime = NaN;
    execution.stages.clear();
    clock.advance(5);
    metrics.completeStageExecution('e', handle);
    metrics.completePipelineExecution('e');
    expect(metrics.getStageMetrics('a')).toMatchObject([{ duration: 5 }]);
    expect(metrics.getPipelineMetrics()).toMatchObject([{ totalDuration: 5 }]);
    expect(metrics.getStageMetrics('renamed')).toEqual([]);
  });
});

describe('a listener', () => {
  it('cannot reach into the collector through an event’s payload', () => {
    const eventBus = {
      dispatch({ payload }) {
        for (const key of Object.keys(payload)) payload[key] = 'defaced';
      },
    };
    const world = newCollector({ eventBus });
    world.metrics.setStageThreshold('a', { maxDuration: 1 });
    runPipeline(world, 'e', [['a', 5]]);
    expect(world.metrics.getRecentAlerts()).toMatchObject([
      { type: 'duration_exceeded', stage: 'a', actual: 5 },
    ]);
    expect(world.metrics.getPipelineMetrics()).toMatchObject([
      { executionId: 'e', stageBreakdown: [{ stageName: 'a' }] },
    ]);
  });
});

describe('queries', () => {
  it('answer, refuse with a code, or pass on what the caller’s own object threw', () => {
    const world = newCollector();
    const { metrics } = world;
    runPipeline(world, 'e', [['a', 5]]);
    const odd = [
      NaN,
      -1,
      Infinity,
      'x',
      {},
      10n,
      Symbol('q'),
      refuse,
      traps('get'),
    ];
    const queries = [
      (value) => metrics.getStageMetrics('a', value),
      (value) => metrics.getStageMetrics(value),
      (value) => metrics.getPipelineMetrics(value),
      (value) => metrics.getRecentAlerts(value),
      (value) => metrics.stageMetrics.get(value),
      (value) => metrics.pipelineExecutions.has(value),
      (value) => metrics.identifyBottlenecks(value),
      (value) => metrics.calculatePerformanceRating(value),
      (value) => metrics.identifyCriticalPath(value),
      (value) => metrics.generateOptimizationRecommendations(value),
      (value) => metrics.analyzeTrends(value),
    ];
    for (const query of queries) {
      for (const value of odd) {
        try {
          expectFinite(query(value));
        } catch (error) {
          const refused = error.code === 'ERR_PPM_INVALID_ARG';
          const callersOwn = error.message === 'hands off';
          expect(refused || callersOwn).toBe(true);
        }
      }
    }
    expect(metrics.getDiagnostics().faulted).toBe(false);
    expect(metrics.getStageMetrics('a')).toHaveLength(1);
  });
});
