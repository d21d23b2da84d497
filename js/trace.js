'use strict';

const { checkMethods } = require('./config');
const { invalidArg } = require('./errors');
const { isoTime } = require('./iso');
const { currentExecutionOf, nextExecutionId } = require('./context');
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

const COLLECTOR_METHODS = [
  'startPipelineExecution',
  'startStageExecution',
  'completeStageExecution',
  'completePipelineExecution',
];

const checkCollector = (collector) =>
  checkMethods('performanceMetrics', collector, COLLECTOR_METHODS);

const OPTION_NAMES = [
  'performanceMetrics',
  'eventBus',
  'enablePerformanceMetrics',
  'traceId',
  'verbosity',
  'actionTraceFilter',
];

function carriesOptions(value) {
  try {
    return typeof value === 'object' && value !== null && OPTION_NAMES.some((name) => name in value);
  } catch {
    return false;
  }
}

/** The argument that carries our options, wherever the base class wants its own. */
const optionsIn = (args) => args.find(carriesOptions) ?? {};

/** The verbosity that a trace was given, or that its filter names; 'basic' without either. */
function verbosityIn({ verbosity, actionTraceFilter }) {
  if (typeof verbosity === 'string') return verbosity;
  try {
    const level = actionTraceFilter?.getVerbosityLevel?.();
    return typeof level === 'string' ? level : 'basic';
  } catch {
    return 'basic';
  }
}

function initialize(trace, options) {
  const state = stateOf(trace);
  const { traceId, enablePerformanceMetrics, performanceMetrics, eventBus } = options;
  if (traceId !== undefined && traceId !== null) {
    if (typeof traceId !== 'string' || traceId.trim() === '') {
      throw invalidArg('traceId must be a non-blank string');
    }
    state.traceId = traceId;
  }
  state.verbosity = verbosityIn(options);
  if (enablePerformanceMetrics === false) state.given = null;
  else if (performanceMetrics !== undefined && performanceMetrics !== null) {
    state.given = checkCollector(performanceMetrics);
  } else if (eventBus !== undefined && eventBus !== null) {
    state.given = collectorFor(options);
  }
}

const collectorOf = (trace) => stateOf(trace).collector;

/** Id of the execution of `trace` that the running code belongs to, else of its latest. */
function executionIdOf(trace, state) {
  return currentExecutionOf(trace)?.executionId ?? state.runs.at(-1) ?? latestId(state);
}

/** Id of the latest execution; before the first, the id that the first will have. */
function latestId(state) {
  state.latest ??= nextExecutionId(state.traceId);
  return state.latest;
}

/** The id for an execution that starts now. */
function takeId(state) {
  if (state.isLatestStarted) state.latest = nextExecutionId(state.traceId);
  state.isLatestStarted = true;
  return latestId(state);
}

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
 * The methods that a trace gets. Starting and completing never throw, whatever collector a caller
 * has put in place of one of ours.
 *
 * @param {Function | undefined} captureInBase - `captureActionData` of the class underneath
 */
function methodsOver(captureInBase) {
  return {
    startPipelineExecution(context) {
      const state = stateOf(this);
      if (state.collector === null) return null;
      try {
        return start(this, state, context ?? {});
      } catch {
        return null;
      }
    },

    startStageExecution(stageName, stageContext) {
      const state = stateOf(this);
      const { collector } = state;
      if (collector === null) return null;
      try {
        return collector.startStageExecution(executionIdOf(this, state), stageName, stageContext);
      } catch {
        return null;
      }
    },

    completeStageExecution(stageNameOrHandle, stageResult) {
      const state = stateOf(this);
      const { collector } = state;
      if (collector === null) return undefined;
      try {
        const executionId = stageNameOrHandle?.executionId ?? executionIdOf(this, state);
        return collector.completeStageExecution(executionId, stageNameOrHandle, stageResult);
      } catch {
        return undefined;
      }
    },

    completePipelineExecution(pipelineResult) {
      const state = stateOf(this);
      const { collector } = state;
      if (collector === null) return undefined;
      try {
        const executionId = executionIdOf(this, state);
        state.leave(executionId);
        const execution = collector.completePipelineExecution(executionId, pipelineResult);
        if (execution) captureSummary(this, collector, execution);
        return execution;
      } catch {
        return undefined;
      }
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

    captureActionData(category, type, data, ...rest) {
      const wantsContext = rest[0]?.includePerformanceContext && collectorOf(this) !== null;
      const captured = wantsContext
        ? { ...data, _performanceContext: contextOf(this, rest[0]) }
        : data;
      if (captureInBase !== undefined) {
        return Reflect.apply(captureInBase, this, [category, type, captured, ...rest]);
      }
      return keepActionData(this, category, type, captured);
    },
  };
}

function start(trace, state, { executionId = takeId(state), actionCount, environment }) {
  const { verbosity } = trace;
  const execution = state.collector.startPipelineExecution(executionId, {
    actionCount,
    traceVerbosity: typeof verbosity === 'string' ? verbosity : state.verbosity,
    environment,
  });
  if (execution) {
    state.latest = execution.executionId;
    state.isLatestStarted = true;
    state.runs.push(execution.executionId);
  }
  return execution;
}

function contextOf(trace, { currentStage, stageStartTime }) {
  const state = stateOf(trace);
  return {
    pipelineExecutionId: executionIdOf(trace, state),
    currentStage,
    stageStartTime,
    timestamp: isoTime(state.collector[CORE]?.wallNow() ?? Date.now()),
  };
}

/** An accessor that an assignment replaces by an own property, as if it were one. */
function assignable(key, get) {
  return {
    get,
    set(value) {
      Object.defineProperty(this, key, {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    },
  };
}

/** Properties of the ticket's class, over the state beside the trace. */
const PROPERTIES = {
  performanceMetrics: {
    get() {
      return collectorOf(this) ?? undefined;
    },
    set(collector) {
      stateOf(this).given = (collector ?? null) === null ? null : checkCollector(collector);
    },
  },
  pipelineExecutionId: assignable('pipelineExecutionId', function pipelineExecutionId() {
    const state = stateOf(this);
    return state.collector === null ? undefined : executionIdOf(this, state);
  }),
};

/** Properties that only a base class without them gets: its own have another meaning. */
const BASIC_PROPERTIES = {
  verbosity: assignable('verbosity', function verbosity() {
    return stateOf(this).verbosity;
  }),
  actionData: assignable('actionData', function actionData() {
    return stateOf(this).actionData;
  }),
};

/**
 * Puts methods, properties and the brand on a prototype.
 *
 * @returns {() => void} puts back what stood there, save what somebody has replaced since
 */
function equip(prototype, captureInBase, brand) {
  const undo = [];
  const put = (key, given) => {
    const before = Object.getOwnPropertyDescriptor(prototype, key);
    Object.defineProperty(prototype, key, { configurable: true, ...given });
    undo.push(() => {
      const now = Object.getOwnPropertyDescriptor(prototype, key);
      if (now === undefined || now.value !== given.value || now.get !== given.get) return;
      if (before === undefined) delete prototype[key];
      else Object.defineProperty(prototype, key, before);
    });
  };
  for (const [name, value] of Object.entries(methodsOver(captureInBase))) {
    put(name, { value, enumerable: false, writable: true });
  }
  for (const [name, accessors] of Object.entries(PROPERTIES)) {
    put(name, { ...accessors, enumerable: false });
  }
  for (const [name, accessors] of Object.entries(BASIC_PROPERTIES)) {
    if (!(name in prototype)) put(name, accessors);
  }
  put(TRACE, { value: brand });
  return () => {
    for (const step of undo.splice(0)) step();
  };
}

function checkClass(Base) {
  if (typeof Base !== 'function' || typeof Base.prototype !== 'object' || Base.prototype === null) {
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
  equip(Traced.prototype, Base.prototype.captureActionData, { collector: null });
  return Object.defineProperty(Traced, 'name', { value: Base.name || 'Traced', configurable: true });
}

/** What `new ActionAwareStructuredTrace(…)` makes: a trace over no base class. */
const PlainTrace = extend(
  class ActionAwareStructuredTrace {
    constructor(options) {
      const { traceId, logger, eventBus } = options ?? {};
      if (typeof traceId !== 'string') throw invalidArg('traceId must be a non-blank string');
      if ((logger ?? null) !== null) {
        this.logger = checkMethods('logger', logger, ['debug', 'info', 'warn', 'error']);
      }
      if ((eventBus ?? null) !== null) checkMethods('eventBus', eventBus, ['dispatch']);
    }
  },
);

/**
 * `class Trace extends ActionAwareStructuredTrace(Base) {}`: a trace with metrics over any base
 * class. `x instanceof ActionAwareStructuredTrace` holds for instances of every such class.
 * `new ActionAwareStructuredTrace(options)`, and a class that extends it as it is, have no base.
 *
 * A trace reports to `options.performanceMetrics`, else to the one collector of
 * `options.eventBus`. Without either, or with `enablePerformanceMetrics: false`, it has no metrics.
 */
function ActionAwareStructuredTrace(...args) {
  if (new.target === undefined) return extend(args[0]);
  return Reflect.construct(PlainTrace, args, new.target);
}

ActionAwareStructuredTrace.prototype = PlainTrace.prototype;

Object.defineProperty(ActionAwareStructuredTrace, Symbol.hasInstance, {
  value(instance) {
    // A class that extends this one inherits the method, and means itself.
    return this === ActionAwareStructuredTrace
      ? isTrace(instance)
      : Function.prototype[Symbol.hasInstance].call(this, instance);
  },
});

/** What {@link ActionAwareStructuredTrace.applyTo} did to a prototype: its brand and the way back. */
const applied = new WeakMap();

/**
 * Gives a class the same in place, instances made before included. Applied again, it only sets
 * the collector, if one is given. A trace that was given a collector of its own (assign its
 * `performanceMetrics`) keeps it.
 *
 * @param {Function} HostTrace
 * @param {{ performanceMetrics?: object }} [options] - the collector of every instance
 * @returns {{ restore(): void }} `restore` makes the class what it was
 */
ActionAwareStructuredTrace.applyTo = function applyTo(HostTrace, options) {
  checkClass(HostTrace);
  const { prototype } = HostTrace;
  const given = options?.performanceMetrics ?? null;
  if (given !== null) checkCollector(given);
  const known = applied.get(prototype);
  if (known !== undefined) {
    if (given !== null) known.brand.collector = given;
    return known.handle;
  }
  const brand = { collector: given };
  const undo = equip(prototype, prototype.captureActionData, brand);
  const handle = {
    restore() {
      undo();
      applied.delete(prototype);
      brand.collector = null;
    },
  };
  applied.set(prototype, { brand, handle });
  return handle;
};

module.exports = { ActionAwareStructuredTrace };
