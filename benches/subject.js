'use strict';

const { performance } = require('node:perf_hooks');

const MOST_PIPELINES = 20_000;
/** Executions that its own cost must have been sampled from, to be held against ours. */
const LEAST_OWN = 16;

/** The candidate of a process: what it puts off, and what it says it costs. */
class Subject {
  #undrained = 0;

  /** @param {import('./candidates').Candidate} candidate */
  constructor(candidate) {
    this.candidate = candidate;
  }

  /** The most pipelines that it takes before what it put off is due. */
  get most() {
    return this.candidate.drainEvery ?? MOST_PIPELINES;
  }

  /**
   * Given `count` pipelines, lets the candidate do what it put off if it could not take
   * as many again; answers the ms that took.
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

  /** µs a pipeline that the candidate says it costs; null without an answer. */
  reportOwnCost() {
    const own = this.candidate.reportOwnCost?.();
    return own !== undefined && own.samples >= LEAST_OWN
      ? (own.nanosecondsPerStage * 4) / 1000
      : null;
  }
}

module.exports = { Subject };
