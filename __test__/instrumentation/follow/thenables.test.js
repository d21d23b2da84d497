'use strict';

/** What becomes of the thenables that measured functions return and that work when they are asked. */

const nodeTimers = require('node:timers');
const { measureStage } = require('../../../js/instrumentation/measure');
const { RecordingCollector } = require('../../fixtures/recordingCollector');

let collector;
beforeEach(() => {
  collector = new RecordingCollector();
});

const turnOfLoop = () =>
  new Promise((resolve) => nodeTimers.setImmediate(resolve));

const fail = (error) => {
  throw error;
};

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
