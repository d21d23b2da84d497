'use strict';

/** What becomes of the thenables that measured functions return and that work when they are asked. */

const { mock } = require('node:test');
const {
  RecordingCollector,
  RecordingSpan,
  endIdle,
  fail,
  follow,
  hasIdle,
  measurePipeline,
  measureStage,
  turnOfLoop,
} = require('../../fixtures/followedResults');

let collector;
beforeEach(() => {
  collector = new RecordingCollector();
});

describe('a thenable', () => {
  /** Does its work when it is asked, each time it is asked, as a query builder does. */
  class LazyQuery {
    asked = 0;

    constructor(settle) {
      this.settle = settle;
    }

    where() {
      return this;
    }

    then(resolve, reject) {
      this.asked += 1;
      queueMicrotask(() => this.settle(resolve, reject));
    }
  }

  it('is handed back itself, unasked', async () => {
    const query = new LazyQuery((resolve) => resolve('rows'));
    const returned = measureStage(collector, 'a', {}, () => query);
    expect(returned).toBe(query);
    expect(Object.keys(query)).toEqual(['asked', 'settle']);
    await turnOfLoop();
    expect(query.asked).toBe(0);
    expect(collector.stages[0].completed).toBe(false);
  });

  it('is asked once where its caller asks once, and its stage ends then', async () => {
    const query = new LazyQuery((resolve) => resolve('rows'));
    expect(await measureStage(collector, 'a', {}, () => query)).toBe('rows');
    expect(query.asked).toBe(1);
    expect(collector.isSettled).toBe(true);
    expect(Object.hasOwn(query, 'then')).toBe(false);
    expect(await query).toBe('rows');
    expect(query.asked).toBe(2);
    expect(collector.isSettled).toBe(true);
  });

  it('that fails is a failure, with its very error', async () => {
    const error = new Error('no rows');
    const query = new LazyQuery((_, reject) => reject(error));
    const measured = measureStage(collector, 'a', {}, () => query);
    await expect(
      (async () => {
        await measured;
      })(),
    ).rejects.toBe(error);
    expect(collector.stages[0].result.success).toBe(false);
  });

  it('is asked with callbacks that pass on what its caller leaves to it', () => {
    const given = [];
    const thenable = {
      then(...callbacks) {
        given.push(callbacks);
        return 'answer';
      },
    };
    const own = thenable.then;
    const measured = measureStage(collector, 'a', {}, () => thenable);
    expect(Object.keys(measured)).toEqual(['then']);
    expect(measured.then(undefined, null)).toBe('answer');
    expect(given).toHaveLength(1);
    const [[onFulfilled, onRejected]] = given;
    expect(onFulfilled(1)).toBe(1);
    expect(() => onRejected('own')).toThrow('own');
    expect(thenable.then).toBe(own);
  });

  it('ends its stage once, however often it calls back', () => {
    const thenable = {
      then(resolve) {
        resolve(1);
        resolve(2);
      },
    };
    const seen = [];
    measureStage(collector, 'a', {}, () => thenable).then((v) => seen.push(v));
    expect(seen).toEqual([1, 2]);
    expect(collector.isSettled).toBe(true);
  });

  it('that cannot be changed counts as a value', async () => {
    const frozen = Object.freeze({ then: (resolve) => resolve('x') });
    const closed = new Proxy(
      { then: (resolve) => resolve('y') },
      { defineProperty: () => false },
    );
    const hostile = new Proxy(
      { then: (resolve) => resolve('z') },
      { getOwnPropertyDescriptor: () => fail(new Error('no')) },
    );
    for (const thenable of [frozen, closed, hostile]) {
      const measured = measureStage(collector, 'a', {}, () => thenable);
      expect(measured === thenable).toBe(true);
      expect(collector.isSettled).toBe(true);
      expect(await measured).toMatch(/[xyz]/);
    }
  });

  it('has its then read no more often than without us', async () => {
    let reads = 0;
    const thenable = {
      get then() {
        reads += 1;
        return (resolve) => resolve('x');
      },
    };
    await measureStage(collector, 'a', {}, () => thenable);
    expect(reads).toBe(1);
  });

  it('is no value whose then throws when read, nor an impostor of a promise', () => {
    const throwing = {
      get then() {
        return fail(new Error('no'));
      },
    };
    const impostor = Object.create(Promise.prototype);
    expect(measureStage(collector, 'a', {}, () => throwing)).toBe(throwing);
    expect(measureStage(collector, 'b', {}, () => impostor)).toBe(impostor);
    expect(collector.stages[0].completed).toBe(true);
  });
});

const own = new Error('own');

/** Builders whose work starts when they are asked; the second does not use its own `then`. */
class Builder {
  runs = [];

  constructor(work) {
    this.work = work;
  }

  async exec() {
    this.runs.push(RecordingSpan.current);
    await null;
    return this.work();
  }

  then(...callbacks) {
    return this.exec().then(...callbacks);
  }

  catch(callback) {
    return this.then().catch(callback);
  }

  finally(callback) {
    return this.then().finally(callback);
  }
}

class DirectBuilder extends Builder {
  catch(callback) {
    return this.exec().then(null, callback);
  }

  finally(callback) {
    return this.exec().finally(callback);
  }
}

const ways = {
  'an await': async (builder) => await builder,
  '.then(ok)': (builder) => builder.then((value) => value),
  '.then()': (builder) => builder.then(),
  '.then(ok).catch(bad)': (builder) =>
    builder.then((value) => value).catch(() => 'handled'),
  '.catch(bad)': (builder) => builder.catch(() => 'handled'),
  '.finally(done)': (builder) => builder.finally(() => {}),
  'an async function that returns it': (builder) => (async () => builder)(),
};

describe.each([
  ['a builder', Builder],
  ['a builder whose ways go past its then', DirectBuilder],
])('%s', (_, Class) => {
  const outcome = (promise) =>
    promise.then(
      (value) => ({ value }),
      (error) => ({ error }),
    );

  it.each(Object.entries(ways))(
    'asked by %s runs once, in the context of its stage, and ends with it',
    async (_way, ask) => {
      for (const [work, ending] of [
        [() => [1], { result: [1], items: undefined }],
        [() => fail(own), { error: own }],
      ]) {
        const span = new RecordingSpan('own');
        const builder = new Class(work);
        expect(follow(builder, span) === builder).toBe(true);
        const measured = await outcome(ask(builder));
        expect(measured).toEqual(await outcome(ask(new Class(work))));
        expect(builder.runs).toEqual(['own']);
        expect(span.endings).toEqual([ending]);
      }
    },
  );

  it('shows the calls of a mock of node:test over its then', async () => {
    const builder = new Class(() => 1);
    mock.method(builder, 'then');
    follow(builder, new RecordingSpan());
    expect(builder.then.mock.callCount()).toBe(0);
    await builder;
    expect(builder.then.mock.callCount()).toBe(1);
  });

  it('has the methods it had once it is asked', async () => {
    const builder = new Class(() => 1);
    const keys = Reflect.ownKeys(builder);
    follow(builder, new RecordingSpan());
    expect(Object.keys(builder)).toEqual(keys);
    await builder;
    expect(Reflect.ownKeys(builder)).toEqual(keys);
  });

  it('that is never asked is a plain value by the end of its execution', async () => {
    const collector = new RecordingCollector();
    const builder = new Class(() => 1);
    await measurePipeline(collector, null, async () => {
      const held = { builder: null };
      measureStage(collector, 'build', null, () => (held.builder = builder));
      await turnOfLoop();
      expect(collector.stages[0].completed).toBe(false);
    });
    expect(collector.isSettled).toBe(true);
    expect(collector.stages[0].result).toMatchObject({ success: true });
    expect(await builder).toBe(1);
    expect(builder.runs).toHaveLength(1);
  });

  it('that is asked late, in its execution, is followed all the same', async () => {
    const collector = new RecordingCollector();
    const builder = new Class(() => ({ actions: [1, 2] }));
    await measurePipeline(collector, null, async () => {
      measureStage(collector, 'build', null, () => builder);
      await turnOfLoop();
      await builder;
    });
    expect(collector.isSettled).toBe(true);
    expect(collector.stages[0].result.itemsProcessed).toBe(2);
  });
});

describe('a value that answers to every name', () => {
  /** Represents an object of another process: each name is another of these, and `then` works. */
  const remote = (requests, path = []) =>
    new Proxy(function () {}, {
      get(_target, key) {
        if (key !== 'then') return remote(requests, [...path, key]);
        requests.push(path.join('.'));
        const answer = Promise.resolve(path.length);
        return answer.then.bind(answer);
      },
    });

  it('works no more often than without us, and is a plain value', async () => {
    const requests = [];
    const span = new RecordingSpan();
    const value = remote(requests, ['name']);
    expect(follow(value, span)).toBe(value);
    expect(span.endings).toHaveLength(1);
    expect(requests).toEqual([]);
    expect(await value).toBe(1);
    expect(requests).toEqual(['name']);
  });

  it('is one too that is no function, whatever it seems to be', () => {
    const value = new Proxy({}, { get: () => () => fail(new Error('asked')) });
    const span = new RecordingSpan();
    expect(follow(value, span)).toBe(value);
    expect(span.endings).toHaveLength(1);
  });
});

it('a Proxy over a promise is asked as often as its caller asks it', async () => {
  let asked = 0;
  const chain = new Proxy(Promise.resolve(1), {
    get(promise, key) {
      if (key === 'then') asked += 1;
      const value = promise[key];
      return typeof value === 'function' ? value.bind(promise) : value;
    },
  });
  const span = new RecordingSpan();
  expect(follow(chain, span)).toBe(chain);
  expect(span.endings).toHaveLength(0);
  expect(await chain).toBe(1);
  expect(span.endings).toEqual([{ result: 1, items: undefined }]);
  expect(asked).toBe(2);
});

describe('what has not begun', () => {
  const lazy = () => new Builder(() => 1);

  it('says so to its span, which ends as of its return', () => {
    const span = new RecordingSpan();
    const heard = [];
    span.returned = () => heard.push('returned');
    span.neverBegan = (items) => heard.push(['never began', items]);
    follow(lazy(), span);
    expect(heard).toEqual(['returned']);
    endIdle(() => true);
    expect(heard).toEqual(['returned', ['never began', undefined]]);
    expect(span.endings).toEqual([]);
  });

  it('ends where it belongs, and no other', () => {
    const spans = [new RecordingSpan('a'), new RecordingSpan('b')];
    for (const span of spans) follow(lazy(), span);
    endIdle((span) => span.name === 'a');
    expect(spans.map(({ endings }) => endings.length)).toEqual([1, 0]);
    expect(hasIdle()).toBe(true);
  });

  it('is remembered for the latest 1,000 spans', () => {
    const spans = Array.from({ length: 1001 }, () => new RecordingSpan());
    for (const span of spans) follow(lazy(), span);
    const ended = spans.filter(({ endings }) => endings.length > 0);
    expect(ended).toEqual([spans[0]]);
  });

  it('ends for a pipeline and continues for the one around it', async () => {
    const spans = [new RecordingSpan('inner'), new RecordingSpan('outer')];
    const builder = lazy();
    for (const span of spans) follow(builder, span);
    endIdle((span) => span.name === 'inner');
    await builder;
    expect(builder.runs).toEqual(['outer']);
    expect(spans.map(({ endings }) => endings.length)).toEqual([1, 1]);
  });
});

describe('a stage whose work has not begun as its execution ends', () => {
  const { newCollector } = require('../../fixtures/collector');
  const wired = require('../../..');
  const lazy = () => new Builder(() => 1);
  let world;
  beforeEach(() => {
    world = newCollector();
  });

  /** A stage that returns what no one awaits, one ms after its execution started. */
  const unused = () => {
    world.clock.advance(1);
    wired.measureStage(world.metrics, 'query', null, lazy);
    world.clock.advance(4);
  };
  const recorded = () =>
    world.metrics
      .getStageMetrics('query')
      .map(({ executionId, late }) => [executionId, late]);
  const warned = () => world.logger.warn.mock.calls.flat();

  it('belongs to the stage around it that is an execution of its own', () => {
    wired.measureStage(world.metrics, 'report', null, unused);
    const [execution] = world.metrics.getPipelineMetrics();
    expect(recorded()).toEqual([[execution.executionId, undefined]]);
    expect(execution.stageBreakdown).toHaveLength(2);
    expect(warned()).toEqual([]);
  });

  it('ends as its call did, as does what was opened for it alone', () => {
    unused();
    const [execution] = world.metrics.getPipelineMetrics();
    const [stage] = world.metrics.getStageMetrics('query');
    expect([stage.duration, execution.totalDuration]).toEqual([0, 0]);
    expect(stage.timestamp).toBe(world.clock.iso(4));
    expect(execution.timestamp).toBe(world.clock.iso(4));
  });

  it('is recorded in one that another of its id takes the place of', () => {
    const { metrics } = world;
    const again = { executionId: 'same' };
    wired.measurePipeline(metrics, again, () => {
      unused();
      wired.measurePipeline(metrics, again, () => {});
    });
    metrics.startPipelineExecution('direct');
    unused();
    metrics.startPipelineExecution('direct');
    expect(recorded()).toEqual([
      ['same', undefined],
      ['direct', undefined],
    ]);
    expect(metrics.getDiagnostics().unknownReferences).toBe(1);
  });

  it('is recorded in one that was started directly', () => {
    world.metrics.startPipelineExecution('mine');
    unused();
    world.metrics.completePipelineExecution('mine');
    expect(recorded()).toEqual([['mine', undefined]]);
    expect(world.metrics.getPipelineMetrics()[0].stageBreakdown).toHaveLength(
      1,
    );
    expect(warned()).toEqual([]);
  });
});
