'use strict';

const { performance } = require('node:perf_hooks');

// The work item, bare and measured: a pipeline of four stages, each started with an input
// size and completed with success, output size, items, errors and warnings. Both loops do
// the same apart from the calls to the candidate, so that their difference is its cost.

/** The stages of the work item, by index. They are names with default thresholds. */
const STAGES = Object.freeze([
  'component_filtering',
  'prerequisite_evaluation',
  'multi_target_resolution',
  'action_formatting',
]);

/** A sink for the results of the bare loop, so that the compiler cannot drop them. */
const sink = { executionId: '' };

/** Every 64th stage warns; none fails, so that no threshold is crossed. */
const warningsOf = (run, stage) => ((((run << 2) | stage) & 63) === 0 ? 1 : 0);

/**
 * @param {(() => unknown)[]} bodies - one a stage. Four functions called from one place are
 *   never inlined there, so both loops run the very same code of the bodies
 * @param {number} first - number of the first pipeline
 * @param {number} count
 */
function runBare(bodies, first, count) {
  for (let run = first; run < first + count; run += 1) {
    sink.executionId = `run-${run}`;
    for (let stage = 0; stage < 4; stage += 1) bodies[stage]();
  }
}

function runWired(candidate, bodies, first, count) {
  for (let run = first; run < first + count; run += 1) {
    sink.executionId = `run-${run}`;
    candidate.run(bodies);
  }
}

/** @param {import('./candidates').Candidate} candidate */
function runMeasured(candidate, bodies, first, count) {
  if (candidate.run !== undefined) {
    runWired(candidate, bodies, first, count);
    return;
  }
  for (let run = first; run < first + count; run += 1) {
    const executionId = `run-${run}`;
    sink.executionId = executionId;
    const pipeline = candidate.startPipeline(executionId);
    for (let stage = 0; stage < 4; stage += 1) {
      const inputSize = 1000 + (run & 255);
      const handle = candidate.startStage(pipeline, stage, inputSize);
      bodies[stage]();
      const warnings = warningsOf(run, stage);
      candidate.completeStage(
        pipeline,
        stage,
        handle,
        500 + stage,
        20,
        0,
        warnings,
      );
    }
    candidate.completePipeline(pipeline, 80, 503, 0);
  }
}

/**
 * Readings of the clock that a timed pipeline leaves: at its start, before and after each body, and
 * at its end. Time outside the bodies belongs to calls, or to their place in the bare loop.
 */
const READINGS = 10;

/** The bare loop, which reads the clock wherever the measured one does. */
function timeBare(bodies, first, count, readings) {
  let at = 0;
  for (let run = first; run < first + count; run += 1) {
    sink.executionId = `run-${run}`;
    readings[at++] = performance.now();
    for (let stage = 0; stage < 4; stage += 1) {
      readings[at++] = performance.now();
      bodies[stage]();
      readings[at++] = performance.now();
    }
    readings[at++] = performance.now();
  }
}

/**
 * The measured loop with a reading of the clock on either side of the calls.
 *
 * @param {import('./candidates').Candidate} candidate
 * @param {Float64Array} readings - takes `READINGS` for each pipeline
 */
function timeMeasured(candidate, bodies, first, count, readings) {
  if (candidate.run !== undefined) {
    timeWired(candidate, bodies, first, count, readings);
    return;
  }
  let at = 0;
  for (let run = first; run < first + count; run += 1) {
    const executionId = `run-${run}`;
    sink.executionId = executionId;
    readings[at++] = performance.now();
    const pipeline = candidate.startPipeline(executionId);
    for (let stage = 0; stage < 4; stage += 1) {
      const inputSize = 1000 + (run & 255);
      const handle = candidate.startStage(pipeline, stage, inputSize);
      readings[at++] = performance.now();
      bodies[stage]();
      readings[at++] = performance.now();
      const warnings = warningsOf(run, stage);
      candidate.completeStage(
        pipeline,
        stage,
        handle,
        500 + stage,
        20,
        0,
        warnings,
      );
    }
    candidate.completePipeline(pipeline, 80, 503, 0);
    readings[at++] = performance.now();
  }
}

/** Where the bodies of a timed pipeline leave their readings. */
const timed = { readings: new Float64Array(0), at: 0 };

/** The timed bodies of those that were timed last, and those. */
let timedBodies = { of: null, bodies: [] };

function timedBodiesOf(bodies) {
  if (timedBodies.of === bodies) return timedBodies.bodies;
  timedBodies = {
    of: bodies,
    bodies: bodies.map((body) => () => {
      timed.readings[timed.at++] = performance.now();
      body();
      timed.readings[timed.at++] = performance.now();
    }),
  };
  return timedBodies.bodies;
}

function timeWired(candidate, bodies, first, count, readings) {
  const wrapped = timedBodiesOf(bodies);
  timed.readings = readings;
  timed.at = 0;
  for (let run = first; run < first + count; run += 1) {
    sink.executionId = `run-${run}`;
    readings[timed.at++] = performance.now();
    candidate.run(wrapped);
    readings[timed.at++] = performance.now();
  }
}

/** Four different functions that do nothing. */
const EMPTY_BODIES = Object.freeze([() => 0, () => 1, () => 2, () => 3]);

module.exports = {
  EMPTY_BODIES,
  READINGS,
  STAGES,
  runBare,
  runMeasured,
  timeBare,
  timeMeasured,
};
