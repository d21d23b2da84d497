'use strict';

/**
 * @typedef {object} Candidate - how the work item reports to one way of measuring it.
 *   Every method makes the arguments its own interface takes: that is part of its cost.
 * @property {(executionId: string) => unknown} startPipeline
 * @property {(pipeline: unknown, stage: number, inputSize: number) => unknown} startStage
 * @property {(pipeline: unknown, stage: number, handle: unknown, outputSize: number,
 *   items: number, errors: number, warnings: number) => void} completeStage
 * @property {(pipeline: unknown, items: number, outputSize: number, errors: number) => void} completePipeline
 * @property {(bodies: (() => unknown)[]) => void} [run] - instead of the four: a whole pipeline
 * @property {{ drain: () => Promise<void>, drainEvery: number }} [amid] - the next two, where bodies
 *   are real
 * @property {() => Promise<void>} [drain] - does what the calls above put off
 * @property {number} [drainEvery] - pipelines after which that is due
 * @property {() => { nanosecondsPerStage: number, samples: number, sampledExecutions: number }}
 *   [reportOwnCost] - what it says it costs
 *
 * @typedef {object} Entry
 * @property {string} name - for `--candidate` and in the figures
 * @property {string} label
 * @property {string} captures - what it knows of the work item afterwards
 * @property {boolean} ours
 * @property {number[]} [bodies] - the only lengths of bodies, in µs, that it is measured with
 * @property {string | null} [garbageOf] - of the candidate that leaves as much garbage, for
 *   one that is not measured with empty bodies; null for one that leaves none
 * @property {boolean} [isWhole] - measures pipelines as a whole: its calls cannot be timed one by one
 * @property {() => Candidate} create - called once in a process
 */

/** @type {Entry[]} */
const candidates = [
  ...require('./wired'),
  ...require('./package'),
  ...require('./minimum'),
  ...require('./boundary'),
  ...require('./perfHooks'),
  ...require('./promClient'),
  ...require('./openTelemetry'),
  ...require('./sketch'),
];

function candidateNamed(name) {
  const found = candidates.find((candidate) => candidate.name === name);
  if (found === undefined) {
    const names = candidates.map((candidate) => candidate.name).join(', ');
    throw new RangeError(`--candidate must be one of ${names}; got ${name}`);
  }
  return found;
}

module.exports = { candidateNamed, candidates };
