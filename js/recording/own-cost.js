'use strict';

const { performanceNow } = require('./monotonic');

/** @import { Core } from './core' */

/** One in this many executions is timed, at first, and once there are enough samples. */
const ONE_IN = 64;
const LATER_ONE_IN = 512;
const ENOUGH = 16;
/** Empty stretches that are timed before the first sample. */
const EMPTY_STRETCHES = 33;
/** The share by which their median moves towards each later one. */
const EMPTY_STEP = 1 / 16;
/** Executions replayed after which older ones count half. */
const REMEMBERED = 4096;
/** A replay counts as at most this many times the mean: during a longer one, others had the core. */
const MOST_TIMES = 8;

/** The machine's clock in ms, even if another was injected. */
const read = performanceNow;

/**
 * The stretches of our own code in one timed execution, in ms. Plain fields and short methods, as
 * they run so seldom that they are interpreted, and their own cost is timed too.
 */
class Timing {
  /** Time of the stretches so far, without replays. */
  taken = 0;
  stretches = 0;
  /** Depth of our nested calls; a stretch is the outermost one. */
  depth = 1;
  /** When the execution began. */
  beganAt = NaN;

  /**
   * Its first call has begun already.
   * @param {{ totalReplayedMs: number }} cost
   * @param {boolean} counts - whether it is taken in
   */
  constructor(cost, counts) {
    this.cost = cost;
    this.counts = counts;
    /** Start of the current or last stretch, by a clock that stops during replays. */
    this.from = read() - cost.totalReplayedMs;
  }

  /** Begins one of our calls, until {@link leave}. */
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

  /** Measured code begins, within one of our calls or not; returns the argument for {@link resume}. */
  pause() {
    const { depth } = this;
    this.depth = 0;
    if (depth > 0) {
      this.taken += read() - this.cost.totalReplayedMs - this.from;
      this.stretches += 1;
    }
    return depth;
  }

  /** @param {number} depth - what {@link pause} returned; that code is over */
  resume(depth) {
    this.depth = depth;
    if (depth > 0) this.from = read() - this.cost.totalReplayedMs;
  }

  /** Whether one of our calls is running. */
  get isEntered() {
    return this.depth > 0;
  }

  /** How long the execution took until its last stretch began. */
  get observed() {
    return this.from - this.beganAt;
  }
}

/**
 * The cost of measuring: all our own code in a sample of executions, and every replay. Not included:
 * what following and carrying cost wherever Node settles a promise of the pipeline, and an
 * installation's wrapper up to where it has found the execution.
 */
class OwnCost {
  /** @type {Pick<Core['engine'], 'noteOwnCost'>} */
  #engine;
  #left;
  #samples = 0;
  /** The median time of empty stretches; NaN before the first sample. */
  #emptyMs = NaN;
  /** Whether the previous execution was timed to warm the timing code. */
  #isFetched = false;
  /** All replays so far, in ms. */
  totalReplayedMs = 0;
  /** Recent replays, with older ones decayed: ms, executions in them, their number. */
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

  /** Counts a starting execution; returns whether it is timed. */
  takeTurn() {
    this.#left -= 1;
    return this.#left < 0;
  }

  /**
   * A timing for a starting execution. Two in a row are timed and only the second counts: the first
   * warms the timing code.
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

  /** The time of an empty stretch: the second of two, as the first runs cold. */
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
   * Records a timed execution that has ended.
   * @param {Pick<Timing, 'taken' | 'stretches' | 'observed' | 'counts'>} timing
   * @param {number} stages - started in it
   * @returns {number | null} ms that measuring it took; null where it does not count
   */
  finish(timing, stages) {
    if (!timing.counts) return null;
    this.#samples += 1;
    const replay = this.#replayed > 0 ? this.#replayedMs / this.#replayed : 0;
    const taken = timing.taken - timing.stretches * this.#emptyMs;
    const ms = Math.max(0, taken) + replay;
    try {
      this.#engine.noteOwnCost(ms, stages, timing.observed);
    } catch {
      // Faulted: the next call of the collector reports it.
    }
    // The time of an empty stretch falls as its code is compiled.
    this.#emptyMs *= 1 + Math.sign(this.#empty() - this.#emptyMs) * EMPTY_STEP;
    return ms;
  }
}

module.exports = { OwnCost };
