'use strict';

const { stopCarrying, unnumbered } = require('../recording/active-execution');
const { isObserved } = require('../recording/channels');
const { ExecutionRecorder, coreOf } = require('../recording/direct-recorder');
const { measurePipeline, measureStage } = require('./measure');

/** Runs of the pipeline: after about ten, V8 has allocated the type feedback of every function. */
const TIMES = 16;
const STAGES = 4;

const nothing = () => {};

let isDone = false;

/**
 * Measures a pipeline a few times on a private recorder, once per process. V8 compiles functions at
 * their first call and allocates type feedback some calls later, and choosing the heap source takes
 * readings: without this, the caller's first pipelines would pay for it. Cost: about 4 ms.
 * @param {boolean} readsHeap - whether the caller's pipelines read it from the runtime
 */
function rehearse(readsHeap) {
  // A subscriber would receive the rehearsal.
  if (isDone || isObserved()) return;
  isDone = true;
  const logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
  };
  const recorder = new ExecutionRecorder({
    logger,
    eventBus: { dispatch: nothing },
    config: { analysisEvents: false },
    ...(!readsHeap && { memorySampler: false }),
  });
  unnumbered(() => {
    for (let run = 0; run < TIMES; run += 1) measureOnce(recorder, run);
  });
  coreOf(recorder).dispose();
}

/** @param {ExecutionRecorder} recorder @param {number} run */
function measureOnce(recorder, run) {
  const result = { actions: [] };
  measurePipeline(recorder, {}, () => {
    for (let stage = 0; stage < STAGES; stage += 1)
      measureStage(recorder, `rehearsal ${run} ${stage}`, {}, () => result);
    return result;
  });
  // The next run switches it on again, as the caller's first one will.
  stopCarrying();
}

module.exports = { rehearse };
