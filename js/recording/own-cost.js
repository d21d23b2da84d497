'use strict';

const { performanceNow } = require('./monotonic');

/** @import { Core } from './core' */

/** One execution in so many is timed, at first, and once there are enough samples. */
const ONE_IN = 64;
const LATER_ONE_IN = 512;
const ENOUGH = 16;
/** Stretches in which nothing happens that are timed before the first sample. */
const EMPTY_STRETCHES = 33;
/** By what part their median moves towards each one after. */
const EMPTY_STEP = 1 / 16;
/** Executions replayed after which older ones count half. */
const REMEMBERED = 4096;
/** A replay counts as at most so many times the mean: in a longer one others had the core. */
const MOST_TIMES = 8;

/** The machine's clock in ms, whatever clock was handed in. */
const read = performanceNow;

/**
 * The stretches of our own code in one timed execution, in ms. Plain fields and short methods: they
 * run so seldom that they are interpreted, and what they take themselves is timed as well.
 */
class Timing {
  /** What the stretches took so far, without the replays in them. */
  taken = 0;
  stretches = 0;
  /** Calls of ours that go on, one within the other: a stretch is that of the outermost. */
  depth = 1;
  /** When the execution began. */
  beganAt = NaN;

  /**
   * Its first call has begun.
   * @param {{ totalReplayedMs: number }} cost
   * @param {boolean} counts - whether it is taken in
   */
  constructor(cost, counts) {
    this.cost = cost;
    this.counts = counts;
    /** When the stretch began that goes on, or the last one: by a clock that stands still in replays. */
    this.from = read() - cost.totalReplayedMs;
  }

  /** A call of ours begins, until {@link leave}. */
  enter() {
    this.depth += 1;
    if (this.depth === 1) this.from = read() - this.cost.totalReplayedMs;
  }

  leave() {
    this.depth -= 1;
    if (this.depth > 0) return;
    this.taken += read() - this.cost.totalReplayedMs - this.from;
    this.stretches += 1;
  }

  /** Measured code begins, within a call of ours or not; what to {@link resume} with. */
  pause() {
    const { depth } = this;
    this.depth = 0;
    if (depth > 0) {
      this.taken += read() - this.cost.totalReplayedMs - this.from;
      this.stretches += 1;
    }
    return depth;
  }

  /** @param {number} depth - as {@link pause} answered it; that code is over */
  resume(depth) {
    this.depth = depth;
    if (depth > 0) this.from = read() - this.cost.totalReplayedMs;
  }

  /** Whether a call of ours goes on. */
  get isEntered() {
    return this.depth > 0;
  }

  /** How long the execution took until its last stretch began. */
  get observed() {
    return this.from - this.beganAt;
  }
}

/**
 * What measuring costs: in an execution now and then all is timed that is not the measured code's
 * own, and every replay times itself. What following and carrying costs the promises of the pipeline
 * is not in it: Node takes that time, wherever a promise settles. Nor is the wrapper of an
 * installation, up to where it knows the execution.
 */
class OwnCost {
  /** @type {Pick<Core['engine'], 'noteOwnCost'>} */
  #engine;
  #left;
  #samples = 0;
  /** The median of what stretches show in which nothing happens; NaN before the first sample. */
  #emptyMs = NaN;
  /** Whether the execution before was timed to fetch the code of timing. */
  #isFetched = false;
  /** All replays so far, in ms. */
  totalReplayedMs = 0;
  /** Those remembered: ms, executions in them, and how many they are. */
  #replayedMs = 0;
  #replayed = 0;
  #replays = 0;
  #random;

  /**
   * @param {Pick<Core['engine'], 'noteOwnCost'>} engine
   * @param {() => number} [random] - from 0 to below 1
   */
  constructor(engine, random = Math.random) {
    this.#engine = engine;
    this.#random = random;
    this.#left = this.#gap();
  }

  #gap() {
    const oneIn = this.#samples < ENOUGH ? ONE_IN : LATER_ONE_IN;
    return Math.floor(this.#random() * (2 * oneIn - 1)) + 1;
  }

  /** Counts an execution that starts; whether it is timed. */
  takeTurn() {
    this.#left -= 1;
    return this.#left < 0;
  }

  /**
   * A timing for an execution that starts. Two in a row are timed, and the second counts: the first
   * fetches the code that only timing runs.
   */
  begin() {
    const counts = this.#isFetched;
    this.#isFetched = !counts;
    this.#left = counts ? this.#gap() : 0;
    if (Number.isNaN(this.#emptyMs)) this.#emptyMs = this.#medianEmpty();
    return new Timing(this, counts);
  }

  #medianEmpty() {
    const times = Array.from({ length: EMPTY_STRETCHES }, () => this.#empty());
    return times.sort((a, b) => a - b)[EMPTY_STRETCHES >> 1];
  }

  /** What a stretch shows in which nothing happens: the second of two, as the first finds no code at hand. */
  #empty() {
    const timing = new Timing(this, false);
    timing.leave();
    timing.taken = 0;
    timing.enter();
    timing.leave();
    return timing.taken;
  }

  /** @param {number} ms @param {number} executions - that were replayed */
  noteReplay(ms, executions) {
    if (this.#replayed > REMEMBERED) {
      this.#replayed /= 2;
      this.#replayedMs /= 2;
      this.#replays /= 2;
    }
    this.totalReplayedMs += ms;
    const mean = this.#replayedMs / this.#replays;
    this.#replayed += executions;
    this.#replays += 1;
    this.#replayedMs += mean > 0 ? Math.min(ms, MOST_TIMES * mean) : ms;
  }

  /**
   * Takes in an execution that is over.
   * @param {Pick<Timing, 'taken' | 'stretches' | 'observed' | 'counts'>} timing
   * @param {number} stages - started in it
   */
  finish(timing, stages) {
    if (!timing.counts) return;
    this.#samples += 1;
    const replay = this.#replayed > 0 ? this.#replayedMs / this.#replayed : 0;
    try {
      this.#engine.noteOwnCost(
        Math.max(0, timing.taken - timing.stretches * this.#emptyMs) + replay,
        stages,
        timing.observed,
      );
    } catch {
      // Faulted: the next call of the collector says so.
    }
    // What nothing takes falls as the compiler gets to see more of it.
    this.#emptyMs *= 1 + Math.sign(this.#empty() - this.#emptyMs) * EMPTY_STEP;
  }
}

module.exports = { OwnCost };
