'use strict';

const { layout } = require('../boundary/native');

/** @import { Probes } from './probes' */

/** Age in ms up to which a boundary shares the previous reading. */
const { SHARED_WITHIN } = layout.at;

/** The heap during an execution that reads it, in bytes; NaN where a reading failed. */
class HeapReadings {
  /**
   * Reads the heap as an execution starts.
   * @param {Probes} probes
   * @param {number} amongst - executions of the collector that run as it starts, itself included
   */
  constructor(probes, amongst) {
    this.probes = probes;
    const { learnsFromHeap } = probes;
    /** Concurrent executions, if the schedule learns from this one; else 0. */
    this.amongst = learnsFromHeap ? amongst : 0;
    /** Readings so far. */
    this.count = 1;
    /** The heap as the execution started. */
    this.start = learnsFromHeap ? probes.heapTimed() : probes.heap();
    /** The last reading, which a boundary soon after may share, and its time in ms. */
    this.latest = this.start;
    this.at = NaN;
  }

  /** Reads the heap at a boundary that shares no reading. */
  read() {
    this.count += 1;
    return this.probes.heap();
  }

  /**
   * The heap as the execution ends.
   * @param {number} now
   * @param {number} ms - that the execution took
   * @param {number} active - executions of the collector that run, itself included
   */
  readAtEnd(now, ms, active) {
    const isShared = this.probes.sharesHeap && now - this.at <= SHARED_WITHIN;
    const heap = isShared ? this.latest : this.read();
    if (this.amongst > 0)
      this.probes.noteExecution(ms, this.count, Math.max(this.amongst, active));
    return heap;
  }
}

module.exports = { HeapReadings };
