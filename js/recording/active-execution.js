'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');

/**
 * The execution that the running code belongs to, carried through every `await`. A store is
 * `{ collector, trace, executionId, outer }`: `trace` is the one it was started through, or null;
 * `outer` is the execution it runs inside of.
 *
 * Before Node 24, once it carries anything, every promise of the process costs more, whether it
 * belongs to an execution or not.
 */
const storage = new AsyncLocalStorage();

/**
 * The one open execution that is not carried along, if any: code that carries none is its. Only
 * an execution of whose collector nothing runs outside of executions may be that. All that start
 * until it ends are carried along, so which of them code belongs to is never a guess.
 */
let lone = null;

/** Executions that are carried along and have not ended. */
let carried = 0;

/** Whether `storage` has carried anything since it was last switched off. */
let isCarrying = false;

/** Whether an execution that starts now can be {@link lone}. */
function canBeLone() {
  if (lone !== null || storage.getStore() !== undefined) return false;
  if (isCarrying && carried === 0) {
    storage.disable();
    isCarrying = false;
  }
  return true;
}

/** What stands for an execution, until {@link leaveExecution}. */
function enterExecution(collector, trace, executionId, mayBeLone) {
  if (mayBeLone && canBeLone()) {
    lone = { collector, trace, executionId, outer: undefined };
    return lone;
  }
  carried += 1;
  isCarrying = true;
  return { collector, trace, executionId, outer: storage.getStore() };
}

function leaveExecution(store) {
  if (store === lone) lone = null;
  else carried -= 1;
}

/** Calls `fn` in an execution that was entered. */
function runIn(store, fn, ...args) {
  return store === lone ? fn(...args) : storage.run(store, fn, ...args);
}

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
  if (current !== undefined || lone === null) return current;
  return collector === undefined || lone.collector === collector
    ? lone
    : undefined;
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
  enterExecution,
  leaveExecution,
  nextExecutionId,
  runIn,
};
