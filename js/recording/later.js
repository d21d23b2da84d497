'use strict';

const { setImmediate } = require('node:timers');

/** The key of the state that all copies of the package share, so that there is one listener. */
const SEEN = Symbol.for('pipeline-performance-metrics:beforeExit');

/** @type {{ isEnding: boolean }} - whether only listeners of `beforeExit` still schedule work */
const seen = Reflect.get(process, SEEN) ?? watched();

function watched() {
  const state = { isEnding: false };
  // First of all listeners, which Node.js calls again after each turn of the event loop that one of them schedules:
  // for ever, if one measures and each replay schedules a turn.
  process.prependListener('beforeExit', () => {
    state.isEnding = true;
  });
  Reflect.defineProperty(process, SEEN, { configurable: true, value: state });
  return state;
}

/**
 * Calls `work` in the next turn of the event loop; if the process is ending, only if there is one anyway.
 * @param {() => void} work
 */
function later(work) {
  const immediate = setImmediate(() => {
    seen.isEnding = false;
    work();
  });
  if (seen.isEnding) immediate.unref();
}

module.exports = { later };
