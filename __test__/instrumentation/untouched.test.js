'use strict';

/** A stage returns, throws and settles exactly as without metrics, whatever the collector meets. */

const {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
} = require('../..');
const {
  newCollector,
  recordingLogger,
  settle,
} = require('../fixtures/collector');
const { PipelineResult, makeHost, makeStage } = require('../fixtures/host');
const { refuse } = require('../fixtures/throwing');

const brokenLogger = () => ({
  debug: refuse,
  info: refuse,
  warn: refuse,
  error: refuse,
});

/** Collectors in whose way everything stands, each in its own manner. */
const collectors = {
  'with a bus and a logger that throw': () =>
    newCollector({ logger: brokenLogger(), eventBus: { dispatch: refuse } }),
  'with a clock that throws': () =>
    newCollector({ clock: { now: refuse, wallNow: refuse } }),
  'with a sampler that throws': () => newCollector({ memorySampler: refuse }),
  'that was disposed of': () => {
    const world = newCollector();
    world.metrics.dispose();
    return world;
  },
  'whose methods were replaced by ones that throw': () => {
    const world = newCollector();
    for (const name of [
      'startPipelineExecution',
      'startStageExecution',
      'completeStageExecution',
      'completePipelineExecution',
    ]) {
      world.metrics[name] = refuse;
    }
    return world;
  },
  'that forgets its executions half way': () => {
    const world = newCollector();
    const forget = () => world.metrics.activeExecutions.clear();
    return { ...world, meanwhile: forget };
  },
};

/** Every way for a stage to end: what it settles to is compared with the bare function's. */
const endings = (meanwhile) => {
  const error = new Error('the stage’s own');
  const result = Object.freeze({ actions: Object.freeze([1]) });
  const throwing = (value) => () => {
    meanwhile();
    throw value;
  };
  const hostile = new Proxy(
    {},
    {
      // A promise looks for `then`; all else is refused.
      get: (_target, key) => (key === 'then' ? undefined : refuse()),
      has: refuse,
      ownKeys: refuse,
    },
  );
  return {
    'returns an object': () => (meanwhile(), result),
    'returns undefined': () => meanwhile(),
    'returns what refuses to be read': () => (meanwhile(), hostile),
    'throws an error': throwing(error),
    'throws undefined': throwing(undefined),
    'throws a frozen object': throwing(Object.freeze({ code: 1 })),
    resolves: async () => (await null, meanwhile(), result),
    rejects: async () => (await null, throwing(error)()),
  };
};

async function settled(run) {
  try {
    return { value: await run() };
  } catch (thrown) {
    return { thrown };
  }
}

const nothing = () => {};

describe.each(Object.keys(collectors))('a collector %s', (kind) => {
  const ways = Object.keys(endings(nothing));

  it.each(ways)('leaves a measured stage alone that %s', async (way) => {
    const { metrics, meanwhile = nothing } = collectors[kind]();
    const work = endings(meanwhile)[way];
    const bare = await settled(work);
    const measured = await settled(() =>
      measurePipeline(metrics, {}, () => measureStage(metrics, 'a', {}, work)),
    );
    expect(Reflect.ownKeys(measured)).toEqual(Reflect.ownKeys(bare));
    expect(measured.value === bare.value).toBe(true);
    expect(measured.thrown === bare.thrown).toBe(true);
  });

  it.each(ways)('leaves a BasePipelineStage alone that %s', async (way) => {
    const { metrics, meanwhile = nothing } = collectors[kind]();
    const work = endings(meanwhile)[way];
    class WorkStage extends BasePipelineStage {
      async executeInternal() {
        return work();
      }
    }
    class Trace extends ActionAwareStructuredTrace(class {}) {}
    const ours = { logger: recordingLogger(), eventBus: { dispatch() {} } };
    const trace = new Trace({
      ...ours,
      traceId: 't',
      performanceMetrics: metrics,
    });
    const bare = await settled(work);
    const stage = new WorkStage(ours);
    const measured = await settled(() => stage.execute({ trace }));
    expect(measured.value === bare.value).toBe(true);
    expect(measured.thrown === bare.thrown).toBe(true);
  });

  it('leaves a host pipeline alone', async () => {
    const { metrics, meanwhile = nothing } = collectors[kind]();
    const works = [
      () => (
        meanwhile(),
        PipelineResult.success({ data: { candidateActions: [1, 2] } })
      ),
      () => PipelineResult.failure(['a']),
      refuse,
    ];
    const runAll = (classes) =>
      new classes.Pipeline(
        works.map((work, i) => makeStage(classes.PipelineStage, `S${i}`, work)),
      ).execute({ actor: 1 });
    const expected = await runAll(makeHost());
    const classes = makeHost();
    installPipelineMetrics({ ...classes, metrics });
    expect(await runAll(classes)).toEqual(expected);
  });
});

describe('the moment when a stage settles', () => {
  it('is not put off: synchronous stays synchronous, in the same order', () => {
    const { metrics } = newCollector();
    const order = [];
    measurePipeline(metrics, {}, () => {
      measureStage(metrics, 'a', {}, () => order.push('a'));
      order.push('between');
      measureStage(metrics, 'b', {}, () => order.push('b'));
    });
    order.push('after');
    expect(order).toEqual(['a', 'between', 'b', 'after']);
  });

  it('is never, where the stage never settles, and the rest goes on', async () => {
    const { metrics } = newCollector();
    const done = jest.fn();
    const stuck = measurePipeline(metrics, {}, () =>
      measureStage(metrics, 'stuck', {}, () => new Promise(() => {})),
    );
    stuck.then(done, done);
    measurePipeline(metrics, {}, () =>
      measureStage(metrics, 'fine', {}, () => 1),
    );
    await settle();
    expect(done).not.toHaveBeenCalled();
    expect(metrics.activeExecutions.size).toBe(1);
    expect(metrics.getStageMetrics('fine')).toHaveLength(1);
  });

  it('leaves a race for a timeout to its caller', async () => {
    const { metrics } = newCollector();
    const timeout = new Error('timed out');
    let fire;
    const limit = new Promise((_, reject) => {
      fire = () => reject(timeout);
    });
    const slow = measurePipeline(metrics, {}, () =>
      measureStage(metrics, 'slow', {}, () => new Promise(() => {})),
    );
    const race = Promise.race([slow, limit]);
    fire();
    await expect(race).rejects.toBe(timeout);
  });

  it('leaves no unhandled rejection but the caller’s own', async () => {
    const { metrics } = newCollector();
    const failing = measurePipeline(metrics, {}, () =>
      measureStage(metrics, 'a', {}, async () => refuse()),
    );
    await expect(failing).rejects.toThrow('hands off');
    await settle();
  });
});
