'use strict';

const { inspect } = require('node:util');
const { firstDifference, randomCalls, shrink } = require('./replay');

/**
 * Random calls on the collector and on the model, on one clock and one heap, every figure compared.
 * `PPM_SEED=17` repeats one seed; `PPM_RUNS=500` tries more of them.
 */

const CALLS = 400;
const RUNS = Number(process.env.PPM_RUNS ?? 12);
const ONLY = process.env.PPM_SEED;

const seeds = ONLY
  ? [Number(ONLY)]
  : Array.from({ length: RUNS }, (_, i) => i + 1);

const setups = [
  ['stages that take turns', { overlapping: false, named: false }],
  ['stages that overlap', { overlapping: true, named: false }],
  ['a bus of name and payload', { overlapping: true, named: true }],
  ['a short history', { overlapping: false, named: false, maxHistorySize: 20 }],
];

function report(seed, setup, calls, difference) {
  const shown = { depth: 8, breakLength: 100, maxArrayLength: 200 };
  const shrunk = shrink(setup, calls.slice(0, difference.at + 1));
  const { found } = firstDifference(setup, shrunk) ?? difference;
  return [
    `seed ${seed} of ${inspect(setup)}: the collector is not what the model says`,
    `after ${shrunk.length} calls: ${inspect(shrunk, shown)}`,
    `it differs in: ${inspect(found.slice(0, 6), { ...shown, depth: 4 })}`,
  ].join('\n');
}

describe.each(setups)('random calls with %s', (title, setup) => {
  it.each(seeds)('give what the model gives, seed %i', (seed) => {
    // Each setup has calls of its own.
    const calls = randomCalls(seed * 100 + title.length, CALLS);
    const difference = firstDifference(setup, calls);
    if (difference) throw new Error(report(seed, setup, calls, difference));
    expect(difference).toBeUndefined();
  });
});

describe('the random calls', () => {
  it('are the same for the same seed and others for another', () => {
    expect(randomCalls(3, 50)).toEqual(randomCalls(3, 50));
    expect(randomCalls(3, 50)).not.toEqual(randomCalls(4, 50));
  });
});
