'use strict';

// Computes from clock readings in both loops what a candidate costs amid real bodies: the calls
// themselves, and their effect on the bodies. Pure, so that it can be tested with readings of known
// cost.

const { READINGS } = require('./driver');
const { lowerMean, mean, median, middleMean } = require('./statistics');

const STAGES = [0, 1, 2, 3];
/**
 * Calls of a pipeline that took this many times the median were interrupted. Those that find
 * no memory ready take ten times as long, which belongs to their cost; a core taken away in
 * the midst of them takes thousands of µs, and would decide a mean over some hundreds.
 */
const INTERRUPTED = 20;

/** The reading before the body of a stage, and the one after it. */
const before = (pipeline, stage) => pipeline * READINGS + 1 + 2 * stage;
const after = (pipeline, stage) => before(pipeline, stage) + 1;

/** µs in a body; null if a collection fell into it. */
function bodyTime(readings, pipeline, stage, isCollecting) {
  const start = readings[before(pipeline, stage)];
  const end = readings[after(pipeline, stage)];
  return isCollecting(start, end) ? null : (end - start) * 1000;
}

/** Calls `take` with each stage and the µs in its body, for every pipeline. */
function bodyTimesOf(readings, take) {
  for (let pipeline = 0; pipeline * READINGS < readings.length; pipeline += 1)
    for (const stage of STAGES)
      take(
        stage,
        bodyTime(readings, pipeline, stage, () => false),
      );
}

/** µs of a pipeline outside of its bodies; null if a collection fell there. */
function callTime(readings, pipeline, isCollecting) {
  const first = pipeline * READINGS;
  let total = 0;
  for (let at = first; at < first + READINGS; at += 2) {
    if (isCollecting(readings[at], readings[at + 1])) return null;
    total += readings[at + 1] - readings[at];
  }
  return total * 1000;
}

/** The results of `timeOf` in both loops over the same work, if there are both. */
function pairsOf({ bare, measured }, timeOf) {
  const pairs = [];
  for (let pipeline = 0; pipeline * READINGS < bare.length; pipeline += 1) {
    const pair = {
      bare: timeOf(bare, pipeline),
      measured: timeOf(measured, pipeline),
    };
    if (pair.bare !== null && pair.measured !== null) pairs.push(pair);
  }
  return pairs;
}

/**
 * @typedef {object} Turn - both loops over the same stretches of work
 * @property {{ bare: Float64Array, measured: Float64Array }[]} runs - over one stretch each
 * @property {number} deferred - what the candidate did late, in µs a pipeline
 *
 * @typedef {object} Sample - of one turn, in µs a pipeline
 * @property {number} calls - between the readings around the calls, less without calls
 * @property {number[]} bodies - by stage: the body with the candidate, less without
 * @property {number[]} bare - by stage: the body without the candidate, the median
 * @property {number} deferred
 */

/**
 * The samples of one process. A pair of bodies, or of a pipeline's calls, is left out where
 * a collection fell into either of the two, and one of calls where either was interrupted; so
 * is a turn in which that left nothing of a kind.
 *
 * @param {Turn[]} turns
 * @param {(start: number, end: number) => boolean} isCollecting
 * @returns {Sample[]}
 */
function samplesOf(turns, isCollecting) {
  const found = turns.map((turn) => timesOf(turn, isCollecting));
  const calls = found.flatMap((turn) => turn.calls);
  const most = INTERRUPTED * median(calls.map(({ measured }) => measured));
  const isCalm = ({ bare, measured }) => Math.max(bare, measured) <= most;
  return found
    .map((turn) => ({ ...turn, calls: turn.calls.filter(isCalm) }))
    .filter((turn) =>
      [turn.calls, ...turn.bodies].every(({ length }) => length),
    )
    .map(sampleOf);
}

/** The times of one turn by pairs: of the calls, and of the bodies by stage. */
function timesOf({ runs, deferred }, isCollecting) {
  const allPairs = (timeOf) => runs.flatMap((run) => pairsOf(run, timeOf));
  return {
    deferred,
    calls: allPairs((readings, pipeline) =>
      callTime(readings, pipeline, isCollecting),
    ),
    bodies: STAGES.map((stage) =>
      allPairs((readings, pipeline) =>
        bodyTime(readings, pipeline, stage, isCollecting),
      ),
    ),
  };
}

/**
 * In either loop the faster half of a stage's bodies counts: machines have so many ways to
 * make a body of some 100 µs longer that pair by pair little else would be seen. What the bodies
 * take without the candidate is the median of all, by which their length was set.
 */
function sampleOf({ calls, bodies, deferred }) {
  const halfOf = (loop) =>
    bodies.map((pairs) => lowerMean(pairs.map((pair) => pair[loop])));
  const [without, measured] = [halfOf('bare'), halfOf('measured')];
  return {
    deferred,
    calls: mean(calls.map((pair) => pair.measured - pair.bare)),
    bodies: STAGES.map((stage) => measured[stage] - without[stage]),
    bare: bodies.map((pairs) => median(pairs.map((pair) => pair.bare))),
  };
}

const sumOfStages = (samples, kind) =>
  STAGES.reduce(
    (sum, stage) =>
      sum + middleMean(samples.map((sample) => sample[kind][stage])),
    0,
  );

/**
 * The parts of a candidate's cost and their sum, which has in it what comes in lumps: work
 * put off, and collections.
 *
 * @param {{ samples: Sample[] }[]} groups - of one process each
 * @param {number} garbage - what collections cost
 * @returns {{ calls: number, bodies: number, own: number, cost: number }} µs a pipeline; `own` is what
 *   the candidate can time itself
 */
function partsOf(groups, garbage) {
  const samples = groups.flatMap((group) => group.samples);
  const calls = mean(samples.map((sample) => sample.calls));
  const bodies = sumOfStages(samples, 'bodies');
  const deferred = mean(samples.map((sample) => sample.deferred));
  const own = calls + deferred;
  return { calls, bodies, own, cost: own + bodies + garbage };
}

/** µs of a pipeline's bodies in the bare loop. */
const bareOf = (samples) => sumOfStages(samples, 'bare');

module.exports = { bareOf, bodyTimesOf, partsOf, samplesOf };
