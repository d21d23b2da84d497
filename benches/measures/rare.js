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

/**
 * Pipelines that come one by one in a process that has done nothing else: their code is still
 * interpreted, and whatever happens in between leaves nothing of it in the caches.
 *
 * @param {{ name: string, counts: number[], pipelines: number, everyMs: number }} options
 * @returns {Promise<{ calls: number, first: number }>} µs: the median, and of the first
 */
async function timeRare({ name, counts, pipelines, everyMs }) {
  const candidate = candidateNamed(name).create();
  const bodies = new Work().bodies(counts);
  const readings = new Float64Array(READINGS);
  const calls = [];
  for (let at = 0; at < pipelines; at += 1) {
    const next = performance.now() + everyMs;
    timeBare(bodies, at, COUNT, readings);
    const bare = callsOf(readings);
    timeMeasured(candidate, bodies, at, COUNT, readings);
    calls.push(callsOf(readings) - bare);
    await sleep(Math.max(0, next - performance.now()));
  }
  return { calls: median(calls), first: calls[0] };
}

async function run({ effort, sizes, runTask, progress }) {
  const { pipelines, everyMs, us } = effort.rare;
  const figures = {};
  for (const name of NAMES) {
    progress(`rare pipelines: ${name}`);
    const reported = await runTask('rare/timeRare', {
      name,
      counts: sizes[us],
      pipelines,
      everyMs,
    });
    figures[`rare/${name}`] = { value: reported.calls, unit: 'µs' };
    figures[`rare/${name}/first`] = {
      value: reported.first / 1000,
      unit: 'ms',
    };
  }
  return figures;
}

module.exports = { run, tasks: { timeRare } };
