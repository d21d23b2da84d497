'use strict';

const { setImmediate } = require('node:timers');

/** Where all copies of the package keep what one listener of theirs sees. */
const SEEN = Symbol.for('pipeline-performance-metrics:beforeExit');

/** @type {{ isEnding: boolean }} - whether nothing is left to do but what listeners of `beforeExit` bring about */
const seen = Reflect.get(process, SEEN) ?? watched();

function watched() {
  const state = { isEnding: false };
  // Before the other listeners: they are asked again after each turn of the event loop that is due, for ever if
  // each asks for one.
  process.prependListener('beforeExit', () => {
    state.isEnding = true;
    setImmediate(() => {
      state.isEnding = false;
    }).unref();
  });
  Reflect.defineProperty(process, SEEN, { configurable: true, value: state });
  return state;
}

/**
 * Calls `work` in the next turn of the event loop; where the process is ending, only if there is one anyway.
 * @param {() => void} work
 */
function later(work) {
  const immediate = setImmediate(work);
  if (seen.isEnding) immediate.unref();
}

module.exports = { later };
