'use strict';

/** What becomes of the Node streams that measured functions return. */

const {
  Duplex,
  PassThrough,
  Readable,
  Transform,
  Writable,
} = require('node:stream');
const { pipeline } = require('node:stream/promises');
const {
  RecordingCollector,
  RecordingSpan,
  follow,
  measurePipeline,
  measureStage,
  turnOfLoop,
} = require('../../fixtures/followedResults');
const { printedBy } = require('../../fixtures/program');

const on = (event) => (stream) =>
  new Promise((resolve) => stream.on(event, resolve));
const ended = on('end');
const closed = async (stream) => {
  if (!stream.closed) await on('close')(stream);
  await turnOfLoop();
};

const own = new Error('own');

async function* letters() {
  yield 'a';
  await null;
  yield 'b';
  yield 'c';
}

const sink = (into) =>
  new Writable({
    objectMode: true,
    write(chunk, _encoding, done) {
      into.push(String(chunk));
      done();
    },
  });

const make = {
  'a Readable': () => Readable.from(letters()),
  'a Transform': () =>
    Readable.from(letters()).pipe(new PassThrough({ objectMode: true })),
  'a Duplex': () => Duplex.from(letters),
};

const ways = {
  'a loop': async (stream) => {
    const chunks = [];
    for await (const chunk of stream) chunks.push(String(chunk));
    return chunks;
  },
  'data events': async (stream) => {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(String(chunk)));
    await ended(stream);
    return chunks;
  },
  'readable events': async (stream) => {
    const chunks = [];
    stream.on('readable', () => {
      for (let chunk; (chunk = stream.read()) !== null;)
        chunks.push(String(chunk));
    });
    await ended(stream);
    return chunks;
  },
  'a pipe': async (stream) => {
    const chunks = [];
    stream.pipe(sink(chunks));
    await ended(stream);
    return chunks;
  },
  'a pipeline': async (stream) => {
    const chunks = [];
    await pipeline(stream, sink(chunks));
    return chunks;
  },
};

describe.each(Object.entries(make))('%s', (_, create) => {
  it.each(Object.entries(ways))(
    'ends when %s has read it, with what it yielded',
    async (_way, consume) => {
      const span = new RecordingSpan();
      const stream = create();
      expect(follow(stream, span)).toBe(stream);
      expect(await consume(stream)).toEqual(['a', 'b', 'c']);
      expect(span.endings).toEqual([{ result: undefined, items: 3 }]);
    },
  );

  it('is not made to flow, nor listened to', async () => {
    const stream = create();
    await turnOfLoop();
    const listeners = () =>
      stream.eventNames().map((name) => [name, stream.listenerCount(name)]);
    const before = listeners();
    follow(stream, new RecordingSpan());
    await turnOfLoop();
    expect(stream.readableFlowing).toBe(null);
    expect(stream.readableDidRead).toBe(false);
    expect(listeners()).toEqual(before);
    expect(Object.keys(stream)).toEqual(Object.keys(create()));
    stream.destroy();
  });

  it('that is destroyed ends early, as a success', async () => {
    const span = new RecordingSpan();
    const stream = follow(create(), span);
    for await (const chunk of stream) if (String(chunk) === 'a') break;
    await closed(stream);
    expect(span.endings).toEqual([{ result: undefined, items: 1 }]);
  });

  it('that a loop leaves early has ended once the loop is over', async () => {
    const span = new RecordingSpan();
    const stream = follow(create(), span);
    for await (const chunk of stream) if (String(chunk) === 'a') break;
    expect(span.endings).toEqual([{ result: undefined, items: 1 }]);
  });

  it('that is destroyed with an error fails', async () => {
    const span = new RecordingSpan();
    const stream = follow(create(), span);
    stream.on('error', () => {});
    stream.destroy(own);
    await closed(stream);
    expect(span.endings).toEqual([{ error: own }]);
  });

  it('that fails half way fails, and gives its consumer its very error', async () => {
    const span = new RecordingSpan();
    const stream = follow(create(), span);
    const read = async () => {
      for await (const chunk of stream)
        if (String(chunk) === 'b') stream.destroy(own);
    };
    await expect(read()).rejects.toBe(own);
    expect(span.endings).toEqual([{ error: own }]);
  });

  it('has the methods it had once it has ended', async () => {
    const stream = create();
    const before = Reflect.ownKeys(stream).filter(
      (key) => typeof stream[key] === 'function',
    );
    follow(stream, new RecordingSpan());
    await ways['a loop'](stream);
    for (const key of ['emit', 'destroy', '_read', '_transform', '_flush'])
      expect(Object.hasOwn(stream, key)).toBe(before.includes(key));
  });
});

describe('a stream', () => {
  it('keeps its backpressure: no more is made than its buffer holds', async () => {
    const made = (measured) => {
      let count = 0;
      const stream = new Readable({
        objectMode: true,
        highWaterMark: 2,
        read() {
          count += 1;
          this.push(count);
        },
      });
      if (measured) follow(stream, new RecordingSpan());
      stream.read();
      return turnOfLoop().then(() => [count, stream.readableLength]);
    };
    expect(await made(true)).toEqual(await made(false));
  });

  it('stays paused where it is paused', async () => {
    const stream = follow(Readable.from(letters()), new RecordingSpan());
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.pause();
    await turnOfLoop();
    expect(stream.isPaused()).toBe(true);
    expect(chunks).toEqual([]);
    stream.destroy();
  });

  it('without a listener for its error still ends the process by it', () => {
    const script = `
      const { Readable } = require('node:stream');
      const { measureStage } = require('./js/instrumentation/measure');
      const { RecordingCollector } = require('./__test__/fixtures/recordingCollector');
      const collector = new RecordingCollector();
      process.on('uncaughtException', (error) => console.log(error.message, collector.stages[0].result.success));
      measureStage(collector, 'a', null, () => new Readable({ read() {} })).destroy(new Error('own'));
    `;
    expect(printedBy(script)).toBe('own false\n');
  });

  it('of a request that its consumer aborted, as a loop does that is left early, has succeeded', () => {
    const span = new RecordingSpan();
    const response = follow(new PassThrough(), span);
    response.req = { aborted: true };
    response.on('error', () => {});
    response.destroy(own);
    expect(span.endings).toEqual([{ result: undefined, items: 0 }]);
  });

  it('that is over when it is returned is a plain value', async () => {
    const over = Readable.from(letters());
    await ways['a loop'](over);
    const span = new RecordingSpan();
    expect(follow(over, span)).toBe(over);
    expect(span.endings).toEqual([{ result: over, items: undefined }]);
  });

  it('that failed before it was returned is a failure', async () => {
    const failed = Readable.from(letters()).on('error', () => {});
    failed.destroy(own);
    await closed(failed);
    const span = new RecordingSpan();
    follow(failed, span);
    expect(span.endings).toEqual([{ error: own }]);
  });

  it('that is only written to is a plain value', () => {
    const span = new RecordingSpan();
    const writable = sink([]);
    follow(writable, span);
    expect(span.endings[0].result).toBe(writable);
  });

  it('does its own work in the context of its stage', async () => {
    const seen = new Set();
    const stream = new Transform({
      objectMode: true,
      transform(chunk, _encoding, done) {
        seen.add(`transform ${RecordingSpan.current}`);
        done(null, chunk);
      },
      flush(done) {
        seen.add(`flush ${RecordingSpan.current}`);
        done();
      },
    });
    follow(stream, new RecordingSpan('own'));
    Readable.from(letters()).pipe(stream);
    await ways['a loop'](stream);
    expect([...seen]).toEqual(['transform own', 'flush own']);
  });

  it('has stages measured while it is read belong to its execution', async () => {
    const collector = new RecordingCollector();
    const stream = measurePipeline(collector, { executionId: 'answer' }, () =>
      measureStage(collector, 'stream', null, () =>
        Readable.from(
          (async function* () {
            for await (const letter of letters())
              yield measureStage(collector, 'letter', null, () => letter);
          })(),
        ),
      ),
    );
    await ways['a loop'](stream);
    expect([...collector.executions.keys()]).toEqual(['answer']);
    expect(collector.shape).toEqual([['stream', 'letter', 'letter', 'letter']]);
    expect(collector.isSettled).toBe(true);
    expect(collector.log.slice(-2)).toEqual([
      'end answer/stream',
      'end answer',
    ]);
  });

  it('that is not read by the end of its execution is a plain value', () => {
    const collector = new RecordingCollector();
    measurePipeline(collector, null, () => {
      measureStage(collector, 'stream', null, () => Readable.from(letters()));
    });
    expect(collector.isSettled).toBe(true);
    expect(collector.stages[0].result).toMatchObject({
      success: true,
      itemsProcessed: 0,
    });
  });
});

describe('a connection that many executions return', () => {
  it('is followed only for the first: for the others it is a plain value', () => {
    const collector = new RecordingCollector();
    const connection = new PassThrough();
    connection.on('data', () => {});
    for (let i = 0; i < 3; i += 1)
      measurePipeline(collector, null, () => {
        const acquired = measureStage(
          collector,
          'acquire',
          null,
          () => connection,
        );
        expect(acquired).toBe(connection);
        connection.write('begun');
      });
    expect(collector.stages.map(({ result }) => result !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
    connection.destroy();
  });

  it('is followed by a bounded number of stages', () => {
    const collector = new RecordingCollector();
    const connection = new PassThrough();
    connection.on('data', () => {});
    measurePipeline(collector, null, () => {
      for (let i = 0; i < 300; i += 1) {
        measureStage(collector, 'acquire', null, () => connection);
        connection.write('begun');
      }
    });
    const open = collector.stages.filter(({ result }) => result === undefined);
    expect(open).toHaveLength(100);
    connection.destroy();
  });
});
