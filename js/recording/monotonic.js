'use strict';

const { performance } = require('node:perf_hooks');

// Taken once: tests replace the method of the shared object, never of the prototype. A runtime
// whose prototype has none (Bun) has it on the object.
const now = Object.getPrototypeOf(performance).now ?? performance.now;

/** Monotonic time in ms, on the scale of `performance.now()`. */
const performanceNow = () => now.call(performance);

module.exports = { now, performance, performanceNow };
