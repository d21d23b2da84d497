'use strict';

const { ignorePromise } = require('../config/ignore-promise');
const { checkMethods } = require('../config/settings');
const { invalidArg } = require('../errors');
const { layout } = require('../boundary/native');
const { heapSource } = require('./heap-source');
const { performanceNow } = require('./monotonic');
const { HeapSchedule } = require('./heap-schedule');

/**
 * @import { CollectorOptions as Options, Config } from '../../types/options'
 * @import { Captures } from '../config/capture-level'
 * @import { Core } from './core'
 * @import { RunningExecution } from './running-executions'
 * @typedef {{ getCurrentMemoryUsage(): number }} HeapOwner
 */

const { NOW, WALL, HEAP_AT } = layout.slab;

/** Age in ms up to which a boundary shares the previous heap reading. */
const { SHARED_WITHIN } = layout.at;
/** The largest number of ms that is a date. */
const MAX_DATE = 8.64e15;

/**
 * Reads clock and heap at the boundaries of executions and stages: the heap before the clock at a
 * start and after it at an end, so that no reading is timed. Both may be the caller's code, which
 * overwrites the slab if it calls the collector.
 *
 * Times go into the slab; NaN lets the native side read them in the crossing that follows. The heap
 * is returned, NaN where it is not read, for the calling code to put there.
 */
class Probes {
  samplerErrors = 0;
  clockErrors = 0;
  /** The wall clock at the last {@link tick} in ms; NaN where the native side reads it. */
  wall = NaN;
  #core;
  #collector;
  #clock;
  #sampler;
  #lastNow = 0;
  #lastWall = 0;
  #heapFailed = false;
  #ownReading;
  /** @type {(() => number) | null} - the source of the runtime, once it was asked and has an answer */
  #readRuntime = null;
  /** Whether times come from an injected clock. */
  hasClock;
  /** Whether boundaries close in time share one reading of the heap. */
  sharesHeap = false;
  #readsHeap = true;
  /** @type {HeapSchedule | null} - which wired executions read the heap; null where all do, or none */
  #schedule = null;

  /**
   * @param {Pick<Core, 'slab' | 'hot'>} core
   * @param {HeapOwner} collector - asked for the heap at each reading
   * @param {HeapOwner['getCurrentMemoryUsage']} ownReading - its method, unless the caller has put another there
   * @param {Pick<Options, 'clock' | 'memorySampler'>} options
   */
  constructor(core, collector, ownReading, { clock, memorySampler }) {
    this.#core = core;
    this.#collector = collector;
    this.#ownReading = ownReading;
    this.#clock =
      clock === undefined || clock === null
        ? null
        : checkMethods('clock', clock, ['now', 'wallNow']);
    this.hasClock = this.#clock !== null;
    this.#sampler = checkSampler(memorySampler);
  }

  /** @param {Pick<Config, 'memorySampling' | 'overheadBudget'>} config */
  configure({ memorySampling, overheadBudget }) {
    this.sharesHeap = memorySampling === 'shared' || memorySampling === 'auto';
    this.#readsHeap = memorySampling !== 'off';
    if (!this.#readsHeap) this.#readRuntime = null;
    this.#schedule =
      memorySampling === 'auto' ? (this.#schedule ?? new HeapSchedule()) : null;
    if (this.#schedule !== null) this.#schedule.budget = overheadBudget;
  }

  /** Whether a sampler, or `false`, was given for the heap. */
  get hasSampler() {
    return this.#sampler !== undefined;
  }

  /** @param {boolean} needsWall - whether an injected wall clock is read, too @returns monotonic ms */
  tick(needsWall) {
    if (this.#clock === null) return performanceNow();
    const ms = this.#readNow();
    if (needsWall) this.wall = this.readWall();
    return ms;
  }

  /** @param {Captures} captures */
  isHeapDue(captures) {
    if (!captures.heap || !this.#readsHeap) return false;
    return this.#schedule === null || this.#schedule.takeTurn();
  }

  /** Whether the schedule learns from the starting wired execution. */
  get learnsFromHeap() {
    return this.#schedule !== null && this.#schedule.isLearning;
  }

  /** The heap at the start of a wired execution; the schedule learns the cost of the reading. */
  heapTimed() {
    const before = performanceNow();
    const heap = this.heap();
    if (this.#schedule !== null)
      this.#schedule.noteReading(performanceNow() - before);
    return heap;
  }

  /** @param {number} ms @param {number} readings @param {number} atOnce */
  noteExecution(ms, readings, atOnce) {
    if (this.#schedule !== null)
      this.#schedule.noteExecution(ms, readings, atOnce);
  }

  /** @param {number} ms - that measuring a wired execution took @param {number} readings - of the heap in it */
  noteOwnCost(ms, readings) {
    if (this.#schedule !== null) this.#schedule.noteOwnCost(ms, readings);
  }

  /** @param {Captures} captures */
  startExecution(captures) {
    const heap = captures.heap ? this.heap() : NaN;
    if (this.#clock !== null) this.#readClocks();
    else this.#core.slab[NOW] = NaN;
    return heap;
  }

  /** @param {RunningExecution} execution */
  startStage(execution) {
    const { captures } = execution;
    if (!captures.heap || !this.sharesHeap)
      return this.startStageAfresh(captures);
    const { slab } = this.#core;
    if (this.#clock !== null) {
      // Read once, as at every other start.
      const now = this.#readNow();
      const isRecent = now - execution.heapAt <= SHARED_WITHIN;
      const heap = isRecent ? execution.heap : this.heap();
      slab[NOW] = now;
      slab[HEAP_AT] = NaN;
      return heap;
    }
    // The native side, which reads the clock, reports if that was too long ago.
    slab[NOW] = NaN;
    slab[HEAP_AT] = execution.heapAt;
    return execution.heap;
  }

  /** @param {Captures} captures */
  startStageAfresh(captures) {
    const { slab } = this.#core;
    const heap = captures.heap ? this.heap() : NaN;
    slab[NOW] = this.#clock !== null ? this.#readNow() : NaN;
    slab[HEAP_AT] = NaN;
    return heap;
  }

  /**
   * Puts both clocks into the slab at the end of `execution` or one of its stages: before the heap,
   * thread usage (the slowest) and the caller's objects are read, which may run its code. If
   * neither heap nor usage is read, the native side reads the clock.
   * @param {RunningExecution} execution
   */
  end(execution) {
    if (this.#clock !== null) {
      this.#readClocks();
      return;
    }
    const { slab, hot } = this.#core;
    slab[WALL] = NaN;
    const { captures } = execution;
    const readsMore = (this.#readsHeap && captures.heap) || captures.usage;
    if (readsMore) hot.tick();
    else slab[NOW] = NaN;
  }

  /**
   * The heap after a stage of `execution` that ended at `now`; boundaries soon after share it.
   * @param {RunningExecution} execution
   * @param {number} now
   */
  heapAfterStage(execution, now) {
    if (!execution.captures.heap) return NaN;
    const heap = this.heap();
    execution.noteHeap(heap, now);
    return heap;
  }

  /** @param {RunningExecution} execution @param {number} now */
  heapAfter(execution, now) {
    if (!execution.captures.heap) return NaN;
    return this.sharesHeap && now - execution.heapAt <= SHARED_WITHIN
      ? execution.heap
      : this.heap();
  }

  /** Heap in use in bytes; NaN if not read or unavailable. Short, so that V8 inlines it at each boundary. */
  heap() {
    try {
      if (
        this.#readRuntime !== null &&
        this.#collector.getCurrentMemoryUsage === this.#ownReading
      )
        return this.#readRuntime();
    } catch {
      // Of the caller's, which is asked next.
    }
    return this.#readsHeap ? this.#askCollector() : NaN;
  }

  #askCollector() {
    let heap;
    try {
      // Of this reading, not of one by the caller.
      this.#heapFailed = false;
      heap = this.#collector.getCurrentMemoryUsage();
    } catch {
      this.samplerErrors += 1;
      return NaN;
    }
    if (typeof heap !== 'number') {
      ignorePromise(heap);
      this.samplerErrors += 1;
      return NaN;
    }
    return this.#heapFailed ? NaN : heap;
  }

  /** Heap in use in bytes; 0 if the sampler fails, which is counted. */
  heapInUse() {
    const sampler = this.#sampler;
    if (sampler === undefined) return this.#heapOfRuntime();
    if (sampler === null) return 0;
    try {
      const bytes = sampler();
      if (typeof bytes === 'number' && bytes >= 0 && bytes < Infinity)
        return bytes;
      ignorePromise(bytes);
    } catch {
      // Counted below, like a result that is no size.
    }
    this.samplerErrors += 1;
    this.#heapFailed = true;
    return 0;
  }

  #heapOfRuntime() {
    const { read } = heapSource();
    if (this.#readsHeap) this.#readRuntime = read;
    if (read !== null) return read();
    this.#heapFailed = true;
    return 0;
  }

  #readClocks() {
    const { slab } = this.#core;
    const now = this.#readNow();
    slab[WALL] = this.readWall();
    slab[NOW] = now;
  }

  /** Monotonic ms of the injected clock; the last good reading if it fails. */
  #readNow() {
    const now = this.#read('now');
    if (now === now) this.#lastNow = now;
    return this.#lastNow;
  }

  /** Wall ms of the injected clock; the last good reading if it fails. */
  readWall() {
    const wall = this.#read('wallNow');
    if (wall >= -MAX_DATE && wall <= MAX_DATE) this.#lastWall = wall;
    else if (wall === wall) this.clockErrors += 1;
    return this.#lastWall;
  }

  /** @param {'now' | 'wallNow'} method */
  #read(method) {
    let value;
    try {
      value = /** @type {NonNullable<Options['clock']>} */ (this.#clock)[
        method
      ]();
    } catch {
      this.clockErrors += 1;
      return NaN;
    }
    if (Number.isFinite(value)) return value;
    ignorePromise(value);
    this.clockErrors += 1;
    return NaN;
  }
}

/** @param {Options['memorySampler']} sampler @returns {(() => number) | null | undefined} */
function checkSampler(sampler) {
  if (sampler === undefined || sampler === null) return undefined;
  if (sampler === false) return null;
  if (typeof sampler === 'function') return sampler;
  throw invalidArg(
    'memorySampler must be a function that returns bytes, or false',
    sampler,
  );
}

module.exports = { Probes };
