'use strict';

// The live Maps. Each is a Map over the one native store: `get` copies out, `set` writes
// through. They extend Map for `instanceof`, and keep nothing in it.

const { inspect } = require('node:util');
const { toAsked, toId } = require('../recording/names');
const { checkThresholds } = require('../config/thresholds');
const { invalidArg } = require('../errors');
const { isoTime } = require('../boundary/iso-time');
const { readClocks } = require('../boundary/call-native');
const { layout } = require('../boundary/native');
const {
  entriesOf,
  packExecution,
  pipelineEntriesOf,
  putEntries,
  putPipeline,
  wallIn,
  toText,
  fromTexts,
} = require('./given-entries');
const { adoptExecution } = require('../recording/direct-executions');
const { contextsFrom, executionFrom } = require('../boundary/decoders');

const T = layout.threshold;
const N = layout.normal;

/** A Map whose entries live elsewhere: subclasses say where. */
class LiveMap extends Map {
  /** @type {any} */
  #core;

  /**
   * The keys in order, which a subclass lists.
   *
   * @returns {any[]}
   */
  keyList() {
    return [];
  }

  // A method of a subclass is not there yet while `super()` runs, which sets nothing.
  constructor(core) {
    super();
    this.#core = core;
  }

  get core() {
    return this.#core;
  }

  get size() {
    return this.keyList().length;
  }

  keys() {
    return this.keyList()[Symbol.iterator]();
  }

  /** @returns {any} */
  *values() {
    for (const key of this.keyList()) yield this.get(key);
  }

  /** @returns {any} */
  *entries() {
    for (const key of this.keyList()) yield [key, this.get(key)];
  }

  /** @returns {any} */
  [Symbol.iterator]() {
    return this.entries();
  }

  forEach(callback, thisArg) {
    for (const [key, value] of this.entries())
      callback.call(thisArg, value, key, this);
  }

  clear() {
    for (const key of this.keyList()) this.delete(key);
  }

  [inspect.custom](depth, options, show) {
    return show(new Map(this), options);
  }
}

/**
 * Maps keyed by stage name, in the order the native side lists the stages. Where they hold whole
 * pipelines too, a stage of their name has the key `{ stage: name }`.
 */
class StageMap extends LiveMap {
  /**
   * The numbers of the stages that have an entry: a subclass lists them.
   *
   * @returns {number[] | Uint32Array}
   */
  listStages() {
    return [];
  }

  /**
   * The entry of a stage, which a subclass reads.
   *
   * @param {number} _id
   * @returns {any}
   */
  read(_id) {
    return undefined;
  }

  /**
   * Takes out the entry of a stage; whether there was one.
   *
   * @param {number} _id
   */
  remove(_id) {
    return false;
  }

  keyList() {
    return Array.from(this.listStages(), (id) => this.keyOf(id));
  }

  keyOf(id) {
    return this.core.stages.askedBy(id);
  }

  find(key) {
    return this.core.stages.find(key);
  }

  has(key) {
    const id = this.find(key);
    return id >= 0 && this.listStages().includes(id);
  }

  get(key) {
    const id = this.find(key);
    return id < 0 ? undefined : this.read(id);
  }

  delete(key) {
    const id = this.find(key);
    return id >= 0 && this.remove(id);
  }
}

function requireArray(value, what) {
  if (!Array.isArray(value))
    throw invalidArg(`${what} must be an array of entries`);
  return value;
}

class StageMetrics extends StageMap {
  /** There are entries of stages alone. */
  keyOf(id) {
    return this.core.stages.names[id];
  }

  find(key) {
    return this.core.stages.findStage(key);
  }

  listStages() {
    return this.core.native.seriesStages();
  }

  read(id) {
    return this.listStages().includes(id)
      ? entriesOf(this.core, id, -Infinity)
      : undefined;
  }

  set(name, entries) {
    putEntries(this.core, name, requireArray(entries, 'stage metrics'), true);
    return this;
  }

  remove(id) {
    return this.core.native.removeEntries(id);
  }
}

class AlertThresholds extends StageMap {
  listStages() {
    return this.core.native.thresholdStages();
  }

  read(id) {
    const n = this.core.native.threshold(id);
    if (n === null) return undefined;
    const entry = {};
    const show = (name, value) => {
      if (value === value) entry[name] = value;
    };
    show('maxDuration', n[T.MAX_DURATION]);
    show('maxMemory', n[T.MAX_MEMORY]);
    if (n[T.SET_AT] === n[T.SET_AT]) entry.timestamp = isoTime(n[T.SET_AT]);
    show('baselineDuration', n[T.BASELINE_DURATION]);
    show('baselineMemory', n[T.BASELINE_MEMORY]);
    return entry;
  }

  set(name, thresholds) {
    const { maxDuration, maxMemory } = checkThresholds(name, thresholds);
    const id = this.core.stages.intern(toAsked(name));
    const setAt = wallIn(this.core, thresholds.timestamp, this.core.wallNow());
    const before = this.core.native.threshold(id);
    this.core.native.setThreshold(
      id,
      maxDuration,
      maxMemory,
      setAt,
      thresholds.baselineDuration ?? before?.[T.BASELINE_DURATION] ?? NaN,
      thresholds.baselineMemory ?? before?.[T.BASELINE_MEMORY] ?? NaN,
    );
    return this;
  }

  remove(id) {
    return this.core.native.removeThreshold(id);
  }
}

class PerformanceBaselines extends StageMap {
  listStages() {
    return this.core.native.normalStages();
  }

  read(id) {
    const { native, labels } = this.core;
    const n = native.normal(id);
    if (n === null) return undefined;
    return {
      count: n[N.COUNT],
      totalDuration: n[N.TOTAL_DURATION],
      totalMemory: n[N.TOTAL_MEMORY],
      avgDuration: n[N.AVERAGE_DURATION],
      avgMemory: n[N.AVERAGE_MEMORY],
      medianDuration: n[N.MEDIAN_DURATION],
      durationSpread: n[N.SPREAD],
      isWarm: n[N.IS_WARM] !== 0,
      contexts: contextsFrom(native.contexts(id), labels.names),
    };
  }

  set(name, baseline) {
    if (typeof baseline !== 'object' || baseline === null) {
      throw invalidArg(
        'a baseline must be an object with count, totalDuration and totalMemory',
      );
    }
    if (this.core.closed) return this;
    const sum = (value) => {
      const figure = this.core.figure(value);
      return figure > 0 ? figure : 0;
    };
    const id = this.core.stages.intern(toAsked(name));
    const count = sum(baseline.count);
    this.core.native.setNormal(
      id,
      count,
      sum(baseline.totalDuration),
      sum(baseline.totalMemory),
    );
    return this;
  }

  remove(id) {
    return this.core.native.removeNormal(id);
  }
}

/** The one key under which the history of whole pipelines stands. */
const PIPELINE = 'pipeline';

class PerformanceHistory extends LiveMap {
  #others = new Map();

  keyList() {
    const keys = [...this.#others.keys()];
    return this.core.native.hasPipeline() ? [PIPELINE, ...keys] : keys;
  }

  has(key) {
    return key === PIPELINE
      ? this.core.native.hasPipeline()
      : this.#others.has(key);
  }

  get(key) {
    if (key !== PIPELINE) {
      const text = this.#others.get(key);
      return text === undefined ? undefined : fromTexts(text);
    }
    return this.core.native.hasPipeline()
      ? pipelineEntriesOf(this.core, -Infinity)
      : undefined;
  }

  set(key, entries) {
    if (key === PIPELINE) {
      putPipeline(
        this.core,
        requireArray(entries, 'the pipeline history'),
        true,
      );
    } else {
      this.#others.set(key, toText(this.core, entries, null));
    }
    return this;
  }

  delete(key) {
    return key === PIPELINE
      ? this.core.native.removePipeline()
      : this.#others.delete(key);
  }
}

class PipelineExecutions extends LiveMap {
  get size() {
    return this.core.native.completedSize();
  }

  keyList() {
    return JSON.parse(this.core.native.completedIds());
  }

  has(id) {
    return this.core.native.hasCompleted(toId(id));
  }

  get(id) {
    const table = this.core.native.completed(toId(id));
    if (table === null) return undefined;
    const [given] = fromTexts(table.text);
    if (typeof given === 'object' && given !== null) return given;
    const { stages, labels, customLabels } = this.core;
    return executionFrom(
      table.numbers,
      0,
      given,
      stages.names,
      labels.names,
      customLabels.readBack(table.labels),
    );
  }

  set(id, execution) {
    if (this.core.closed) return this;
    const { core } = this;
    const figures = packExecution(core, execution, readClocks(core));
    const text = toText(core, execution, { executionId: toId(id) });
    core.native.putCompleted(toId(id), Float64Array.from(figures), text);
    return this;
  }

  delete(id) {
    return this.core.native.removeCompleted(toId(id));
  }
}

/** Executions that run. An entry set manually starts an execution of that id. */
class ActiveExecutions extends LiveMap {
  #collector;

  constructor(core, collector) {
    super(core);
    this.#collector = collector;
  }

  get size() {
    return this.keyList().length;
  }

  keyList() {
    const { runs, journal } = this.core;
    // Among what waits may be a start too many, which abandons another.
    journal.replay();
    const started = runs.all().map((run) => run.id);
    const wired = journal.running().map((execution) => execution.id);
    return [...started, ...wired];
  }

  has(id) {
    return this.keyList().includes(toId(id));
  }

  get(id) {
    const { core } = this;
    const run = core.runs.get(toId(id));
    return run === undefined
      ? this.#getWired(toId(id))
      : this.#read(run.id, run.slot, run.labels);
  }

  #getWired(id) {
    const { journal, native } = this.core;
    const execution = journal.find(id);
    return execution === undefined
      ? undefined
      : this.#read(id, native.slotOf(execution.number), null);
  }

  #read(id, slot, given) {
    const { stages, labels, customLabels, native } = this.core;
    const numbers = slot === null ? null : native.running(slot);
    if (numbers === null) return undefined;
    return executionFrom(
      numbers,
      0,
      id,
      stages.names,
      labels.names,
      customLabels.readRunning(given, numbers),
    );
  }

  set(id, execution) {
    const { verbosityConfig } = this.#collector;
    if (!this.core.closed)
      adoptExecution(this.core, id, execution, verbosityConfig);
    return this;
  }

  delete(id) {
    const { core } = this;
    const run = core.runs.get(toId(id));
    if (run === undefined) return core.journal.discard(toId(id));
    core.runs.remove(run);
    return core.native.close(run.slot, true);
  }
}

module.exports = {
  ActiveExecutions,
  AlertThresholds,
  PerformanceBaselines,
  PerformanceHistory,
  PipelineExecutions,
  StageMetrics,
};
