'use strict';

/** The share of the budget for reading the heap, at most. */
const SHARE = 1 / 3;
/** The part of that share where the rest of measuring leaves less of the budget. */
const LEAST_OF_SHARE = 1 / 16;
/** The weight of a new figure in a running mean. */
const WEIGHT = 1 / 16;
/** A time counts as at most this many times the mean: during a longer one, others had the core. */
const MOST_TIMES = 4;
/** At least one of this many executions reads the heap. */
const RAREST = 4096;
/** Where all executions read the heap, the schedule learns from the first ones, then from one in so many. */
const FIRST_LEARNED = 16;
const LEARNED_ONE_IN = 8;

/**
 * Decides which executions read the heap where `memorySampling` is 'auto': one in k, at random,
 * with the smallest k for which readings stay within a third of `overheadBudget`, and within what the
 * rest of measuring leaves of it; where that is nothing, within a sixteenth of that third. The cost of
 * a reading is measured in place; the cost of the rest and the duration of executions are running means.
 */
class HeapSchedule {
  /** The share of the observed time that measuring may take; Infinity for no bound. */
  budget = 0.01;
  /** Whether the schedule learns from the execution chosen last, which takes two more clock readings. */
  isLearning = true;
  #left = 0;
  #turns = 0;
  #gap = 1;
  #readingMs = NaN;
  #executionMs = NaN;
  #readings = NaN;
  /** The cost of measuring an execution, without readings of the heap. */
  #restMs = NaN;
  #random;

  /** @param {() => number} [random] - from 0 to below 1 */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** Counts a starting execution; returns whether it reads the heap. */
  takeTurn() {
    if (this.#left > 0) {
      this.#left -= 1;
      return false;
    }
    this.#turns += 1;
    this.isLearning =
      this.#gap > 1 ||
      this.#turns <= FIRST_LEARNED ||
      this.#turns % LEARNED_ONE_IN === 0;
    if (this.isLearning) this.#gap = this.oneIn;
    // The gap is random, so that each of several actors in rotation gets readings.
    if (this.#gap > 1)
      this.#left = Math.floor(this.#random() * (2 * this.#gap - 1));
    return true;
  }

  /** One execution in so many reads the heap. 1 before anything is known. */
  get oneIn() {
    const cost = this.#readings * this.#readingMs;
    const whole = this.budget * this.#executionMs;
    const most = SHARE * whole;
    const rest = this.#restMs > 0 ? this.#restMs : 0;
    const left = Math.max(whole - rest, LEAST_OF_SHARE * most);
    const oneIn = Math.ceil(cost / Math.min(most, left));
    // Also if a figure is missing, or an execution took no time.
    if (!(oneIn > 1)) return 1;
    return Math.min(oneIn, RAREST);
  }

  /** @param {number} ms - that a reading took */
  noteReading(ms) {
    this.#readingMs = steadied(this.#readingMs, ms);
  }

  /**
   * Learns from an ended execution that read the heap. Concurrent executions share their time.
   * @param {number} ms - how long it took
   * @param {number} readings - how often it read
   * @param {number} atOnce - how many ran at the same time
   */
  noteExecution(ms, readings, atOnce) {
    this.#executionMs = mean(this.#executionMs, ms / atOnce);
    this.#readings = mean(this.#readings, readings);
  }

  /**
   * @param {number} ms - what measuring an execution took
   * @param {number} readings - of the heap within that
   */
  noteOwnCost(ms, readings) {
    const ofReadings = readings > 0 ? readings * this.#readingMs : 0;
    this.#restMs = steadied(this.#restMs, Math.max(0, ms - ofReadings));
  }
}

/** @param {number} before @param {number} ms @returns the running mean of times of our own */
function steadied(before, ms) {
  return mean(before, before > 0 ? Math.min(ms, MOST_TIMES * before) : ms);
}

/** @param {number} before @param {number} figure @returns the first figure as it is */
function mean(before, figure) {
  return before === before ? before + (figure - before) * WEIGHT : figure;
}

module.exports = { HeapSchedule };
