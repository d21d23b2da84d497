'use strict';

const os = require('node:os');
const { liveConfig } = require('../config/settings');
const { Ended } = require('./ended');
const { Interner, StageNames } = require('./interner');
const { Journal } = require('./journal');
const { LoneStages } = require('./lone-stages');
const { alertsFrom } = require('../boundary/decoders');
const { native, layout } = require('../boundary/native');
const { OwnCost } = require('./own-cost');
const { CustomLabels } = require('./custom-labels');
const { performanceNow } = require('./monotonic');
const { Probes } = require('./probes');
const { RunningExecutions } = require('./running-executions');
const { idOf, toId } = require('./names');
const { capturesOf, checkVerbosity } = require('../config/capture-level');
const { PIPELINE_TOTAL } = require('../config/thresholds');

/**
 * @typedef {import('./running-executions').RunningExecution} RunningExecution
 * @typedef {import('./notifier').Notifier} Notifier
 * @typedef {import('../../types/options').Config} Config
 * @typedef {import('../../types/options').CollectorOptions} Options
 */

const { NOW, WALL, ALERTS } = layout.slab;
const { ALERTS_AT } = layout.at;
const { FAULTED } = layout.status;

/** The name under which stages beyond `maxStages` are recorded. */
const OVERFLOW_STAGE = '(overflow)';
/** Labels (environments, complexities, hashes) distinguished before the rest share one. */
const MAX_LABELS = 1000;
const PARALLELISM = os.availableParallelism();
/** Equal to no verbosity that a caller can give. */
const NO_VERBOSITY = Symbol('no verbosity');

/**
 * What a collector keeps to itself: the native side (`engine`) with its slab and hot functions, the
 * journal, the numbers of names, the executions that were started directly, and the counters.
 */
class Core {
  slab = new Float64Array(new ArrayBuffer(layout.at.SLAB_LEN * 8));
  /** @type {Record<string, (text?: string) => void>} */
  hot = {};
  directExecutions = new RunningExecutions();
  ended = new Ended();
  closed = false;
  loneStages = new LoneStages();
  hostileInputs = 0;
  invalidNumbers = 0;
  duplicateCompletions = 0;
  unknownReferences = 0;
  stagesOutsidePipelines = 0;
  lateStages = 0;
  /** @type {Set<number>} */
  #outlived = new Set();
  /**
   * Called once, with this, before the collector answers anything.
   *
   * @type {((core: Core) => void) | null}
   */
  beforeAnswer = null;
  /**
   * Called with the id of each execution as it starts; they throw nothing.
   *
   * @type {((id: string) => void)[]}
   */
  startListeners = [];
  #configChanged = () => {};
  #faultReported = false;
  /** @type {any} */
  #verbosity = NO_VERBOSITY;
  #captures = capturesOf(null);

  /**
   * @param {{ getCurrentMemoryUsage(): number }} collector
   * @param {Notifier} notifier
   * @param {Options} options
   * @param {() => void} cleanUp
   */
  constructor(collector, notifier, options, cleanUp) {
    const { config, clock, memorySampler, verbosityConfig } = options;
    this.notifier = notifier;
    this.cleanUp = cleanUp;
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
    this.journal = new Journal(this, notifier, cleanUp);
    this.labels = new Interner(
      (label) => this.#register('internLabel', label),
      MAX_LABELS,
      '(other)',
    );
    this.unknownLabel = this.labels.admit('unknown');
    this.basicLabel = this.labels.admit('basic');
    this.customLabels = new CustomLabels((text) =>
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

  /** @param {Config} values */
  #configure(values) {
    this.stages.limit = values.maxStages;
    this.probes.configure(values);
    this.native.configure(values);
    this.#configChanged();
  }

  /** @param {() => void} work - called after a setting changed, in place of the one before */
  onConfigChange(work) {
    this.#configChanged = work;
  }

  /**
   * A number for a text; 0 where the native side refuses, which the next hot call says.
   *
   * @param {'internStage' | 'internLabel'} method
   * @param {string} text
   */
  #register(method, text) {
    try {
      return this.engine[method](text);
    } catch {
      return 0;
    }
  }

  /**
   * Hands over the labels of an execution that is about to complete.
   *
   * @param {RunningExecution} execution
   */
  keepLabels(execution) {
    try {
      this.native.keepLabels(
        execution.slot,
        Float64Array.from(/** @type {number[]} */ (execution.labels)),
      );
    } catch {
      // It refuses everything once faulted, which the next hot call says.
    }
  }

  /** Releases the executions that were abandoned because too many ran. */
  evict() {
    this.journal.release(this.engine.takeEvictedNumbers());
    for (const slot of this.engine.takeEvicted()) {
      // In order of their starts, as those that are abandoned are the oldest.
      const { oldest } = this.directExecutions;
      if (oldest?.slot === slot) this.abandon(oldest);
    }
  }

  /**
   * Records and dispatches nothing more; releases all that runs, and native memory that nothing is
   * stored in.
   */
  dispose() {
    this.journal.close();
    this.closed = true;
    this.notifier.close();
    for (const execution of this.directExecutions.all())
      this.directExecutions.remove(execution);
    try {
      this.engine.dispose();
    } catch {
      // Faulted: it holds what it held.
    }
  }

  /**
   * Releases an execution that the native side has abandoned, or is about to.
   *
   * @param {RunningExecution} execution
   */
  abandon(execution) {
    this.directExecutions.remove(execution);
    this.ended.abandoned(execution);
  }

  /**
   * Lets the native side abandon an execution.
   *
   * @param {RunningExecution} execution
   */
  close(execution) {
    try {
      this.native.close(execution.slot, false);
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

  /**
   * What to capture, as the verbosity says now.
   *
   * @param {unknown} verbosity
   */
  capturesNow(verbosity) {
    const mayAnswerAnew = typeof verbosity === 'object' && verbosity !== null;
    if (mayAnswerAnew || verbosity !== this.#verbosity) {
      this.#verbosity = verbosity;
      this.#captures = capturesOf(verbosity);
    }
    return this.#captures;
  }

  /**
   * Abandons the execution of an id that was started directly; whether one runs.
   *
   * @param {string} id
   */
  abandonDirect(id) {
    const execution = this.directExecutions.get(id);
    if (execution === undefined) return false;
    this.abandon(execution);
    this.close(execution);
    return true;
  }

  /**
   * The execution of that id that was started directly; without an id the only one.
   *
   * @param {unknown} executionId
   */
  startedDirectly(executionId) {
    if (executionId !== undefined && executionId !== null)
      return this.directExecution(executionId);
    return this.directExecutions.size === 1
      ? this.directExecutions.all()[0]
      : undefined;
  }

  /**
   * Counts a stage that ran outside of all installed pipelines, and says so once.
   *
   * @param {string} name
   */
  ranOutsidePipelines(name) {
    this.stagesOutsidePipelines += 1;
    if (this.stagesOutsidePipelines > 1) return;
    this.notifier.warn(
      `Stage ${name} ran outside of any measured pipeline and is an execution of its own; ` +
        'name the class of its pipeline in `pipelines` if it has one',
    );
  }

  /**
   * Counts a stage that ended after its execution, and says so once for each name.
   *
   * @param {number} stage
   */
  stageOutlived(stage) {
    this.lateStages += 1;
    if (this.#outlived.has(stage)) return;
    this.#outlived.add(stage);
    this.notifier.warn(
      `Stage ${this.stages.names[stage]} ended after its execution; it counts in its own history`,
    );
  }

  /** What the latest execution was to capture. */
  get captures() {
    return this.#captures;
  }

  /**
   * The running execution of an id, or that an object is of which its start returned.
   *
   * @param {unknown} executionId
   * @returns {RunningExecution | undefined}
   */
  directExecution(executionId) {
    const execution = this.directExecutions.get(
      /** @type {string} */ (executionId),
    );
    if (execution !== undefined) return execution;
    return typeof executionId === 'object' && executionId !== null
      ? this.#byHandle(executionId)
      : this.#byText(executionId);
  }

  /** @param {object} handle */
  #byHandle(handle) {
    const execution = this.directExecutions.get(
      /** @type {string} */ (idOf(handle)),
    );
    if (execution?.handle === handle) return execution;
    return this.ended.knows(handle) ? undefined : this.#byText(handle);
  }

  /** @param {unknown} executionId */
  #byText(executionId) {
    const id = toId(executionId);
    return id === executionId ? undefined : this.directExecutions.get(id);
  }

  /**
   * A number for the slab: as it is, 0 for nothing, 0 and counted for what is no number.
   *
   * @param {unknown} value
   * @returns {number}
   */
  number(value) {
    if (typeof value === 'number') return value;
    if (value === undefined || value === null) return 0;
    this.invalidNumbers += 1;
    return 0;
  }

  /**
   * Milliseconds or bytes a caller gave: finite, else NaN, counted unless simply missing.
   *
   * @param {unknown} value
   * @returns {number}
   */
  figure(value) {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (value !== undefined && value !== null) this.invalidNumbers += 1;
    return NaN;
  }

  /**
   * The alerts in the slab, which a completion in an execution raised.
   *
   * @param {string} executionId
   */
  alertsInSlab(executionId) {
    const { slab, stages, labels, engine } = this;
    return alertsFrom(
      slab,
      ALERTS_AT,
      slab[ALERTS],
      executionId,
      stages.names,
      labels.names,
      engine,
    );
  }

  /**
   * Reports the alerts in the slab, which the completion of a stage or an execution raised.
   *
   * @param {string} executionId
   * @param {string} stageName
   */
  raise(executionId, stageName) {
    this.notifier.raise(stageName, this.alertsInSlab(executionId));
  }

  /**
   * Whether the native side refuses; said once.
   *
   * @param {number} status
   * @param {Notifier} notifier
   */
  refuses(status, notifier) {
    if (status !== FAULTED) return false;
    if (!this.#faultReported) {
      this.#faultReported = true;
      notifier.error(
        'Pipeline metrics stopped after an internal failure; the pipeline is unaffected',
      );
    }
    return true;
  }
}

module.exports = { Core };
