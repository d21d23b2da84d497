'use strict';

/** What becomes of subclasses of Promise, and of the promises of libraries, that measured functions return. */

const vm = require('node:vm');
const {
  RecordingCollector,
  RecordingSpan,
  follow,
  measurePipeline,
  measureStage,
  turnOfLoop,
} = require('../../fixtures/followedResults');
const { printedBy } = require('../../fixtures/program');

const own = new Error('own');
const { Promise: native } = globalThis;

class Task extends Promise {
  #id = 7;
  isCancelled = false;

  get id() {
    return this.#id;
  }

  cancel() {
    this.isCancelled = true;
  }

  tap(fn) {
    return super.then((value) => (fn(value), value));
  }
}

/** A library's promise: works at once, no subclass of Promise, and asked by ways that are not `then`. */
class Library {
  static resolve = (value) => new Library((resolve) => resolve(value));
  static reject = (error) => new Library((_, reject) => reject(error));
  #promise;

  constructor(executor) {
    this.#promise = new native(executor);
    // Node.js reports no rejection of a library's promise.
    this.#promise.catch(() => {});
  }

  then(...callbacks) {
    return Library.#of(this.#promise.then(...callbacks));
  }

  map(fn) {
    return Library.#of(this.#promise.then((list) => list.map(fn)));
  }

  static #of(promise) {
    return new Library((...settle) => promise.then(...settle));
  }
}

const Foreign = vm.runInNewContext('(class Foreign extends Promise {})');
const kinds = {
  'a subclass': Task,
  'a subclass of another realm': Foreign,
  'a library’s promise': Library,
};

const ways = {
  'an await': async (promise) => {
    await promise;
  },
  '.then(ok).catch(bad)': (promise) =>
    promise.then((value) => value).then(undefined, () => {}),
  '.catch(bad) first': async (promise) => {
    promise.then(undefined, () => {});
    await promise;
  },
  'Promise.all': (promise) => Promise.all([promise]),
  'an async function that returns it': (promise) => (async () => promise)(),
};

describe.each(Object.entries(kinds))('%s', (_, Class) => {
  describe.each(Object.entries(ways))('consumed by %s', (_way, consume) => {
    it('ends as it fulfils, and is returned itself', async () => {
      const span = new RecordingSpan();
      let settle;
      const promise = new Class((resolve) => {
        settle = resolve;
      });
      expect(follow(promise, span) === promise).toBe(true);
      const consumed = consume(promise);
      await turnOfLoop();
      expect(span.endings).toEqual([]);
      settle(5);
      await consumed;
      expect(span.endings).toEqual([{ result: 5, items: undefined }]);
    });

    it('ends as it rejects, with its very error', async () => {
      const span = new RecordingSpan();
      let settle;
      const promise = new Class((_resolve, reject) => {
        settle = reject;
      });
      follow(promise, span);
      const consumed = Promise.resolve(consume(promise)).catch(() => {});
      settle(own);
      await consumed;
      expect(span.endings).toEqual([{ error: own }]);
    });
  });

  it('ends where it is not consumed at all', async () => {
    const span = new RecordingSpan();
    follow(Class.resolve(5), span);
    await turnOfLoop();
    expect(span.endings).toEqual([{ result: 5, items: undefined }]);
  });

  it('ends a stage and then its pipeline, before its consumer goes on', async () => {
    const collector = new RecordingCollector();
    await measurePipeline(collector, { executionId: 'p' }, () =>
      measureStage(collector, 's', null, () => Class.resolve(5)),
    );
    expect(collector.log.slice(2)).toEqual(['end p/s', 'end p']);
  });
});

/** The promise of a library in place of Promise, as of zone.js, which reports what has no listener. */
class Replacement extends Library {
  isHandled = false;

  then(...callbacks) {
    this.isHandled = true;
    const promise = super.then(...callbacks);
    return new Replacement((...settle) => promise.then(...settle));
  }
}

describe('a promise of the class that stands in the place of Promise', () => {
  afterEach(() => {
    globalThis.Promise = native;
  });

  it('is followed by another, which is handled where its consumer listens', async () => {
    const span = new RecordingSpan();
    const rejected = new Replacement((_, reject) => reject(own));
    globalThis.Promise = Replacement;
    const followed = follow(rejected, span);
    globalThis.Promise = native;
    expect(followed).toBeInstanceOf(Replacement);
    await turnOfLoop();
    expect(span.endings).toEqual([{ error: own }]);
    expect([rejected.isHandled, followed.isHandled]).toEqual([true, false]);
    await expect(
      new native((...settle) => followed.then(...settle)),
    ).rejects.toBe(own);
  });

  it('is returned itself where it can be cancelled', () => {
    class Cancelled extends Replacement {
      cancel() {}
    }
    const promise = new Cancelled(() => {});
    globalThis.Promise = Cancelled;
    expect(follow(promise, new RecordingSpan())).toBe(promise);
  });
});

/** Cancels as Bluebird does: once as many have given up as listen to it, by public ways. */
class Cancellable {
  static resolve = () => new Cancellable();
  static reject = () => new Cancellable();
  isCancelled = false;
  #children = [];
  #parent = null;
  #ended = () => {};

  then() {
    const child = new Cancellable();
    child.#parent = this;
    this.#children.push(child);
    this._branchesRemainingToCancel ??= 0;
    this._branchesRemainingToCancel += 1;
    return child;
  }

  finally(fn) {
    this.#ended = fn;
  }

  cancel() {
    if (this.#parent === null) this.#giveUp();
    else {
      this.#parent._branchesRemainingToCancel -= 1;
      if (this.#parent._branchesRemainingToCancel === 0) this.#parent.cancel();
    }
  }

  #giveUp() {
    this.isCancelled = true;
    for (const child of this.#children) child.#ended();
  }
}

describe('a promise of Bluebird that can be cancelled', () => {
  it('is cancelled once its consumer gives up, as listening is no claim to it, and ends', () => {
    const span = new RecordingSpan();
    const promise = follow(new Cancellable(), span);
    promise.then().cancel();
    expect(promise.isCancelled).toBe(true);
    expect(span.endings).toEqual([{ error: undefined }]);
  });

  it('goes on where another of its consumers has not given up', () => {
    const span = new RecordingSpan();
    const promise = follow(new Cancellable(), span);
    promise.then();
    promise.then().cancel();
    expect(promise.isCancelled).toBe(false);
    expect(span.endings).toEqual([]);
  });
});

/** Parses its answer when it is awaited, unless it is asked for the answer itself, which can be read once. */
class Request extends Promise {
  #answer;
  #parsed;

  constructor(answer, seen) {
    super((resolve) => resolve());
    this.#answer = Promise.resolve(answer);
    this.seen = seen;
  }

  asResponse() {
    return this.#answer;
  }

  quietly() {
    return this;
  }

  then(...callbacks) {
    this.seen.push('parsed');
    this.#parsed ??= this.#answer.then((answer) => `parsed ${answer}`);
    return this.#parsed.then(...callbacks);
  }
}

describe('a subclass of Promise that works when it is awaited', () => {
  it('does not if it is asked for something else, whose end is that of its stage', async () => {
    const span = new RecordingSpan();
    const request = follow(new Request('answer', []), span);
    expect(request.quietly()).toBe(request);
    expect(await request.asResponse()).toBe('answer');
    expect(span.endings).toEqual([{ result: 'answer', items: undefined }]);
    await turnOfLoop();
    expect(request.seen).toEqual([]);
    expect(Object.keys(request)).toEqual(['seen']);
    expect(Object.getOwnPropertyNames(request)).toEqual(['seen']);
  });

  it('fails its stage where that fails, with the very error', async () => {
    const span = new RecordingSpan();
    const request = follow(new Request(Promise.reject(own), []), span);
    await expect(request.asResponse()).rejects.toBe(own);
    expect(span.endings).toEqual([{ error: own }]);
  });

  it.each([
    ['awaited', async (request) => void (await request)],
    ['left alone', turnOfLoop],
  ])('ends its stage as it settles where it is %s', async (_, use) => {
    const span = new RecordingSpan();
    await use(follow(new Request('answer', []), span));
    expect(span.endings).toEqual([
      { result: 'parsed answer', items: undefined },
    ]);
  });

  it('ends a stage and then its pipeline', async () => {
    const collector = new RecordingCollector();
    await measurePipeline(collector, { executionId: 'p' }, () =>
      measureStage(collector, 's', null, () => new Request('answer', [])),
    )
      .quietly()
      .asResponse();
    expect(collector.log.slice(2)).toEqual(['end p/s', 'end p']);
  });

  it('is a plain value where its then throws', async () => {
    const span = new RecordingSpan();
    class Thrower extends Promise {
      then() {
        throw own;
      }
    }
    const thrower = follow(new Thrower(() => {}), span);
    await turnOfLoop();
    expect(span.endings).toEqual([{ result: thrower, items: undefined }]);
  });

  it('is followed to a promise that cannot be listened to, which is a plain value', () => {
    class Unheard extends Promise {
      static get [Symbol.species]() {
        throw own;
      }
    }
    const unheard = Unheard.resolve();
    const request = new Request('answer', []);
    request.asResponse = () => unheard;
    const span = new RecordingSpan();
    expect(follow(request, span).asResponse()).toBe(unheard);
    expect(span.endings).toEqual([{ result: unheard, items: undefined }]);
  });

  it('returns the very promise of a method that awaits it', () => {
    const answer = native.resolve(1);
    class Awaiting extends Promise {
      then(...callbacks) {
        return super.then(...callbacks);
      }

      way() {
        this.then(() => {});
        return answer;
      }
    }
    expect(follow(Awaiting.resolve(), new RecordingSpan()).way()).toBe(answer);
  });

  it('begins no sooner for a method that returns no promise, and once for one of its class', async () => {
    const sent = [];
    class Sending extends Promise {
      #fields = [];
      #work = (callbacks) => {
        sent.push(String(this.#fields));
        return native.resolve('sent').then(...callbacks);
      };

      add(field) {
        this.#fields.push(field);
      }

      map(fn) {
        const mapped = new Sending(() => {});
        mapped.#work = (callbacks) =>
          this.#work([fn]).then((value) =>
            native.resolve(value).then(...callbacks),
          );
        return mapped;
      }

      then(...callbacks) {
        return this.#work(callbacks);
      }
    }
    const span = new RecordingSpan();
    const sending = follow(new Sending(() => {}), span);
    sending.add('a');
    sending.add('b');
    const mapped = sending.map((value) => `${value}!`);
    expect(sent).toEqual([]);
    await turnOfLoop();
    expect(sent).toEqual(['a,b']);
    expect(span.endings).toEqual([{ result: 'sent!', items: undefined }]);
    expect(mapped).toBeInstanceOf(Sending);
  });

  it('answers what is no promise also where its then throws', async () => {
    class Thrower extends Promise {
      then() {
        throw own;
      }

      state() {
        return 'open';
      }
    }
    const span = new RecordingSpan();
    const thrower = follow(new Thrower(() => {}), span);
    expect(thrower.state()).toBe('open');
    await turnOfLoop();
    expect(span.endings).toEqual([{ result: thrower, items: undefined }]);
    expect(() => thrower.then()).toThrow(own);
  });
});

describe('a subclass of Promise', () => {
  it('keeps all its ways, and shows no key that it has not', async () => {
    const task = follow(
      new Task((resolve) => resolve([1])),
      new RecordingSpan(),
    );
    expect(task).toBeInstanceOf(Task);
    expect(Object.keys(task)).toEqual(['isCancelled']);
    const seen = [];
    await task.tap((value) => seen.push(value));
    task.cancel();
    expect([seen, task.isCancelled, task.id]).toEqual([[[1]], true, 7]);
    expect(Object.getOwnPropertyNames(task)).toEqual(['isCancelled']);
    expect(await task.finally(() => {})).toEqual([1]);
  });

  it('that cannot be changed is followed, too', async () => {
    const span = new RecordingSpan();
    const frozen = Object.freeze(Task.reject(own));
    follow(frozen, span);
    await expect(frozen).rejects.toBe(own);
    expect(span.endings).toEqual([{ error: own }]);
  });

  it('whose then calls back twice ends once', async () => {
    class Twice {
      static resolve = () => new Twice();
      static reject = () => new Twice();

      then(resolve) {
        resolve(1);
        resolve(2);
      }
    }
    const span = new RecordingSpan();
    follow(new Twice(), span);
    expect(span.endings).toEqual([{ result: 1, items: undefined }]);
  });

  // In a process of its own: Jest takes every unhandled rejection for itself.
  it.each([
    ['reported once where it is not handled', 'measured();', 'own\n'],
    [
      'reported where only its success is',
      'measured().then(() => {});',
      'own\n',
    ],
    ['not reported where it is', 'measured().catch(() => {});', ''],
    [
      'not reported where it is by a way of its own',
      'measured().attempt();',
      '',
    ],
    [
      'not reported where a way that returns nothing handles it before it is listened to',
      'class Own extends Task { then(...on) { return super.then(...on); } done() { super.then(null, () => {}); } }' +
        "measureStage(collector, 'a', {}, () => Own.reject(new Error('own'))).done();",
      '',
    ],
    [
      'not reported where it is some microtasks after it rejects',
      "const t = measureStage(collector, 'a', {}, () => Task.reject(new Error('own')));" +
        '(async () => { for (let i = 0; i < 9; i += 1) await null; t.catch(() => {}); })();',
      '',
    ],
    [
      'not reported where it is before it rejects',
      'const t = measured(); setImmediate(() => t.catch(() => {}));',
      '',
    ],
    [
      'not reported where an await is',
      '(async () => { try { await measured(); } catch {} })();',
      '',
    ],
  ])('has a rejection %s', (_, script, output) => {
    const prelude = `
      const { measurePipeline, measureStage } = require('./js/instrumentation/measure');
      const { RecordingCollector } = require('./__test__/fixtures/recordingCollector');
      const collector = new RecordingCollector();
      class Task extends Promise {
        attempt() { return super.then(undefined, () => {}); }
      }
      // A turn of the event loop after what the caller does in the next one.
      const task = () => new Task((_, reject) => setImmediate(setImmediate, reject, new Error('own')));
      const measured = () => measurePipeline(collector, {}, () => measureStage(collector, 'a', {}, task));
      process.on('unhandledRejection', (error) => console.log(error.message));
    `;
    expect(printedBy(prelude + script)).toBe(output);
  });
});
