'use strict';

const { performance } = require('node:perf_hooks');
const { setTimeout: sleep } = require('node:timers/promises');
const { candidateNamed } = require('../candidates');
const { READINGS, timeBare, timeMeasured } = require('../driver');
const { median } = require('../statistics');
const { Work } = require('../work');

const NAMES = ['wired', 'minimum-shared'];
const COUNT = 1;

/** µs outside of the bodies of one pipeline. */
function callsOf(readings) {
  let total = 0;
  for (let at = 0; at < READINGS; at += 2)
    total += readings[at + 1] - readings[at];
  return total * 1000;
}

/** µs that the calls of one pipeline take, above the loop that runs its bodies alone. */
function timeOne(candidate, bodies, at) {
  const readings = new Float64Array(READINGS);
  timeBare(bodies, at, COUNT, readings);
  const bare = callsOf(readings);
  timeMeasured(candidate, bodies, at, COUNT, readings);
  return callsOf(readings) - bare;
}

/**
 * Pipelines that come one by one in a process that has done nothing else: their code is still
 * interpreted, and whatever happens in between leaves nothing of it in the caches. Candidates take
 * turns, so that what the machine does meanwhile falls on all of them.
 *
 * @param {{ names: string[], counts: number[], pipelines: number, everyMs: number }} options
 * @returns {Promise<{ calls: number, first: number }[]>} µs of each: the median, and of the first
 */
async function timeRare({ names, counts, pipelines, everyMs }) {
  const candidates = names.map((name) => candidateNamed(name).create());
  const bodies = new Work().bodies(counts);
  const calls = names.map(() => []);
  for (let at = 0; at < pipelines * names.length; at += 1) {
    const next = performance.now() + everyMs;
    const which = at % names.length;
    calls[which].push(timeOne(candidates[which], bodies, at));
    await sleep(Math.max(0, next - performance.now()));
  }
  return calls.map((all) => ({ calls: median(all), first: all[0] }));
}

async function run({ effort, sizes, runTask, progress }) {
  const { pipelines, everyMs, us } = effort.rare;
  progress('rare pipelines');
  const options = { counts: sizes[us], everyMs };
  const all = { ...options, names: NAMES, pipelines };
  const reported = await runTask('rare/timeRare', all);
  const figures = {};
  for (const [at, name] of NAMES.entries()) {
    // The second candidate finds some of its code in the caches.
    const alone = { ...options, names: [name], pipelines: 1 };
    const [{ first }] =
      at === 0 ? reported : await runTask('rare/timeRare', alone);
    figures[`rare/${name}`] = { value: reported[at].calls, unit: 'µs' };
    figures[`rare/${name}/first`] = { value: first / 1000, unit: 'ms' };
  }
  return figures;
}

module.exports = { run, tasks: { timeRare } };
