'use strict';

const { stopCarrying } = require('../recording/active-execution');
const { isObserved } = require('../recording/channels');
const { CORE, ExecutionRecorder } = require('../recording/direct-recorder');
const { measurePipeline, measureStage } = require('./measure');

/** @typedef {import('../recording/direct-recorder').Ours} Ours */

const nothing = () => {};

let isDone = false;

/**
 * Measures a pipeline of one stage on a recorder of its own, once a process. V8 compiles functions
 * at their first call, and where the heap is read from is found out by reading it: without this,
 * the first pipeline of the caller's waits for both. Cost: some 2 ms.
 *
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
  measurePipeline(recorder, {}, () =>
    measureStage(recorder, 'rehearsal', {}, () => ({ actions: [] })),
  );
  /** @type {Ours} */ (/** @type {object} */ (recorder))[CORE].dispose();
  stopCarrying();
}

module.exports = { rehearse };
