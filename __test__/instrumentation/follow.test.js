'use strict';

/** What becomes of the promises and thenables that measured functions return. */

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const vm = require('node:vm');
const nodeTimers = require('node:timers');
const {
  measurePipeline,
  measureStage,
} = require('../../js/instrumentation/measure');
const { RecordingCollector } = require('../fixtures/recordingCollector');

let collector;
beforeEach(() => {
  collector = new RecordingCollector();
});

const turnOfLoop = () =>
  new Promise((resolve) => nodeTimers.setImmediate(resolve));

const fail = (error) => {
  throw error;
};

describe('an asynchronous function', () => {
  it('resolves to its very value, and its stage ends when it does', async () => {
    const value = {};
    let open;
    const gate = new Promise((resolve) => {
      open = resolve;
    });
    const measured = measureStage(collector, 'a', {}, async () => {
      await gate;
      return value;
    });
    await turnOfLoop();
    expect(collector.stages[0].completed).toBe(false);
    open();
    expect(await measured).toBe(value);
    expect(collector.isSettled).toBe(true);
  });

  it('rejects with its very error, as a failure', async () => {
    const error = new Error('own');
    const measured = measurePipeline(collector, {}, async () => {
      await null;
      fail(error);
    });
    await expect(measured).rejects.toBe(error);
    expect([...collector.executions.values()][0].result).toEqual({
      success: false,
      finalOutputSize: 0,
      totalItemsProcessed: 0,
      totalErrors: 1,
    });
  });

  it('has its stage recorded before its caller goes on', async () => {
    const order = [];
    collector.onCompletion = () => order.push('recorded');
    const measured = measureStage(collector, 'a', {}, async () => {});
    await measured.then(() => order.push('caller'));
    expect(order[0]).toBe('recorded');
    expect(order.at(-1)).toBe('caller');
  });

  it('settles one microtask later than unmeasured, not more', async () => {
    const order = [];
    const note = (what) => () => order.push(what);
    const promise = Promise.resolve();
    const measured = measureStage(collector, 'a', {}, () => promise);
    measured.then(note('measured'));
    promise.then(note('first')).then(note('second'));
    await turnOfLoop();
    expect(order).toEqual(['first', 'measured', 'second']);
  });

  it('keeps what its caller finds on the promise', async () => {
    const promise = Promise.resolve(1);
    promise.cancel = () => 'cancelled';
    const measured = measureStage(collector, 'a', {}, () => promise);
    expect(measured.cancel()).toBe('cancelled');
    expect(await measured).toBe(1);
  });

  it('keeps nothing that every promise has', async () => {
    Object.defineProperty(Object.prototype, 'inherited', {
      value: 1,
      enumerable: true,
      configurable: true,
    });
    try {
      const measured = measureStage(collector, 'a', {}, async () => 2);
      expect(Object.keys(measured)).toEqual([]);
      expect(await measured).toBe(2);
    } finally {
      delete Object.prototype.inherited;
    }
  });

  it('is followed whatever then its promise was given', async () => {
    const promise = Promise.resolve(1);
    promise.then = () => fail(new Error('not for us'));
    const measured = measureStage(collector, 'a', {}, () => promise);
    await turnOfLoop();
    expect(measured.then).toBe(promise.then);
    expect(collector.isSettled).toBe(true);
  });

  it('of another realm is followed like one of ours', async () => {
    const error = new Error('own');
    const foreign = vm.runInNewContext('async (work) => work()');
    const measured = measureStage(collector, 'a', {}, () => foreign(() => 3));
    expect(collector.stages[0].completed).toBe(false);
    expect(await measured).toBe(3);
    const failing = measureStage(collector, 'b', {}, () =>
      foreign(() => fail(error)),
    );
    await expect(failing).rejects.toBe(error);
    expect(collector.stages.map(({ result }) => result.success)).toEqual([
      true,
      false,
    ]);
  });

  // In a process of its own: Jest takes every unhandled rejection for itself.
  const reportedIn = (script) => {
    const prelude = `
      const { measurePipeline, measureStage } = require('./js/instrumentation/measure');
      const { RecordingCollector } = require('./__test__/fixtures/recordingCollector');
      const collector = new RecordingCollector();
      const rejects = async () => { throw new Error('own'); };
      process.on('unhandledRejection', (error) => console.log(error.message));
    `;
    const cwd = path.resolve(__dirname, '../..');
    const options = { cwd, encoding: 'utf8', env: { PATH: process.env.PATH } };
    return execFileSync(process.execPath, ['-e', prelude + script], options);
  };

  it('has a rejection that nobody handles reported, once', () => {
    expect(reportedIn('measurePipeline(collector, {}, rejects);')).toBe(
      'own\n',
    );
  });

  it('has no rejection reported that somebody handles', () => {
    const script = `
      measurePipeline(collector, {}, () => measureStage(collector, 'a', {}, rejects)).catch(() => {});
    `;
    expect(reportedIn(script)).toBe('');
  });
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

  it('gets the callbacks its caller gave it, no others', () => {
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
    expect(given).toEqual([[undefined, null]]);
    expect(thenable.then).toBe(own);
  });

  it('tells its stage once, however often it calls back', () => {
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

  it('of a subclass of Promise is handed back itself', async () => {
    let made = 0;
    class Task extends Promise {
      constructor(executor) {
        super(executor);
        made += 1;
      }
    }
    const task = Task.resolve(5);
    const before = made;
    const measured = measureStage(collector, 'a', {}, () => task);
    expect(measured).toBe(task);
    expect(made).toBe(before);
    expect(await measured).toBe(5);
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
