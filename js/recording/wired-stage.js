'use strict';

// Stages of executions that write into the journal; see `wired-execution.js`.

const { layout } = require('../boundary/native');
const { callIn, spanAround } = require('./active-execution');
const { countsOf, failureOf } = require('./counts');
const { endIdle, endIdleIn } = require('./idle-spans');
const {
  writeEnd,
  writeLabels,
  writeStageContext,
  writeUsage,
} = require('./journal-records');
const { toName } = require('./names');
const lines = require('./log-lines');

/**
 * @import { StageContext } from '../../types/inputs'
 * @import { Span } from './active-execution'
 * @import { Core } from './core'
 * @import { Counts } from './counts'
 * @import { HeapReadings } from './heap-readings'
 * @import { Probes } from './probes'
 * @import { Readers, Timing, WiredExecution } from './wired-execution'
 */

const { RECORD_LEN, SHARED_WITHIN } = layout.at;
const { START_STAGE, STAGE_SUCCEEDED, STAGE_FAILED } = layout.record;

/** The number that means no parent stage. */
const NONE = -1;

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

  /** @param {unknown} result @param {number | undefined} items */
  succeeded(result, items) {
    const { core, timing } = this.execution;
    if (timing !== null) timing.enter();
    this.#end(core.probes.tick(true), countsOf(result, items, this.readers));
    if (timing !== null) this.#timed(timing);
  }

  /** @param {unknown} [_error] @param {number} [items] */
  failed(_error, items = 0) {
    const { core, timing } = this.execution;
    if (timing !== null) timing.enter();
    this.#end(core.probes.tick(true), failureOf(items));
    if (timing !== null) this.#timed(timing);
  }

  /** @param {Timing} timing */
  #timed(timing) {
    timing.leave();
    this.afterTimed();
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
    // The execution opened for it alone ended then, too.
    this.#end(now, counts, this.opened?.stages === 1 ? now : undefined);
    probes.wall = wallNow;
  }

  /** @param {Function} fn @param {unknown} thisArg @param {ArrayLike<unknown>} args */
  runInContext(fn, thisArg, args) {
    return callIn(this, fn, thisArg, args);
  }

  /**
   * Records its end.
   * @param {number} now
   * @param {Counts} counts
   * @param {number} [openedNow] - when the execution opened for it alone ends, if known
   */
  #end(now, counts, openedNow) {
    if (this.isOver) return;
    this.isOver = true;
    const { execution, number } = this;
    const { core } = execution;
    const heap = execution.isPlain ? NaN : this.#readMore(now);
    if (core.closed) return;
    const { journal } = core;
    const kind = counts.success ? STAGE_SUCCEEDED : STAGE_FAILED;
    const hasUsage = !execution.isPlain && execution.captures.usage;
    writeEnd(core, kind, number, now, heap, counts, hasUsage);
    journal.free.push(number);
    if (execution.captures.environment)
      lines.measuredStageCompleted(this, now, heap, counts);
    const grown = heap - /** @type {number} */ (this.heap);
    if (
      counts.errors > 0 ||
      journal.isBeyond(this.stage, now - this.start, grown)
    )
      journal.replay();
    if (execution.pending === this) {
      execution.pending = null;
      core.loneStages.wasAlone(this.stage);
    }
    if (execution.isOver) this.#outlived();
    if (this.opened !== null) this.#endOpened(this.opened, counts, openedNow);
  }

  /**
   * Other readings at its end: returns the heap, and puts what the thread used into the slab.
   * @param {number} now
   */
  #readMore(now) {
    const { execution } = this;
    const { core } = execution;
    if (execution.captures.usage) core.hot.usage();
    if (execution.heap === null) return NaN;
    const { heap } = execution;
    heap.at = now;
    heap.latest = heap.read();
    return heap.latest;
  }

  /** @param {WiredExecution} opened @param {Counts} counts @param {number} [now] */
  #endOpened(opened, counts, now = opened.core.probes.tick(true)) {
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

/**
 * Reads clock and heap at a stage's start: returns the former and stores the latter in the stage.
 * @param {WiredStage} stage
 * @param {HeapReadings} heap
 * @param {Probes} probes
 */
function readHeapAndClock(stage, heap, probes) {
  if (probes.sharesHeap) {
    const now = probes.tick(false);
    if (now - heap.at <= SHARED_WITHIN) {
      stage.heap = heap.latest;
      return now;
    }
    stage.heap = heap.read();
    // An injected clock is read once at each start.
    return probes.hasClock ? now : probes.tick(false);
  }
  stage.heap = heap.read();
  return probes.tick(false);
}

/**
 * Starts a stage of a running execution; null if it no longer runs.
 * @param {WiredExecution} execution
 * @param {Span & { number: number }} outer - the surrounding span: `execution`, or the parent stage
 * @param {unknown} stageName
 * @param {StageContext | null | undefined} given
 * @returns {WiredStage | null}
 */
function startStage(execution, outer, stageName, given) {
  const { core, isPlain } = execution;
  const { journal } = core;
  const id = core.stages.admit(
    typeof stageName === 'string' ? stageName : toName(stageName),
  );
  const read =
    given === undefined || given === null
      ? null
      : core.callerObjects.stageContext(given);
  if (execution.isOver || core.closed) return null;
  if (execution.pending !== null)
    core.loneStages.hadCompany(execution.pending.stage);
  const number = journal.free.pop() ?? journal.newNumber();
  const stage = new WiredStage(execution, outer, number, id);
  execution.stages += 1;
  if (!isPlain && execution.captures.usage) core.hot.usage();
  if (id >= journal.stages) journal.makeRoomFor(id);
  const now =
    execution.heap === null
      ? core.probes.tick(false)
      : readHeapAndClock(stage, execution.heap, core.probes);
  stage.start = now;
  // The caller's clock may have ended the execution or closed the collector.
  if (execution.isOver || core.closed) return null;
  if (journal.at >= journal.fullAt) journal.makeRoom();
  if (!isPlain && execution.captures.usage) writeUsage(core);
  if (read !== null) writeStageContext(core, read);
  const { numbers, at } = journal;
  numbers[at] = START_STAGE;
  numbers[at + 1] = stage.number;
  numbers[at + 2] = now;
  numbers[at + 3] = execution.number;
  numbers[at + 4] = stage.heap ?? NaN;
  numbers[at + 5] = id;
  numbers[at + 6] = outer === execution ? NONE : outer.number;
  numbers[at + 7] = read === null ? 0 : read.inputSize;
  journal.at = at + RECORD_LEN;
  if (read !== null) {
    stage.inputSize = read.inputSize;
    if (read.labels !== null) writeLabels(core, stage.number, read.labels);
  }
  return stage;
}

module.exports = { WiredStage, startStage };
