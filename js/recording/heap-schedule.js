'use strict';

/** The part of the budget that reading the heap may take. */
const SHARE = 1 / 3;
/** How much a new figure counts in a running mean. */
const WEIGHT = 1 / 16;
/** A reading counts as at most so many times the mean: in a longer one others had the core. */
const MOST_TIMES = 4;
/** Executions of which at least one reads the heap. */
const RAREST = 4096;
/** Where all executions read the heap: the first, which are all learned from, and of the later ones one in so many. */
const FIRST_LEARNED = 16;
const LEARNED_ONE_IN = 8;

/**
 * Which executions read the heap, where `memorySampling` is 'auto': one in k, at random, with the
 * least k that keeps the readings within a third of `overheadBudget`. What a reading takes is
 * measured where it happens, and how long executions take is a running mean.
 */
class HeapSchedule {
  /** The share of the time observed that everything may take; no bound for Infinity. */
  budget = 0.01;
  /** Whether the one whose turn it was last is learned from. Not all are: it takes two more readings of the clock. */
  isLearning = true;
  #left = 0;
  #turns = 0;
  #gap = 1;
  #readingMs = NaN;
  #executionMs = NaN;
  #readings = NaN;
  #random;

  /** @param {() => number} [random] - from 0 to below 1 */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** Counts an execution that starts; whether it reads the heap. */
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
    // The gap is random, so that of actors that come in turn each has its readings.
    if (this.#gap > 1)
      this.#left = Math.floor(this.#random() * (2 * this.#gap - 1));
    return true;
  }

  /** One execution in so many reads the heap. 1 before anything is known. */
  get oneIn() {
    const cost = this.#readings * this.#readingMs;
    const allowed = SHARE * this.budget * this.#executionMs;
    const oneIn = Math.ceil(cost / allowed);
    // Also where a figure is missing, or an execution took no time.
    if (!(oneIn > 1)) return 1;
    return Math.min(oneIn, RAREST);
  }

  /** @param {number} ms - that a reading took */
  noteReading(ms) {
    const before = this.#readingMs;
    const most = before > 0 ? MOST_TIMES * before : Infinity;
    this.#readingMs = mean(before, Math.min(ms, most));
  }

  /**
   * Takes in an execution that ended and read the heap. Of the time that several took at once each
   * has its part.
   * @param {number} ms - how long it took
   * @param {number} readings - how often it read
   * @param {number} atOnce - how many ran at the same time
   */
  noteExecution(ms, readings, atOnce) {
    this.#executionMs = mean(this.#executionMs, ms / atOnce);
    this.#readings = mean(this.#readings, readings);
  }
}

/** @param {number} before @param {number} figure @returns the figure where there was none before */
function mean(before, figure) {
  return before === before ? before + (figure - before) * WEIGHT : figure;
}

module.exports = { HeapSchedule };
