'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');

/**
 * The execution that the running code belongs to, carried through every `await`. A store is
 * `{ collector, trace, executionId, outer }`: `trace` is the one it was started through, or null;
 * `outer` is the execution it runs inside of.
 */
const storage = new AsyncLocalStorage();

/** The innermost execution around the running code: of `collector`, or of any. */
function currentExecution(collector) {
  let current = storage.getStore();
  while (
    current !== undefined &&
    collector !== undefined &&
    current.collector !== collector
  ) {
    current = current.outer;
  }
  return current;
}

/** The innermost execution around the running code that was started through `trace`. */
function currentExecutionOf(trace) {
  let current = storage.getStore();
  while (current !== undefined && current.trace !== trace)
    current = current.outer;
  return current;
}

let sequence = 0;

/** An execution id that this copy of the package has not given out before. */
function nextExecutionId(prefix) {
  sequence += 1;
  return `${prefix}-${sequence}`;
}

module.exports = {
  currentExecution,
  currentExecutionOf,
  nextExecutionId,
  storage,
};
