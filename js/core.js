'use strict';

const os = require('node:os');
const v8 = require('node:v8');
const { performance } = require('node:perf_hooks');
const { invalidArg } = require('./errors');
const { checkMethods, liveConfig } = require('./config');
const { Interner } = require('./interner');
const { native, layout } = require('./native');
const { OwnLabels } = require('./own-labels');
const { capturesOf, checkVerbosity } = require('./verbosity');

const { NOW, WALL } = layout.slab;
const { FAULTED } = layout.status;

/** The name under which whole pipelines have their limits and their baseline. */
const PIPELINE_TOTAL = 'pipeline_total';
/** The name under which stages beyond `maxStages` are recorded. */
const OVERFLOW_STAGE = '(overflow)';
/** Labels (environments, complexities, hashes) told apart before the rest share one. */
const MAX_LABELS = 1000;
const PARALLELISM = os.availableParallelism();
/** Beyond this a number of milliseconds is no date. */
const MAX_DATE = 8.64e15;

// Taken once: tests replace the method of the shared object, never of the prototype.
const performanceNow = Object.getPrototypeOf(performance).now;
const getHeapStatistics = v8.getHeapStatistics;

/** A stage that runs: what its caller holds, under which name, and its place in the execution. */
class OpenStage {
  constructor(stage, name, below) {
    this.stage = stage;
    this.name = name;
    this.span = 0;
    this.below = below;
  }
}

/** A running execution: where the native side keeps it, and the objects its caller holds. */
class Run {
  /** The stage that started last and still runs; the others below it. */
  top = null;
  /** Rows of the labels that it and its stages were given; null for none. */
  labels = null;

  constructor(slot, id, execution, captures) {
    this.slot = slot;
    this.id = id;
    this.execution = execution;
    this.byName = execution.stages;
    this.captures = captures;
    // The heap as last read for this run, and when: what a boundary close by may share.
    this.heap = NaN;
    this.heapAt = -Infinity;
  }

  open(stage, name) {
    this.top = new OpenStage(stage, name, this.top);
    return this.top;
  }

  /** The stage that a handle, or the latest start of a name, stands for; null for none. */
  find(stage) {
    const { top } = this;
    if (top !== null && (top.stage === stage || top.name === stage)) return top;
    const key =
      typeof stage === 'object' && stage !== null ? stage : toName(stage);
    let open = top;
    while (open !== null && open.stage !== key && open.name !== key)
      open = open.below;
    return open;
  }

  close(open) {
    if (this.top === open) {
      this.top = open.below;
      return;
    }
    let above = this.top;
    while (above !== null && above.below !== open) above = above.below;
    if (above !== null) above.below = open.below;
  }
}

/**
 * What a collector keeps to itself: the native side with its slab and hot functions, the
 * numbers of names, the readings of clock and heap, and the counters.
 */
class Core {
  slab = new Float64Array(new ArrayBuffer(layout.at.SLAB_LEN * 8));
  hot = {};
  runs = new Map();
  #lastRun = null;
  closed = false;
  hostileInputs = 0;
  invalidNumbers = 0;
  samplerErrors = 0;
  clockErrors = 0;
  duplicateCompletions = 0;
  unknownReferences = 0;
  heapFailed = false;
  /** Whether boundaries close to each other share one reading of the heap. */
  sharesHeap = false;
  readsHeap = true;
  /** Called after a setting changed. */
  onConfig = () => {};
  #clock;
  #sampler;
  #lastNow = 0;
  #lastWall = 0;
  #faultReported = false;
  #verbosity;
  #captures;

  constructor({ config, clock, memorySampler, verbosityConfig }) {
    this.#clock =
      clock === undefined || clock === null
        ? null
        : checkMethods('clock', clock, ['now', 'wallNow']);
    this.#sampler = checkSampler(memorySampler);
    checkVerbosity(verbosityConfig);
    this.native = new native.Collector(
      performanceNow.call(performance),
      PIPELINE_TOTAL,
      this.slab,
    );
    this.native.exportHot(this.hot);
    this.stages = new Interner(
      (name) => this.#register('internStage', name),
      0,
      OVERFLOW_STAGE,
    );
    this.stages.adopt(PIPELINE_TOTAL, this.native.pipelineTotal());
    this.labels = new Interner(
      (label) => this.#register('internLabel', label),
      MAX_LABELS,
      '(other)',
    );
    this.labels.admit('unknown');
    this.ownLabels = new OwnLabels((text) =>
      this.#register('internLabel', text),
    );
    this.slab[NOW] = NaN;
    this.slab[WALL] = NaN;
    this.config = liveConfig(config, (values) => {
      this.stages.limit = values.maxStages;
      this.sharesHeap = values.memorySampling === 'shared';
      this.readsHeap = values.memorySampling !== 'off';
      this.native.configure(values);
      this.onConfig();
    });
  }

  /** A number for a text; 0 where the native side refuses, which the next hot call says. */
  #register(method, text) {
    try {
      return this.native[method](text);
    } catch {
      return 0;
    }
  }

  /** Hands over the labels of a run that is about to complete. */
  keepLabels(run) {
    try {
      this.native.keepLabels(run.slot, Float64Array.from(run.labels));
    } catch {
      // It refuses everything once faulted, which the next hot call says.
    }
  }

  /** Lets the native side abandon a run. */
  close(run) {
    try {
      this.native.close(run.slot, false);
    } catch {
      // It refuses everything once faulted, which the next hot call says.
    }
  }

  /** What the process runs on, for those who want it with each stage. */
  environment() {
    return {
      node: process.version,
      platform: process.platform,
      arch: process.arch,
      parallelism: PARALLELISM,
    };
  }

  /** Whether times come from a clock that was handed in. */
  get hasClock() {
    return this.#clock !== null;
  }

  /** Monotonic ms of the injected clock; the last good reading where it fails. */
  readNow() {
    const now = this.#read('now');
    if (now === now) this.#lastNow = now;
    return this.#lastNow;
  }

  /** Wall ms of the injected clock; the last good reading where it fails. */
  readWall() {
    const wall = this.#read('wallNow');
    if (wall >= -MAX_DATE && wall <= MAX_DATE) this.#lastWall = wall;
    else if (wall === wall) this.clockErrors += 1;
    return this.#lastWall;
  }

  #read(method) {
    let value;
    try {
      value = this.#clock[method]();
    } catch {
      this.clockErrors += 1;
      return NaN;
    }
    if (Number.isFinite(value)) return value;
    this.clockErrors += 1;
    return NaN;
  }

  /** Wall clock now, in ms. */
  wallNow() {
    return this.#clock === null ? this.native.wallNow() : this.readWall();
  }

  /** Heap in use in bytes. Where the sampler fails: 0, counted, and `heapFailed` set. */
  readHeap() {
    const sampler = this.#sampler;
    if (sampler === undefined) return getHeapStatistics().used_heap_size;
    if (sampler === null) return 0;
    try {
      const bytes = sampler();
      if (typeof bytes === 'number' && bytes >= 0 && bytes < Infinity)
        return bytes;
    } catch {
      // Counted below, like an answer that is no size.
    }
    this.samplerErrors += 1;
    this.heapFailed = true;
    return 0;
  }

  /** What to capture, as the verbosity says now. */
  capturesNow(verbosity) {
    if (typeof verbosity === 'object' && verbosity !== null)
      return capturesOf(verbosity);
    if (verbosity !== this.#verbosity || this.#captures === undefined) {
      this.#verbosity = verbosity;
      this.#captures = capturesOf(verbosity);
    }
    return this.#captures;
  }

  /** The running execution of an id, or undefined. */
  runOf(executionId) {
    const last = this.#lastRun;
    if (last !== null && last.id === executionId) return last;
    return this.runs.get(toId(executionId));
  }

  addRun(run) {
    this.runs.set(run.id, run);
    this.#lastRun = run;
  }

  removeRun(run) {
    this.runs.delete(run.id);
    if (this.#lastRun === run) this.#lastRun = null;
  }

  /** A number for the slab: as it is, 0 for nothing, 0 and counted for what is no number. */
  number(value) {
    if (typeof value === 'number') return value;
    if (value === undefined || value === null) return 0;
    this.invalidNumbers += 1;
    return 0;
  }

  /** Milliseconds or bytes a caller gave: finite, else NaN, counted unless simply missing. */
  figure(value) {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (value !== undefined && value !== null) this.invalidNumbers += 1;
    return NaN;
  }

  /** Whether the native side refuses; said once. */
  refuses(status, sink) {
    if (status !== FAULTED) return false;
    if (!this.#faultReported) {
      this.#faultReported = true;
      sink.error(
        'Pipeline metrics stopped after an internal failure; the pipeline is unaffected',
      );
    }
    return true;
  }
}

function checkSampler(sampler) {
  if (sampler === undefined || sampler === null) return undefined;
  if (sampler === false) return null;
  if (typeof sampler === 'function') return sampler;
  throw invalidArg(
    'memorySampler must be a function that returns bytes, or false',
  );
}

/** An execution id as text, with lone surrogates replaced, so that it survives the crossing. */
function toId(value) {
  if (typeof value !== 'string') {
    try {
      return String(value).toWellFormed();
    } catch {
      return 'unprintable';
    }
  }
  return value.isWellFormed() ? value : value.toWellFormed();
}

/** A stage name as text. */
function toName(value) {
  return typeof value === 'string' ? value : toId(value);
}

module.exports = { Core, PIPELINE_TOTAL, Run, toId, toName };
