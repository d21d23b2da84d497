'use strict';

const { maker, seeded } = require('./calls');
const { operations } = require('./operations');
const { World } = require('./world');

const STATE_EVERY = 25;

const byName = new Map(
  operations.map((operation) => [operation.op, operation]),
);
const totalWeight = operations.reduce((sum, { weight }) => sum + weight, 0);

function choose(random) {
  let left = random.unit() * totalWeight;
  return operations.find(({ weight }) => (left -= weight) < 0) ?? operations[0];
}

/** @returns {object[]} `length` calls as plain data, the same for the same seed */
function randomCalls(seed, length) {
  const random = seeded(seed);
  const make = maker(random);
  return Array.from({ length }, () => {
    const { op, args } = choose(random);
    return { op, ...args(random, make) };
  });
}

function step(world, call) {
  try {
    world.keepAgesClear();
    byName.get(call.op).run(world, call);
    world.compareEffects();
  } catch (error) {
    world.found.push({ path: 'throws', actual: error, expected: 'no error' });
  }
}

/** @returns {{ at: number, found: object[] } | undefined} the first call after which the sides differ */
function firstDifference(setup, calls) {
  const world = new World(setup);
  try {
    for (const [at, call] of calls.entries()) {
      step(world, call);
      const last = at === calls.length - 1;
      if (last || at % STATE_EVERY === 0) world.compareState();
      if (world.found.length > 0) return { at, found: world.found };
    }
    return undefined;
  } finally {
    world.metrics.dispose();
  }
}

/** Removes calls, in ever smaller pieces, as long as some difference is left. */
function shrink(setup, calls, attempts = 1500) {
  let failing = calls;
  let left = attempts;
  for (let piece = failing.length >> 1; piece >= 1; piece >>= 1) {
    for (let at = 0; at < failing.length && left > 0; left -= 1) {
      const shorter = failing.toSpliced(at, piece);
      const difference = firstDifference(setup, shorter);
      if (difference) failing = shorter.slice(0, difference.at + 1);
      else at += piece;
    }
  }
  return failing;
}

module.exports = { firstDifference, randomCalls, shrink };
