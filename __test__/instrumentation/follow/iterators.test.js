'use strict';

/** What becomes of the generators and iterators that measured functions return. */

const { types } = require('node:util');
const vm = require('node:vm');
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

const own = new Error('own');

function* count() {
  try {
    yield 1;
    yield 2;
  } finally {
    yield* [];
  }
  return 'sum';
}

function* failing() {
  yield 1;
  fail(own);
}

async function* countLater() {
  await null;
  yield 1;
  await null;
  yield 2;
  return 'sum';
}

async function* failingLater() {
  await null;
  yield 1;
  fail(own);
}

/** Written out, as compilers of older targets do: an iterator that is its own iterable. */
const written = (symbol, answer) => () => {
  let at = 0;
  return {
    next() {
      at += 1;
      return answer(
        at > 2 ? { value: 'sum', done: true } : { value: at, done: false },
      );
    },
    return: (value) => answer({ value, done: true }),
    [symbol]() {
      return this;
    },
  };
};

/** Hands out its iterator when it is asked for it, as the streams of client libraries do. */
class Later {
  #chunks = [1, 2];

  async *[Symbol.asyncIterator]() {
    yield* this.#chunks;
  }
}

const asItIs = (step) => step;
const later = async (step) => step;
const kinds = {
  generator: count,
  'asynchronous generator': countLater,
  'iterator of another realm': vm.runInNewContext(
    '(function* () { yield 1; yield 2; return "sum"; })',
  ),
  'asynchronous generator of another realm': vm.runInNewContext(
    '(async function* () { yield 1; yield 2; return "sum"; })',
  ),
  'written iterator': written(Symbol.iterator, asItIs),
  'written asynchronous iterator': written(Symbol.asyncIterator, later),
  'asynchronous iterable': () => new Later(),
};

/** Each way to consume, of what can be consumed in it. */
const whole = async (iterable) => {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
};

const passedOn = (iterable) =>
  whole(
    (async function* () {
      yield* iterable;
    })(),
  );

describe.each(Object.entries(kinds))('%s', (_, make) => {
  it.each([
    ['a loop', whole],
    ['yield*', passedOn],
  ])(
    'ends when %s has read it to its end, with what it yielded',
    async (_way, consume) => {
      const span = new RecordingSpan();
      const iterable = make();
      expect(follow(iterable, span)).toBe(iterable);
      expect(span.endings).toEqual([]);
      expect(await consume(iterable)).toEqual([1, 2]);
      expect(span.endings).toMatchObject([{ items: 2 }]);
    },
  );

  it('ends early where the loop is left', async () => {
    const span = new RecordingSpan();
    for await (const item of follow(make(), span)) if (item === 1) break;
    expect(span.endings).toEqual([{ result: undefined, items: 1 }]);
  });

  it('shows no key that it has not, and is as before once it has ended', async () => {
    const bare = make();
    const followed = follow(make(), new RecordingSpan());
    expect(Object.keys(followed)).toEqual(Object.keys(bare));
    await whole(followed);
    expect(Reflect.ownKeys(followed)).toEqual(Reflect.ownKeys(bare));
  });

  it('that is not begun is a plain value when idle spans end, and works on unmeasured', async () => {
    const span = new RecordingSpan();
    const iterable = follow(make(), span);
    const bare = make();
    expect(hasIdle()).toBe(true);
    endIdle((other) => other === span);
    expect(hasIdle()).toBe(false);
    expect(span.endings).toEqual([{ result: undefined, items: 0 }]);
    expect(Reflect.ownKeys(iterable)).toEqual(Reflect.ownKeys(bare));
    expect(await whole(iterable)).toEqual([1, 2]);
    expect(span.endings).toHaveLength(1);
  });

  it('that is begun is not idle', async () => {
    const span = new RecordingSpan();
    for await (const item of follow(make(), span)) {
      endIdle(() => true);
      expect(item).toBeGreaterThan(0);
    }
    expect(span.endings).toMatchObject([{ items: 2 }]);
  });

  it('ends a stage and the pipeline that passes it on, in this order', async () => {
    const collector = new RecordingCollector();
    const answer = measurePipeline(collector, { executionId: 'answer' }, () =>
      measureStage(collector, 'stream', null, make),
    );
    expect(collector.log).toHaveLength(2);
    await whole(answer);
    expect(collector.log.slice(2)).toEqual(['end answer/stream', 'end answer']);
    expect(collector.stages[0].result.itemsProcessed).toBe(2);
    expect(collector.executions.get('answer').result.totalItemsProcessed).toBe(
      2,
    );
  });

  it('is followed where a promise resolves to it', async () => {
    const span = new RecordingSpan();
    const iterable = make();
    const resolved = await follow(Promise.resolve(iterable), span);
    expect(resolved).toBe(iterable);
    expect(span.endings).toEqual([]);
    await whole(resolved);
    expect(span.endings).toMatchObject([{ items: 2 }]);
  });
});

describe.each([
  ['generator', failing],
  ['asynchronous generator', failingLater],
])('a %s that fails', (_, make) => {
  it('fails its stage, and gives its consumer its very error', async () => {
    const span = new RecordingSpan();
    await expect(whole(follow(make(), span))).rejects.toBe(own);
    expect(span.endings).toEqual([{ error: own }]);
  });
});

describe('a generator', () => {
  it('is the generator it was', () => {
    const generator = follow(count(), new RecordingSpan());
    expect(types.isGeneratorObject(generator)).toBe(true);
    expect(generator[Symbol.iterator]()).toBe(generator);
    expect(Object.getPrototypeOf(generator)).toBe(count.prototype);
    expect(generator.next.name).toBe('next');
    expect(generator.next.length).toBe(1);
    expect(String(generator)).toBe('[object Generator]');
  });

  it('gets what it is sent, and its return value is its result', () => {
    const span = new RecordingSpan();
    const sent = [];
    const generator = follow(
      (function* () {
        sent.push(yield 1);
        sent.push(yield 2);
        return { success: false };
      })(),
      span,
    );
    const steps = [
      generator.next('unheard'),
      generator.next('a'),
      generator.next('b'),
    ];
    expect(steps).toEqual([
      { value: 1, done: false },
      { value: 2, done: false },
      { value: { success: false }, done: true },
    ]);
    expect(sent).toEqual(['a', 'b']);
    expect(span.endings).toEqual([{ result: { success: false }, items: 2 }]);
  });

  it('that reports a failure in its return value is a failed stage', () => {
    const collector = new RecordingCollector();
    const generator = measureStage(collector, 'a', null, function* () {
      yield 1;
      return { success: false };
    });
    expect([...generator]).toEqual([1]);
    expect(collector.stages[0].result).toMatchObject({
      success: false,
      itemsProcessed: 1,
    });
  });

  it.each([
    [
      'return',
      (generator) => generator.return(7),
      { result: undefined, items: 0 },
    ],
    [
      'throw',
      (generator) => expect(() => generator.throw(own)).toThrow(own),
      { error: own },
    ],
    [
      'a pattern that takes one',
      (generator) => {
        const [first] = generator;
        return first;
      },
      { result: undefined, items: 1 },
    ],
    ['a spread', (generator) => [...generator], { result: 'sum', items: 2 }],
  ])('ends by %s', (_, consume, ending) => {
    const span = new RecordingSpan();
    consume(follow(count(), span));
    expect(span.endings).toEqual([ending]);
  });

  it('that goes on after it was closed or thrown at ends when it does', () => {
    const stubborn = function* () {
      for (let i = 0; i < 2; i += 1) {
        try {
          yield i;
        } catch {
          // Goes on.
        }
      }
    };
    const span = new RecordingSpan();
    const generator = follow(stubborn(), span);
    generator.next();
    generator.throw(own);
    expect(span.endings).toEqual([]);
    generator.next();
    expect(span.endings).toEqual([{ result: undefined, items: 2 }]);
  });

  it('that calls itself while it runs gets its error, which is not its end', () => {
    const span = new RecordingSpan();
    const generator = follow(
      (function* () {
        expect(() => generator.next()).toThrow(TypeError);
        yield 1;
      })(),
      span,
    );
    expect([...generator]).toEqual([1]);
    expect(span.endings).toEqual([{ result: undefined, items: 1 }]);
  });

  it('works in the context of its stage at each step, its consumer does not', () => {
    const seen = [];
    const generator = follow(
      (function* () {
        seen.push(RecordingSpan.current);
        yield 1;
        seen.push(RecordingSpan.current);
      })(),
      new RecordingSpan('own'),
    );
    for (const item of generator) seen.push([item, RecordingSpan.current]);
    expect(seen).toEqual(['own', [1, undefined], 'own']);
  });

  it('works in the innermost context where several follow it', () => {
    const seen = [];
    const work = (function* () {
      yield seen.push(RecordingSpan.current);
    })();
    const spans = [new RecordingSpan('stage'), new RecordingSpan('pipeline')];
    for (const span of spans) follow(work, span);
    expect([...work]).toEqual([1]);
    expect(seen).toEqual(['stage']);
    expect(spans.map((span) => span.endings.length)).toEqual([1, 1]);
  });

  it('that cannot be changed is a plain value', () => {
    const span = new RecordingSpan();
    const frozen = Object.freeze(count());
    expect(follow(frozen, span)).toBe(frozen);
    expect(span.endings[0].result).toBe(frozen);
    expect([...frozen]).toEqual([1, 2]);
  });

  it('whose methods its caller replaces keeps those', () => {
    const span = new RecordingSpan();
    const generator = follow(count(), span);
    const next = () => ({ value: 'other', done: false });
    generator.next = next;
    endIdle(() => true);
    expect(generator.next).toBe(next);
  });
});

describe('an asynchronous iterator', () => {
  it('settles each step one microtask later than unmeasured, not more', async () => {
    const order = [];
    const note = (what) => () => order.push(what);
    const step = Promise.resolve({ value: 1, done: false });
    const iterator = {
      next: () => step,
      [Symbol.asyncIterator]: () => iterator,
    };
    follow(iterator, new RecordingSpan());
    iterator.next().then(note('measured'));
    step.then(note('first')).then(note('second'));
    await turnOfLoop();
    expect(order).toEqual(['first', 'measured', 'second']);
  });

  it('answers several steps at once in their order, and ends once', async () => {
    const span = new RecordingSpan();
    const iterator = follow(countLater(), span);
    const steps = await Promise.all([1, 2, 3, 4].map(() => iterator.next()));
    expect(steps.map(({ value }) => value)).toEqual([1, 2, 'sum', undefined]);
    expect(span.endings).toEqual([{ result: 'sum', items: 2 }]);
  });

  it('has stages measured while it works belong to its execution', async () => {
    const collector = new RecordingCollector();
    const stream = measurePipeline(collector, { executionId: 'answer' }, () =>
      measureStage(collector, 'stream', null, async function* () {
        for (const token of ['a', 'b']) {
          await turnOfLoop();
          measureStage(collector, 'token', null, () => token);
          yield token;
        }
      }),
    );
    expect(await whole(stream)).toEqual(['a', 'b']);
    expect([...collector.executions.keys()]).toEqual(['answer']);
    expect(collector.shape).toEqual([['stream', 'token', 'token']]);
    expect(collector.isSettled).toBe(true);
  });

  it('that throws instead of rejecting fails its stage, with its error', () => {
    const span = new RecordingSpan();
    const iterator = {
      next: () => fail(own),
      [Symbol.asyncIterator]: () => iterator,
    };
    expect(() => follow(iterator, span).next()).toThrow(own);
    expect(span.endings).toEqual([{ error: own }]);
  });

  it('without a return ends where its loop is left, and goes on to work', async () => {
    const span = new RecordingSpan();
    let at = 0;
    const iterator = {
      next: async () => ({ value: (at += 1), done: false }),
      [Symbol.asyncIterator]: () => iterator,
    };
    for await (const item of follow(iterator, span)) if (item === 2) break;
    expect(span.endings).toEqual([{ result: undefined, items: 2 }]);
    expect('return' in iterator).toBe(false);
    expect(await iterator.next()).toEqual({ value: 3, done: false });
  });

  it('may answer with thenables or plain steps', async () => {
    const steps = [
      { value: 1, done: false },
      { then: (resolve) => resolve({ value: 2, done: false }) },
      { value: undefined, done: true },
    ];
    const span = new RecordingSpan();
    const iterator = {
      next: () => steps.shift(),
      [Symbol.asyncIterator]: () => iterator,
    };
    expect(await whole(follow(iterator, span))).toEqual([1, 2]);
    expect(span.endings).toEqual([{ result: undefined, items: 2 }]);
  });

  it.each([
    [
      'asked for rows, ends at the first that is none',
      async (cursor) => {
        while ((await cursor.next()) !== null);
      },
    ],
    ['looped over, counts each row once', whole],
  ])('that is a cursor, %s', async (_, consume) => {
    const rows = [{ id: 1 }, { id: 2 }, null];
    const span = new RecordingSpan();
    const cursor = {
      next: async () => rows.shift(),
      async *[Symbol.asyncIterator]() {
        for (let row; (row = await this.next()) !== null;) yield row;
      },
    };
    await consume(follow(cursor, span));
    expect(span.endings).toEqual([{ result: undefined, items: 2 }]);
  });

  it('whose next calls itself to wait counts each item once', async () => {
    const waiting = [1, undefined, 2, undefined];
    const queue = {
      async next() {
        if (waiting.length === 0) return { value: undefined, done: true };
        const value = waiting.shift();
        await null;
        return value === undefined ? this.next() : { value, done: false };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const items = [];
    const span = new RecordingSpan();
    for await (const item of follow(queue, span)) items.push(item);
    expect(items).toEqual([1, 2]);
    expect(span.endings).toMatchObject([{ items: 2 }]);
  });

  it('that answers with one object each time counts each item', async () => {
    let left = 3;
    const step = { value: 0, done: false };
    const reusing = {
      async next() {
        step.done = left === 0;
        left -= 1;
        return step;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const span = new RecordingSpan();
    for await (const item of follow(reusing, span)) expect(item).toBe(0);
    expect(span.endings).toMatchObject([{ items: 3 }]);
  });

  it('leaves no rejected step unhandled that its consumer handles', async () => {
    const iterator = follow(failingLater(), new RecordingSpan());
    await iterator.next();
    await expect(iterator.next()).rejects.toBe(own);
    await turnOfLoop();
  });
});

describe('no stream', () => {
  it.each([
    ['an array', [1, 2], 2],
    ['an iterator of an array', [1, 2].values(), 1],
    ['a Map', new Map([[1, 2]]), 1],
    ['an iterator of a Map', new Map([[1, 2]]).entries(), 1],
    ['a Set', new Set([1]), 1],
    ['a text', 'text', 1],
    ['a String', new String('text'), 1],
    ['a typed array', new Uint8Array(3), 1],
    ['a buffer', Buffer.from('abc'), 1],
    [
      'a result with generators in its fields',
      { actions: [1], data: { stream: count(), other: countLater() } },
      1,
    ],
  ])('is %s: a plain value, as it was', (_, value, items) => {
    const collector = new RecordingCollector();
    const keys = Reflect.ownKeys(Object(value));
    expect(measureStage(collector, 'a', null, () => value)).toBe(value);
    expect(collector.stages[0].result.itemsProcessed).toBe(items);
    expect(Reflect.ownKeys(Object(value))).toEqual(keys);
    expect(collector.isSettled).toBe(true);
  });
});

describe('a method that is covered while an object is followed', () => {
  it('that a test watches is still its mock', async () => {
    const steps = {
      next: jest.fn(async () => ({ value: 1, done: false })),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const span = new RecordingSpan();
    follow(steps, span);
    await steps.next('a');
    expect(steps.next).toHaveBeenCalledWith('a');
    expect(steps.next.mock.contexts).toEqual([steps]);
    steps.next.mockResolvedValueOnce({ value: undefined, done: true });
    await steps.next();
    expect(steps.next).toHaveBeenCalledTimes(2);
    expect(span.endings).toEqual([{ result: undefined, items: 1 }]);
  });

  it('that is asynchronous is called so', () => {
    const steps = {
      async next() {
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const { next } = steps;
    follow(steps, new RecordingSpan());
    expect(steps.next).not.toBe(next);
    expect(steps.next[Symbol.toStringTag]).toBe('AsyncFunction');
  });
});
