'use strict';

const {
  currentExecution,
  currentExecutionOf,
  enterExecution,
  leaveExecution,
  nextExecutionId,
  runIn,
} = require('../recording/active-execution');
const { follow } = require('./follow');
const {
  pipelineResultOf,
  stageFailure,
  stageResultOf,
} = require('./result-reader');
const { isTrace, stateOf } = require('../trace/trace-state');

/** What is being measured. Whatever its collector does, the measured code never sees it. */
class Span {
  /**
   * @param {object | null} store - the execution in which the measured code is to run; null where
   *   it already does
   * @param {object} target - the collector or trace that it is measured with
   * @param {string} executionId
   * @param {object | null} handle - of a stage; null for a pipeline
   * @param {Span | null} opened - the execution that was opened for this stage alone
   */
  constructor(store, target, executionId, handle, opened) {
    this.store = store;
    this.target = target;
    this.executionId = executionId;
    this.handle = handle;
    this.opened = opened;
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
      // @ts-expect-error -- each kind of span has a method complete of its own
      this.complete(stageResult);
    } catch {
      // A collector of ours never throws; one that a caller put in its place may.
    }
    if (this.opened !== null) this.opened.end(stageResult);
  }
}

/** An execution being measured. */
class PipelineSpan extends Span {
  complete(stageResult) {
    leaveExecution(this.store);
    const result = pipelineResultOf(stageResult);
    this.target.completePipelineExecution(this.executionId, result);
  }
}

/** An execution being measured through a trace, which finds it by the store. */
class TracePipelineSpan extends Span {
  complete(stageResult) {
    leaveExecution(this.store);
    const result = pipelineResultOf(stageResult);
    runIn(this.store, completeTrace, this.target, result);
  }
}

function completeTrace(trace, result) {
  trace.completePipelineExecution(result);
}

/** A stage being measured. */
class StageSpan extends Span {
  complete(stageResult) {
    this.target.completeStageExecution(
      this.executionId,
      this.handle,
      stageResult,
    );
  }
}

/** A stage being measured through a trace: its handle says which execution it belongs to. */
class TraceStageSpan extends Span {
  complete(stageResult) {
    this.target.completeStageExecution(this.handle, stageResult);
  }
}

/**
 * Opens an execution of `target`; null where it cannot.
 *
 * @param {boolean} [isContained] - whether nothing that `target` measures runs outside of its
 *   executions: then one that no other overlaps need not be carried along
 */
function openPipeline(target, pipelineContext, isContained = false) {
  try {
    return isTrace(target)
      ? openTrace(target, pipelineContext)
      : openCollector(target, pipelineContext, isContained);
  } catch {
    return null;
  }
}

function openCollector(collector, pipelineContext, isContained) {
  const executionId =
    pipelineContext?.executionId ?? nextExecutionId('execution');
  const started = collector.startPipelineExecution(
    executionId,
    pipelineContext,
  );
  if (!started) return null;
  const store = enterExecution(collector, null, executionId, isContained);
  return new PipelineSpan(store, collector, executionId, null, null);
}

function openTrace(trace, pipelineContext) {
  const started = trace.startPipelineExecution(pipelineContext);
  if (!started) return null;
  const state = stateOf(trace);
  const { executionId } = started;
  // The measured code finds it by the store; other code of the trace is not to run into it.
  state.leave(executionId);
  const { collector } = state;
  const store = enterExecution(collector, trace, executionId, false);
  return new TracePipelineSpan(store, trace, executionId, null, null);
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
  const executionId = current?.executionId ?? opened?.executionId;
  if (executionId === undefined) return null;
  const handle = startIn(collector, executionId, stageName, stageContext);
  if (!handle) return closed(opened);
  const store = opened === null ? null : opened.store;
  return new StageSpan(store, collector, executionId, handle, opened);
}

function openTraceStage(trace, stageName, stageContext) {
  const state = stateOf(trace);
  if (state.collector === null) return null;
  const isRunning =
    currentExecutionOf(trace) !== undefined || state.runs.length > 0;
  const opened = isRunning ? null : openPipeline(trace, undefined);
  if (!isRunning && opened === null) return null;
  const store = opened === null ? null : opened.store;
  const handle =
    store === null
      ? startOn(trace, stageName, stageContext)
      : runIn(store, startOn, trace, stageName, stageContext);
  if (!handle) return closed(opened);
  return new TraceStageSpan(store, trace, handle.executionId, handle, opened);
}

/** The stage whose function is being called, if any is: what starts until it returns is its. */
let calling = null;

/** A stage's context with the stage around it, where that is of the same execution. */
function inside(target, executionId, stageContext) {
  if (calling === null || calling.target !== target) return stageContext;
  const parent = calling.handle;
  if (executionId !== undefined && calling.executionId !== executionId)
    return stageContext;
  try {
    return { ...stageContext, parent };
  } catch {
    return stageContext;
  }
}

function startIn(collector, executionId, stageName, stageContext) {
  try {
    const context = inside(collector, executionId, stageContext);
    return collector.startStageExecution(executionId, stageName, context);
  } catch {
    return null;
  }
}

function startOn(trace, stageName, stageContext) {
  try {
    const context = inside(trace, undefined, stageContext);
    return trace.startStageExecution(stageName, context);
  } catch {
    return null;
  }
}

/** Ends an execution that was opened for a stage which then did not start. */
function closed(opened) {
  opened?.failed();
  return null;
}

/** Calls `fn`, in the execution that `span` opened if it did, and ends `span` with its result. */
function measure(span, fn, thisArg, args) {
  return span.store === null
    ? call(span, fn, thisArg, args)
    : runIn(span.store, call, span, fn, thisArg, args);
}

function call(span, fn, thisArg, args) {
  let value;
  const around = calling;
  calling = span.handle === null ? null : span;
  try {
    value = Reflect.apply(fn, thisArg, args);
  } catch (error) {
    span.failed();
    throw error;
  } finally {
    calling = around;
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
