'use strict';

/** Test runners do odd things to the world: fresh modules, fake timers, a mocked or missing `performance`. */

const { createHook } = require('node:async_hooks');
const path = require('node:path');
const { setImmediate: nextTurn } = require('node:timers/promises');
const {
  expectFinite,
  objectBus,
  recordingLogger,
} = require('../fixtures/collector');

// Taken before timers are faked, which fakes this, too.
const { hrtime } = process;
const elapsedMs = (from) => Number(hrtime.bigint() - from) / 1e6;

/** What a copy of the package loaded just now has; without its entry it is like one of another version. */
function freshCopy(path = '../..') {
  let loaded;
  jest.isolateModules(() => {
    loaded = require(path);
  });
  return loaded;
}

/** A collector of one on the real clock and heap. */
function freshCollector(path = '../../js/index') {
  const loaded = freshCopy(path);
  const logger = recordingLogger();
  const eventBus = objectBus();
  const metrics = new loaded.PipelinePerformanceMetrics({ logger, eventBus });
  return { ...loaded, metrics, logger, eventBus };
}

/** A few stages on the real clock; every figure has to come out finite and not negative. */
function worksAsUsual({ metrics, measurePipeline, measureStage }) {
  const from = hrtime.bigint();
  const execution = metrics.startPipelineExecution('usual');
  const stage = metrics.startStageExecution('usual', 'a', { inputSize: 10 });
  expect(metrics.completeStageExecution('usual', stage)).toBe(stage);
  expect(metrics.completePipelineExecution('usual')).toBe(execution);
  expect(stage.duration).toBeGreaterThanOrEqual(0);
  expect(stage.duration).toBeLessThanOrEqual(elapsedMs(from));
  expect(stage.startMemory).toBeGreaterThan(0);
  expect(Date.parse(execution.timestamp)).not.toBeNaN();
  expectFinite(execution);
  measurePipeline(metrics, {}, () => measureStage(metrics, 'b', {}, () => 1));
  metrics.aggregateMetrics();
  const { stages, pipeline } = metrics.getPerformanceSummary();
  expect(Object.keys(stages)).toEqual(['a', 'b']);
  expect(pipeline.totalExecutions).toBe(2);
  metrics.cleanupOldExecutions();
  expect(metrics.getStageMetrics('a', 3_600_000)).toHaveLength(1);
  expect(metrics.getDiagnostics()).toMatchObject({
    clockErrors: 0,
    samplerErrors: 0,
    faulted: false,
  });
}

describe('modules that are loaded again', () => {
  it('are one package with the first', async () => {
    const [a, b] = [freshCollector('../..'), freshCopy()];
    const { logger, eventBus, metrics } = a;
    class Trace extends a.ActionAwareStructuredTrace(class {}) {}
    class LoadStage extends b.withStageMetrics(a.BasePipelineStage) {
      async executeInternal() {
        return {};
      }
    }
    class Pipeline {
      async execute() {
        await new LoadStage({ logger, eventBus }).execute({});
        await b.measureStage(metrics, 'save', {}, async () => 1);
      }
    }
    await a.measurePipeline(metrics, {}, () => new Pipeline().execute());
    await new LoadStage({ logger, eventBus }).execute({
      trace: new Trace({ traceId: 't', performanceMetrics: metrics }),
    });
    for (const copy of [a, b])
      copy.installPipelineMetrics({
        Pipeline,
        PipelineStage: LoadStage,
        metrics,
      });
    await new Pipeline().execute();
    expect(
      metrics.getPipelineMetrics().map(({ stageBreakdown }) =>
        // The longest comes first, which may be either.
        stageBreakdown.map(({ stageName, count }) => [stageName, count]).sort(),
      ),
    ).toEqual([
      [
        ['load', 1],
        ['save', 1],
      ],
      [['load', 1]],
      [
        ['load', 1],
        ['save', 1],
      ],
    ]);
    metrics.dispose();
  });

  it('are their own to a test that replaces one of their functions', () => {
    const { measureStage } = freshCopy();
    const replaced = freshCopy();
    expect(replaced.default).toBe(replaced.PipelinePerformanceMetrics);
    expect(replaced.__esModule).toBe(true);
    replaced.measureStage = () => 'replaced';
    expect(freshCopy().measureStage).toBe(measureStage);
  });
});

describe('modules of another version', () => {
  it('work beside the first ones, and their collectors do not mix', () => {
    const [a, b] = [freshCollector(), freshCollector()];
    expect(a.PipelinePerformanceMetrics).not.toBe(b.PipelinePerformanceMetrics);
    a.metrics.startPipelineExecution('e');
    expect(b.metrics.startStageExecution('e', 'x')).toBeNull();
    b.metrics.startPipelineExecution('e');
    expect(a.metrics.startStageExecution('e', 'x')).not.toBeNull();
    a.metrics.dispose();
    worksAsUsual(b);
    b.metrics.dispose();
  });

  it('listen to the end of the process as one', () => {
    freshCopy('../../js/index');
    const listeners = process.listenerCount('beforeExit');
    freshCopy('../../js/index');
    expect(process.listenerCount('beforeExit')).toBe(listeners);
  });

  it('work after jest.resetModules, while old collectors live on', () => {
    const old = freshCollector();
    jest.resetModules();
    const fresh = freshCollector();
    worksAsUsual(fresh);
    worksAsUsual(old);
    fresh.metrics.dispose();
    old.metrics.dispose();
  });

  it('keep the executions of each copy apart in asynchronous code', async () => {
    const copies = [freshCollector(), freshCollector()];
    const [outer, inner] = copies;
    await outer.measurePipeline(outer.metrics, { actionCount: 1 }, async () => {
      await null;
      await inner.measurePipeline(
        inner.metrics,
        { actionCount: 2 },
        async () => {
          outer.measureStage(outer.metrics, 'of-outer', {}, () => 1);
          await inner.measureStage(
            inner.metrics,
            'of-inner',
            {},
            async () => 1,
          );
        },
      );
    });
    const stagesOf = ({ metrics }) =>
      [...metrics.pipelineExecutions.values()].map((execution) => [
        execution.context.actionCount,
        ...execution.stages.keys(),
      ]);
    expect(stagesOf(outer)).toEqual([[1, 'of-outer']]);
    expect(stagesOf(inner)).toEqual([[2, 'of-inner']]);
    for (const { metrics } of copies) metrics.dispose();
  });

  it('may be loaded many times in one process', () => {
    for (let i = 0; i < 20; i += 1) {
      const world = freshCollector();
      worksAsUsual(world);
      world.metrics.dispose();
    }
  });
});

it('a test runner that looks for open handles finds none', async () => {
  const types = new Set();
  const ours = path.join(__dirname, '..', '..', 'js') + path.sep;
  // The runner has handles of its own, such as those of its messages.
  const init = (_id, type) => {
    if (new Error(type).stack.includes(ours)) types.add(type);
  };
  const hook = createHook({ init }).enable();
  try {
    const world = freshCollector();
    const { metrics, eventBus } = world;
    const { dispatch } = eventBus;
    eventBus.dispatch = async (event) => dispatch.call(eventBus, event);
    worksAsUsual(world);
    await nextTurn();
    metrics.dispose();
    for (const known of ['PROMISE', 'Immediate', 'Timeout'])
      types.delete(known);
    expect([...types]).toEqual([]);
  } finally {
    hook.disable();
  }
});

describe('fake timers', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('do not notice the collector’s timer', () => {
    const world = freshCollector();
    expect(jest.getTimerCount()).toBe(0);
    world.metrics.stopPerformanceMonitoring();
    world.metrics.startPerformanceMonitoring();
    expect(jest.getTimerCount()).toBe(0);
    world.metrics.dispose();
  });

  it('may jump without confusing a stage that runs', () => {
    const { metrics } = freshCollector();
    metrics.startPipelineExecution('e');
    const from = hrtime.bigint();
    metrics.startStageExecution('e', 'a');
    jest.advanceTimersByTime(3_600_000_000);
    jest.setSystemTime(0);
    const stage = metrics.completeStageExecution('e', 'a');
    expect(stage.duration).toBeGreaterThanOrEqual(0);
    expect(stage.duration).toBeLessThanOrEqual(elapsedMs(from));
    metrics.completePipelineExecution('e');
    metrics.dispose();
  });

  it('change nothing about a collector made before or under them', () => {
    const under = freshCollector();
    worksAsUsual(under);
    under.metrics.dispose();
    jest.useRealTimers();
    const before = freshCollector();
    jest.useFakeTimers();
    worksAsUsual(before);
    before.metrics.dispose();
  });
});

describe('the global performance', () => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'performance');
  const replace = (value) =>
    Object.defineProperty(globalThis, 'performance', {
      value,
      configurable: true,
      writable: true,
    });
  afterEach(() => Object.defineProperty(globalThis, 'performance', descriptor));

  const mocks = {
    undefined: undefined,
    'an empty object': {},
    'a clock that stands still': { now: () => 0 },
    'a clock that runs backwards': { now: jest.fn(() => -Date.now()) },
    'a clock that throws': {
      now() {
        throw new Error('mocked');
      },
    },
  };

  it.each(Object.keys(mocks))('may be %s before the package loads', (kind) => {
    replace(mocks[kind]);
    const world = freshCollector();
    worksAsUsual(world);
    world.metrics.dispose();
  });

  it.each(Object.keys(mocks))('may become %s while a stage runs', (kind) => {
    const world = freshCollector();
    const { metrics } = world;
    metrics.startPipelineExecution('e');
    metrics.startStageExecution('e', 'x');
    replace(mocks[kind]);
    const { duration } = metrics.completeStageExecution('e', 'x');
    expect(duration).toBeGreaterThan(0);
    metrics.dispose();
  });

  it('is never called', () => {
    const now = jest.fn(() => 5);
    replace({ now });
    const world = freshCollector();
    worksAsUsual(world);
    world.metrics.dispose();
    expect(now).not.toHaveBeenCalled();
  });
});
