'use strict';

const { performanceNow } = require('./monotonic');

/** One execution in so many is timed, at first, and once there are enough samples. */
const ONE_IN = 64;
const LATER_ONE_IN = 256;
const ENOUGH = 64;
/** Timed calls in which nothing happens that tell what timing adds to one. */
const EMPTY_CALLS = 33;
/** Executions replayed after which older ones count half. */
const REMEMBERED = 4096;

/** The machine's clock in ms, whatever clock was handed in. */
const read = performanceNow;

/** What the measuring of one timed execution has taken so far, in ms, of each of its calls. */
class Timing {
  own = 0;
  /** When the execution began. */
  #beganAt = NaN;
  /** When the call began that is being timed, or the one before. */
  #from = read();
  #emptyCall;
  #cost;
  /** Replays before the call that is being timed, in ms: one within it is counted by itself. */
  #replayedMs = 0;
  /** Calls that are being timed: only the outermost counts. */
  #depth = 0;

  /**
   * @param {{ totalReplayedMs: number }} cost
   * @param {number} emptyCall - what a call shows in which nothing happens
   * @param {boolean} counts - whether it is taken in
   */
  constructor(cost, emptyCall, counts) {
    this.#cost = cost;
    this.counts = counts;
    this.#emptyCall = emptyCall;
  }

  /** The start of the execution is written: what goes on is the call of its code, until {@link leave}. */
  begin() {
    this.#beganAt = read();
    this.#depth = 1;
    this.#replayedMs = this.#cost.totalReplayedMs;
  }

  /** A call of ours begins, until {@link leave}. */
  enter() {
    this.#depth += 1;
    if (this.#depth === 1) this.#start();
  }

  leave() {
    this.#depth -= 1;
    if (this.#depth === 0) this.#stop();
  }

  /** Measured code begins, within a call of ours or not; what to {@link resume} with. */
  pause() {
    const depth = this.#depth;
    this.#depth = 0;
    if (depth > 0) this.#stop();
    return depth;
  }

  /**
   * Measured code is over.
   *
   * @param {number} depth
   */
  resume(depth) {
    this.#depth = depth;
    if (depth > 0) this.#start();
  }

  #start() {
    this.#replayedMs = this.#cost.totalReplayedMs;
    this.#from = read();
  }

  #stop() {
    const replayed = this.#cost.totalReplayedMs - this.#replayedMs;
    this.own += read() - this.#from - replayed - this.#emptyCall;
  }

  /** Whether a call is being timed. */
  get isEntered() {
    return this.#depth > 0;
  }

  /** How long the execution took until its last call of ours began. */
  get observed() {
    return this.#from - this.#beganAt;
  }
}

/**
 * What measuring costs: in an execution now and then all is timed that is not the measured code's
 * own, and every replay times itself. What following and carrying costs the promises of the pipeline
 * is not in it: Node takes that time, wherever a promise settles. Nor is the wrapper of an
 * installation, up to where it knows the execution.
 */
class OwnCost {
  /** @type {Pick<import('./core').Core['engine'], 'noteOwnCost'>} */
  #engine;
  #left;
  #samples = 0;
  /**
   * What the latest calls showed in which nothing happened.
   *
   * @type {number[]}
   */
  #emptyCalls = [];
  /**
   * The median of those; undefined before the first.
   *
   * @type {number | undefined}
   */
  #emptyCallMs;
  /** Whether the execution before was timed to fetch the code of timing. */
  #isFetched = false;
  /** All replays so far, in ms. */
  totalReplayedMs = 0;
  #replayedMs = 0;
  #replayed = 0;
  #random;

  /**
   * @param {Pick<import('./core').Core['engine'], 'noteOwnCost'>} engine
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
    this.#emptyCallMs ??= this.#emptyCall();
    return new Timing(this, this.#emptyCallMs, counts);
  }

  /**
   * The median of the latest, one of them of now: it falls as the compiler gets to see them. Each is
   * the mean of two, as half of the calls of an execution find their code at hand.
   */
  #emptyCall() {
    const calls = this.#emptyCalls;
    do {
      const timing = new Timing(this, 0, false);
      timing.enter();
      timing.leave();
      timing.enter();
      timing.leave();
      calls.push(timing.own / 2);
    } while (calls.length < EMPTY_CALLS);
    if (calls.length > EMPTY_CALLS) calls.shift();
    return [...calls].sort((a, b) => a - b)[EMPTY_CALLS >> 1];
  }

  /**
   * Takes in a replay of so many executions.
   *
   * @param {number} ms
   * @param {number} executions
   */
  noteReplay(ms, executions) {
    if (this.#replayed > REMEMBERED) {
      this.#replayed /= 2;
      this.#replayedMs /= 2;
    }
    this.totalReplayedMs += ms;
    this.#replayed += executions;
    this.#replayedMs += ms;
  }

  /**
   * Takes in an execution that is over.
   *
   * @param {Pick<Timing, 'own' | 'observed' | 'counts'>} timing
   * @param {number} stages - started in it
   */
  finish(timing, stages) {
    if (!timing.counts) return;
    this.#samples += 1;
    const replay = this.#replayed > 0 ? this.#replayedMs / this.#replayed : 0;
    try {
      this.#engine.noteOwnCost(
        Math.max(0, timing.own) + replay,
        stages,
        timing.observed,
      );
    } catch {
      // Faulted: the next call of the collector says so.
    }
    // For the next one: before it, this would push its code out of the caches.
    this.#emptyCallMs = this.#emptyCall();
  }
}

module.exports = { OwnCost };
