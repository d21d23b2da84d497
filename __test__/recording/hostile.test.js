'use strict';

/** What callers hand in, meaning harm or knowing no better: nothing throws, all of it is counted. */

const {
  expectFinite,
  newCollector,
  runPipeline,
  runStage,
} = require('../fixtures/collector');
const { traps, unreadable } = require('../fixtures/throwing');

const hostileObjects = {
  'an object whose getters throw': () =>
    unreadable(
      'success',
      'inputSize',
      'actionCount',
      'itemsProcessed',
      'totalItemsProcessed',
    ),
  'a Proxy whose every trap throws': () =>
    traps(
      'get',
      'has',
      'ownKeys',
      'getOwnPropertyDescriptor',
      'getPrototypeOf',
    ),
  'a revoked Proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

const harmlessObjects = {
  'a cyclic object': () => {
    const value = { inputSize: 5 };
    value.self = value;
    return value;
  },
  'a huge object': () => ({
    inputSize: 5,
    actions: Array.from({ length: 200_000 }, (_, id) => ({ id })),
  }),
  'an object without a prototype': () => Object.create(null),
  'a number': () => 5,
  'a string': () => 'context',
  'a BigInt': () => 10n,
  'a Symbol': () => Symbol('context'),
  'a function': () => () => 1,
  'an array': () => [1, 2],
  null: () => null,
};

/** One execution with one stage, every argument being `value()`. */
function runWith(world, value) {
  const { metrics, clock } = world;
  const execution = metrics.startPipelineExecution('e', value());
  const stage = metrics.startStageExecution('e', 'a', value());
  clock.advance(5);
  const completed = metrics.completeStageExecution('e', stage, value());
  const done = metrics.completePipelineExecution('e', value());
  expect(completed).toBe(stage);
  expect(done).toBe(execution);
  expect(stage).toMatchObject({ completed: true, duration: 5 });
  expectFinite(done);
  expect(metrics.getStageMetrics('a')).toHaveLength(1);
  expect(metrics.getPipelineMetrics()).toHaveLength(1);
}

describe('contexts and results', () => {
  it.each(Object.keys(hostileObjects))(
    'that are %s are recorded as if not given, and counted',
    (kind) => {
      const world = newCollector();
      runWith(world, hostileObjects[kind]);
      expect(world.metrics.getDiagnostics().hostileInputs).toBeGreaterThan(0);
      expect(world.metrics.getDiagnostics().faulted).toBe(false);
    },
  );

  it.each(Object.keys(harmlessObjects))('may be %s', (kind) => {
    const world = newCollector();
    runWith(world, harmlessObjects[kind]);
    expect(world.metrics.getDiagnostics().hostileInputs).toBe(0);
  });

  it('keep what can be read beside what throws', () => {
    const { metrics } = newCollector();
    metrics.startPipelineExecution('e');
    metrics.startStageExecution('e', 'a');
    const result = Object.assign(unreadable('outputSize'), {
      itemsProcessed: 7,
    });
    const stage = metrics.completeStageExecution('e', 'a', result);
    expect(stage.completed).toBe(true);
    expect(stage.result.outputSize).toBe(0);
    expect(metrics.getDiagnostics().hostileInputs).toBe(1);
  });

  it.each(['traceVerbosity', 'environment'])(
    'count what was read before %s threw',
    (name) => {
      const { metrics } = newCollector();
      const context = Object.assign(unreadable(name), { actionCount: 5 });
      metrics.startPipelineExecution('started', context);
      const started = metrics.activeExecutions.get('started').context;
      expect(started.actionCount).toBe(5);
    },
  );

  it('may call the collector while they are read', () => {
    const world = newCollector();
    const { metrics } = world;
    metrics.startPipelineExecution('outer');
    const outer = metrics.startStageExecution('outer', 'a');
    const result = {
      get itemsProcessed() {
        runPipeline(world, 'inner', [['b', 3, { itemsProcessed: 99 }]]);
        return 4;
      },
      outputSize: 8,
    };
    metrics.completeStageExecution('outer', outer, result);
    metrics.completePipelineExecution('outer');
    expect(outer.result).toMatchObject({ itemsProcessed: 4, outputSize: 8 });
    const inner = metrics.pipelineExecutions.get('inner');
    expect(inner.stages.get('b').result.itemsProcessed).toBe(99);
    expect([...metrics.stageMetrics.keys()].sort()).toEqual(['a', 'b']);
  });

  it('may complete the very stage that is being completed while they are read', () => {
    const { metrics } = newCollector();
    metrics.startPipelineExecution('e');
    const stage = metrics.startStageExecution('e', 'a');
    const result = {
      get itemsProcessed() {
        metrics.completeStageExecution('e', stage, { itemsProcessed: 1 });
        return 2;
      },
    };
    metrics.completeStageExecution('e', stage, result);
    expect(stage.completed).toBe(true);
    expect(metrics.getStageMetrics('a')).toHaveLength(1);
  });
});

describe('counts and sizes', () => {
  const wrong = [
    NaN,
    Infinity,
    -Infinity,
    -1,
    '5',
    10n,
    {},
    [],
    true,
    Symbol('n'),
  ];

  it('that are no counts read as 0, each counted', () => {
    const world = newCollector();
    const { metrics } = world;
    wrong.forEach((value, i) => {
      const id = `e${i}`;
      const context = { inputSize: value, expectedOutputSize: value };
      const result = {
        outputSize: value,
        itemsProcessed: value,
        errorCount: value,
        warningCount: value,
      };
      const execution = metrics.startPipelineExecution(id, {
        actionCount: value,
      });
      const stage = runStage(world, id, 'a', 5, result, context);
      metrics.completePipelineExecution(id, {
        totalItemsProcessed: value,
        finalOutputSize: value,
        totalErrors: value,
      });
      expect(execution.context.actionCount).toBe(0);
      expect(stage.context).toMatchObject({
        inputSize: 0,
        expectedOutputSize: 0,
      });
      expect(stage.result).toMatchObject({
        outputSize: 0,
        itemsProcessed: 0,
        errorCount: 0,
        warningCount: 0,
      });
      expect(execution.result).toMatchObject({
        totalItemsProcessed: 0,
        finalOutputSize: 0,
        totalErrors: 0,
      });
    });
    const fields = 10;
    expect(metrics.getDiagnostics().invalidNumbers).toBe(fields * wrong.length);
    expectFinite(metrics.getPerformanceSummary());
  });

  it('that are absent read as 0 and are no fault', () => {
    const world = newCollector();
    const absent = { inputSize: undefined, outputSize: null };
    runPipeline(world, 'e', [['a', 5, absent, absent]]);
    expect(world.metrics.getDiagnostics().invalidNumbers).toBe(0);
  });

  it('that are enormous make nothing infinite', () => {
    const world = newCollector();
    const huge = Number.MAX_VALUE;
    const result = { itemsProcessed: huge, outputSize: huge, errorCount: huge };
    for (let i = 0; i < 6; i += 1) {
      const stages = [
        ['a', 0.25, result, { inputSize: huge }],
        ['a', 0.25, result, { inputSize: huge }],
      ];
      const totals = { totalItemsProcessed: huge, totalErrors: huge };
      expectFinite(runPipeline(world, `e${i}`, stages, totals));
    }
    world.metrics.aggregateMetrics();
    expectFinite(world.events);
    expectFinite(world.metrics.getPerformanceSummary());
    expectFinite(world.metrics.getStageMetrics('a'));
  });

  it('recorded manually are no less checked', () => {
    const { metrics } = newCollector();
    for (const value of [NaN, Infinity, -Infinity, '5', undefined, null]) {
      const result = { success: true, errorCount: value };
      metrics.recordStageMetrics('a', {
        duration: value,
        memoryDelta: value,
        result,
      });
      metrics.updatePerformanceBaseline('a', {
        duration: value,
        memoryDelta: value,
        result,
      });
      metrics.recordPipelineMetrics({
        totalDuration: value,
        totalMemoryDelta: value,
        result: { success: true },
      });
    }
    expectFinite(metrics.getPerformanceSummary());
    expectFinite(new Map(metrics.performanceBaselines));
    expectFinite(metrics.getStageMetrics('a'));
  });
});
