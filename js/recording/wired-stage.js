'use strict';

// Stages of executions that write into the journal; see `wired-execution.js`.

const { layout } = require('../boundary/native');
const { callIn, spanAround } = require('./active-execution');
const { countsOf, failureOf } = require('./counts');
const { endIdle, endIdleIn } = require('./idle-spans');
const { writeEnd } = require('./journal-records');
const { performanceNow } = require('./monotonic');
const lines = require('./log-lines');

/**
 * @import { Span } from './active-execution'
 * @import { Core } from './core'
 * @import { Counts } from './counts'
 * @import { Readers, WiredExecution } from './wired-execution'
 */

const { STAGE_SUCCEEDED, STAGE_FAILED } = layout.record;

/** @param {Core} core - that is being queried */
function endIdleOf(core) {
  endIdle(() => true, core);
}

/** A stage that ends with its measured code. */
class WiredStage {
  /**
   * @param {WiredExecution} execution
   * @param {Span} outer
   * @param {number} number
   * @param {number} stage
   */
  constructor(execution, outer, number, stage) {
    this.execution = execution;
    this.outer = execution.isMixed ? spanAround(outer) : outer;
    this.number = number;
    this.stage = stage;
    this.isOver = false;
    this.isCarried =
      execution.isCarried && !execution.core.loneStages.isExpected(stage);
    this.start = 0;
    /** @type {number | null} */
    this.heap = null;
    this.inputSize = 0;
    /** @type {Readers | null} - what reads its result, beside the usual names */
    this.readers = null;
    /** @type {WiredExecution | null} - the execution that was opened for this stage alone */
    this.opened = null;
    /** @type {{ now: number, wall: number } | null} - if it has not begun: when its call ended */
    this.returnedAt = null;
  }

  /**
   * Records that it ends. In one function: where pipelines are rare, the code of each function
   * called is no longer in the processor's cache.
   * @param {unknown} result
   * @param {number | undefined} items
   * @param {Counts | null} [given] - what it counts as, if no result says that
   * @param {number} [endedAt] - when it ended, if that was earlier
   */
  succeeded(result, items, given = null, endedAt = undefined) {
    const { execution, stage } = this;
    const { core, isPlain, timing } = execution;
    const { journal, probes } = core;
    if (timing !== null) timing.enter();
    const now =
      endedAt ?? (probes.hasClock ? probes.tick(true) : performanceNow());
    const counts = given ?? countsOf(result, items, this.readers);
    if (!this.isOver) {
      this.isOver = true;
      let heap = NaN;
      if (!isPlain) {
        // Other readings at its end: what the thread used goes into the slab.
        if (execution.captures.usage) core.hot.usage();
        if (execution.heap !== null) {
          heap = probes.heap();
          execution.heap.count += 1;
          execution.heap.at = now;
          execution.heap.latest = heap;
        }
      }
      if (!core.closed) {
        const kind = counts.success ? STAGE_SUCCEEDED : STAGE_FAILED;
        const grown = heap - /** @type {number} */ (this.heap);
        const isBeyond = writeEnd(
          core,
          kind,
          this,
          stage,
          now,
          heap,
          grown,
          counts,
        );
        journal.giveBack(this.number);
        if (!isPlain && execution.captures.environment)
          lines.measuredStageCompleted(this, now, heap, counts);
        if (isBeyond) journal.replay();
        if (execution.pending === this) {
          execution.pending = null;
          core.loneStages.wasAlone(stage);
        }
        if (execution.isOver) this.#outlived();
        if (this.opened !== null) this.#endOpened(this.opened, counts, endedAt);
      }
    }
    if (timing !== null) {
      timing.leave();
      this.afterTimed();
    }
  }

  /** @param {unknown} [_error] @param {number} [items] */
  failed(_error, items = 0) {
    this.succeeded(undefined, items, failureOf(items));
  }

  /** An execution opened for this stage alone completes with it. */
  afterTimed() {
    if (this.opened !== null) this.opened.afterTimed();
  }

  /**
   * Makes it the only stage of its execution: both end together and are carried alike, as its code
   * has no other way to find the execution.
   * @param {WiredExecution} opened
   */
  aloneIn(opened) {
    this.opened = opened;
    this.isCarried = opened.isCarried;
  }

  /** Its call is over, and what was returned is followed. */
  returnedCall() {
    const { execution } = this;
    if (this.isOver) execution.core.loneStages.wasAlone(this.stage);
    else execution.pending = this;
  }

  /** The work of the returned object has not begun. */
  returned() {
    const { core } = this.execution;
    const now = core.probes.tick(true);
    this.returnedAt = { now, wall: core.probes.wall };
    core.endIdleBeforeAnswer(endIdleOf);
  }

  /**
   * The work never began: the stage was only the call.
   * @param {number} [items]
   */
  neverBegan(items = 1) {
    const counts = { success: true, items, errors: 0, outputSize: 0 };
    const { probes } = this.execution.core;
    const { now, wall } = /** @type {{ now: number, wall: number }} */ (
      this.returnedAt
    );
    const wallNow = probes.wall;
    probes.wall = wall;
    this.succeeded(undefined, items, counts, now);
    probes.wall = wallNow;
  }

  /** @param {Function} fn @param {unknown} thisArg @param {ArrayLike<unknown>} args */
  runInContext(fn, thisArg, args) {
    return callIn(this, fn, thisArg, args);
  }

  /** @param {WiredExecution} opened @param {Counts} counts @param {number} [endedAt] */
  #endOpened(opened, counts, endedAt) {
    const isWhole = endedAt !== undefined && opened.stages === 1;
    const now = isWhole ? endedAt : opened.core.probes.tick(true);
    endIdleIn(opened);
    opened.end(now, counts);
  }

  /** It ended after its execution. */
  #outlived() {
    const { execution } = this;
    const { core } = execution;
    if (execution.abandoned !== 'no') execution.callAfterAbandonment();
    else core.warnings.ofLateStage(core.stages.names[this.stage]);
  }
}

module.exports = { WiredStage };
