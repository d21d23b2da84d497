'use strict';

const { analysisFrom } = require('../boundary/analysis-decoders');
const { clearTimeout, setTimeout } = require('node:timers');
const {
  executionEnd,
  executionFrom,
} = require('../boundary/decoders/executions');
const { layout } = require('../boundary/native');
const {
  beforeReplay,
  endedSince,
  isObserved,
  publishEnded,
} = require('./channels');
const { leaveJoined } = require('./joined-executions');
const { BOUNDS_AT } = require('./journal-records');
const { later } = require('./later');
const { executionCompleted } = require('./log-lines');
const { performanceNow } = require('./monotonic');
const { OWN_ID } = require('./names');

/**
 * @import { Table } from '../../native/index'
 * @import { CompletedExecution } from '../../types/results'
 * @import { Core } from './core'
 * @import { WiredExecution } from './wired-execution'
 */

const { RECORD, RECORDS, RAISED_STAGE, STATUS, CLEANUP_DUE, EVICTED } =
  layout.slab;
const { RECORD_LEN } = layout.at;
const { RAISED } = layout.status;

/** The offset beyond which a record and the two that may precede it do not fit. */
const FULL_AT = BOUNDS_AT - 4 * RECORD_LEN;
/**
 * Most executions that wait for a replay: some 25 µs of work at once. Amid real work, each replay
 * costs some 40 µs more in cache misses.
 */
const BATCH = 64;
/** Waiting executions from which on a replay is scheduled between two pipelines. */
const SOONER = BATCH / 2;
/** Stages for which the array has room at first. */
const ROOM = 64;

/**
 * The records of wired executions and stages, and when they are replayed: after the ended pipeline
 * has settled, at most once per `config.analysisInterval`; as soon as {@link BATCH} executions
 * wait, one raises an alert, or the collector is queried. A record is eight numbers of one array,
 * listed in the layout of the native side.
 */
class Journal {
  /** Records, followed by the bounds of each stage; empty until the first write. */
  numbers = new Float64Array(0);
  /** There is room for the bounds of stages with lower numbers. */
  stages = 0;
  /** The offset of the next record. */
  at = 0;
  /** @type {(WiredExecution | undefined)[]} - that run, by number; else undefined */
  executions = [];
  /** How many those are. */
  active = 0;
  /** @type {Map<unknown, WiredExecution>} - those of them whose id the caller gave, by that */
  byId = new Map();
  /** The offset from which on the array is full. */
  fullAt = 0;
  /** @type {number[]} - numbers that are free, up to {@link #freeAt} */
  #free = [];
  #freeAt = 0;
  #used = 0;
  #core;
  /** @type {string[]} */
  #ids = [];
  #waiting = 0;
  /** The number of waiting executions that triggers work. */
  #heedAt = 1;
  #isScheduled = false;
  /** Executions completed since the last analysis event. */
  #unannounced = 0;
  /** @type {Table | null} - the last of them, where one was completed directly since */
  #latest = null;
  #analysedAt = -Infinity;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #onImmediate = () => this.#core.notifier.contain(() => this.#runLater());
  #onTimer = () => this.#core.notifier.contain(() => this.#analyse());

  /** @param {Core} core */
  constructor(core) {
    this.#core = core;
  }

  /** Makes room for a record and those that belong to it, once `at` has reached `fullAt`. */
  makeRoom() {
    if (this.numbers.length === 0) this.#attach(ROOM);
    else this.replay();
  }

  /** @param {number} stages */
  #attach(stages) {
    this.numbers = new Float64Array(BOUNDS_AT + 2 * stages);
    this.stages = stages;
    this.fullAt = FULL_AT;
    this.#core.engine.attachJournal(this.numbers);
  }

  /** @param {number} stage - for whose bounds there is no room yet */
  makeRoomFor(stage) {
    this.replay();
    this.#attach(Math.max(ROOM, 2 * stage));
  }

  /** A number for a start. Not by `pop` and `push`, which are slow where they are interpreted. */
  takeNumber() {
    if (this.#freeAt > 0) {
      this.#freeAt -= 1;
      return this.#free[this.#freeAt];
    }
    this.#used += 1;
    return this.#used - 1;
  }

  /** @param {number} number - whose end was written */
  giveBack(number) {
    this.#free[this.#freeAt] = number;
    this.#freeAt += 1;
  }

  /** @param {WiredExecution} execution - whose start is written next */
  add(execution) {
    this.executions[execution.number] = execution;
    this.active += 1;
    const { givenId } = execution;
    if (givenId === null) return;
    this.#ids.push(givenId);
    this.byId.set(givenId, execution);
  }

  /** @param {WiredExecution} execution - whose end was written */
  remove(execution) {
    const { givenId, number } = execution;
    this.executions[number] = undefined;
    this.active -= 1;
    this.giveBack(number);
    if (givenId !== null && this.byId.get(givenId) === execution)
      this.byId.delete(givenId);
    if (execution.joined !== null) leaveJoined(this.#core, execution);
  }

  /** @returns {WiredExecution[]} the executions that run, in the order they started */
  running() {
    return this.executions
      .filter((execution) => execution !== undefined)
      .sort((a, b) => a.sequence - b.sequence);
  }

  /**
   * The running execution of that id, or undefined. Cost: O(running executions) for an id that no caller gave.
   * @param {string} id
   */
  find(id) {
    const given = this.byId.get(id);
    if (given !== undefined || !id.startsWith(OWN_ID)) return given;
    return this.executions.find((running) => running?.id === id);
  }

  /** @param {string} id @returns whether it was running; it does not count as abandoned */
  discard(id) {
    const execution = this.find(id);
    if (execution === undefined) return false;
    const { engine } = this.#core;
    this.replay();
    const slot = engine.slotOf(execution.number);
    if (slot !== null) engine.close(slot, true);
    this.abandoned([/** @type {number} */ (slot)]);
    return true;
  }

  /** @param {Iterable<number>} slots - of executions that the native side abandoned */
  abandoned(slots) {
    this.release(this.#core.engine.forget(Uint32Array.from(slots)));
  }

  /** @param {Iterable<number>} numbers - of executions that are abandoned */
  release(numbers) {
    for (const number of numbers) {
      const execution = this.executions[number];
      if (execution === undefined) continue;
      execution.giveUp();
      this.remove(execution);
    }
  }

  /** Counts an ended execution. */
  executionEnded() {
    this.#waiting += 1;
    if (this.#waiting >= this.#heedAt) this.#schedule();
  }

  #schedule() {
    if (this.#waiting >= BATCH) this.replay();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#heedAt = BATCH;
    later(this.#onImmediate);
  }

  /** Replays all records, and dispatches the alerts that this raises. */
  replay() {
    if (this.at === 0 && this.#waiting === 0) return;
    const executions = this.#waiting;
    this.#unannounced += executions;
    this.#waiting = 0;
    if (executions > 0) this.#latest = null;
    // An end that raised an alert was replayed before its execution counted as waiting.
    if (this.at === 0) return;
    const from = performanceNow();
    const ended = beforeReplay(this.#core.engine);
    const raised = this.#replayAll();
    const published = endedSince(this.#core.engine, ended);
    this.#core.ownCost.noteReplay(performanceNow() - from, executions);
    for (const { stageName, alerts } of raised)
      this.#core.notifier.raise(stageName, alerts);
    if (published !== null) publishEnded(this.#core, published);
  }

  /** An execution is completed directly: the native side only knows the last one. */
  storeLatest() {
    if (this.#unannounced > 0) this.#latest ??= this.#latestCompleted();
  }

  /** @returns the last completed execution; null once the native side is faulted */
  #latestCompleted() {
    try {
      return this.#core.engine.latestCompleted();
    } catch {
      // The next call of the collector reports it.
      return null;
    }
  }

  /** No code of a caller runs in here: the records are replayed as a whole or not at all. */
  #replayAll() {
    const { engine, hot, slab, stages } = this.#core;
    const raised = [];
    if (this.#ids.length > 0) {
      engine.giveIds(this.#ids);
      this.#ids = [];
    }
    slab[RECORD] = 0;
    slab[RECORDS] = this.at / RECORD_LEN;
    this.at = 0;
    for (;;) {
      hot.replay();
      if (slab[STATUS] !== RAISED) break;
      raised.push({
        stageName: stages.names[slab[RAISED_STAGE]],
        alerts: this.#core.alertsInSlab(engine.raisedIn()),
      });
    }
    if (this.#core.warnings.ofFault(slab[STATUS])) return raised;
    if (slab[EVICTED] !== 0) this.#core.evict();
    return raised;
  }

  #runLater() {
    this.#isScheduled = false;
    this.#heedAt = isObserved() ? 1 : SOONER;
    if (this.#core.closed) return;
    const { analysisInterval } = this.#core.config;
    const left = this.#analysedAt + analysisInterval - performanceNow();
    if (this.#timer !== undefined) this.replay();
    else if (left <= 0) this.#analyse();
    else {
      if (this.#heedAt === 1) this.replay();
      this.#timer = setTimeout(this.#onTimer, left);
      this.#timer.unref();
    }
  }

  /** A setting has changed: waiting records follow the new interval. */
  retime() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule();
  }

  #analyse() {
    this.flush();
    if (this.#core.slab[CLEANUP_DUE] !== 0) this.#core.cleanUp();
  }

  /** Replays everything, and dispatches the waiting analysis. */
  flush() {
    this.replay();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isScheduled) this.#heedAt = 1;
    const executions = this.#unannounced;
    const stored = this.#latest;
    this.#unannounced = 0;
    this.#latest = null;
    const core = this.#core;
    if (executions === 0) return;
    this.#analysedAt = performanceNow();
    if (core.closed || !core.config.analysisEvents) return;
    const latest = stored ?? this.#latestCompleted();
    if (latest !== null) this.#dispatch(latest, executions);
  }

  /** @param {Table} table @param {number} executions */
  #dispatch({ numbers, text }, executions) {
    const [id] = JSON.parse(text);
    // Removed since it ended, by cleanup or by the caller.
    if (id === undefined) return;
    const execution = executionFrom(numbers, 0, id, this.#core);
    const { totalDuration, overallThroughput, stageBreakdown } =
      /** @type {CompletedExecution} */ (execution);
    const end = executionEnd(numbers, 0);
    const analysis = analysisFrom(numbers, end, id, stageBreakdown);
    const { notifier } = this.#core;
    notifier.askLevels();
    notifier.dispatch(notifier.names.analysis, { ...analysis, executions });
    // At verbose, each execution has already been logged.
    if (this.#core.captures.environment) return;
    executionCompleted(notifier, id, {
      totalDuration,
      stagesExecuted: stageBreakdown.length,
      overallThroughput,
      executions,
    });
  }

  /** Releases all waiting and running executions: nothing is written or dispatched any more. */
  close() {
    this.replay();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unannounced = 0;
    this.#latest = null;
    // Running spans continue, so that their remaining stages are not attributed to another collector.
    this.executions = [];
    this.active = 0;
    this.byId.clear();
    this.numbers = new Float64Array(0);
    this.stages = 0;
    this.fullAt = 0;
  }
}

module.exports = { Journal };
