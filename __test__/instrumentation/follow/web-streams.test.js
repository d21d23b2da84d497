'use strict';

/** What becomes of the web streams that measured functions return. */

const { Readable } = require('node:stream');
const {
  ReadableStream,
  TransformStream,
  WritableStream,
} = require('node:stream/web');
const {
  RecordingCollector,
  RecordingSpan,
  follow,
  measurePipeline,
  measureStage,
  turnOfLoop,
} = require('../../fixtures/followedResults');

const own = new Error('own');

/** Yields three letters, then ends; `seen` remembers what is asked of it. */
function letters(seen = [], strategy = undefined) {
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        seen.push(`pull ${RecordingSpan.current}`);
        if (at === 3) controller.close();
        else controller.enqueue('abc'[at++]);
      },
      cancel(reason) {
        seen.push(['cancel', reason]);
      },
    },
    strategy,
  );
}

function failing() {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at === 1) throw own;
      controller.enqueue('abc'[at++]);
    },
  });
}

const bytes = () => {
  let at = 0;
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      if (at === 3) {
        controller.close();
        controller.byobRequest?.respond(0);
      } else controller.enqueue(new Uint8Array([97 + at++]));
    },
  });
};

/** A stream of another implementation, such as a polyfill: its pipes take no other. */
class ForeignStream {
  #stream;

  constructor(source, strategy) {
    this.#stream = new ReadableStream(source, strategy);
  }

  get locked() {
    return this.#stream.locked;
  }

  getReader(options) {
    return this.#stream.getReader(options);
  }

  cancel(reason) {
    return this.#stream.cancel(reason);
  }

  [Symbol.asyncIterator]() {
    return this.#stream[Symbol.asyncIterator]();
  }

  pipeThrough({ foreign }) {
    return this.#stream.pipeThrough(foreign);
  }

  tee() {
    return this.#stream.tee().map((copy) => {
      const reader = copy.getReader();
      return new ForeignStream({
        async pull(controller) {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
      });
    });
  }
}

/** One of a class over it, made from something else. */
class ForeignText extends ForeignStream {
  constructor(text) {
    const left = [...text];
    super({
      pull(controller) {
        if (left.length === 0) controller.close();
        else controller.enqueue(left.shift());
      },
    });
  }
}

/** Has the methods of a stream that it is made from. */
class Around {
  #stream;

  constructor(stream) {
    this.#stream = stream;
    // Like the fields of many such classes.
    this.locked = false;
  }

  getReader(options) {
    return this.#stream.getReader(options);
  }

  cancel(reason) {
    return this.#stream.cancel(reason);
  }

  [Symbol.asyncIterator]() {
    return this.#stream[Symbol.asyncIterator]();
  }

  pipeThrough(pair) {
    return this.#stream.pipeThrough(pair);
  }

  pipeTo(destination) {
    return this.#stream.pipeTo(destination);
  }

  tee() {
    return this.#stream.tee();
  }
}

/** Of no class at all. */
function object(stream) {
  const { prototype } = Around;
  const around = new Around(stream);
  const names = Reflect.ownKeys(prototype).filter(
    (key) => key !== 'constructor',
  );
  const methods = names.map((name) => [name, prototype[name].bind(around)]);
  return Object.create(Object.fromEntries(methods));
}

async function drain(reader, chunks = []) {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    chunks.push(value);
  }
}

const sink = (chunks) =>
  new WritableStream({ write: (chunk) => void chunks.push(chunk) });

const loop = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
};

const OVER_IT = 'a Node stream over it';
/** Whether that reads each chunk by a method, as it does before Node 26. */
const readsByMethods = Number.parseInt(process.versions.node, 10) < 26;

const ways = {
  'a reader': (stream) => drain(stream.getReader()),
  'two readers in turn': async (stream) => {
    const first = stream.getReader();
    const { value } = await first.read();
    first.releaseLock();
    return drain(stream.getReader(), [value]);
  },
  'a loop': loop,
  values: (stream) => loop(stream.values()),
  'a pipe': async (stream) => {
    const chunks = [];
    await stream.pipeTo(sink(chunks));
    return chunks;
  },
  'a pipe through': (stream) => loop(stream.pipeThrough(new TransformStream())),
  'a tee': async (stream) => {
    const [one, other] = stream.tee();
    const [chunks, same] = await Promise.all([loop(one), loop(other)]);
    expect(same).toEqual(chunks);
    return chunks;
  },
  [OVER_IT]: (stream) => loop(Readable.fromWeb(stream, { objectMode: true })),
};

describe('a web stream', () => {
  it.each(Object.entries(ways))(
    'ends when %s has read it, with what it yielded',
    async (way, consume) => {
      const span = new RecordingSpan();
      const stream = letters();
      expect(follow(stream, span)).toBe(stream);
      expect(await consume(stream)).toEqual(['a', 'b', 'c']);
      await turnOfLoop();
      const isRead = way !== OVER_IT || readsByMethods;
      const items = isRead ? 3 : undefined;
      expect(span.endings).toEqual([{ result: undefined, items }]);
    },
  );

  it.each(Object.entries(ways))(
    'that fails fails while %s reads it, with its very error',
    async (_, consume) => {
      const span = new RecordingSpan();
      const outcome = consume(follow(failing(), span));
      await expect(outcome).rejects.toBe(own);
      await turnOfLoop();
      expect(span.endings).toEqual([{ error: own }]);
    },
  );

  it.each([
    ['cancel', (stream) => stream.cancel('reason'), 0],
    [
      'the cancel of its reader',
      (stream) => stream.getReader().cancel('reason'),
      0,
    ],
    [
      'a loop that is left',
      async (stream) => {
        for await (const chunk of stream) if (chunk === 'b') break;
      },
      2,
    ],
    [
      'a pipe that is aborted',
      (stream) =>
        stream
          .pipeTo(sink([]), { signal: AbortSignal.abort() })
          .catch(() => {}),
      0,
    ],
  ])('ends early by %s, as a success', async (_, consume, items) => {
    const span = new RecordingSpan();
    const seen = [];
    await consume(follow(letters(seen), span));
    await turnOfLoop();
    expect(span.endings).toEqual([{ result: undefined, items }]);
    expect(seen.filter(Array.isArray)).toHaveLength(1);
  });

  it('is neither locked nor asked before its consumer does so', async () => {
    const seen = [];
    const stream = follow(
      letters(seen, { highWaterMark: 0 }),
      new RecordingSpan(),
    );
    await turnOfLoop();
    expect(stream.locked).toBe(false);
    expect(seen).toEqual([]);
    expect(Object.keys(stream)).toEqual([]);
    expect(stream instanceof ReadableStream).toBe(true);
  });

  it.each(Object.keys(ways))(
    'is locked and asked as without us, read by %s',
    async (way) => {
      const course = async (measured) => {
        const seen = [];
        const stream = letters(seen);
        if (measured) follow(stream, new RecordingSpan(undefined));
        const outcome = ways[way](stream);
        const locks = [stream.locked];
        await outcome;
        await turnOfLoop();
        locks.push(stream.locked);
        return { locks, seen: seen.length };
      };
      expect(await course(true)).toEqual(await course(false));
    },
  );

  it('pulls no further ahead of a slow pipe than without us', async () => {
    const pulls = async (measured) => {
      const seen = [];
      let at = 0;
      const stream = new ReadableStream(
        {
          pull(controller) {
            seen.push(at);
            controller.enqueue(at++);
          },
        },
        { highWaterMark: 0 },
      );
      if (measured) follow(stream, new RecordingSpan());
      void stream.pipeTo(
        new WritableStream({ write: () => new Promise(() => {}) }),
      );
      for (let i = 0; i < 5; i += 1) await turnOfLoop();
      return seen.length;
    };
    expect(await pulls(true)).toBe(await pulls(false));
  });

  it('refuses what a locked stream refuses', async () => {
    const stream = follow(letters(), new RecordingSpan());
    stream.getReader();
    expect(() => stream.getReader()).toThrow(
      expect.objectContaining({ name: 'TypeError' }),
    );
    await expect(stream.cancel()).rejects.toMatchObject({ name: 'TypeError' });
    await expect(stream.pipeTo(sink([]))).rejects.toMatchObject({
      name: 'TypeError',
    });
    expect(() => stream.tee()).toThrow(
      expect.objectContaining({ name: 'TypeError' }),
    );
  });

  it('continues if a reader is released while it reads', async () => {
    const span = new RecordingSpan();
    let controller;
    const stream = follow(
      new ReadableStream({
        start: (given) => {
          controller = given;
        },
      }),
      span,
    );
    const reader = stream.getReader();
    const read = reader.read();
    reader.releaseLock();
    await expect(read).rejects.toMatchObject({ name: 'TypeError' });
    expect(span.endings).toEqual([]);
    controller.enqueue('a');
    controller.close();
    expect(await loop(stream)).toEqual(['a']);
    expect(span.endings).toEqual([{ result: undefined, items: 1 }]);
  });

  it('continues after a loop that is left without cancelling it', async () => {
    const span = new RecordingSpan();
    const stream = follow(letters(), span);
    for await (const chunk of stream.values({ preventCancel: true }))
      if (chunk === 'a') break;
    expect(span.endings).toEqual([]);
    expect(await loop(stream)).toEqual(['b', 'c']);
    expect(span.endings).toEqual([{ result: undefined, items: 3 }]);
  });

  it('of bytes keeps its readers of bytes, also where it is split', async () => {
    const span = new RecordingSpan();
    const readAll = async (stream) => {
      const reader = stream.getReader({ mode: 'byob' });
      const read = [];
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(4));
        if (done) return read;
        read.push(...value);
      }
    };
    expect(await readAll(follow(bytes(), span))).toEqual([97, 98, 99]);
    expect(span.endings).toEqual([{ result: undefined, items: 3 }]);
    const split = follow(bytes(), span).tee();
    expect(await Promise.all(split.map(readAll))).toEqual([
      [97, 98, 99],
      [97, 98, 99],
    ]);
    await turnOfLoop();
    expect(span.endings).toHaveLength(2);
  });

  it('of another implementation goes only into what that takes', async () => {
    const span = new RecordingSpan();
    const through = { readable: letters(), writable: new WritableStream() };
    const copies = follow(new ForeignText('abc'), span).tee();
    expect(copies.every((copy) => copy instanceof ForeignStream)).toBe(true);
    expect(
      await Promise.all(copies.map((copy) => drain(copy.getReader()))),
    ).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
    await turnOfLoop();
    expect(span.endings).toEqual([{ result: undefined, items: 3 }]);
    const piped = follow(new ForeignText('abc'), new RecordingSpan());
    expect(piped.pipeThrough({ foreign: through })).toBe(through.readable);
  });

  it.each([
    ['a class around a stream', (stream) => new Around(stream)],
    ['an object with the methods of one', object],
  ])('that is %s goes where that goes', async (_, make) => {
    const spans = [];
    const followed = () => {
      spans.push(new RecordingSpan());
      return follow(make(letters()), spans.at(-1));
    };
    const written = [];
    const write = (chunk) => void written.push(chunk);
    await followed().pipeTo(new WritableStream({ write }));
    expect(written).toEqual(['a', 'b', 'c']);
    const through = followed().pipeThrough(new TransformStream());
    expect(await drain(through.getReader())).toEqual(['a', 'b', 'c']);
    for (const copy of followed().tee())
      expect(await drain(copy.getReader())).toEqual(['a', 'b', 'c']);
    for (const { endings } of spans)
      expect(endings).toEqual([{ result: undefined, items: 3 }]);
  });

  it('works in the context of its stage', async () => {
    const seen = [];
    await loop(
      follow(letters(seen, { highWaterMark: 0 }), new RecordingSpan('own')),
    );
    expect(new Set(seen)).toEqual(new Set(['pull own']));
  });

  it('has stages measured while it is read belong to its execution', async () => {
    const collector = new RecordingCollector();
    let at = 0;
    const pull = (controller) => {
      measureStage(collector, 'letter', null, () => 1);
      if (at === 2) controller.close();
      else controller.enqueue('abc'[at++]);
    };
    const stream = measurePipeline(collector, { executionId: 'answer' }, () =>
      measureStage(
        collector,
        'stream',
        null,
        () => new ReadableStream({ pull }, { highWaterMark: 0 }),
      ),
    );
    await loop(stream);
    expect([...collector.executions.keys()]).toEqual(['answer']);
    expect(collector.isSettled).toBe(true);
  });

  it('leaves no rejection unhandled where its consumer handles its error', async () => {
    const handled = follow(failing(), new RecordingSpan());
    await expect(loop(handled)).rejects.toBe(own);
    await expect(
      follow(failing(), new RecordingSpan()).pipeTo(sink([])),
    ).rejects.toBe(own);
    await turnOfLoop();
  });
});
