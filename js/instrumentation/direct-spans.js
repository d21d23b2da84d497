'use strict';

const { ignorePromise } = require('../config/ignore-promise');
const {
  callIn,
  enter,
  leave,
  nextExecutionId,
  spanAround,
} = require('../recording/active-execution');
const { countsOf, failureOf } = require('../recording/counts');
const { CORE } = require('../recording/direct-recorder');
const { endIdleIn } = require('../recording/idle-spans');
const { isTrace, stateOf } = require('../trace/trace-state');

/**
 * @import { ExecutionRecorder as Collector } from '../../types/collector'
 * @import { ExecutionId, NamedPipelineContext as PipelineContext } from '../../types/inputs'
 * @import { StageContext } from '../../types/inputs'
 * @import { Stage } from '../../types/results'
 * @import { TraceMetrics as Trace } from '../../types/trace'
 * @import { Execution, Span } from '../recording/active-execution'
 * @import { Core } from '../recording/core'
 * @import { Counts } from '../recording/counts'
 * @import { RunningExecution } from '../recording/running-executions'
 * @import { Readers } from '../recording/wired-execution'
 * @typedef {{ [CORE]?: Core }} Ours
 */

// Executions and stages measured through the four calls that start and complete them: of a trace,
// of a collector that is not ours, and stages of an execution started directly. Errors of those
// calls never reach the measured code.

/** @typedef {() => Counts} ReadCounts */

/** @param {ReadCounts} read @returns {ReadCounts} */
function once(read) {
  let counts;
  return () => (counts ??= read());
}

/** A result read only when the collector asks, which is after it has read its clock. */
class LazyResult {
  #read;

  /** @param {ReadCounts} read */
  constructor(read) {
    this.#read = read;
  }

  get counts() {
    return this.#read();
  }

  get success() {
    return this.counts.success;
  }
}

class StageResult extends LazyResult {
  warningCount = 0;

  get outputSize() {
    return this.counts.outputSize;
  }

  get itemsProcessed() {
    return this.counts.items;
  }

  get errorCount() {
    return this.counts.errors;
  }
}

class PipelineResult extends LazyResult {
  get totalItemsProcessed() {
    return this.counts.items;
  }

  get finalOutputSize() {
    return this.counts.outputSize;
  }

  get totalErrors() {
    return this.counts.errors;
  }
}

/**
 * The trace that something was started on; null if none, or if it now reports to another collector.
 * @param {{ trace: Trace | null, collector: Collector }} started
 */
function traceOf({ trace, collector }) {
  if (trace === null) return null;
  const now = isTrace(trace)
    ? stateOf(trace).collector
    : trace.performanceMetrics;
  return now === collector ? trace : null;
}

/** Common to both: the end of the measured code completes them. */
class DirectSpan {
  /** @type {Span | undefined} */
  outer = undefined;
  hasEnded = false;
  isCarried = true;
  /** @type {Readers | null} - what reads its result, beside the usual names */
  readers = null;
  /** @type {{ readers: Readers | null } | undefined} - that opened it, and may read its result */
  target = undefined;
  /** It is never timed. */
  timing = null;

  get isOver() {
    return this.hasEnded;
  }

  /** @param {unknown} result @param {number | undefined} items */
  succeeded(result, items) {
    const readers = this.readers ?? this.target?.readers ?? null;
    this.end(once(() => countsOf(result, items, readers)));
  }

  /** @param {unknown} [_error] @param {number} [items] */
  failed(_error, items = 0) {
    this.end(() => failureOf(items));
  }

  /** @param {Function} fn @param {unknown} thisArg @param {ArrayLike<unknown>} args */
  runInContext(fn, thisArg, args) {
    return callIn(
      /** @type {Span} */ (/** @type {unknown} */ (this)),
      fn,
      thisArg,
      args,
    );
  }

  /** @param {ReadCounts} read */
  end(read) {
    if (this.hasEnded) return;
    try {
      this.complete(read);
    } catch {
      // Our collector never throws; one that a caller put in its place may.
    }
    this.hasEnded = true;
  }

  /** @abstract @param {ReadCounts} _read */
  complete(_read) {}
}

/** An execution that was started by a call of the collector, or of the trace where that is given. */
class DirectExecution extends DirectSpan {
  isMixed = false;
  #running;
  #hasLeft = false;

  /**
   * @param {Collector} collector
   * @param {Trace | null} trace
   * @param {ExecutionId} executionId
   * @param {RunningExecution} [running] - what is known of it, where the collector is ours
   */
  constructor(collector, trace, executionId, running) {
    super();
    this.collector = collector;
    this.trace = trace;
    this.executionId = executionId;
    this.execution = this;
    this.#running = running;
    if (running !== undefined)
      running.onEnd = () => {
        if (!this.#isAbandoned) return;
        this.#leave();
        // Its code may still end; its collector then warns.
        this.hasEnded = false;
      };
  }

  /** Takes effect once: as it ends, or as it is abandoned and may never end. */
  #leave() {
    if (!this.#hasLeft) leave(this);
    this.#hasLeft = true;
  }

  /** @type {Execution['openStage']} */
  openStage(outer, stageName, stageContext) {
    return openStageIn(this, outer, stageName, stageContext);
  }

  /** Also when abandoned: its id may then be another execution's. */
  get isOver() {
    return this.hasEnded || this.#isAbandoned;
  }

  /** @param {boolean} isOver */
  set isOver(isOver) {
    this.hasEnded = isOver;
  }

  get #isAbandoned() {
    if (this.#running === undefined || !this.#running.isOver) return false;
    // Running code is unaffected by the disposal of its collector.
    return /** @type {Ours} */ (this.collector)[CORE]?.closed === false;
  }

  /** @param {ReadCounts} read */
  complete(read) {
    endIdleIn(this);
    const result = new PipelineResult(read);
    const { collector, executionId } = this;
    const trace = traceOf(this);
    if (this.#running !== undefined && this.#isAbandoned) {
      this.#leave();
      // Identified by the object that its start returned; the collector warns.
      collector.completePipelineExecution(this.#running.handle, result);
      return;
    }
    try {
      // A trace finds it by the context, whatever else was started on it.
      if (trace !== null) callIn(this, completeTrace, null, [trace, result]);
    } finally {
      this.#leave();
    }
    if (trace === null)
      ignorePromise(collector.completePipelineExecution(executionId, result));
  }
}

/** @param {Trace} trace @param {PipelineResult} result */
function completeTrace(trace, result) {
  trace.completePipelineExecution(result);
}

/** One that its caller started and will complete; only its measured stages know where their code runs. */
class StartedExecution {
  isMixed = false;
  timing = null;
  outer = undefined;

  /**
   * @param {Collector} collector
   * @param {Trace | null} trace
   * @param {{ id: string, isOver: boolean, carry?(): void }} started - `carry` where it is of a
   *   collector of ours, which knows when it ends
   */
  constructor(collector, trace, started) {
    this.trace = trace;
    this.collector = collector;
    this.core = /** @type {Ours} */ (collector)[CORE];
    this.started = started;
    this.executionId = started.id;
    this.execution = this;
    this.isCarried = started.carry !== undefined;
    started.carry?.();
  }

  get isOver() {
    return this.started.isOver;
  }

  /** @type {Execution['openStage']} */
  openStage(outer, stageName, stageContext) {
    return openStageIn(this, outer, stageName, stageContext);
  }
}

/** A stage of one; the handle identifies its execution. */
class DirectStage extends DirectSpan {
  /** @type {{ end(read: ReadCounts): void } | null} - the execution opened for this stage alone */
  opened = null;

  /**
   * @param {DirectExecution | StartedExecution} execution
   * @param {Span} outer
   * @param {Stage} handle
   * @param {Trace | null} trace
   */
  constructor(execution, outer, handle, trace) {
    super();
    this.collector = execution.collector;
    this.execution = execution;
    this.outer = execution.isMixed ? spanAround(outer) : outer;
    this.isCarried = execution.isCarried;
    this.handle = handle;
    this.trace = trace;
  }

  /** @param {{ isCarried: boolean, end(read: ReadCounts): void }} opened - it is all that this has */
  aloneIn(opened) {
    this.opened = opened;
    this.isCarried = opened.isCarried;
  }

  /** @param {ReadCounts} read */
  end(read) {
    super.end(read);
    this.opened?.end(read);
  }

  /** @param {ReadCounts} read */
  complete(read) {
    const { collector, execution, handle } = this;
    const trace = traceOf(this);
    const result = new StageResult(read);
    if (trace !== null) trace.completeStageExecution(handle, result);
    else {
      const { executionId } = execution;
      ignorePromise(
        collector.completeStageExecution(executionId, handle, result),
      );
    }
  }
}

/**
 * @param {Collector} collector
 * @param {PipelineContext | null | undefined} context
 * @param {boolean | 'auto'} contained
 */
function openExecution(collector, context, contained) {
  const executionId = context?.executionId ?? nextExecutionId('execution');
  const started = collector.startPipelineExecution(executionId, context);
  if (!started) return null;
  ignorePromise(started);
  const execution = new DirectExecution(collector, null, executionId);
  enter(execution, contained);
  return execution;
}

/** @param {Trace} trace @param {PipelineContext | null | undefined} context */
function openExecutionOn(trace, context) {
  const started = trace.startPipelineExecution(context);
  if (!started) return null;
  const state = stateOf(trace);
  const { executionId } = started;
  const { collector } = state;
  // The measured code finds it by the context; other code of the trace must not find it.
  state.leave(executionId);
  const execution = new DirectExecution(
    /** @type {Collector} */ (collector),
    trace,
    executionId,
    /** @type {Ours} */ (collector)[CORE]?.executions.get(executionId),
  );
  enter(execution, false);
  return execution;
}

/** @param {{ handle?: Stage }} outer @param {StageContext | null | undefined} context */
function inside(outer, context) {
  try {
    return { ...context, parent: outer.handle };
  } catch {
    return context;
  }
}

/**
 * Starts a stage in `execution`, through its trace if it has one; null if that refuses.
 * @param {DirectExecution | StartedExecution} execution
 * @param {Span & { handle?: Stage }} outer - the span around it: `execution`, or a stage of it
 * @param {string} stageName
 * @param {StageContext | null | undefined} given
 */
function openStageIn(execution, outer, stageName, given) {
  const { collector, executionId } = execution;
  const context = outer === execution ? given : inside(outer, given);
  try {
    const trace = traceOf(execution);
    const handle =
      trace === null
        ? collector.startStageExecution(executionId, stageName, context)
        : trace.startStageExecution(stageName, context);
    ignorePromise(handle);
    return handle ? new DirectStage(execution, outer, handle, trace) : null;
  } catch {
    return null;
  }
}

module.exports = {
  DirectExecution,
  StartedExecution,
  openExecution,
  openExecutionOn,
};
