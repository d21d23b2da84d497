'use strict';

/**
 * The rates of the gate on real processes: how often the same code is called slower, with one
 * process a side and with five, and how often 10 % more work is found.
 *
 * @example npm run gate:rates
 */

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { compareSaved } = require('../../js/queries/comparison');

const WORKLOAD = path.join(__dirname, 'workload.js');
const PAIRS = 100;
const PROCESSES = 5;
const RUNS = 300;
const SLOWER = 1.1;

const historyOf = (factor) =>
  execFileSync(process.execPath, [WORKLOAD, String(RUNS), String(factor)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });

/** Processes by turns, so that what the machine does besides falls on all sides alike. */
function measured() {
  const sides = { base: [], head: [], slow: [] };
  for (let pair = 0; pair < PAIRS; pair += 1) {
    sides.base.push(historyOf(1));
    sides.head.push(historyOf(1));
    sides.slow.push(historyOf(SLOWER));
  }
  return sides;
}

/** How many of the groups of so many processes are called slower. */
function slowerOf(before, after, processes) {
  const groups = Math.floor(before.length / processes);
  let slower = 0;
  for (let group = 0; group < groups; group += 1) {
    const of = (side) => side.slice(group * processes, (group + 1) * processes);
    if (compareSaved(of(before), of(after)).verdict === 'slower') slower += 1;
  }
  return `${slower} of ${groups}`;
}

function main() {
  const { base, head, slow } = measured();
  const lines = [
    `Same code, 1 process a side: called slower in ${slowerOf(base, head, 1)}`,
    `Same code, ${PROCESSES} processes a side: called slower in ${slowerOf(base, head, PROCESSES)}`,
    `10 % more work, ${PROCESSES} processes a side: found in ${slowerOf(base, slow, PROCESSES)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

main();
