'use strict';

// Executions that write into the journal of their collector. The heap is read before the clock at a
// start and after it at an end, so that no reading is timed. Anything that may run the caller's
// code (a clock, a sampler, getters) comes before the record is written.

const { layout } = require('../boundary/native');
const { callIn, enter, leave, nextSequence } = require('./active-execution');
const { countsOf, failureOf } = require('./counts');
const { HeapReadings } = require('./heap-readings');
const { endIdleIn, endIdleOfStarted } = require('./idle-spans');
const {
  writeAbandoned,
  writeEnd,
  writeLabels,
  writeStageContext,
  writeUsage,
} = require('./journal-records');
const { performanceNow } = require('./monotonic');
const { OWN_ID, toName } = require('./names');
const lines = require('./log-lines');
const { WiredStage } = require('./wired-stage');

/**
 * @import { NamedPipelineContext, StageContext } from '../../types/inputs'
 * @import { Probes } from './probes'
 * @import { Captures } from '../config/capture-level'
 * @import { Span } from './active-execution'
 * @import { Core } from './core'
 * @import { Counts } from './counts'
 * @import { RunningExecution } from './running-executions'
 * @typedef {ReturnType<Core['ownCost']['begin']>} Timing
 * @typedef {object} Readers
 * @property {(result: any) => number} calculateOutputSize
 * @property {(result: any) => number} [countProcessedItems]
 */

const { RECORD_LEN, SHARED_WITHIN } = layout.at;
const { START_PIPELINE, START_STAGE, PIPELINE_SUCCEEDED, PIPELINE_FAILED } =
  layout.record;

/** The number that means no parent stage, or no sequence. */
const NONE = -1;
/** The factor between the numbers of two labels that share a field. */
const LABELS_APART = 65536;

/**
 * An execution that ends with its measured code. It has few fields: where pipelines are rare, each
 * is memory to be fetched.
 */
class WiredExecution {
  /**
   * @param {object} collector
   * @param {Core} core
   * @param {number} number
   * @param {Captures} captures
   */
  constructor(collector, core, number, captures) {
    this.collector = collector;
    this.core = core;
    this.execution = this;
    /** @type {Span | undefined} */
    this.outer = undefined;
    this.number = number;
    this.captures = captures;
    this.isOver = false;
    this.isCarried = true;
    this.isMixed = false;
    /** @type {HeapReadings | null} - the heap, where it is read */
    this.heap = core.probes.isHeapDue(captures)
      ? new HeapReadings(core.probes, core.journal.active + 1)
      : null;
    /** Whether only the time is read at its boundaries. */
    this.isPlain = captures.isPlain && this.heap === null;
    /**
     * Whether it was abandoned, because another of its id started or too many ran; and whether that
     * was reported.
     * @type {'no' | 'silently' | 'reported'}
     */
    this.abandoned = 'no';
    /** When it started, in ms. */
    this.start = 0;
    /** @type {string | null} */
    this.givenId = null;
    /** Its position in the order of all starts. */
    this.sequence = nextSequence();
    /** @type {WiredStage | null} - the stage that runs whose call returned last */
    this.pending = null;
    /** Stages started in it. */
    this.stages = 0;
    /** @type {{ readers: Readers | null } | undefined} - that opened it, and may read its result */
    this.target = undefined;
    /** @type {RunningExecution | null} - what direct calls know of it; null without any */
    this.joined = null;
    /** @type {Timing | null} - what measuring it takes, where it is one that is timed */
    this.timing = null;
  }

  /** No wired execution is started through a trace. */
  get trace() {
    return null;
  }

  get id() {
    return this.givenId ?? OWN_ID + this.sequence;
  }

  /** @param {unknown} result @param {number | undefined} items */
  succeeded(result, items) {
    const { timing } = this;
    if (timing !== null) timing.enter();
    const { probes } = this.core;
    const now = probes.hasClock ? probes.tick(true) : performanceNow();
    endIdleIn(this);
    const readers = this.target === undefined ? null : this.target.readers;
    this.end(now, countsOf(result, items, readers));
    if (timing !== null) this.#timed(timing);
  }

  /** @param {unknown} [_error] @param {number} [items] */
  failed(_error, items = 0) {
    const { timing } = this;
    if (timing !== null) timing.enter();
    const now = this.core.probes.tick(true);
    endIdleIn(this);
    this.end(now, failureOf(items));
    if (timing !== null) this.#timed(timing);
  }

  /**
   * Starts one of its stages; null if it no longer runs. One function, like the end of a stage.
   * @param {Span} outer - the surrounding span: it, or the parent stage
   * @param {unknown} stageName
   * @param {StageContext | null | undefined} given
   * @param {boolean} [isTimed] - whether it is being timed already
   * @returns {WiredStage | null}
   */
  openStage(outer, stageName, given, isTimed = false) {
    if (this.timing !== null && !isTimed)
      return this.#openTimed(this.timing, outer, stageName, given);
    const { core, isPlain } = this;
    const { journal, probes, stages } = core;
    const name = typeof stageName === 'string' ? stageName : toName(stageName);
    const id = stages.admitted.get(name) ?? stages.admit(name);
    const read =
      given === undefined || given === null
        ? null
        : core.callerObjects.stageContext(given);
    if (this.isOver || core.closed) return null;
    if (this.pending !== null) core.loneStages.hadCompany(this.pending.stage);
    const number = journal.takeNumber();
    const stage = new WiredStage(this, outer, number, id);
    this.stages += 1;
    if (!isPlain && this.captures.usage) core.hot.usage();
    if (id >= journal.stages) journal.makeRoomFor(id);
    const now =
      this.heap !== null
        ? readHeapAndClock(stage, this.heap, probes)
        : probes.hasClock
          ? probes.tick(false)
          : performanceNow();
    stage.start = now;
    // The caller's clock may have ended the execution or closed the collector.
    if (this.isOver || core.closed) return null;
    if (journal.at >= journal.fullAt) journal.makeRoom();
    if (!isPlain && this.captures.usage) writeUsage(core);
    if (read !== null) writeStageContext(core, read);
    const { numbers, at } = journal;
    numbers[at] = START_STAGE;
    numbers[at + 1] = number;
    numbers[at + 2] = now;
    numbers[at + 3] = this.number;
    numbers[at + 4] = stage.heap ?? NaN;
    numbers[at + 5] = id;
    numbers[at + 6] =
      outer === this ? NONE : /** @type {WiredStage} */ (outer).number;
    numbers[at + 7] = read === null ? 0 : read.inputSize;
    journal.at = at + RECORD_LEN;
    if (read !== null) {
      stage.inputSize = read.inputSize;
      if (read.labels !== null) writeLabels(core, number, read.labels);
    }
    return stage;
  }

  /**
   * The same, timed: the stretch that begins here continues as its code is called.
   * @param {Timing} timing
   * @param {Span} outer
   * @param {unknown} stageName
   * @param {StageContext | null | undefined} given
   */
  #openTimed(timing, outer, stageName, given) {
    timing.enter();
    let stage = null;
    try {
      stage = this.openStage(outer, stageName, given, true);
    } finally {
      if (stage === null) timing.leave();
    }
    return stage;
  }

  /** @param {Timing} timing */
  #timed(timing) {
    timing.leave();
    this.afterTimed();
  }

  /**
   * Records its own cost once it has ended and no stretch is open: the end lies within the timed
   * call if that is not over yet.
   */
  afterTimed() {
    const { core, timing } = this;
    if (!this.isOver || timing === null || timing.isEntered) return;
    const ms = core.ownCost.finish(timing, this.stages);
    if (ms !== null) core.probes.noteOwnCost(ms, this.heap?.count ?? 0);
  }

  /** @param {Function} fn @param {unknown} thisArg @param {ArrayLike<unknown>} args */
  runInContext(fn, thisArg, args) {
    return callIn(this, fn, thisArg, args);
  }

  /** Its call is over, and what was returned is followed. */
  returnedCall() {
    const { loneStages, pipelineTotal } = this.core;
    if (this.isOver) loneStages.wasAlone(pipelineTotal);
    else loneStages.hadCompany(pipelineTotal);
  }

  /** It is abandoned. */
  giveUp() {
    this.abandoned = 'silently';
    leave(this);
  }

  /** It was abandoned, yet it or one of its stages ends. */
  callAfterAbandonment() {
    const { abandoned, core, joined } = this;
    this.abandoned = 'reported';
    const isFirst =
      abandoned === 'silently' &&
      (joined === null || core.ended.isFirst(joined));
    core.warnings.ofAbandoned(this.id, isFirst);
  }

  /**
   * Records its end and releases it.
   * @param {number} now - the result of `probes.tick(true)`
   * @param {Counts} counts
   */
  end(now, counts) {
    if (this.isOver) {
      if (this.abandoned !== 'no') this.callAfterAbandonment();
      return;
    }
    const { core, start } = this;
    const heap =
      this.heap === null
        ? NaN
        : this.heap.readAtEnd(now, now - start, core.journal.active);
    if (this.isOver) return;
    leave(this);
    if (core.closed) return;
    const { journal } = core;
    const kind = counts.success ? PIPELINE_SUCCEEDED : PIPELINE_FAILED;
    const grown = this.heap === null ? NaN : heap - this.heap.start;
    const { pipelineTotal } = core;
    const isBeyond = writeEnd(
      core,
      kind,
      this,
      pipelineTotal,
      now,
      heap,
      grown,
      counts,
    );
    journal.remove(this);
    if (this.captures.environment)
      lines.measuredExecutionCompleted(this, now, counts);
    if (isBeyond) journal.replay();
    journal.executionEnded();
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
    const now = probes.hasClock ? probes.tick(false) : performanceNow();
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

/** @param {Core} core @param {string} id - of one that starts: another that runs is abandoned */
function abandonEarlier(core, id) {
  const { byId } = core.journal;
  const earlier = byId.size === 0 ? undefined : byId.get(id);
  if (earlier !== undefined) abandon(earlier);
  const started = core.executions.get(id);
  if (started !== undefined) endIdleOfStarted(core, started);
  const isDirect = core.executions.abandonId(id);
  if (earlier !== undefined || isDirect) core.warnings.ofRestart(id);
}

/** @param {WiredExecution} execution - that will not end */
function abandon(execution) {
  const { core, number } = execution;
  endIdleIn(execution);
  execution.giveUp();
  writeAbandoned(core, number);
  core.journal.remove(execution);
}

/**
 * Starts an execution; null if the collector records nothing.
 * @param {object & { verbosityConfig: unknown }} collector
 * @param {Core} core
 * @param {NamedPipelineContext | null | undefined} given
 * @param {boolean | 'auto'} contained - as for `enter`
 * @param {boolean} mayBeBrief - whether it may be expected to be over when its call returns, if the latest ones
 *   were
 * @returns {WiredExecution | null}
 */
function startExecution(collector, core, given, contained, mayBeBrief) {
  if (core.closed) return null;
  const timing = core.ownCost.takeTurn() ? core.ownCost.begin() : null;
  const read = core.callerObjects.pipelineContext(given);
  const { journal, probes } = core;
  const captures = core.capturesNow(collector.verbosityConfig);
  if (read.id !== null) abandonEarlier(core, read.id);
  if (core.closed) return null;
  const execution = new WiredExecution(
    collector,
    core,
    journal.takeNumber(),
    captures,
  );
  // The caller's sampler, clock or getter may have closed the collector.
  if (core.closed) return null;
  const { heap } = execution;
  enter(
    execution,
    contained,
    mayBeBrief && core.loneStages.isExpected(core.pipelineTotal),
  );
  if (journal.at >= journal.fullAt) journal.makeRoom();
  const now = probes.hasClock ? probes.tick(true) : performanceNow();
  if (core.closed) {
    leave(execution);
    return null;
  }
  execution.start = now;
  if (heap !== null) heap.at = now;
  execution.givenId = read.id;
  if (core.startListeners.length > 0) listenToStart(execution);
  // Again, since the caller's clock may have called the collector.
  if (journal.at >= journal.fullAt) journal.makeRoom();
  journal.add(execution);
  const { numbers, at } = journal;
  numbers[at] = START_PIPELINE;
  numbers[at + 1] = execution.number;
  numbers[at + 2] = now;
  numbers[at + 3] = probes.wall;
  numbers[at + 4] = heap === null ? NaN : heap.start;
  numbers[at + 5] = read.actionCount;
  numbers[at + 6] = read.place * LABELS_APART + read.verbosity;
  numbers[at + 7] = read.id === null ? execution.sequence : NONE;
  journal.at = at + RECORD_LEN;
  if (read.labels !== null) writeLabels(core, execution.number, read.labels);
  if (captures.environment)
    lines.measuredExecutionStarted(
      execution,
      read.actionCount,
      read.traceVerbosity,
    );
  if (timing !== null) {
    execution.timing = timing;
    timing.beganAt = timing.from;
  }
  return execution;
}

/** @param {WiredExecution} execution */
function listenToStart({ core, id }) {
  for (const listen of core.startListeners) listen(id);
}

module.exports = { WiredExecution, abandon, abandonEarlier, startExecution };
