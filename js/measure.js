'use strict';

const { types } = require('node:util');
const { currentExecution, nextExecutionId, storage } = require('./context');
const { isTrace, stateOf } = require('./trace-state');
const { pipelineFailure, pipelineResultOf, stageFailure, stageResultOf } = require('./outcome');

/**
 * Calls `onValue` or `onError` once `value` is there, and returns what the caller gets: a
 * plain value as it is; for a promise one that settles as it does, so that a rejection which
 * nobody handles is still reported. Another thenable is asked once, by us alone.
 */
function follow(value, span) {
  if (!isThenable(value)) {
    span.succeeded(value);
    return value;
  }
  const promise = types.isPromise(value) ? value : Promise.resolve(value);
  return promise.then(
    (result) => {
      span.succeeded(result);
      return result;
    },
    (error) => {
      span.failed();
      throw error;
    },
  );
}

function isThenable(value) {
  if (types.isPromise(value)) return true;
  try {
    return typeof value === 'object' && value !== null && typeof value.then === 'function';
  } catch {
    return false;
  }
}

/** A stage being measured. Whatever its collector does, its caller never sees it. */
class StageSpan {
  constructor(collector, executionId, handle, opened) {
    this.collector = collector;
    this.executionId = executionId;
    this.handle = handle;
    // The execution that was opened for this stage alone and ends with it, if one was.
    this.opened = opened;
    // Who reads the result, where somebody does.
    this.readers = null;
  }

  succeeded(result) {
    this.complete(stageResultOf(result, this.readers));
  }

  failed() {
    this.complete(stageFailure());
  }

  complete(stageResult) {
    try {
      this.completeStage(stageResult);
    } catch {
      // A collector of ours never throws; one that a caller put in its place may.
    }
    this.opened?.complete({
      success: stageResult.success,
      totalItemsProcessed: stageResult.itemsProcessed,
      finalOutputSize: stageResult.outputSize,
      totalErrors: stageResult.errorCount,
    });
  }

  completeStage(stageResult) {
    this.collector.completeStageExecution(this.executionId, this.handle, stageResult);
  }
}

/** A stage being measured through the trace that carries its execution. */
class TraceStageSpan extends StageSpan {
  completeStage(stageResult) {
    this.collector.completeStageExecution(this.handle, stageResult);
  }
}

/** A pipeline being measured. */
class PipelineSpan {
  constructor(collector, executionId) {
    this.collector = collector;
    this.executionId = executionId;
  }

  succeeded(result) {
    this.complete(pipelineResultOf(result));
  }

  failed() {
    this.complete(pipelineFailure());
  }

  complete(pipelineResult) {
    try {
      this.completePipeline(pipelineResult);
    } catch {
      // As for a stage.
    }
  }

  completePipeline(pipelineResult) {
    this.collector.completePipelineExecution(this.executionId, pipelineResult);
  }
}

/** A pipeline being measured through the trace that carries it. */
class TracePipelineSpan extends PipelineSpan {
  constructor(trace, collector, executionId) {
    super(collector, executionId);
    this.trace = trace;
  }

  completePipeline(pipelineResult) {
    this.trace.completePipelineExecution(pipelineResult);
  }
}

/** Opens a stage in the current execution of `target`, or in one of its own; else null. */
function openStage(target, stageName, stageContext) {
  try {
    return isTrace(target)
      ? openTraceStage(target, stageName, stageContext)
      : openCollectorStage(target, stageName, stageContext);
  } catch {
    return null;
  }
}

function openCollectorStage(collector, stageName, stageContext) {
  const current = currentExecution(collector);
  const opened = current === undefined ? openPipeline(collector, undefined) : undefined;
  if (opened === null) return null;
  const executionId = current === undefined ? opened.executionId : current.executionId;
  const handle = collector.startStageExecution(executionId, stageName, stageContext);
  return handle ? new StageSpan(collector, executionId, handle, opened) : null;
}

function openTraceStage(trace, stageName, stageContext) {
  const state = stateOf(trace);
  if (state.collector === null) return null;
  const opened = state.runs.length === 0 ? openPipeline(trace, undefined) : undefined;
  if (opened === null) return null;
  const handle = trace.startStageExecution(stageName, stageContext);
  return handle ? new TraceStageSpan(trace, undefined, handle, opened) : null;
}

/** Opens an execution of `target`; null where it cannot. */
function openPipeline(target, pipelineContext) {
  try {
    if (isTrace(target)) {
      const started = target.startPipelineExecution(pipelineContext ?? undefined);
      const { collector } = stateOf(target);
      return started ? new TracePipelineSpan(target, collector, started.executionId) : null;
    }
    const executionId = pipelineContext?.executionId ?? nextExecutionId('execution');
    const started = target.startPipelineExecution(executionId, pipelineContext);
    return started ? new PipelineSpan(target, executionId) : null;
  } catch {
    return null;
  }
}

/** Calls `fn` and completes `span` with what becomes of it. */
function measure(span, fn, thisArg, args) {
  let value;
  try {
    value = Reflect.apply(fn, thisArg, args);
  } catch (error) {
    span.failed();
    throw error;
  }
  return follow(value, span);
}

/** Calls `fn` as the code of the execution that `span` stands for. */
function measurePipelineSpan(span, fn, thisArg, args) {
  const store = {
    collector: span.collector,
    executionId: span.executionId,
    outer: storage.getStore(),
  };
  return storage.run(store, measure, span, fn, thisArg, args);
}

const NO_ARGS = [];

/**
 * Measures `fn` as a stage. Returns, throws and rejects exactly what `fn` does; a synchronous
 * `fn` stays synchronous.
 *
 * @template T
 * @param {object} target - a collector, or a trace with one; the stage belongs to its current
 *   execution, else to one of its own
 * @param {string} stageName
 * @param {object | null | undefined} stageContext
 * @param {() => T} fn
 * @returns {T}
 */
function measureStage(target, stageName, stageContext, fn) {
  const span = openStage(target, stageName, stageContext);
  return span === null ? fn() : measure(span, fn, undefined, NO_ARGS);
}

/**
 * Measures `fn` as a pipeline: stages measured inside of it, however deep and however
 * asynchronous, belong to it.
 *
 * @template T
 * @param {object} target - a collector, or a trace with one
 * @param {object | null | undefined} pipelineContext - may carry `executionId`
 * @param {() => T} fn
 * @returns {T}
 */
function measurePipeline(target, pipelineContext, fn) {
  const span = openPipeline(target, pipelineContext);
  return span === null ? fn() : measurePipelineSpan(span, fn, undefined, NO_ARGS);
}

module.exports = {
  follow,
  measure,
  measurePipeline,
  measurePipelineSpan,
  measureStage,
  openPipeline,
  openStage,
};
