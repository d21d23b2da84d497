'use strict';

const { CallerObjects } = require('./caller-objects');
const { liveConfig } = require('../config/settings');
const { Diagnostics } = require('./diagnostics');
const { Ended } = require('./ended-executions');
const { Interner, StageNames } = require('./interner');
const { Journal } = require('./journal');
const { LoneStages } = require('./lone-stages');
const { asked } = require('../boundary/call-native');
const { alertsFrom } = require('../boundary/decoders/alerts');
const { native, layout } = require('../boundary/native');
const { OwnCost } = require('./own-cost');
const { CustomLabels } = require('./custom-labels');
const { performanceNow } = require('./monotonic');
const { Probes } = require('./probes');
const { RunningExecutions } = require('./running-executions');
const { Warnings } = require('./warnings');
const { capturesOf, checkVerbosity } = require('../config/capture-level');
const { PIPELINE_TOTAL } = require('../config/thresholds');

/**
 * @import { CollectorOptions as Options, Config } from '../../types/options'
 * @import { Notifier } from './notifier'
 * @import { HeapOwner } from './probes'
 */

const { NOW, WALL, ALERTS } = layout.slab;
const { ALERTS_AT } = layout.at;

/** The name under which stages beyond `maxStages` are recorded. */
const OVERFLOW_STAGE = '(overflow)';
/** Most distinct labels (environments, complexities, hashes); the rest share one. */
const MAX_LABELS = 1000;
/** Equal to no verbosity that a caller can give. */
const NO_VERBOSITY = Symbol('no verbosity');

/**
 * The private part of a collector: the native side (`engine`) with its slab and hot functions, the
 * journal, the numbers of names, the executions started directly, and the counters.
 */
class Core {
  slab = new Float64Array(new ArrayBuffer(layout.at.SLAB_LEN * 8));
  /** @type {Record<string, (text?: string) => void>} */
  hot = {};
  ended = new Ended();
  executions = new RunningExecutions(this.ended, (slot) => {
    try {
      this.engine.close(slot, false);
    } catch {
      // A faulted engine refuses everything; the next hot call reports it.
    }
  });
  diagnostics = new Diagnostics();
  closed = false;
  loneStages = new LoneStages();
  /** @type {((core: Core) => void) | null} */
  #beforeAnswer = null;
  /** @type {((id: string) => void)[]} - as {@link onStart} was given them */
  startListeners = [];
  #configChanged = () => {};
  /** @type {any} */
  #verbosity = NO_VERBOSITY;
  #captures = capturesOf(null);

  /**
   * @param {HeapOwner} collector
   * @param {HeapOwner['getCurrentMemoryUsage']} ownReading - as for {@link Probes}
   * @param {Notifier} notifier
   * @param {Options} options
   * @param {() => void} cleanUp - removes what is too old; never throws
   */
  constructor(collector, ownReading, notifier, options, cleanUp) {
    const { config, clock, memorySampler, verbosityConfig } = options;
    this.notifier = notifier;
    this.warnings = new Warnings(notifier, this.diagnostics, this.ended);
    this.cleanUp = cleanUp;
    this.probes = new Probes(this, collector, ownReading, {
      clock,
      memorySampler,
    });
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
    this.journal = new Journal(this);
    this.labels = new Interner(
      (label) => this.#register('internLabel', label),
      MAX_LABELS,
      '(other)',
    );
    this.customLabels = new CustomLabels((text) =>
      this.#register('internLabel', text),
    );
    this.callerObjects = new CallerObjects(
      this.labels,
      this.customLabels,
      this.diagnostics,
    );
    this.slab[NOW] = NaN;
    this.slab[WALL] = NaN;
    if (typeof verbosityConfig === 'string') this.capturesNow(verbosityConfig);
    this.config = liveConfig(config, (values) => this.#configure(values), {
      // An injected sampler is read at every boundary, which makes tests exact.
      ...(this.probes.hasSampler && { memorySampling: 'exact' }),
    });
  }

  /** The native side, after everything written to the journal has reached it. */
  get native() {
    this.#prepare();
    this.journal.replay();
    return this.engine;
  }

  #prepare() {
    const beforeAnswer = this.#beforeAnswer;
    this.#beforeAnswer = null;
    if (beforeAnswer !== null) beforeAnswer(this);
  }

  /** @param {Config} values */
  #configure(values) {
    this.stages.limit = values.maxStages;
    this.probes.configure(values);
    asked(() => this.native.configure(values));
    this.journal.retime();
    this.#configChanged();
  }

  /** @param {(core: Core) => void} work - called once, before the next query */
  endIdleBeforeAnswer(work) {
    this.#beforeAnswer = work;
  }

  /**
   * @param {(id: string) => void} listener - called with the id of each execution as it starts;
   *   throws nothing
   * @returns {() => void} ends that
   */
  onStart(listener) {
    const listeners = this.startListeners;
    listeners.push(listener);
    return () => {
      const place = listeners.indexOf(listener);
      if (place >= 0) listeners.splice(place, 1);
    };
  }

  /** @param {() => void} work - called after a setting changed; replaces the former one */
  onConfigChange(work) {
    this.#configChanged = work;
  }

  /**
   * A number for a text; 0 if the native side refuses, which the next hot call reports.
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

  /** Releases the executions that were abandoned because too many ran. */
  evict() {
    this.journal.release(this.engine.takeEvictedNumbers());
    for (const slot of this.engine.takeEvicted()) {
      // In order of their starts: the abandoned ones are the oldest.
      const { oldest } = this.executions;
      if (oldest?.slot === slot) this.executions.abandoned(oldest);
    }
  }

  /** Ends recording and dispatching; releases running executions and unused native memory. */
  dispose() {
    this.#prepare();
    this.journal.close();
    this.closed = true;
    this.notifier.close();
    for (const execution of this.executions.all())
      this.executions.remove(execution);
    try {
      this.engine.dispose();
    } catch {
      // Faulted: it releases nothing.
    }
  }

  /** Monotonic time now, in ms: what ages are judged by. */
  now() {
    return this.probes.tick(false);
  }

  /** Wall clock now, in ms: what times are shown by. */
  wallNow() {
    const { probes } = this;
    if (probes.hasClock) return probes.readWall();
    try {
      return this.native.wallNow();
    } catch {
      // Faulted: the call that asks for the time reports it if it must.
      return Date.now();
    }
  }

  /** @param {unknown} verbosity */
  capturesNow(verbosity) {
    const mayAnswerAnew = typeof verbosity === 'object' && verbosity !== null;
    if (mayAnswerAnew || verbosity !== this.#verbosity) {
      this.#verbosity = verbosity;
      this.#captures = capturesOf(verbosity);
    }
    return this.#captures;
  }

  /** What the latest execution captured. */
  get captures() {
    return this.#captures;
  }

  /** @param {string} executionId */
  alertsInSlab(executionId) {
    const { slab } = this;
    return alertsFrom(slab, ALERTS_AT, slab[ALERTS], executionId, this);
  }
}

module.exports = { Core };
