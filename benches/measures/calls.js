'use strict';

const { performance } = require('node:perf_hooks');
const { candidateNamed } = require('../candidates');
const { EMPTY_BODIES, runMeasured } = require('../driver');
const { median, quantile, shuffled } = require('../statistics');
const { Work } = require('../work');

const QUANTILES = { p50: 0.5, p99: 0.99, max: 1 };
/** Bodies of this length leave the calls to a candidate with cold caches. */
const COLD_BODY_US = 50;

/** What the clock itself adds to a time taken with it, in µs. */
function clockCost() {
  const readings = Float64Array.from({ length: 10_001 }, () =>
    performance.now(),
  );
  const steps = readings.subarray(1).map((later, at) => later - readings[at]);
  return median(steps) * 1000;
}

/**
 * Times the calls to a candidate one by one, so that a pause of the machine spoils few of
 * them, and the bodies between them none.
 *
 * @returns {Promise<{ stage: object, pipeline: number }>} µs: quantiles of what one stage
 *   cost, and the median of what all calls of a pipeline did
 */
async function timeCalls({ name, counts, warmUp, stages }) {
  const candidate = candidateNamed(name).create();
  if (candidate.drain === undefined) {
    runMeasured(candidate, EMPTY_BODIES, 0, warmUp);
  }
  const bodies = counts === null ? EMPTY_BODIES : new Work().bodies(counts);
  const times = {
    ofStages: new Float64Array(stages),
    ofPipelines: new Float64Array(stages / 4),
  };
  // Twice: the first pass only lets the compiler see this loop.
  for (const pass of ['first', 'second']) {
    await timePass(candidate, bodies, pass, times);
  }
  const clock = clockCost();
  const costs = times.ofStages.map((took) => Math.max(0, took - 2 * clock));
  return {
    stage: Object.fromEntries(
      Object.entries(QUANTILES).map(([key, q]) => [key, quantile(costs, q)]),
    ),
    pipeline: Math.max(0, median(times.ofPipelines) - 10 * clock),
  };
}

async function timePass(candidate, bodies, pass, times) {
  for (let run = 0; run < times.ofPipelines.length; run += 1) {
    timePipeline(candidate, bodies, `${pass}-${run}`, run, times);
    if (candidate.drain !== undefined && run % candidate.drainEvery === 0) {
      await candidate.drain();
    }
  }
}

function timePipeline(candidate, bodies, executionId, run, times) {
  const begun = performance.now();
  const pipeline = candidate.startPipeline(executionId);
  let calls = performance.now() - begun;
  for (let stage = 0; stage < 4; stage += 1) {
    const starting = performance.now();
    const handle = candidate.startStage(pipeline, stage, 1000);
    const started = performance.now();
    bodies[stage]();
    const completing = performance.now();
    candidate.completeStage(pipeline, stage, handle, 500, 20, 0, 0);
    const took = started - starting + (performance.now() - completing);
    times.ofStages[run * 4 + stage] = took * 1000;
    calls += took;
  }
  const ending = performance.now();
  candidate.completePipeline(pipeline, 80, 503, 0);
  calls += performance.now() - ending;
  times.ofPipelines[run] = calls * 1000;
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
      candidate.completeStage(pipeline, stage, handle, 500, 20, 0, 0);
      durations[at + stage] = handle.duration * 1000;
    }
    candidate.completePipeline(pipeline, 80, 503, 0);
  }
  return median(durations);
}

/** Figures of one candidate from what its processes found. */
function figuresOf(state, name, found) {
  const figures = {};
  for (const key of Object.keys(QUANTILES)) {
    const value = median(found.map(({ stage }) => stage[key]));
    figures[`tail/${state}/${name}/${key}`] = { value, unit: 'µs' };
  }
  const pipelines = found.map(({ pipeline }) => pipeline);
  figures[`calls/${state}/${name}`] = {
    value: median(pipelines),
    low: Math.min(...pipelines),
    high: Math.max(...pipelines),
    unit: 'µs',
  };
  return figures;
}

async function run({ effort, names, sizes, runTask, random, progress }) {
  const { warmUp, hotStages, coldStages, callRounds: rounds } = effort;
  const states = {
    hot: { warmUp, counts: null, stages: hotStages },
    cold: { warmUp, counts: sizes[COLD_BODY_US], stages: coldStages },
  };
  const cells = Object.keys(states).flatMap((state) =>
    names.callByCall.map((name) => ({ state, name, found: [] })),
  );
  for (let round = 1; round <= rounds; round += 1) {
    for (const { state, name, found } of shuffled(cells, random)) {
      progress(`calls, round ${round} of ${rounds}: ${name}, ${state}`);
      found.push(await runTask('calls/timeCalls', { name, ...states[state] }));
    }
  }
  const figures = {};
  for (const { state, name, found } of cells) {
    Object.assign(figures, figuresOf(state, name, found));
  }
  if (!names.callByCall.includes('basic')) return figures;
  const own = { name: 'basic', warmUp, stages: hotStages };
  const value = await runTask('calls/ownDuration', own);
  figures['duration/basic'] = { value, unit: 'µs' };
  return figures;
}

module.exports = { COLD_BODY_US, run, tasks: { ownDuration, timeCalls } };
