'use strict';

const { stopCarrying, unnumbered } = require('../recording/active-execution');
const { isObserved } = require('../recording/channels');
const { ExecutionRecorder, coreOf } = require('../recording/direct-recorder');
const { measurePipeline, measureStage } = require('./measure');

/** How often the pipeline runs: from some ten on V8 has what it remembers of types for each function. */
const TIMES = 16;
const STAGES = 4;

const nothing = () => {};

let isDone = false;

/**
 * Measures a pipeline some times on a recorder of its own, once per process. V8 compiles functions
 * at their first call and allocates what it remembers of types some calls later, and where the heap
 * is read from is found out by reading it: without this, the first pipelines of the caller's wait for
 * all that. Cost: some 4 ms.
 * @param {boolean} readsHeap - whether the caller's pipelines read it from the runtime
 */
function rehearse(readsHeap) {
  // A subscriber would hear of it.
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
  // The next one switches it on again, as the caller's first one will.
  stopCarrying();
}

module.exports = { rehearse };
