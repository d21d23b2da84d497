'use strict';

/** What becomes of the promises that measured functions return. */

const vm = require('node:vm');
const {
  RecordingCollector,
  fail,
  measurePipeline,
  measureStage,
  turnOfLoop,
} = require('../../fixtures/followedResults');
const { printedBy } = require('../../fixtures/program');

let collector;
beforeEach(() => {
  collector = new RecordingCollector();
});

describe('an asynchronous function', () => {
  it('answers with what it would where another replaced then before this was loaded', async () => {
    const { then } = Promise.prototype;
    const replaced = function (...args) {
      return Object.assign(then.apply(this, args), { isOfAnother: true });
    };
    let follow;
    Promise.prototype.then = replaced;
    try {
      jest.isolateModules(() => {
        ({ follow } = require('../../../js/instrumentation/follow'));
      });
    } finally {
      Promise.prototype.then = then;
    }
    const ends = [];
    const span = {
      succeeded: (result) => ends.push(result),
      failed: (error) => ends.push(error),
    };
    const error = new Error('own');
    const succeeding = follow((async () => 'value')(), span);
    const failing = follow(Promise.reject(error), span);
    expect([succeeding.isOfAnother, failing.isOfAnother]).toEqual([
      undefined,
      undefined,
    ]);
    expect(await succeeding).toBe('value');
    await expect(failing).rejects.toBe(error);
    expect(ends).toEqual(['value', error]);
  });

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

  it('has its stage recorded before its caller continues', async () => {
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

  it('has the properties that were attached to the promise', async () => {
    const promise = Promise.resolve(1);
    promise.cancel = () => 'cancelled';
    const measured = measureStage(collector, 'a', {}, () => promise);
    expect(measured.cancel()).toBe('cancelled');
    expect(await measured).toBe(1);
  });

  it('keeps a way to loop over it, and all else that stands beside that', async () => {
    const key = Symbol('key');
    const promise = Object.assign(Promise.resolve(1), {
      [key]: 2,
      async *[Symbol.asyncIterator]() {
        yield 3;
      },
    });
    Object.defineProperty(promise, 'hidden', { value: 4 });
    const measured = measureStage(collector, 'a', {}, () => promise);
    const seen = [];
    for await (const value of measured) seen.push(value);
    expect([await measured, measured[key], seen, measured.hidden]).toEqual([
      1,
      2,
      [3],
      4,
    ]);
  });

  it('copies nothing that every promise has', async () => {
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
    return printedBy(prelude + script);
  };

  it('has an unhandled rejection reported, once', () => {
    expect(reportedIn('measurePipeline(collector, {}, rejects);')).toBe(
      'own\n',
    );
  });

  it('has no handled rejection reported', () => {
    const script = `
      measurePipeline(collector, {}, () => measureStage(collector, 'a', {}, rejects)).catch(() => {});
    `;
    expect(reportedIn(script)).toBe('');
  });
});
