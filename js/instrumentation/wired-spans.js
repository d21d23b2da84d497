'use strict';

const { callIn } = require('../recording/active-execution');
const { WiredExecution, WiredStage } = require('../recording/wired');
const { countsOf, failureOf } = require('./counts');
const { endIdle, hasIdle } = require('./follow');

/**
 * @typedef {import('../recording/core').Core} Core
 * @typedef {import('../config/capture-level').Captures} Captures
 * @typedef {NonNullable<WiredExecution['timing']>} Timing
 * @typedef {import('../recording/active-execution').Span} Span
 */

/**
 * Ends what the stages of an execution returned and what was never asked to begin.
 *
 * @param {object} execution
 */
function endIdleIn(execution) {
  endIdle((span) => span.execution === execution && span !== execution);
}

/**
 * The same of all executions of a collector, which is asked for its figures.
 *
 * @param {Core} core
 */
function endIdleOf(core) {
  endIdle((span) => span.execution.core === core);
}

/** An execution whose end is that of measured code. */
class MeasuredExecution extends WiredExecution {
  // Without it V8 looks for the constructor at each call.
  /**
   * @param {object} collector
   * @param {Core} core
   * @param {number} number
   * @param {Captures} captures
   */
  constructor(collector, core, number, captures) {
    super(collector, core, number, captures);
  }

  /**
   * @param {unknown} result
   * @param {number | undefined} items
   */
  succeeded(result, items) {
    const { timing } = this;
    const from = timing === null ? NaN : timing.enter();
    const now = this.core.probes.tick();
    if (hasIdle()) endIdleIn(this);
    this.end(now, countsOf(result, items, this.readers));
    if (timing !== null) this.#timed(from);
  }

  /**
   * @param {unknown} [_error]
   * @param {number} [items]
   */
  failed(_error, items = 0) {
    const { timing } = this;
    const from = timing === null ? NaN : timing.enter();
    const now = this.core.probes.tick();
    if (hasIdle()) endIdleIn(this);
    this.end(now, failureOf(items));
    if (timing !== null) this.#timed(from);
  }

  /**
   * The end lies within the reading of the call where that is not over yet.
   *
   * @param {number} from
   */
  #timed(from) {
    /** @type {Timing} */ (this.timing).leave(from);
    this.afterTimed(from);
  }

  /**
   * Takes in what measuring it took, once it has ended and nothing of it is being timed.
   *
   * @param {number} from
   */
  afterTimed(from) {
    if (this.isOver && !(/** @type {Timing} */ (this.timing).isEntered))
      this.core.ownCost.finish(
        /** @type {this & { timing: Timing }} */ (this),
        from,
      );
  }

  /**
   * @param {Function} fn
   * @param {unknown} thisArg
   * @param {ArrayLike<unknown>} args
   */
  runInContext(fn, thisArg, args) {
    return callIn(this, fn, thisArg, args);
  }
}

/** A stage of one, whose end is that of measured code. */
class MeasuredStage extends WiredStage {
  /**
   * @param {WiredExecution} execution
   * @param {Span} outer
   * @param {number} number
   * @param {number} stage
   */
  constructor(execution, outer, number, stage) {
    super(execution, outer, number, stage);
  }

  /**
   * @param {unknown} result
   * @param {number | undefined} items
   */
  succeeded(result, items) {
    const { core, timing } = this.execution;
    const from = timing === null ? NaN : timing.enter();
    const now = core.probes.tick();
    this.#endAt(now, countsOf(result, items, this.readers));
    if (timing !== null) this.#timed(timing, from);
  }

  /**
   * @param {unknown} [_error]
   * @param {number} [items]
   */
  failed(_error, items = 0) {
    const { core, timing } = this.execution;
    const from = timing === null ? NaN : timing.enter();
    this.#endAt(core.probes.tick(), failureOf(items));
    if (timing !== null) this.#timed(timing, from);
  }

  /**
   * @param {Timing} timing
   * @param {number} from
   */
  #timed(timing, from) {
    timing.leave(from);
    this.afterTimed(from);
  }

  /**
   * Where an execution was opened for it alone, that is complete with it.
   *
   * @param {number} from
   */
  afterTimed(from) {
    if (this.opened !== null)
      /** @type {MeasuredExecution} */ (this.opened).afterTimed(from);
  }

  /** Its call is over, and what was returned is followed. */
  returnedCall() {
    this.execution.core.callsAtOnce.note(this.stage, this.isOver);
  }

  /** What it returned works later, and has not begun: when the call was over. */
  returned() {
    const { core } = this.execution;
    this.returnedAt = core.probes.tick();
    core.beforeAnswer = endIdleOf;
  }

  /**
   * It never began: the stage is what the call was.
   *
   * @param {number} [items]
   */
  neverBegan(items = 1) {
    const counts = { success: true, items, errors: 0, outputSize: 0 };
    this.#endAt(this.returnedAt, counts);
  }

  /**
   * @param {number} now
   * @param {import('./counts').Counts} counts
   */
  #endAt(now, counts) {
    this.end(now, counts);
    const { opened } = this;
    if (opened !== null) opened.end(opened.core.probes.tick(), counts);
  }

  /**
   * @param {Function} fn
   * @param {unknown} thisArg
   * @param {ArrayLike<unknown>} args
   */
  runInContext(fn, thisArg, args) {
    return callIn(this, fn, thisArg, args);
  }
}

module.exports = { MeasuredExecution, MeasuredStage };
