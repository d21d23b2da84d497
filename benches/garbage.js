'use strict';

const { PerformanceObserver } = require('node:perf_hooks');
const { setImmediate: nextTurn } = require('node:timers/promises');

/** Every garbage collection of this process, with when it was and how long it took. */
class GarbageLog {
  #entries = [];
  #observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      this.#entries.push({ startTime, duration });
    }
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Milliseconds of collections that began in [start, end). Call after `settle`. */
  during(start, end) {
    let total = 0;
    for (const { startTime, duration } of this.#entries) {
      if (startTime >= start && startTime < end) total += duration;
    }
    return total;
  }

  /** Resolves once the collections so far have been told. */
  async settle() {
    await nextTurn();
    await nextTurn();
  }

  stop() {
    this.#observer.disconnect();
  }
}

module.exports = { GarbageLog };
