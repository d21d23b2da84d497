'use strict';

const {
  currentExecutionOf,
  nextExecutionId,
} = require('../recording/active-execution');
const { isoTime } = require('../boundary/iso-time');
const { CORE } = require('../recording/direct-recorder');
const { QUERIES, captureOver, collectorOf } = require('./trace-members');
const { stateOf } = require('./trace-state');

// What a class gets that is to be a trace whose collector records.

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
        if (execution) captureSummary(this, collector, execution);
        return execution;
      } catch {
        return undefined;
      }
    },

    ...QUERIES,

    captureActionData(category, type, data, ...rest) {
      const wantsContext =
        rest[0]?.includePerformanceContext && collectorOf(this) !== null;
      const captured = wantsContext
        ? { ...data, _performanceContext: contextOf(this, rest[0]) }
        : data;
      return captureOver(captureInBase, this, [
        category,
        type,
        captured,
        ...rest,
      ]);
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

module.exports = { executionIdOf, methodsOver };
