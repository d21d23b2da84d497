'use strict';

const { carryingCost } = require('./active-execution');
const { performanceNow } = require('./monotonic');

/** One execution in so many is timed, at first, and once there are enough samples. */
const ONE_IN = 64;
const LATER_ONE_IN = 256;
const ENOUGH = 64;
/** Readings of the clock that tell what one takes. */
const CALIBRATION = 33;
/** Executions replayed after which older ones count half. */
const REMEMBERED = 4096;

/** The machine's clock in ms, whatever clock was handed in. */
const read = performanceNow;

/** What a reading takes: the median of the steps between readings. */
function readingCost() {
  const steps = [];
  let before = read();
  for (let i = 0; i < CALIBRATION; i += 1) {
    const now = read();
    steps.push(now - before);
    before = now;
  }
  steps.sort((a, b) => a - b);
  return steps[CALIBRATION >> 1];
}

/** What the measuring of one timed execution has taken so far, in ms. */
class Timing {
  own = 0;
  /** When the execution began. */
  #beganAt = NaN;
  #openedAt = read();
  #reading;
  #cost;
  /** Replays before the call that is being timed, in ms: one within it is counted by itself. */
  #replayedMs = 0;
  /** Calls that are being timed: only the outermost counts. */
  #depth = 0;

  /**
   * @param {{ totalReplayedMs: number }} cost
   * @param {number} reading - what one reading of the clock takes
   */
  constructor(cost, reading) {
    this.#cost = cost;
    this.#reading = reading;
  }

  /** The start of the execution is written. */
  begin() {
    this.#beganAt = read();
    this.own += this.#between(this.#openedAt, this.#beganAt);
  }

  /** A call of ours begins; the reading to {@link leave} it with. */
  enter() {
    this.#depth += 1;
    if (this.#depth > 1) return NaN;
    this.#replayedMs = this.#cost.totalReplayedMs;
    return read();
  }

  leave(from) {
    this.#depth -= 1;
    if (this.#depth > 0) return;
    const replayed = this.#cost.totalReplayedMs - this.#replayedMs;
    this.own += this.#between(from, read() - replayed);
  }

  /** Whether a call is being timed. */
  get isEntered() {
    return this.#depth > 0;
  }

  /** How long the execution took until `to`. */
  observed(to) {
    return to - this.#beganAt;
  }

  #between(from, to) {
    return Math.max(0, to - from - this.#reading);
  }
}

/**
 * What measuring costs: an execution now and then is timed around each of its starts and ends, every
 * replay times itself, and entering a context is timed by itself. What carrying one costs the
 * promises of the pipeline is not in it: Node takes that time, wherever a promise settles.
 */
class OwnCost {
  #engine;
  #left;
  #samples = 0;
  #reading = NaN;
  /** All replays so far, in ms. */
  totalReplayedMs = 0;
  #replayedMs = 0;
  #replayed = 0;
  #random;

  /** @param {() => number} random - from 0 to below 1 */
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

  /** A timing for an execution that starts. */
  begin() {
    this.#left = this.#gap();
    if (this.#reading !== this.#reading) this.#reading = readingCost();
    return new Timing(this, this.#reading);
  }

  /** Takes in a replay of so many executions. */
  noteReplay(ms, executions) {
    if (this.#replayed > REMEMBERED) {
      this.#replayed /= 2;
      this.#replayedMs /= 2;
    }
    this.totalReplayedMs += ms;
    this.#replayed += executions;
    this.#replayedMs += ms;
  }

  /** Takes in an execution that is over, and ended at `to`. */
  finish({ timing, stages, isCarried }, to) {
    this.#samples += 1;
    const carrying = isCarried ? carryingCost(read) : 0;
    const replay = this.#replayed > 0 ? this.#replayedMs / this.#replayed : 0;
    try {
      this.#engine.noteOwnCost(
        timing.own + replay + carrying * (stages + 1),
        stages,
        timing.observed(to),
      );
    } catch {
      // Faulted: the next call of the collector says so.
    }
  }
}

module.exports = { OwnCost };
