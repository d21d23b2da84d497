'use strict';

const {
  currentExecutionId,
  currentExecutionOf,
  nextExecutionId,
} = require('../recording/active-execution');
const { ignorePromise } = require('../config/ignore-promise');
const { isoTime } = require('../boundary/iso-time');
const { CORE } = require('../recording/direct-recorder');
const { QUERIES, captureOver, collectorOf } = require('./trace-members');
const { stateOf } = require('./trace-state');

/**
 * @import { NamedPipelineContext, StageResult } from '../../types/inputs'
 * @import { CompletedExecution, Stage } from '../../types/results'
 * @import { CaptureOptions, TraceMetrics } from '../../types/trace'
 * @import { Core } from '../recording/core'
 * @import { Collector, Run } from './trace-state'
 * @typedef {Pick<TraceMetrics, 'captureActionData'> & { verbosity?: unknown }} Trace
 * @typedef {ReturnType<typeof stateOf>} TraceState
 */

// Methods that a trace class gets whose collector records.

/** @param {string} id @param {Collector | null} collector @returns {Run} */
const named = (id, collector) => ({
  collector,
  execution: { id, handle: id, isOver: false },
});

/**
 * The execution of `trace` that the running code belongs to, else that of its collector around the
 * running code, else its latest. Ours is identified by the object its start returned: its id may be
 * another's by now. What began with one collector ends with it, even if the trace has changed its
 * collector.
 * @param {object} trace
 * @param {TraceState} state
 * @returns {Run}
 */
function executionOf(trace, state) {
  const own = currentExecutionOf(trace);
  if (own?.executionId !== undefined)
    return named(
      /** @type {string} */ (own.executionId),
      /** @type {Collector} */ (own.collector),
    );
  const { collector, running } = state;
  if (running !== undefined) return running;
  const around = collector === null ? undefined : currentExecutionId(collector);
  return around === undefined
    ? (state.innermost ?? named(latestId(state), collector))
    : named(around, collector);
}

/** @param {object} trace @param {TraceState} state */
const executionIdOf = (trace, state) => executionOf(trace, state).execution.id;

/** @param {TraceState} state @returns of the latest execution, or of the first before it starts */
function latestId(state) {
  state.latest ??= nextExecutionId(state.traceId);
  return state.latest;
}

/** @param {TraceState} state */
function takeId(state) {
  if (state.isLatestStarted) state.latest = nextExecutionId(state.traceId);
  state.isLatestStarted = true;
  return latestId(state);
}

/** @param {Trace} trace @param {Collector} collector @param {CompletedExecution} execution */
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
    ignorePromise(answer);
  } catch {
    // A filter that refuses the data must not fail the pipeline.
  }
}

/**
 * Starts and completions. None throws, even with a collector that a caller put in place of ours.
 * @type {Pick<TraceMetrics, 'startPipelineExecution' | 'startStageExecution' |
 *   'completeStageExecution' | 'completePipelineExecution'> & ThisType<Trace>}
 */
const RECORDING = {
  startPipelineExecution(context) {
    const state = stateOf(this);
    if (state.collector === null) return null;
    try {
      return start(this, state, state.collector, context ?? {});
    } catch {
      return null;
    }
  },

  startStageExecution(stageName, stageContext) {
    try {
      const { collector, execution } = executionOf(this, stateOf(this));
      if (collector === null) return null;
      return collector.startStageExecution(
        /** @type {string} */ (execution.handle),
        stageName,
        stageContext,
      );
    } catch {
      return null;
    }
  },

  /** @param {string | Stage} stageNameOrHandle @param {StageResult | null} [stageResult] */
  completeStageExecution(stageNameOrHandle, stageResult) {
    const state = stateOf(this);
    try {
      const { executionId } = /** @type {{ executionId?: string }} */ (
        stageNameOrHandle ?? {}
      );
      const { collector, execution } =
        state.find(executionId) ?? executionOf(this, state);
      return collector?.completeStageExecution(
        executionId ?? /** @type {string} */ (execution.handle),
        stageNameOrHandle,
        stageResult,
      );
    } catch {
      return undefined;
    }
  },

  completePipelineExecution(pipelineResult) {
    const state = stateOf(this);
    try {
      const { collector, execution } = executionOf(this, state);
      if (collector === null) return undefined;
      state.leave(execution.id);
      const completed = collector.completePipelineExecution(
        /** @type {string} */ (execution.handle),
        pipelineResult,
      );
      if (completed) captureSummary(this, collector, completed);
      return completed;
    } catch {
      return undefined;
    }
  },
};

/** @param {Function | undefined} captureInBase - `captureActionData` of the class underneath */
function methodsOver(captureInBase) {
  return {
    ...RECORDING,
    ...QUERIES,

    /**
     * @param {string} category
     * @param {string} type
     * @param {object} data
     * @param {[CaptureOptions?, ...unknown[]]} rest
     */
    captureActionData(category, type, data, ...rest) {
      const [options] = rest;
      const collector = options?.includePerformanceContext
        ? collectorOf(this)
        : null;
      const captured =
        options !== undefined && collector !== null
          ? {
              ...data,
              _performanceContext: contextOf(this, collector, options),
            }
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

/**
 * @param {Trace} trace
 * @param {TraceState} state
 * @param {Collector} collector
 * @param {NamedPipelineContext} context
 */
function start(
  trace,
  state,
  collector,
  { executionId, actionCount, environment, labels },
) {
  const { verbosity } = trace;
  const execution = collector.startPipelineExecution(
    executionId ?? takeId(state),
    {
      actionCount,
      traceVerbosity:
        typeof verbosity === 'string' ? verbosity : state.verbosity,
      environment,
      labels,
    },
  );
  if (execution) {
    state.latest = execution.executionId;
    state.isLatestStarted = true;
    const { [CORE]: core } = /** @type {{ [CORE]?: Core }} */ (collector);
    const started = core?.executions.find(execution);
    state.enter(
      started === undefined
        ? named(execution.executionId, collector)
        : { collector, execution: started },
    );
  }
  return execution;
}

/** @param {object} trace @param {Collector} collector @param {CaptureOptions} options */
function contextOf(trace, collector, { currentStage, stageStartTime }) {
  const state = stateOf(trace);
  return {
    pipelineExecutionId: executionIdOf(trace, state),
    currentStage,
    stageStartTime,
    timestamp: isoTime(Reflect.get(collector, CORE)?.wallNow() ?? Date.now()),
  };
}

module.exports = { executionIdOf, methodsOver };
