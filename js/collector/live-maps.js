// @ts-nocheck -- the classes have members that only their subclasses bring
'use strict';

// The live Maps. Each is a Map over the one native store: `get` copies out, `set` writes
// through. They extend Map for `instanceof`, and keep nothing in it.

const { inspect } = require('node:util');
const { toAsked, toId } = require('../recording/core');
const { nameIn } = require('../recording/interner');
const { checkLimits } = require('../config/settings');
const { invalidArg } = require('../errors');
const { isoTime, parseTime } = require('../boundary/iso-time');
const { readClocks } = require('../boundary/call-native');
const { layout } = require('../boundary/native');
const { adoptExecution } = require('../recording/direct-recorder');
const {
  contextsFrom,
  entryFrom,
  executionEnd,
  executionFrom,
  pipelineEntryFrom,
} = require('../boundary/decoders');

const S = layout.span;
const T = layout.threshold;
const N = layout.normal;

/** A Map whose entries live elsewhere: subclasses say where. */
class LiveMap extends Map {
  // A method of a subclass is not there yet while `super()` runs, which sets nothing.
  constructor(core) {
    super();
    Object.defineProperty(this, 'core', { value: core });
  }

  get size() {
    return this.keyList().length;
  }

  keys() {
    return this.keyList()[Symbol.iterator]();
  }

  *values() {
    for (const key of this.keyList()) yield this.get(key);
  }

  *entries() {
    for (const key of this.keyList()) yield [key, this.get(key)];
  }

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

/** How a Map inside an entry put in by hand is written in its JSON text. */
const MAP_ENTRIES = '\u0000map';

const writeMaps = (_, value) =>
  value instanceof Map ? { [MAP_ENTRIES]: [...value] } : value;

const readMaps = (_, value) =>
  value !== null && typeof value === 'object' && MAP_ENTRIES in value
    ? new Map(value[MAP_ENTRIES])
    : value;

/** What callers put in and ids, one a row, as the native side gives them back. */
function fromTexts(text) {
  return JSON.parse(text, text.includes('u0000map') ? readMaps : undefined);
}

/** JSON text of what a caller put in; figures that JSON cannot say are left out. */
function toText(core, value, known) {
  try {
    const text = JSON.stringify(value, writeMaps);
    if (text !== undefined) return text;
  } catch {
    core.hostileInputs += 1;
  }
  return JSON.stringify(known);
}

function read(core, source, path) {
  try {
    return path(source);
  } catch {
    core.hostileInputs += 1;
    return undefined;
  }
}

/** When something put in was: as it says, else now; a time that no date can be is counted. */
function wallIn(core, timestamp, wallNow) {
  const wall = parseTime(timestamp);
  if (wall === wall) return wall;
  if (timestamp !== undefined && timestamp !== null) core.invalidNumbers += 1;
  return wallNow;
}

/** A size or a count as a measured run has it: what cannot be one is 0, and counted. */
function countIn(core, value) {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
  core.invalidNumbers += 1;
  return 0;
}

/**
 * When something put in was, by the wall clock, and from when its age counts, by the monotonic
 * one: it is as old as its timestamp says then, and no younger than what is put in now.
 */
function timesIn(core, timestamp, { now, wall }) {
  const at = wallIn(core, timestamp, wall);
  return [at, now - Math.max(wall - at, 0)];
}

const labelIn = (core, value) =>
  typeof value === 'string' && value !== '' ? core.labels.admit(value) : 0;

/** The figures of a stage entry, as the native side takes them, and its text. */
function packEntry(core, entry, clocks, figures, texts) {
  const of = (path) => read(core, entry, path);
  const duration = core.figure(of((e) => e.duration));
  const success = of((e) => e.success);
  figures.push(
    duration,
    core.figure(of((e) => e.memoryDelta)),
    core.figure(of((e) => e.throughput?.itemsPerSecond)),
    core.figure(of((e) => e.errorCount)),
    success === undefined || success ? 1 : 0,
    ...timesIn(
      core,
      of((e) => e.timestamp),
      clocks,
    ),
    countIn(
      core,
      of((e) => e.inputSize ?? e.context?.inputSize),
    ),
    countIn(
      core,
      of((e) => e.outputSize),
    ),
    countIn(
      core,
      of((e) => e.itemsProcessed),
    ),
    countIn(
      core,
      of((e) => e.warningCount),
    ),
    countIn(
      core,
      of((e) => e.retryCount),
    ),
    labelIn(
      core,
      of((e) => e.complexity ?? e.context?.complexity),
    ),
    labelIn(
      core,
      of((e) => e.configurationHash ?? e.context?.configurationHash),
    ),
  );
  texts.push(toText(core, entry, { duration, success }));
}

/** Keeps entries of a stage; `replace` removes those it had. */
function putEntries(core, stageName, entries, replace) {
  if (core.closed) return;
  const figures = [];
  const texts = [];
  const clocks = readClocks(core);
  for (const entry of entries) packEntry(core, entry, clocks, figures, texts);
  const id = core.stages.admit(nameIn(toAsked(stageName)));
  core.native.putEntries(id, Float64Array.from(figures), texts, replace);
}

/** A stage's entries from `since` on by the monotonic clock, oldest first. */
function entriesOf(core, stageId, since) {
  const { numbers, text, labels } = core.native.entries(stageId, since);
  const own = core.ownLabels.readBack(labels);
  return fromTexts(text).map((given, row) =>
    typeof given === 'object' && given !== null
      ? given
      : entryFrom(numbers, row * S.LEN, given, core.labels.names, own),
  );
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
    const { maxDuration, maxMemory } = checkLimits(name, thresholds);
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

/** Figures of an execution that is put in, as the native side takes them. */
function packExecution(core, execution, clocks) {
  const of = (path) => read(core, execution, path);
  const duration = core.figure(of((e) => e.totalDuration));
  const success = of((e) => e.success ?? e.result?.success);
  const times = timesIn(
    core,
    of((e) => e.timestamp),
    clocks,
  );
  return [duration, success === undefined || success ? 1 : 0, ...times];
}

/** Keeps entries of the pipeline history; `replace` removes those it had. */
function putPipeline(core, entries, replace) {
  if (core.closed) return;
  const clocks = readClocks(core);
  const figures = [];
  const texts = [];
  for (const entry of entries) {
    const packed = packExecution(core, entry, clocks);
    figures.push(...packed);
    texts.push(
      toText(core, entry, {
        totalDuration: packed[0],
        success: packed[1] === 1,
      }),
    );
  }
  core.native.putPipeline(Float64Array.from(figures), texts, replace);
}

/** The pipeline history from `since` on by the monotonic clock, oldest first. */
function pipelineEntriesOf(core, since) {
  const table = core.native.pipelineEntries(since);
  const { stages, labels } = core;
  const { numbers } = table;
  const own = core.ownLabels.readBack(table.labels);
  let at = 0;
  return fromTexts(table.text).map((given) => {
    const from = at;
    at = executionEnd(numbers, from);
    return typeof given === 'object' && given !== null
      ? given
      : pipelineEntryFrom(
          numbers,
          from,
          given,
          stages.names,
          labels.names,
          own,
        );
  });
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
    const { stages, labels, ownLabels } = this.core;
    return executionFrom(
      table.numbers,
      0,
      given,
      stages.names,
      labels.names,
      ownLabels.readBack(table.labels),
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

/** Executions that run. An entry set by hand starts an execution of that id. */
class ActiveExecutions extends LiveMap {
  constructor(core, collector) {
    super(core);
    Object.defineProperty(this, 'collector', { value: collector });
  }

  get size() {
    return this.keyList().length;
  }

  keyList() {
    const { runs, journal } = this.core;
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
    const { stages, labels, ownLabels, native } = this.core;
    const numbers = slot === null ? null : native.running(slot);
    if (numbers === null) return undefined;
    return executionFrom(
      numbers,
      0,
      id,
      stages.names,
      labels.names,
      ownLabels.readRunning(given, numbers),
    );
  }

  set(id, execution) {
    if (!this.core.closed) adoptExecution(this.collector, id, execution);
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
  entriesOf,
  pipelineEntriesOf,
  putEntries,
  putPipeline,
};
