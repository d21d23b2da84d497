'use strict';

const { checkMethods } = require('./config');
const { invalidArg } = require('./errors');
const { isoTime } = require('./iso');
const { nextExecutionId } = require('./context');
const { CORE } = require('./recorder');
const { setOwn } = require('./records');
const { TRACE, isTrace, stateOf } = require('./trace-state');

const DISABLED = 'Performance metrics not enabled for this trace';

/** One collector for each event bus. */
const collectors = new WeakMap();

function collectorFor(options) {
  const { PipelinePerformanceMetrics } = require('./metrics');
  const eventBus = checkMethods('eventBus', options.eventBus, ['dispatch']);
  const known = collectors.get(eventBus);
  if (known !== undefined) return known;
  const collector = new PipelinePerformanceMetrics({
    logger: options.logger,
    eventBus,
    verbosityConfig: options.verbosityConfig ?? options.actionTraceFilter ?? null,
  });
  collectors.set(eventBus, collector);
  return collector;
}

const OPTION_NAMES = ['performanceMetrics', 'eventBus', 'enablePerformanceMetrics', 'traceId'];

/** The argument that carries our options, wherever the base class wants its own. */
function optionsIn(args) {
  const carries = (value) =>
    typeof value === 'object' && value !== null && OPTION_NAMES.some((name) => name in value);
  return args.find(carries) ?? {};
}

function initialize(trace, options) {
  const state = stateOf(trace);
  if (options.traceId !== undefined) {
    if (typeof options.traceId !== 'string' || options.traceId.trim() === '') {
      throw invalidArg('traceId must be a non-blank string');
    }
    state.traceId = options.traceId;
  }
  if (typeof options.verbosity === 'string') state.verbosity = options.verbosity;
  if (options.enablePerformanceMetrics === false) return;
  if (options.performanceMetrics !== undefined && options.performanceMetrics !== null) {
    state.collector = options.performanceMetrics;
  } else if (options.eventBus !== undefined) {
    state.collector = collectorFor(options);
  }
}

const collectorOf = (trace) => stateOf(trace).collector;

/** Keeps what a base class without `captureActionData` would lose. */
function keepActionData(trace, category, type, data) {
  const { actionData } = stateOf(trace);
  if (!Object.hasOwn(actionData, category)) setOwn(actionData, category, {});
  setOwn(actionData[category], type, data);
}

/** Hands the summary of an execution to the trace, whose filter may drop it. */
function captureSummary(trace, collector, execution) {
  try {
    const answer = trace.captureActionData('performance', 'pipeline_execution', {
      executionId: execution.executionId,
      totalDuration: execution.totalDuration,
      overallThroughput: execution.overallThroughput,
      stageBreakdown: execution.stageBreakdown,
      performanceRating: collector.calculatePerformanceRating(execution),
      timestamp: execution.timestamp,
    });
    if (typeof answer?.then === 'function') answer.then(undefined, () => {});
  } catch {
    // A filter that refuses the data must not fail the run.
  }
}

/**
 * The methods that a trace gets.
 *
 * @param {Function | undefined} captureInBase - `captureActionData` of the class underneath
 */
function methodsOver(captureInBase) {
  return {
    startPipelineExecution(context) {
      const state = stateOf(this);
      if (state.collector === null) return null;
      const executionId = context?.executionId ?? nextExecutionId(state.traceId);
      const execution = state.collector.startPipelineExecution(executionId, {
        actionCount: context?.actionCount,
        traceVerbosity: state.verbosity,
        environment: context?.environment,
      });
      if (execution) {
        state.latest = executionId;
        state.runs.push(executionId);
      }
      return execution;
    },

    startStageExecution(stageName, stageContext) {
      const { collector, runs, latest } = stateOf(this);
      if (collector === null) return null;
      return collector.startStageExecution(runs.at(-1) ?? latest, stageName, stageContext);
    },

    completeStageExecution(stageNameOrHandle, stageResult) {
      const { collector, runs, latest } = stateOf(this);
      if (collector === null) return undefined;
      const executionId = stageNameOrHandle?.executionId ?? runs.at(-1) ?? latest;
      return collector.completeStageExecution(executionId, stageNameOrHandle, stageResult);
    },

    completePipelineExecution(pipelineResult) {
      const { collector, runs, latest } = stateOf(this);
      if (collector === null) return undefined;
      const executionId = runs.pop() ?? latest;
      const execution = collector.completePipelineExecution(executionId, pipelineResult);
      if (execution) captureSummary(this, collector, execution);
      return execution;
    },

    getPerformanceMetrics() {
      return collectorOf(this)?.getPerformanceSummary() ?? { message: DISABLED };
    },

    getStagePerformanceData(stageName, timeRange = null) {
      return collectorOf(this)?.getStageMetrics(stageName, timeRange) ?? [];
    },

    getPipelinePerformanceData(timeRange = null) {
      return collectorOf(this)?.getPipelineMetrics(timeRange) ?? [];
    },

    captureActionData(category, type, data, options) {
      const wantsContext = options?.includePerformanceContext && collectorOf(this) !== null;
      const captured = wantsContext ? { ...data, _performanceContext: contextOf(this, options) } : data;
      if (captureInBase !== undefined) {
        return Reflect.apply(captureInBase, this, [category, type, captured]);
      }
      return keepActionData(this, category, type, captured);
    },
  };
}

function contextOf(trace, { currentStage, stageStartTime }) {
  const { collector, runs, latest } = stateOf(trace);
  return {
    pipelineExecutionId: runs.at(-1) ?? latest,
    currentStage,
    stageStartTime,
    timestamp: isoTime(collector[CORE]?.wallNow() ?? Date.now()),
  };
}

/** Properties of the ticket's class, over the state beside the trace. */
const PROPERTIES = {
  performanceMetrics: {
    get() {
      return collectorOf(this) ?? undefined;
    },
    set(collector) {
      stateOf(this).collector = collector ?? null;
    },
  },
  pipelineExecutionId: {
    get() {
      const { runs, latest } = stateOf(this);
      return runs.at(-1) ?? latest ?? undefined;
    },
  },
};

/** Properties that only a base class without them gets: its own have another meaning. */
const BASIC_PROPERTIES = {
  verbosity: {
    get() {
      return stateOf(this).verbosity;
    },
    set(verbosity) {
      stateOf(this).verbosity = verbosity;
    },
  },
  actionData: {
    get() {
      return stateOf(this).actionData;
    },
  },
};

function define(prototype, key, descriptor) {
  Object.defineProperty(prototype, key, { configurable: true, ...descriptor });
}

/** Puts methods, properties and the brand on a prototype; returns what stood there before. */
function equip(prototype, captureInBase, collector) {
  const before = new Map();
  const put = (key, descriptor) => {
    before.set(key, Object.getOwnPropertyDescriptor(prototype, key));
    define(prototype, key, descriptor);
  };
  for (const [name, value] of Object.entries(methodsOver(captureInBase))) {
    put(name, { value, writable: true });
  }
  for (const [name, accessors] of Object.entries(PROPERTIES)) put(name, accessors);
  for (const [name, accessors] of Object.entries(BASIC_PROPERTIES)) {
    if (!(name in prototype)) put(name, accessors);
  }
  put(TRACE, { value: { collector } });
  return before;
}

function checkClass(Base) {
  if (typeof Base !== 'function' || typeof Base.prototype !== 'object') {
    throw invalidArg('ActionAwareStructuredTrace extends a class');
  }
}

function extend(Base) {
  checkClass(Base);
  const Traced = class extends Base {
    constructor(...args) {
      super(...args);
      initialize(this, optionsIn(args));
    }
  };
  equip(Traced.prototype, Base.prototype.captureActionData, null);
  return Object.defineProperty(Traced, 'name', { value: Base.name || 'Traced', configurable: true });
}

/** What `new ActionAwareStructuredTrace(…)` makes: a trace over no base class. */
const PlainTrace = extend(
  class ActionAwareStructuredTrace {
    constructor(options) {
      const { traceId, logger } = options ?? {};
      if (typeof traceId !== 'string') throw invalidArg('traceId must be a non-blank string');
      checkMethods('logger', logger, ['debug', 'info', 'warn', 'error']);
      checkMethods('eventBus', options.eventBus, ['dispatch']);
      this.logger = logger;
    }
  },
);

/**
 * `class Trace extends ActionAwareStructuredTrace(Base) {}`: a trace with metrics over any base
 * class. `x instanceof ActionAwareStructuredTrace` holds for instances of every such class.
 */
function ActionAwareStructuredTrace(Base) {
  return new.target === undefined ? extend(Base) : new PlainTrace(Base);
}

Object.defineProperty(ActionAwareStructuredTrace, Symbol.hasInstance, { value: isTrace });

/**
 * Gives a class the same in place, instances made before included.
 *
 * @param {Function} HostTrace
 * @param {{ performanceMetrics?: object }} [options] - the collector of every instance
 * @returns {{ restore(): void }}
 */
ActionAwareStructuredTrace.applyTo = function applyTo(HostTrace, options = {}) {
  checkClass(HostTrace);
  const { prototype } = HostTrace;
  if (Object.hasOwn(prototype, TRACE)) return { restore() {} };
  const collector = options.performanceMetrics ?? null;
  const before = equip(prototype, prototype.captureActionData, collector);
  return {
    restore() {
      for (const [key, descriptor] of before) {
        if (descriptor === undefined) delete prototype[key];
        else Object.defineProperty(prototype, key, descriptor);
      }
    },
  };
};

module.exports = { ActionAwareStructuredTrace };
