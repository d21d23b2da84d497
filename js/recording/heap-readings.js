'use strict';

const { layout } = require('../boundary/native');

/** @import { Probes } from './probes' */

/** Milliseconds within which a boundary shares the reading of the one before. */
const { SHARED_WITHIN } = layout.at;

/** The heap during an execution that reads it, in bytes; NaN where a reading failed. */
class HeapReadings {
  #probes;
  #amongst;
  #count = 1;
  /** As the execution started. */
  start;
  /** As last read, which a boundary close by may share, and when in ms. */
  latest;
  #at = NaN;

  /**
   * Reads it as an execution starts.
   * @param {Probes} probes
   * @param {number} amongst - executions of the collector that run as it starts, itself included
   */
  constructor(probes, amongst) {
    this.#probes = probes;
    this.#amongst = amongst;
    this.start = probes.heapAtStart();
    this.latest = this.start;
  }

  /** @param {number} now @returns whether a boundary at `now` shares the latest reading */
  isSharedAt(now) {
    return this.#probes.sharesHeap && now - this.#at <= SHARED_WITHIN;
  }

  /** The heap at a boundary that shares none. */
  read() {
    this.#count += 1;
    return this.#probes.heap();
  }

  /** @param {number} heap @param {number} now - of the boundary, for those close by */
  note(heap, now) {
    this.latest = heap;
    this.#at = now;
  }

  /**
   * The heap as the execution ends.
   * @param {number} now
   * @param {number} ms - that the execution took
   * @param {number} active - executions of the collector that run, itself included
   */
  readAtEnd(now, ms, active) {
    const heap = this.isSharedAt(now) ? this.latest : this.read();
    const atOnce = Math.max(this.#amongst, active);
    this.#probes.noteExecution(ms, this.#count, atOnce);
    return heap;
  }
}

module.exports = { HeapReadings };
