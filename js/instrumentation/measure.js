'use strict';

const { invalidArg } = require('../errors');
const {
  callIn,
  callOnStack,
  currentExecutionOf,
  currentSpan,
} = require('../recording/active-execution');
const { CORE } = require('../recording/direct-recorder');
const { toId } = require('../recording/names');
const { startExecution } = require('../recording/wired-execution');
const { isTrace, stateOf } = require('../trace/trace-state');
const {
  StartedExecution,
  openExecution,
  openExecutionOn,
} = require('./direct-spans');
const { follow } = require('./follow');

/**
 * @import { ExecutionRecorder as Recorder } from '../../types/collector'
 * @import { NamedPipelineContext as PipelineContext } from '../../types/inputs'
 * @import { NamedStageContext as StageContext } from '../../types/inputs'
 * @import { TraceMetrics as Trace } from '../../types/trace'
 * @import { Span } from '../recording/active-execution'
 * @import { Core } from '../recording/core'
 * @import { Timing, WiredExecution } from '../recording/wired-execution'
 * @import { WiredStage } from '../recording/wired-stage'
 * @import { DirectExecution } from './direct-spans'
 * @typedef {WiredExecution | WiredStage | DirectExecution | DirectStage} MeasuredSpan
 * @typedef {NonNullable<ReturnType<DirectExecution['openStage']>>} DirectStage
 * @typedef {{ [CORE]?: Core, verbosityConfig: unknown }} Ours
 */

/** @type {unknown[]} */
const NO_ARGS = [];

/**
 * Whether it is a foreign trace, such as one of another copy of this package: the four calls of a trace
 * take other arguments than a collector's.
 * @param {object} target
 * @returns {target is { performanceMetrics: object }}
 */
const isOtherTrace = (target) => 'performanceMetrics' in target;

/**
 * Opens an execution of `target`; null if it records nothing.
 * @param {object} target - a collector, or a trace with one
 * @param {PipelineContext | null | undefined} pipelineContext
 * @param {boolean | 'auto'} [contained] - as for `enter`
 * @param {boolean} [mayBeBrief] - as for `startExecution`
 * @returns {WiredExecution | DirectExecution | null}
 */
function openPipeline(
  target,
  pipelineContext,
  contained = false,
  mayBeBrief = true,
) {
  try {
    const core = /** @type {Ours} */ (target)[CORE];
    if (core !== undefined)
      return startExecution(
        /** @type {Ours} */ (target),
        core,
        pipelineContext,
        contained,
        mayBeBrief,
      );
    if (isTrace(target))
      return openExecutionOn(/** @type {Trace} */ (target), pipelineContext);
    return isOtherTrace(target)
      ? openPipeline(target.performanceMetrics, pipelineContext)
      : openExecution(
          /** @type {Recorder} */ (target),
          pipelineContext,
          contained,
        );
  } catch {
    return null;
  }
}

/**
 * Opens a stage in the execution of `target` around the running code, else in the one that its
 * context names, else in the only one that was started directly, else in one of its own; null where
 * nothing is recorded.
 * @param {object} target
 * @param {string} stageName
 * @param {StageContext | null | undefined} stageContext
 * @returns {WiredStage | DirectStage | null}
 */
function openStage(target, stageName, stageContext) {
  try {
    const core = /** @type {Ours} */ (target)[CORE];
    if (core === undefined) {
      if (isTrace(target))
        return openTraceStage(target, stageName, stageContext);
      if (isOtherTrace(target))
        return openStage(target.performanceMetrics, stageName, stageContext);
    }
    const outer = currentSpan(target);
    return outer === undefined
      ? openOutside(target, core, stageName, stageContext)
      : outer.execution.openStage(outer, stageName, stageContext);
  } catch {
    return null;
  }
}

/**
 * The same where no execution is around the running code.
 * @param {object} target
 * @param {Core | undefined} core
 * @param {string} stageName
 * @param {StageContext | null | undefined} stageContext
 */
function openOutside(target, core, stageName, stageContext) {
  const started = startedExecution(target, core, stageContext);
  return started === undefined
    ? openAlone(target, stageName, stageContext)
    : started.openStage(started, stageName, stageContext);
}

/**
 * The id of the execution that a context names; undefined where it names none, or throws.
 * @param {Core} core
 * @param {StageContext | null | undefined} stageContext
 */
function namedExecution(core, stageContext) {
  try {
    return stageContext?.executionId;
  } catch {
    core.diagnostics.count('hostileInputs');
    return undefined;
  }
}

/**
 * The execution that a context names, else the only one that was started directly.
 * @param {object} collector
 * @param {Core | undefined} core
 * @param {StageContext | null | undefined} stageContext
 */
function startedExecution(collector, core, stageContext) {
  return core === undefined
    ? undefined
    : executionOf(collector, core, namedExecution(core, stageContext));
}

/**
 * The execution that a context names, where it names one.
 * @param {Recorder & Ours} collector
 * @param {StageContext | null | undefined} stageContext
 */
function namedOf(collector, stageContext) {
  const core = collector[CORE];
  const id =
    core === undefined ? undefined : namedExecution(core, stageContext);
  return id === undefined || id === null
    ? undefined
    : executionOf(collector, /** @type {Core} */ (core), id);
}

/**
 * The execution of an id, measured or started directly; without an id the only one that was started directly.
 * @param {object} collector
 * @param {Core} core
 * @param {unknown} executionId
 */
function executionOf(collector, core, executionId) {
  if (executionId !== undefined && executionId !== null) {
    const wired = core.journal.find(toId(executionId));
    if (wired !== undefined) return wired;
  }
  const execution = core.executions.findOrOnly(executionId);
  return execution === undefined
    ? undefined
    : new StartedExecution(
        /** @type {Recorder} */ (collector),
        null,
        execution,
      );
}

/**
 * Opens a stage in an execution of its own.
 * @param {object} target
 * @param {string} stageName
 * @param {StageContext | null | undefined} stageContext
 */
function openAlone(target, stageName, stageContext) {
  const opened = openPipeline(target, undefined, false, false);
  if (opened === null) return null;
  const stage = opened.openStage(opened, stageName, stageContext);
  if (stage === null) {
    opened.failed();
    return null;
  }
  stage.aloneIn(/** @type {any} */ (opened));
  // Both began a timed call; one of them ends with the stage.
  opened.timing?.leave();
  return stage;
}

/**
 * The same where `target` is a trace, whose own executions come before those of its collector.
 * @param {object} trace
 * @param {string} stageName
 * @param {StageContext | null | undefined} stageContext
 */
function openTraceStage(trace, stageName, stageContext) {
  const state = stateOf(trace);
  const own = currentExecutionOf(trace);
  const { running } = state;
  // The trace may now report to another collector.
  const { collector } = own ?? running ?? state;
  if (collector === null) return null;
  const outer = currentSpan(collector);
  if (own !== undefined)
    return own.openStage(
      /** @type {Span} */ (outer).execution === own
        ? /** @type {Span} */ (outer)
        : own,
      stageName,
      stageContext,
    );
  const named =
    outer === undefined
      ? namedOf(/** @type {Recorder & Ours} */ (collector), stageContext)
      : undefined;
  if (named !== undefined)
    return named.openStage(named, stageName, stageContext);
  const around = /** @type {Partial<StartedExecution> | undefined} */ (
    outer?.execution
  );
  // Inside a stage of an execution that was started on it, that execution comes before its latest.
  const isInside =
    around?.started !== undefined &&
    state.find(around.executionId)?.execution === around.started;
  if (running !== undefined && !isInside) {
    const started = new StartedExecution(
      /** @type {Recorder} */ (collector),
      /** @type {Trace} */ (trace),
      running.execution,
    );
    return started.openStage(started, stageName, stageContext);
  }
  return outer === undefined
    ? openAlone(trace, stageName, stageContext)
    : outer.execution.openStage(outer, stageName, stageContext);
}

/**
 * Calls `fn` inside `span`, and ends the span with its outcome.
 * @param {MeasuredSpan} span
 * @param {Function} fn
 * @param {unknown} thisArg
 * @param {ArrayLike<unknown>} args
 * @returns {any}
 */
function measure(span, fn, thisArg, args) {
  const { timing } = span.execution;
  let value;
  try {
    // `callIn` only where it is needed: where pipelines are rare, the code of a function is not in the cache.
    value = span.isCarried
      ? callIn(span, fn, thisArg, args)
      : callOnStack(span, fn, thisArg, args);
  } catch (error) {
    span.failed(error);
    if (timing !== null) afterTimed(timing, span);
    throw error;
  }
  value = follow(value, span);
  if (span.isCarried || !span.isOver)
    /** @type {Partial<WiredStage>} */ (span).returnedCall?.();
  if (timing !== null) afterTimed(timing, span);
  return value;
}

/** @param {Timing} timing @param {MeasuredSpan} span - whose call is over */
function afterTimed(timing, span) {
  timing.leave();
  /** @type {WiredStage} */ (span).afterTimed();
}

/** @param {unknown} fn */
const notAFunction = (fn) =>
  invalidArg('fn, the last argument, must be a function', fn);

/**
 * Measures `fn` as a stage. Returns, throws and rejects what `fn` does, a promise one microtask
 * later; a synchronous `fn` stays synchronous.
 *
 * Cost: two readings of the clock, a record of eight numbers at either end, and an entry into an
 * asynchronous context where one is carried.
 * @template T
 * @param {object} target - a collector, or a trace with one; see {@link openStage} for the execution
 *   that the stage belongs to
 * @param {string} stageName
 * @param {object | null | undefined} stageContext
 * @param {() => T} fn
 * @returns {T}
 */
function measureStage(target, stageName, stageContext, fn) {
  if (typeof fn !== 'function') throw notAFunction(fn);
  const span = openStage(target, stageName, stageContext);
  return span === null ? fn() : measure(span, fn, undefined, NO_ARGS);
}

/**
 * Measures `fn` as a pipeline: stages measured inside of it, however deep and however
 * asynchronous, belong to it.
 * @template T
 * @param {object} target - a collector, or a trace with one
 * @param {object | null | undefined} pipelineContext - may carry `executionId`
 * @param {() => T} fn
 * @returns {T}
 */
function measurePipeline(target, pipelineContext, fn) {
  if (typeof fn !== 'function') throw notAFunction(fn);
  const span = openPipeline(target, pipelineContext);
  return span === null ? fn() : measure(span, fn, undefined, NO_ARGS);
}

module.exports = {
  measure,
  measurePipeline,
  measureStage,
  openPipeline,
  openStage,
};
