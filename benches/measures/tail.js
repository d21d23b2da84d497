'use strict';

const { performance } = require('node:perf_hooks');
const { candidateNamed } = require('../candidates');
const { EMPTY_BODIES, runMeasured } = require('../driver');
const { median, quantile } = require('../statistics');
const { Work } = require('../work');

const QUANTILES = { p50: 0.5, p99: 0.99, max: 1 };

/** What the clock itself adds to a time taken with it, in µs. */
function clockCost() {
  const readings = new Float64Array(10_001);
  for (let i = 0; i < readings.length; i += 1) readings[i] = performance.now();
  const steps = readings
    .subarray(1)
    .map((reading, i) => (reading - readings[i]) * 1000);
  return median(steps);
}

/**
 * Times the start and the completion of each stage one by one.
 *
 * @returns {Promise<{ costs: object, duration: number }>} µs: what a stage cost, and the
 *   median of what the candidate says that its empty body took, NaN if it says nothing
 */
async function timeStages({ name, counts, warmUp, stages }) {
  const candidate = candidateNamed(name).create();
  runMeasured(candidate, EMPTY_BODIES, 0, candidate.drain ? 0 : warmUp);
  const bodies = counts === null ? EMPTY_BODIES : new Work().bodies(counts);
  const costs = new Float64Array(stages);
  const durations = new Float64Array(stages);
  const clock = clockCost();
  // Twice: the first pass only lets the compiler see this loop.
  for (let pass = 0; pass < 2; pass += 1) {
    await timePass(candidate, bodies, costs, durations, pass * stages);
  }
  const sorted = costs.map((cost) => Math.max(0, cost - clock)).sort();
  const entries = Object.entries(QUANTILES).map(([key, q]) => [
    key,
    quantile(sorted, q),
  ]);
  return { costs: Object.fromEntries(entries), duration: median(durations) };
}

async function timePass(candidate, bodies, costs, durations, first) {
  for (let at = 0; at < costs.length; at += 4) {
    const pipeline = candidate.startPipeline(`tail-${first + at}`);
    for (let stage = 0; stage < 4; stage += 1) {
      const begun = performance.now();
      const handle = candidate.startStage(pipeline, stage, 1000);
      const started = performance.now();
      bodies[stage]();
      const done = performance.now();
      const completed = candidate.completeStage(
        pipeline,
        stage,
        handle,
        500,
        20,
        0,
        0,
      );
      const ended = performance.now();
      costs[at + stage] = (started - begun + (ended - done)) * 1000;
      durations[at + stage] = completed?.duration * 1000;
    }
    candidate.completePipeline(pipeline, 80, 503, 0);
    if (candidate.drain !== undefined && (at / 4) % candidate.drainEvery === 0)
      await candidate.drain();
  }
}

/** What the collector says that an empty stage took: no clock of ours between its calls. */
function ownDuration({ name, warmUp, stages }) {
  const candidate = candidateNamed(name).create();
  runMeasured(candidate, EMPTY_BODIES, 0, warmUp);
  const durations = new Float64Array(stages);
  for (let at = 0; at < stages; at += 4) {
    const pipeline = candidate.startPipeline(`own-${at}`);
    for (let stage = 0; stage < 4; stage += 1) {
      const handle = candidate.startStage(pipeline, stage, 1000);
      const completed = candidate.completeStage(
        pipeline,
        stage,
        handle,
        500,
        20,
        0,
        0,
      );
      durations[at + stage] = completed.duration * 1000;
    }
    candidate.completePipeline(pipeline, 80, 503, 0);
  }
  return median(durations);
}

async function run({ effort, names, runTask, progress }) {
  const figures = {};
  const args = { warmUp: effort.warmUp, stages: effort.tailStages };
  for (const name of effort.tailNames ?? names(0)) {
    progress(`tail: ${name}`);
    const { costs } = await runTask('tail/timeStages', {
      name,
      counts: null,
      ...args,
    });
    for (const [key, value] of Object.entries(costs)) {
      figures[`tail/${name}/${key}`] = { value, unit: 'µs' };
    }
  }
  const duration = await runTask('tail/ownDuration', {
    name: 'basic',
    ...args,
  });
  figures['duration/basic'] = { value: duration, unit: 'µs' };
  return figures;
}

module.exports = { run, tasks: { ownDuration, timeStages } };
