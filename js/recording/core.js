'use strict';

const os = require('node:os');
const { liveConfig } = require('../config/settings');
const { Ended } = require('./ended');
const { Interner, StageNames, isStage } = require('./interner');
const { Journal } = require('./journal');
const { native, layout } = require('../boundary/native');
const { OpenStages } = require('./open-stages');
const { OwnCost } = require('./own-cost');
const { OwnLabels } = require('./custom-labels');
const { performanceNow } = require('./monotonic');
const { Probes } = require('./probes');
const { capturesOf, checkVerbosity } = require('../config/capture-level');

const { NOW, WALL } = layout.slab;
const { FAULTED } = layout.status;

/** The name under which whole pipelines have their limits and their baseline. */
const PIPELINE_TOTAL = 'pipeline_total';
/** The name under which stages beyond `maxStages` are recorded. */
const OVERFLOW_STAGE = '(overflow)';
/** Labels (environments, complexities, hashes) told apart before the rest share one. */
const MAX_LABELS = 1000;
const PARALLELISM = os.availableParallelism();
/** Equal to no verbosity that a caller can give. */
const NO_VERBOSITY = Symbol('no verbosity');

/**
 * A running execution: where the native side keeps it, and the objects its caller holds. The
 * stage that started last is kept in place, those that still run below it in a list: of
 * stages one after the other, none is ever put there.
 */
class Run {
  /** What the caller holds of the stage that started last; null where none runs. */
  stage = null;
  /** The name it was started under. */
  name = '';
  /** Its place in the execution. */
  span = 0;
  /** Rows of the labels that it and its stages were given; null for none. */
  labels = null;
  /** Whether it has ended: its place on the native side may be another's by now. */
  isOver = false;
  #below = null;

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

  open(stage, name, span) {
    if (this.stage !== null) {
      this.#below ??= new OpenStages();
      this.#below.push(this.stage, this.name, this.span);
    }
    this.stage = stage;
    this.name = name;
    this.span = span;
  }

  /**
   * The place of the stage that a handle, or the latest start of a name, stands for; -1 for none.
   * By name a stage is found however its name was given; by handle only that one is.
   */
  find(stage) {
    if (this.stage === null) return -1;
    if (this.stage === stage || this.name === stage) return this.span;
    const key =
      typeof stage === 'object' && stage !== null ? stage : toName(stage);
    if (this.name === key) return this.span;
    return this.#below?.find(key)?.span ?? -1;
  }

  /** Whether a value is what its caller holds of a stage that runs. */
  isRunning(stage) {
    return typeof stage === 'object' && this.find(stage) >= 0;
  }

  /** Closes the stage that `find` found at a place; what its caller holds, or null for none. */
  close(span, stage) {
    if (this.stage === null) return null;
    if (this.span === span) {
      const closed = this.stage;
      this.#pop();
      return closed;
    }
    const key =
      typeof stage === 'object' && stage !== null ? stage : toName(stage);
    let open = this.#below?.find(key) ?? null;
    // Another of that name may have started since.
    while (open !== null && open.span !== span) open = open.below;
    if (open === null) return null;
    this.#below.remove(open);
    return open.stage;
  }

  /** What is held of the stages that run, and under which names they started. */
  openStages() {
    if (this.stage === null) return [];
    const { stage, name } = this;
    return [{ stage, name }, ...(this.#below ?? [])];
  }

  #pop() {
    const next = this.#below?.top ?? null;
    if (next === null) {
      this.stage = null;
      return;
    }
    this.#below.remove(next);
    this.stage = next.stage;
    this.name = next.name;
    this.span = next.span;
  }
}

/**
 * The running executions by id, in the order they started. The latest is kept in place: a map
 * whose entries come and go is made anew every few runs, and the old one keeps them alive.
 */
class Runs {
  #latest = null;
  #others = new Map();

  /** The execution of that id, or undefined. */
  get(id) {
    const latest = this.#latest;
    if (latest !== null && latest.id === id) return latest;
    return this.#others.size === 0 ? undefined : this.#others.get(id);
  }

  /** Adds a run; the one of the same id whose place it takes, or undefined. */
  add(run) {
    const replaced = this.get(run.id);
    const latest = this.#latest;
    if (replaced === undefined) {
      if (latest !== null) this.#others.set(latest.id, latest);
      this.#latest = run;
      return undefined;
    }
    replaced.isOver = true;
    if (replaced === latest) this.#latest = run;
    else this.#others.set(run.id, run);
    return replaced;
  }

  /** Takes off a run that ends. */
  remove(run) {
    run.isOver = true;
    if (this.#latest === run) this.#latest = null;
    else this.#others.delete(run.id);
  }

  get size() {
    return this.#others.size + (this.#latest === null ? 0 : 1);
  }

  /** The one that started first, or undefined. */
  get oldest() {
    return this.#others.size > 0
      ? this.#others.values().next().value
      : (this.#latest ?? undefined);
  }

  /** All of them, in an array of their own. */
  all() {
    const all = [...this.#others.values()];
    if (this.#latest !== null) all.push(this.#latest);
    return all;
  }
}

/**
 * What a collector keeps to itself: the native side (`engine`) with its slab and hot functions, the
 * journal, the numbers of names, the runs, and the counters.
 */
class Core {
  slab = new Float64Array(new ArrayBuffer(layout.at.SLAB_LEN * 8));
  hot = {};
  runs = new Runs();
  ended = new Ended();
  closed = false;
  hostileInputs = 0;
  invalidNumbers = 0;
  duplicateCompletions = 0;
  unknownReferences = 0;
  stagesOutsidePipelines = 0;
  lateStages = 0;
  #outlived = new Set();
  /**
   * Called once, with this, before the collector answers anything.
   *
   * @type {((core: Core) => void) | null}
   */
  beforeAnswer = null;
  /** Called after a setting changed. */
  onConfig = () => {};
  #faultReported = false;
  /** @type {any} */
  #verbosity = NO_VERBOSITY;
  #captures = capturesOf(null);

  constructor(collector, sink, options, cleanUp) {
    const { config, clock, memorySampler, verbosityConfig } = options;
    this.sink = sink;
    this.probes = new Probes(this, collector, { clock, memorySampler });
    checkVerbosity(verbosityConfig);
    this.engine = new native.Collector(
      performanceNow(),
      PIPELINE_TOTAL,
      this.slab,
    );
    this.engine.exportHot(this.hot);
    this.pipelineTotal = this.engine.pipelineTotal();
    this.stages = new StageNames(
      (name) => this.#register('internStage', name),
      OVERFLOW_STAGE,
      PIPELINE_TOTAL,
      this.pipelineTotal,
    );
    this.stages.adopt(OVERFLOW_STAGE, this.engine.overflowStage());
    this.ownCost = new OwnCost(this.engine);
    this.journal = new Journal(this, sink, cleanUp);
    this.labels = new Interner(
      (label) => this.#register('internLabel', label),
      MAX_LABELS,
      '(other)',
    );
    this.unknownLabel = this.labels.admit('unknown');
    this.basicLabel = this.labels.admit('basic');
    this.ownLabels = new OwnLabels((text) =>
      this.#register('internLabel', text),
    );
    this.slab[NOW] = NaN;
    this.slab[WALL] = NaN;
    if (typeof verbosityConfig === 'string') this.capturesNow(verbosityConfig);
    this.config = liveConfig(config, (values) => this.#configure(values), {
      // A sampler that is handed in is asked at every boundary, so that a test is exact.
      ...(this.probes.hasSampler && { memorySampling: 'exact' }),
    });
  }

  /** The native side, once all that was written down has reached it. */
  get native() {
    const { beforeAnswer } = this;
    if (beforeAnswer !== null) {
      this.beforeAnswer = null;
      beforeAnswer(this);
    }
    this.journal.replay();
    return this.engine;
  }

  #configure(values) {
    this.stages.limit = values.maxStages;
    this.probes.configure(values);
    this.native.configure(values);
    this.onConfig();
  }

  /** A number for a text; 0 where the native side refuses, which the next hot call says. */
  #register(method, text) {
    try {
      return this.engine[method](text);
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

  /** Lets go of the executions that were abandoned because too many ran. */
  evict() {
    const slots = [];
    for (const slot of this.engine.takeEvicted()) {
      // In order of their starts, as those that are abandoned are the oldest.
      const { oldest } = this.runs;
      if (oldest?.slot === slot) this.abandon(oldest);
      else slots.push(slot);
    }
    if (slots.length > 0) this.journal.abandoned(slots);
  }

  /** Lets go of all that runs, and of native memory that nothing is stored in. */
  dispose() {
    for (const run of this.runs.all()) this.runs.remove(run);
    try {
      this.engine.dispose();
    } catch {
      // Faulted: it holds what it held.
    }
  }

  /** Lets go of a run that the native side has abandoned, or is about to. */
  abandon(run) {
    this.runs.remove(run);
    this.ended.abandoned(run);
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

  /** Monotonic time now, in ms: what ages are judged by. */
  now() {
    return this.probes.tickAlone();
  }

  /** Wall clock now, in ms: what times are shown by. */
  wallNow() {
    const { probes } = this;
    return probes.hasClock ? probes.readWall() : this.native.wallNow();
  }

  /** What to capture, as the verbosity says now. */
  capturesNow(verbosity) {
    const mayAnswerAnew = typeof verbosity === 'object' && verbosity !== null;
    if (mayAnswerAnew || verbosity !== this.#verbosity) {
      this.#verbosity = verbosity;
      this.#captures = capturesOf(verbosity);
    }
    return this.#captures;
  }

  /** Abandons the execution of an id that was started directly; whether one runs. */
  abandonDirect(id) {
    const run = this.runs.get(id);
    if (run === undefined) return false;
    this.abandon(run);
    this.close(run);
    return true;
  }

  /** The execution of that id that was started directly; without an id the only one. */
  startedRun(executionId) {
    if (executionId !== undefined && executionId !== null)
      return this.runOf(executionId);
    return this.runs.size === 1 ? this.runs.all()[0] : undefined;
  }

  /** Counts a stage that ran outside of all installed pipelines, and says so once. */
  ranOutsidePipelines(name) {
    this.stagesOutsidePipelines += 1;
    if (this.stagesOutsidePipelines > 1) return;
    this.sink.warn(
      `Stage ${name} ran outside of any measured pipeline and is an execution of its own; ` +
        'name the class of its pipeline in `pipelines` if it has one',
    );
  }

  /** Counts a stage that ended after its execution, and says so once for each name. */
  stageOutlived(stage) {
    this.lateStages += 1;
    if (this.#outlived.has(stage)) return;
    this.#outlived.add(stage);
    this.sink.warn(
      `Stage ${this.stages.names[stage]} ended after its execution; it counts in its own history`,
    );
  }

  /** What the latest execution was to capture. */
  get captures() {
    return this.#captures;
  }

  /** The running execution of an id, or that an object is of which its start returned. */
  runOf(executionId) {
    const run = this.runs.get(executionId);
    if (run !== undefined) return run;
    return typeof executionId === 'object' && executionId !== null
      ? this.#runOfObject(executionId)
      : this.#runOfText(executionId);
  }

  #runOfObject(execution) {
    const run = this.runs.get(idOf(execution));
    if (run?.execution === execution) return run;
    return this.ended.knows(execution) ? undefined : this.#runOfText(execution);
  }

  #runOfText(executionId) {
    const id = toId(executionId);
    return id === executionId ? undefined : this.runs.get(id);
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

/** The id that an execution or a stage says it has. */
function idOf(started) {
  try {
    return started.executionId;
  } catch {
    return undefined;
  }
}

/** A stage name as text. */
function toName(value) {
  return typeof value === 'string' ? value : toId(value);
}

/** What a question is about: a name as text, or `{ stage: name }`. */
function toAsked(value) {
  return isStage(value) ? value : toName(value);
}

module.exports = { Core, PIPELINE_TOTAL, Run, idOf, toAsked, toId, toName };
