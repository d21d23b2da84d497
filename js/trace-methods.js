'use strict';

const { checkMethods } = require('./config');
const { currentExecutionOf, nextExecutionId } = require('./context');
const { isoTime } = require('./iso');
const { CORE } = require('./recorder');
const { setOwn } = require('./records');
const { stateOf } = require('./trace-state');

// What a class gets that is to be a trace with metrics, over the state beside each trace.

const DISABLED = 'Performance metrics not enabled for this trace';

const COLLECTOR_METHODS = [
  'startPipelineExecution',
  'startStageExecution',
  'completeStageExecution',
  'completePipelineExecution',
];

const checkCollector = (collector) =>
  checkMethods('performanceMetrics', collector, COLLECTOR_METHODS);

const collectorOf = (trace) => stateOf(trace).collector;

/** Id of the execution of `trace` that the running code belongs to, else of its latest. */
function executionIdOf(trace, state) {
  return (
    currentExecutionOf(trace)?.executionId ??
    state.runs.at(-1) ??
    latestId(state)
  );
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
    const answer = trace.captureActionData(
      'performance',
      'pipeline_execution',
      {
        executionId: execution.executionId,
        totalDuration: execution.totalDuration,
        overallThroughput: execution.overallThroughput,
        stageBreakdown: execution.stageBreakdown,
        performanceRating: collector.calculatePerformanceRating(execution),
        timestamp: execution.timestamp,
      },
    );
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
        return collector.startStageExecution(
          executionIdOf(this, state),
          stageName,
          stageContext,
        );
      } catch {
        return null;
      }
    },

    completeStageExecution(stageNameOrHandle, stageResult) {
      const state = stateOf(this);
      const { collector } = state;
      if (collector === null) return undefined;
      try {
        const executionId =
          stageNameOrHandle?.executionId ?? executionIdOf(this, state);
        return collector.completeStageExecution(
          executionId,
          stageNameOrHandle,
          stageResult,
        );
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
        const execution = collector.completePipelineExecution(
          executionId,
          pipelineResult,
        );
        // Of an execution that was left out there is nothing to tell.
        if (execution && execution.sampled !== false)
          captureSummary(this, collector, execution);
        return execution;
      } catch {
        return undefined;
      }
    },

    getPerformanceMetrics() {
      return (
        collectorOf(this)?.getPerformanceSummary() ?? { message: DISABLED }
      );
    },

    getStagePerformanceData(stageName, timeRange = null) {
      return collectorOf(this)?.getStageMetrics(stageName, timeRange) ?? [];
    },

    getPipelinePerformanceData(timeRange = null) {
      return collectorOf(this)?.getPipelineMetrics(timeRange) ?? [];
    },

    captureActionData(category, type, data, ...rest) {
      const wantsContext =
        rest[0]?.includePerformanceContext && collectorOf(this) !== null;
      const captured = wantsContext
        ? { ...data, _performanceContext: contextOf(this, rest[0]) }
        : data;
      if (captureInBase !== undefined) {
        return Reflect.apply(captureInBase, this, [
          category,
          type,
          captured,
          ...rest,
        ]);
      }
      return keepActionData(this, category, type, captured);
    },
  };
}

function start(
  trace,
  state,
  { executionId = takeId(state), actionCount, environment, labels },
) {
  const { verbosity } = trace;
  const execution = state.collector.startPipelineExecution(executionId, {
    actionCount,
    traceVerbosity: typeof verbosity === 'string' ? verbosity : state.verbosity,
    environment,
    labels,
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
      stateOf(this).given =
        (collector ?? null) === null ? null : checkCollector(collector);
    },
  },
  pipelineExecutionId: assignable(
    'pipelineExecutionId',
    function pipelineExecutionId() {
      const state = stateOf(this);
      return state.collector === null ? undefined : executionIdOf(this, state);
    },
  ),
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

module.exports = { BASIC_PROPERTIES, PROPERTIES, checkCollector, methodsOver };
