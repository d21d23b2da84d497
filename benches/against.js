'use strict';

// Compares the package of this checkout and that of another one, alternating: what a change costs
// or gains. The processes of each run the code of its own benches.

const fs = require('node:fs');
const path = require('node:path');
const { costOf, median, ratioOf } = require('./statistics');
const { short, withInterval } = require('./table');

/** Compared where no candidate is named. */
const NAMES = ['wired', 'wired-no-heap', 'basic', 'minimal', 'no-heap'];
/** Processes of each checkout for each candidate; every other time the other one begins. */
const ROUNDS = 5;

/**
 * @throws {RangeError} where no checkout with its benches is there, built
 *
 * @param {string} root
 */
function checkoutAt(root) {
  const whole = path.resolve(root);
  const isBuilt =
    fs.existsSync(path.join(whole, 'benches', 'worker.js')) &&
    fs.existsSync(path.join(whole, 'native'));
  if (!isBuilt)
    throw new RangeError(
      `--against must be the root of a checkout of this project that is built; got ${root}`,
    );
  return whole;
}

/**
 * µs a pipeline of four empty stages in either checkout, by candidate; a candidate that the other
 * one does not have is left out.
 *
 * @param {{ root: string, names: string[], effort: object, runTask: Function,
 *   progress: (text: string) => void }} options
 */
async function compareWith({ root, names, effort, runTask, progress }) {
  const found = [];
  for (const name of names) {
    const args = { name, warmUp: effort.warmUp, ...effort.empty };
    const costs = { here: [], there: [] };
    const measure = async (side) => {
      const of = side === 'there' ? root : undefined;
      const group = await runTask('blocks/timeBlocks', args, { root: of });
      costs[side].push(costOf([group]));
    };
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        progress(`round ${round + 1} of ${ROUNDS}: ${name}`);
        const order = ['there', 'here'];
        for (const side of round % 2 === 0 ? order : order.reverse())
          await measure(side);
      }
    } catch (error) {
      if (!/must be one of/.test(error.message)) throw error;
      continue;
    }
    found.push({ name, ...figuresOf(costs) });
  }
  return found;
}

/** Medians of both, and of their ratios per round, with the least and the greatest. */
function figuresOf({ here, there }) {
  const figure = (values) => ({
    value: median(values),
    low: Math.min(...values),
    high: Math.max(...values),
  });
  const ratios = here.map(
    (value, round) => ratioOf({ value }, { value: there[round] }).value,
  );
  return { here: figure(here), there: figure(there), ratio: figure(ratios) };
}

/** @returns {import('./table').Table} */
const againstTable = (found) => ({
  title: 'µs a pipeline of four empty stages (least and greatest)',
  head: ['candidate', 'there', 'here', 'here / there'],
  rows: found.map(({ name, here, there, ratio }) => [
    name,
    withInterval(there),
    withInterval(here),
    `${short(ratio.value)} × (${short(ratio.low)}–${short(ratio.high)})`,
  ]),
});

module.exports = { NAMES, againstTable, checkoutAt, compareWith, figuresOf };
