'use strict';

/** What is read in a result: its items, its errors and its success. */

const { countsOf } = require('../../js/recording/counts');
const { countItems } = require('../../js/recording/result-reader');
const { refuse } = require('../fixtures/throwing');

const readResult = (result) => countsOf(result, undefined, null);

/** An object whose fields are getters that count how often they are read. */
function counting(fields) {
  const reads = {};
  const object = {};
  for (const [key, value] of Object.entries(fields)) {
    reads[key] = 0;
    Object.defineProperty(object, key, {
      enumerable: true,
      get() {
        reads[key] += 1;
        return typeof value === 'function' ? value() : value;
      },
    });
  }
  return { object, reads };
}

/** A list that answers `length` for its length. */
const listOf = (length) =>
  new Proxy([], { get: (_, key) => (key === 'length' ? length : undefined) });

describe('items', () => {
  it.each([
    ['its actions', { actions: [1, 2], data: { list: [1, 2, 3] } }, 2],
    [
      'its data before candidates',
      { data: { a: [1] }, candidateActions: [1, 2] },
      1,
    ],
    [
      'its candidates before entities',
      { candidateActions: [1, 2], entities: [1] },
      2,
    ],
    [
      'its entities before components',
      { entities: [1, 2, 3], components: [1] },
      3,
    ],
    ['its components', { components: [1] }, 1],
    ['its data, where that is the list', { data: [1, 2, 3] }, 3],
    ['its elements', [1, 2, 3], 3],
    ['none, of an empty list', [], 0],
    ['none, for empty lists', { actions: [], entities: [], components: [] }, 0],
    [
      'none, for candidates of which none are left',
      { candidateActions: [] },
      0,
    ],
    ['none, for empty lists in data', { data: { found: [], left: [] } }, 0],
    ['none, for an empty list of data', { data: [] }, 0],
    ['one, without a list', { any: [1, 2] }, 1],
    ['one, for data without a list', { data: { any: 1 } }, 1],
    ['one, for bytes in data', { data: new Uint8Array(9) }, 1],
    ['one, for a table in data', { data: new Map([[1, [1, 2]]]) }, 1],
    ['one, for a text', 'text', 1],
    ['one, for nothing', null, 1],
    ['none, for a list whose length is no number', listOf(5n), 0],
  ])('are %s', (_, result, items) => {
    expect(countItems(result)).toBe(items);
    expect(readResult(result).items).toBe(items);
  });

  it.each(['actions', 'data', 'candidateActions', 'entities'])(
    'are what the other names say where %s throws',
    (name) => {
      const { object } = counting({ [name]: refuse, components: [1, 2] });
      expect(countItems(object)).toBe(2);
    },
  );

  it('leave out a field of data that throws', () => {
    const data = counting({ first: refuse, second: [1, 2] }).object;
    expect(countItems({ data })).toBe(2);
  });

  it('are one where nothing can be read', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(countItems(proxy)).toBe(1);
    expect(countItems(new Proxy({}, { get: refuse }))).toBe(1);
    expect(countItems({ data: new Proxy({}, { ownKeys: refuse }) })).toBe(1);
  });

  it('are a number, whatever a list says of its length', () => {
    for (const length of [-1, NaN, Infinity, 'many', null]) {
      const actions = new Proxy([1], {
        get: (target, key) => (key === 'length' ? length : target[key]),
      });
      expect(countItems({ actions, components: [1, 2] })).toBe(2);
    }
  });

  it('are looked for in a bounded number of fields', () => {
    const fields = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`f${i}`, i]),
    );
    const { object, reads } = counting(fields);
    countItems({ data: object });
    expect(Object.values(reads).filter(Boolean).length).toBeLessThan(100);
  });
});

describe('errors', () => {
  class Bag {
    *[Symbol.iterator]() {
      yield* ['a', 'b'];
    }
  }

  it.each([
    ['of a list', ['a', 'b'], 2],
    ['of a Set', new Set(['a', 'b', 'c']), 3],
    ['of a Map', new Map([['a', 1]]), 1],
    ['of what has a length', { length: 4 }, 4],
    ['of what has a size', { size: 2 }, 2],
    ['of an iterable', new Bag(), 2],
    ['of an Error', new Error('own'), 1],
    [
      'of an Error with a length',
      Object.assign(new Error('own'), { length: 9 }),
      1,
    ],
    ['of a text', 'text', 1],
    ['of an object', { field: 'is wrong' }, 1],
    ['of true', true, 1],
    ['of a function', refuse, 1],
    ['of a length that is none', { length: 'many' }, 1],
    ['of what cannot be read', new Proxy({}, { get: refuse }), 1],
  ])('%s fail a result that says it succeeded', (_, errors, count) => {
    expect(readResult({ success: true, errors })).toMatchObject({
      success: false,
      errors: count,
    });
  });

  it.each([
    ['an empty list', []],
    ['an empty Set', new Set()],
    ['an empty text', ''],
    ['zero', 0],
    ['null', null],
    ['undefined', undefined],
    ['false', false],
    ['an iterable of none', { *[Symbol.iterator]() {} }],
  ])('are none in %s', (_, errors) => {
    expect(readResult({ errors })).toMatchObject({ success: true, errors: 0 });
    expect(readResult({ errors, success: false })).toMatchObject({
      success: false,
      errors: 1,
    });
  });

  it('that an iterator would yield stay for its consumer', () => {
    const errors = ['a', 'b'].values();
    expect(readResult({ errors }).errors).toBe(1);
    expect([...errors]).toEqual(['a', 'b']);
  });

  it('without end are counted as far as it is worth it', () => {
    const errors = {
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    };
    expect(readResult({ errors }).errors).toBe(1000);
  });

  it('whose getter throws leave the success to be read, and the other way round', () => {
    expect(
      readResult(counting({ errors: refuse, success: false }).object),
    ).toMatchObject({ success: false, errors: 1 });
    expect(
      readResult(counting({ errors: ['a'], success: refuse }).object),
    ).toMatchObject({ success: false, errors: 1 });
    expect(readResult(counting({ success: refuse }).object)).toMatchObject({
      success: true,
      errors: 0,
    });
  });
});

it('reads each name at most once, and no other', () => {
  const names = [
    'success',
    'errors',
    'actions',
    'data',
    'candidateActions',
    'entities',
    'components',
  ];
  const seen = [];
  const result = new Proxy(
    {},
    {
      get(_, key) {
        seen.push(key);
        return undefined;
      },
    },
  );
  readResult(result);
  expect(seen.toSorted()).toEqual(names.toSorted());
});

it('reads what is there at most once, too', () => {
  const { object, reads } = counting({
    success: false,
    errors: ['a'],
    actions: [],
    data: { a: [1] },
    entities: [],
  });
  expect(readResult(object)).toMatchObject({
    success: false,
    items: 1,
    errors: 1,
  });
  expect(Math.max(...Object.values(reads))).toBe(1);
});
