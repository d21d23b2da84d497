'use strict';

const { PerformanceObserver } = require('node:perf_hooks');
const { setImmediate: nextTurn } = require('node:timers/promises');
const { median } = require('./statistics');

/**
 * Whether one of the collections, which follow each other, falls into a span of time.
 *
 * @param {{ startTime: number, duration: number }[]} collections
 */
function touches(collections, start, end) {
  let [low, high] = [0, collections.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (collections[middle].startTime < end) low = middle + 1;
    else high = middle;
  }
  const last = collections[low - 1];
  return last !== undefined && last.startTime + last.duration > start;
}

/** Every garbage collection of this process: when it was, its kind, and how long it took. */
class GarbageLog {
  #entries = [];
  #observer = new PerformanceObserver((list) => {
    for (const { startTime, duration, detail } of list.getEntries()) {
      this.#entries.push({ startTime, duration, kind: detail.kind });
    }
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Resolves once the collections so far have been reported: before, the other figures are too low. */
  async settle() {
    await nextTurn();
    await nextTurn();
  }

  #within({ start, end }) {
    return this.#entries.filter(
      ({ startTime }) => startTime >= start && startTime < end,
    );
  }

  /** Whether a collection falls into a span of time, be it in part. */
  touches(start, end) {
    return touches(this.#entries, start, end);
  }

  /** Milliseconds of a block without the collections that began in it. */
  withoutCollections(block) {
    return this.#within(block).reduce(
      (left, { duration }) => left - duration,
      block.end - block.start,
    );
  }

  /**
   * Milliseconds of collections in the blocks, each counted at the median of its kind: otherwise a
   * collector thread waiting for a busy core would weigh too much.
   *
   * @param {{ start: number, end: number }[]} blocks
   */
  costOf(blocks) {
    const typical = new Map();
    for (const kind of new Set(this.#entries.map((entry) => entry.kind))) {
      const alike = this.#entries.filter((entry) => entry.kind === kind);
      typical.set(kind, median(alike.map(({ duration }) => duration)));
    }
    return blocks
      .flatMap((block) => this.#within(block))
      .reduce((total, { kind }) => total + typical.get(kind), 0);
  }

  stop() {
    this.#observer.disconnect();
  }
}

module.exports = { GarbageLog, touches };
