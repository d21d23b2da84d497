'use strict';

const {
  currentExecution,
  currentExecutionOf,
  nextExecutionId,
  storage,
} = require('./context');
const { follow } = require('./follow');
const { pipelineResultOf, stageFailure, stageResultOf } = require('./outcome');
const { isTrace, stateOf } = require('./trace-state');

/** What is being measured. Whatever its collector does, the measured code never sees it. */
class Span {
  constructor(store) {
    // The execution in which the measured code runs; null where it already does.
    this.store = store;
    // What the measured code was given, and who says how large its result is, if anybody.
    this.context = undefined;
    this.readers = null;
  }

  succeeded(result) {
    this.end(stageResultOf(result, this.context, this.readers));
  }

  failed() {
    this.end(stageFailure());
  }

  end(stageResult) {
    try {
      this.complete(stageResult);
    } catch {
      // A collector of ours never throws; one that a caller put in its place may.
    }
  }
}

/** An execution being measured. */
class PipelineSpan extends Span {
  complete(stageResult) {
    const { collector, trace, executionId } = this.store;
    const result = pipelineResultOf(stageResult);
    if (trace === null)
      collector.completePipelineExecution(executionId, result);
    else storage.run(this.store, completeTrace, trace, result);
  }
}

function completeTrace(trace, result) {
  trace.completePipelineExecution(result);
}

/** A stage being measured. */
class StageSpan extends Span {
  constructor(collector, executionId, handle, opened) {
    super(opened === null ? null : opened.store);
    this.collector = collector;
    this.executionId = executionId;
    this.handle = handle;
    // The execution that was opened for this stage alone and ends with it, if one was.
    this.opened = opened;
  }

  end(stageResult) {
    super.end(stageResult);
    this.opened?.end(stageResult);
  }

  complete(stageResult) {
    this.collector.completeStageExecution(
      this.executionId,
      this.handle,
      stageResult,
    );
  }
}

/** A stage being measured through a trace: its handle says which execution it belongs to. */
class TraceStageSpan extends StageSpan {
  complete(stageResult) {
    this.collector.completeStageExecution(this.handle, stageResult);
  }
}

/** Opens an execution of `target`; null where it cannot. */
function openPipeline(target, pipelineContext) {
  try {
    return isTrace(target)
      ? openTrace(target, pipelineContext)
      : openCollector(target, pipelineContext);
  } catch {
    return null;
  }
}

function openCollector(collector, pipelineContext) {
  const executionId =
    pipelineContext?.executionId ?? nextExecutionId('execution');
  const started = collector.startPipelineExecution(
    executionId,
    pipelineContext,
  );
  if (!started) return null;
  return new PipelineSpan({
    collector,
    trace: null,
    executionId,
    outer: storage.getStore(),
  });
}

function openTrace(trace, pipelineContext) {
  const started = trace.startPipelineExecution(pipelineContext);
  if (!started) return null;
  const state = stateOf(trace);
  const { executionId } = started;
  // The measured code finds it by the store; other code of the trace is not to run into it.
  state.leave(executionId);
  const outer = storage.getStore();
  return new PipelineSpan({
    collector: state.collector,
    trace,
    executionId,
    outer,
  });
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
  const opened =
    current === undefined ? openPipeline(collector, undefined) : null;
  const store = current ?? opened?.store;
  if (store === undefined) return null;
  const handle = startQuietly(
    collector,
    store.executionId,
    stageName,
    stageContext,
  );
  if (handle)
    return new StageSpan(collector, store.executionId, handle, opened);
  opened?.failed();
  return null;
}

function startQuietly(collector, executionId, stageName, stageContext) {
  try {
    return collector.startStageExecution(executionId, stageName, stageContext);
  } catch {
    return null;
  }
}

function openTraceStage(trace, stageName, stageContext) {
  const state = stateOf(trace);
  if (state.collector === null) return null;
  const isRunning =
    currentExecutionOf(trace) !== undefined || state.runs.length > 0;
  const opened = isRunning ? null : openPipeline(trace, undefined);
  if (!isRunning && opened === null) return null;
  const handle =
    opened === null
      ? startOnTrace(trace, stageName, stageContext)
      : storage.run(opened.store, startOnTrace, trace, stageName, stageContext);
  if (handle) return new TraceStageSpan(trace, undefined, handle, opened);
  opened?.failed();
  return null;
}

function startOnTrace(trace, stageName, stageContext) {
  try {
    return trace.startStageExecution(stageName, stageContext);
  } catch {
    return null;
  }
}

/** Calls `fn`, in the execution that `span` opened if it did, and ends `span` with its result. */
function measure(span, fn, thisArg, args) {
  return span.store === null
    ? call(span, fn, thisArg, args)
    : storage.run(span.store, call, span, fn, thisArg, args);
}

function call(span, fn, thisArg, args) {
  let value;
  try {
    value = Reflect.apply(fn, thisArg, args);
  } catch (error) {
    span.failed();
    throw error;
  }
  return follow(value, span);
}

/** Every `execute` that measures its stage. */
const measuringMethods = new WeakSet();

/**
 * Whether `execute`, one of {@link measuringMethods}, is the one to measure `stage`: it is not
 * where a subclass's own measures already and calls it through `super`.
 */
function isOutermost(stage, execute) {
  try {
    const outermost = stage.execute;
    return outermost === execute || !measuringMethods.has(outermost);
  } catch {
    return true;
  }
}

const NO_ARGS = [];

/**
 * Measures `fn` as a stage. Returns, throws and rejects what `fn` does, a promise one microtask
 * later; a synchronous `fn` stays synchronous.
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
  return span === null ? fn() : measure(span, fn, undefined, NO_ARGS);
}

module.exports = {
  isOutermost,
  measure,
  measurePipeline,
  measureStage,
  measuringMethods,
  openPipeline,
  openStage,
};
