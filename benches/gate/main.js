'use strict';

/**
 * The rates of the gate on real processes: how often the same code is called slower, with one
 * process a side and with five, and how often 10 % more work is found. A progress line goes to
 * standard error.
 *
 * @example npm run gate:rates
 */

const { execFileSync } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { compareExported } = require('../../js/queries/comparison');

const WORKLOAD = path.join(__dirname, 'workload.js');
/** Pairs of sides that are compared, each of several processes. */
const PAIRS = 100;
const PROCESSES = 5;
const RUNS = 150;
const SLOWER = 1.1;

const FACTORS = { base: 1, head: 1, slow: SLOWER };

const historyOf = (factor) =>
  execFileSync(process.execPath, [WORKLOAD, String(RUNS), String(factor)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });

/** The sides of one pair, with alternating processes, so that other load affects all alike. */
function measuredPair() {
  const sides = { base: [], head: [], slow: [] };
  for (let turn = 0; turn < PROCESSES; turn += 1) {
    for (const [side, factor] of Object.entries(FACTORS))
      sides[side].push(historyOf(factor));
  }
  return sides;
}

function measured() {
  const started = Date.now();
  return Array.from({ length: PAIRS }, (_, pair) => {
    const sides = measuredPair();
    const seconds = Math.round((Date.now() - started) / 1000);
    process.stderr.write(`\r${pair + 1} of ${PAIRS} pairs in ${seconds} s `);
    return sides;
  });
}

/** What `pipeline-metrics compare` exits with 1 for. */
const isSlower = (before, after) =>
  compareExported(before, after).verdict === 'slower';

/** The share of comparisons that call the second side slower. */
function rateOf(comparisons) {
  const slower = comparisons.filter(([before, after]) =>
    isSlower(before, after),
  ).length;
  const percent = ((100 * slower) / comparisons.length).toFixed(1);
  return `${percent} % (${slower} of ${comparisons.length})`;
}

function main() {
  const pairs = measured();
  const load = os.loadavg()[1].toFixed(1);
  const singles = pairs.flatMap(({ base, head }) =>
    base.map((history, process) => [[history], [head[process]]]),
  );
  const same = pairs.map(({ base, head }) => [base, head]);
  const slowed = pairs.map(({ base, slow }) => [base, slow]);
  const lines = [
    '',
    `same code, 1 process a side: called slower in ${rateOf(singles)}`,
    `same code, ${PROCESSES} processes a side: called slower in ${rateOf(same)}`,
    `10 % more work, ${PROCESSES} processes a side: found in ${rateOf(slowed)}`,
    `load average ${load} of ${os.availableParallelism()} cores`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

main();
