'use strict';

const { estimateJsonSize } = require('../../js/instrumentation/json-size');
const { refuse, traps, unreadable } = require('../fixtures/throwing');

const exact = (value) => JSON.stringify(value).length;
const ratio = (value) => estimateJsonSize(value) / exact(value);

/** A small generator, so that a failing seed can be run again. */
function generator(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const LEAVES = [
  (next) => next(1e9) - 5e8,
  (next) => next(1e6) / 7,
  () => -0,
  () => NaN,
  () => 1e-7 * 3,
  () => 1e300,
  () => null,
  () => true,
  () => false,
  () => undefined,
  () => () => 1,
  () => Symbol('s'),
  (next) => 'word'.repeat(next(6)),
  (next) => String.fromCharCode(next(65536), next(128), next(32)),
  () => '\u{1F600}"\\\n\ud800',
  (next) => new Date(next(1e9) * 1000),
  () => new Date(NaN),
  () => new Map([[1, 2]]),
  () => new Set([1]),
  (next) => new Number(next(100)),
  () => new String('a"b'),
  () => new Boolean(false),
  () => Object(Symbol('boxed')),
  () => new Uint8Array([1, 20, 255]),
  () => Buffer.from('bytes'),
  () => ({ toJSON: (key) => `under ${key}` }),
  () => ({ toJSON: () => undefined }),
  () => Object.assign(() => {}, { toJSON: () => ({ a: 1 }) }),
  () => Object.create({ inherited: 1 }, { hidden: { value: 1 } }),
  () => Object.assign([1, 2], { extra: 3 }),
  // eslint-disable-next-line no-sparse-arrays
  () => [1, , 3],
];

function randomValue(next, depth) {
  const kind = next(10);
  if (depth === 0 || kind < 6) return LEAVES[next(LEAVES.length)](next);
  const count = next(4);
  if (kind < 8)
    return Array.from({ length: count }, () => randomValue(next, depth - 1));
  const object = next(5) === 0 ? Object.create(null) : {};
  for (let i = 0; i < count; i++) {
    const key = ['id', 'a"b', '\u2028key', `k${i}`, '\ud800', ''][next(6)];
    object[key] = randomValue(next, depth - 1);
  }
  return object;
}

describe('estimateJsonSize of a small value', () => {
  it('is the length of its JSON for two thousand random values', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const value = randomValue(generator(seed), 4);
      const text = JSON.stringify(value);
      expect([seed, estimateJsonSize(value)]).toEqual([
        seed,
        text === undefined ? 0 : text.length,
      ]);
    }
  });

  it('counts every character below 256 and every surrogate as JSON writes it', () => {
    for (let code = 0; code < 0x100; code++) {
      const text = `x${String.fromCharCode(code)}`;
      expect([code, estimateJsonSize(text)]).toEqual([code, exact(text)]);
    }
    for (const text of [
      '\ud800',
      '\udfff',
      '\udc00\ud800',
      '\u{10ffff}',
      '\ud83dx\ude00',
    ]) {
      expect(estimateJsonSize(text)).toBe(exact(text));
    }
  });

  it('is 0 for what has no JSON', () => {
    expect(estimateJsonSize(undefined)).toBe(0);
    expect(estimateJsonSize(() => {})).toBe(0);
    expect(estimateJsonSize(Symbol('s'))).toBe(0);
    expect(estimateJsonSize({ toJSON: () => undefined })).toBe(0);
  });

  it('is exact up to 256 values and 4,096 characters', () => {
    const values = Array.from({ length: 255 }, (_, i) => 10 ** (i % 9));
    expect(estimateJsonSize(values)).toBe(exact(values));
    const unevenText = '"'.repeat(1000) + 'x'.repeat(3096);
    expect(estimateJsonSize(unevenText)).toBe(exact(unevenText));
  });
});

describe('estimateJsonSize of what JSON.stringify refuses', () => {
  it('counts a reference to an ancestor as null', () => {
    const cyclic = { name: 'a' };
    cyclic.self = cyclic;
    cyclic.list = [cyclic];
    expect(estimateJsonSize(cyclic)).toBe(
      exact({ name: 'a', self: null, list: [null] }),
    );
  });

  it('counts one object met twice, but not inside itself, in full', () => {
    const shared = { id: 1 };
    expect(estimateJsonSize([shared, shared])).toBe(exact([shared, shared]));
  });

  it('counts a BigInt as its digits', () => {
    expect(estimateJsonSize(-123n)).toBe(4);
    expect(estimateJsonSize({ n: 10n })).toBe('{"n":10}'.length);
    expect(estimateJsonSize(10n ** 40n)).toBe(41);
    expect(estimateJsonSize(Object(7n))).toBe(1);
  });

  it('counts as null whatever throws while it is read', () => {
    const value = {
      a: 1,
      get b() {
        return refuse();
      },
      c: { toJSON: refuse },
      d: traps('ownKeys'),
      e: unreadable('toJSON'),
    };
    expect(estimateJsonSize(value)).toBe(
      exact({ a: 1, b: null, c: null, d: null, e: null }),
    );
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(estimateJsonSize([proxy, 1])).toBe(exact([null, 1]));
  });

  it('continues counting after a throw deep inside', () => {
    const inner = { list: [{ toJSON: () => JSON.parse('{') }] };
    expect(estimateJsonSize([inner, inner])).toBe(
      exact([{ list: [null] }, { list: [null] }]),
    );
  });

  it('is a number for a Proxy array whose length is nonsense', () => {
    for (const length of [
      NaN,
      -1,
      Infinity,
      2 ** 53,
      1.5,
      'many',
      {},
      null,
      undefined,
      10n,
    ]) {
      const size = estimateJsonSize(
        new Proxy([], { get: (_, key) => (key === 'length' ? length : 1) }),
      );
      expect([String(length), Number.isSafeInteger(size) && size >= 0]).toEqual(
        [String(length), true],
      );
    }
  });

  it('survives nesting deeper than the call stack', () => {
    let nested = [];
    for (let i = 0; i < 200_000; i++) nested = [nested];
    expect(estimateJsonSize(nested)).toBeGreaterThan(500);
  });

  it('survives being called with hardly any stack left', () => {
    const value = { a: { b: { c: [1, 2, 3] } } };
    const sizes = [];
    const fill = () => {
      try {
        fill();
      } finally {
        sizes.push(estimateJsonSize(value));
      }
    };
    expect(fill).toThrow(RangeError);
    expect(sizes.at(-1)).toBe(exact(value));
  });

  it('can be asked again from inside a toJSON', () => {
    const inner = { toJSON: () => estimateJsonSize([1, 2, 3]) };
    expect(estimateJsonSize([inner, inner])).toBe(exact([7, 7]));
  });
});

describe('estimateJsonSize of a large value', () => {
  const entity = (i) => ({
    id: `entity_${i}`,
    at: { x: i, y: i * 1.5 },
    tags: ['a', `tag${i % 7}`],
  });

  it.each([
    ['an array of records', Array.from({ length: 5000 }, (_, i) => entity(i))],
    [
      'an object of records',
      Object.fromEntries(
        Array.from({ length: 5000 }, (_, i) => [`e${i}`, entity(i)]),
      ),
    ],
    [
      'short and long values in turn',
      Array.from({ length: 4096 }, (_, i) => (i % 2 ? 1 : 'x'.repeat(90))),
    ],
    [
      'a large array beside small ones',
      { a: [1], b: Array.from({ length: 900 }, (_, i) => entity(i)), c: 'x' },
    ],
    [
      'an object that leaves out half',
      Object.fromEntries(
        Array.from({ length: 900 }, (_, i) => [
          `k${i}`,
          i % 2 ? undefined : i + 1000,
        ]),
      ),
    ],
    [
      'an array of long strings',
      Array.from({ length: 400 }, () => 'line\n'.repeat(300)),
    ],
    ['holes', new Array(100_000)],
    ['line ends only', '\n'.repeat(500_000)],
    ['text', 'He said "no".\n'.repeat(20_000)],
    ['a long string no sample is taken of', 'x'.repeat(5_000_000)],
    ['a typed array', new Float64Array(3000).fill(1.25)],
    ['bytes', Buffer.alloc(50_000, 123)],
  ])('is within a fifth of the truth for %s', (_, value) => {
    expect(ratio(value)).toBeGreaterThan(0.8);
    expect(ratio(value)).toBeLessThan(1.2);
  });

  it('grows with the value', () => {
    const sizes = [100, 1000, 10_000, 100_000].map((length) =>
      estimateJsonSize(Array.from({ length }, (_, i) => entity(i))),
    );
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  });

  it('reads at most 512 values, whatever the shape and size', () => {
    const reads = { count: 0 };
    const watched = (target) =>
      new Proxy(target, {
        get(object, key) {
          const value = object[key];
          if (typeof key === 'string' && key !== 'toJSON' && key !== 'length') {
            reads.count += 1;
            if (typeof value === 'object' && value !== null)
              return watched(value);
          }
          return value;
        },
      });
    const wide = Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`k${i}`, [i, [i, [i]]]]),
    );
    const deep = Array.from({ length: 40 }, () =>
      Array.from({ length: 40 }, () => Array(40).fill(1)),
    );
    for (const value of [wide, deep, [deep, wide, deep], Array(1e6).fill(0)]) {
      reads.count = 0;
      estimateJsonSize(watched(value));
      expect(reads.count).toBeLessThanOrEqual(512);
    }
  });

  it('lists the keys of a wide object once in many calls', () => {
    let listings = 0;
    const target = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]),
    );
    const wide = new Proxy(target, {
      ownKeys(object) {
        listings += 1;
        return Reflect.ownKeys(object);
      },
    });
    const first = estimateJsonSize({ wide });
    expect(listings).toBe(1);
    for (let i = 0; i < 64; i++) expect(estimateJsonSize({ wide })).toBe(first);
    expect(listings).toBe(1);
    target.more = 'x'.repeat(100);
    estimateJsonSize({ wide });
    expect(listings).toBe(2);
  });

  it('is a number for values that grow without end as they are read', () => {
    const endless = new Proxy([], {
      get: (_, key) =>
        key === 'length' ? 3 : key === 'toJSON' ? undefined : endless,
    });
    const endlessCopy = () => ({
      next: null,
      get child() {
        return endlessCopy();
      },
    });
    expect(Number.isSafeInteger(estimateJsonSize(endless))).toBe(true);
    expect(Number.isSafeInteger(estimateJsonSize(endlessCopy()))).toBe(true);
  });

  it('is a number for a graph that would be exponentially long', () => {
    let node = { leaf: true };
    for (let i = 0; i < 60; i++) node = { left: node, right: node };
    expect(Number.isSafeInteger(estimateJsonSize(node))).toBe(true);
  });
});
