'use strict';

const { performance } = require('node:perf_hooks');

const MOST_PIPELINES = 20_000;
/** Executions that its own cost must have been sampled from, to be held against ours. */
const LEAST_OWN = 16;

/** The candidate of a process, with its deferred work and self-reported cost. */
class Subject {
  #undrained = 0;

  /** @param {import('./candidates').Candidate} candidate */
  constructor(candidate) {
    this.candidate = candidate;
  }

  /** Most pipelines before its deferred work is due. */
  get most() {
    return this.candidate.drainEvery ?? MOST_PIPELINES;
  }

  /**
   * Before `count` more pipelines, lets the candidate do its deferred work if that would come due
   * among them; returns the ms it took.
   */
  async drain(count) {
    if (this.candidate.drain === undefined) return 0;
    this.#undrained += count;
    if (this.#undrained + count <= this.most) return 0;
    this.#undrained = 0;
    const start = performance.now();
    await this.candidate.drain();
    return performance.now() - start;
  }

  /** Self-reported cost of the candidate in µs per pipeline; null if it reports none. */
  reportOwnCost() {
    const own = this.candidate.reportOwnCost?.();
    return own !== undefined && own.samples >= LEAST_OWN
      ? (own.nanosecondsPerStage * 4) / 1000
      : null;
  }
}

module.exports = { Subject };
