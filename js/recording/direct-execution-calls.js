'use strict';

// Executions that a caller starts and completes directly; each call returns an object.

const { analysisFrom } = require('../boundary/analysis-decoders');
const {
  executionEnd,
  executionFrom,
  fillExecution,
  startedExecution,
} = require('../boundary/decoders/executions');
const { layout } = require('../boundary/native');
const { PIPELINE_TOTAL } = require('../config/thresholds');
const { requireObject } = require('../errors');
const channels = require('./channels');
const { countOf } = require('./direct-stage-calls');
const { endIdleOfStarted } = require('./idle-spans');
const lines = require('./log-lines');
const { toId } = require('./names');
const { RunningExecution } = require('./running-executions');
const { abandonEarlier } = require('./wired-execution');

/**
 * @import { PipelineContext, PipelineResult, RunningExecutionFigures } from '../../types/inputs'
 * @import { CompletedExecution, Execution } from '../../types/results'
 * @import { PipelineContextRead as ReadContext } from './caller-objects'
 * @import { Core } from './core'
 */

const {
  SLOT,
  NOW,
  WALL,
  HEAP,
  ACTION_COUNT,
  VERBOSITY,
  ENVIRONMENT,
  SUCCESS,
  OUTPUT_SIZE,
  ITEMS,
  ERRORS,
  STATUS,
  START,
  ALERTS,
  CLEANUP_DUE,
  EVICTED,
} = layout.slab;
const { PIPELINE_AT } = layout.at;
const { DONE, LARGE } = layout.status;

/** @param {ReadContext} read */
const contextOf = ({ actionCount, traceVerbosity, environment }) => ({
  actionCount: countOf(actionCount),
  traceVerbosity,
  environment,
});

/** @param {Float64Array} slab @param {ReadContext} read */
function writeStart(slab, read) {
  slab[ACTION_COUNT] = read.actionCount;
  slab[VERBOSITY] = read.verbosity;
  slab[ENVIRONMENT] = read.place;
}

/**
 * @param {Core} core
 * @param {unknown} executionId
 * @param {PipelineContext | null | undefined} given
 * @param {unknown} verbosityConfig
 * @returns {Execution | null}
 */
function startExecution(core, executionId, given, verbosityConfig) {
  const { slab, notifier, executions } = core;
  notifier.askLevels();
  const id = toId(executionId);
  const read = core.callerObjects.pipelineContext(given);
  const captures = core.capturesNow(verbosityConfig);
  if (core.journal.at > 0) core.journal.replay();
  abandonEarlier(core, id);
  if (core.journal.at > 0) core.journal.replay();
  const handle = startedExecution(id, contextOf(read));
  for (const listen of core.startListeners) listen(id);
  const heap = core.probes.startExecution(captures);
  // The caller's code that just ran may have closed the collector.
  if (notifier.isClosed) return null;
  slab[HEAP] = heap;
  writeStart(slab, read);
  core.hot.startPipeline(id);
  if (slab[STATUS] !== DONE) {
    core.warnings.ofFault(slab[STATUS]);
    return null;
  }
  handle.startTime = slab[START];
  handle.startMemory = heap === heap ? heap : 0;
  const execution = new RunningExecution(slab[SLOT], id, handle, captures);
  execution.noteHeap(heap, slab[START]);
  if (read.labels !== null) execution.addLabels(read.labels, NaN, NaN);
  const replaced = executions.add(execution);
  if (slab[EVICTED] !== 0) core.evict();
  // It was started during this start, by a sampler, a clock or a logger.
  if (replaced !== undefined) {
    executions.abandon(replaced);
    core.warnings.ofRestart(id);
  }
  if (notifier.printsDebug)
    lines.executionStarted(notifier, id, {
      actionCount: read.actionCount,
      verbosity: read.traceVerbosity,
    });
  return handle;
}

/**
 * Completes an execution; returns its caller's object, filled in, or undefined if no such execution runs.
 * @param {Core} core
 * @param {unknown} executionId
 * @param {PipelineResult | null | undefined} given
 * @returns {CompletedExecution | undefined}
 */
function completeExecution(core, executionId, given) {
  if (core.journal.at > 0) core.journal.replay();
  const { slab, probes } = core;
  const execution = core.executions.find(executionId);
  if (execution === undefined) {
    const measured = core.journal.find(toId(executionId));
    return measured === undefined
      ? core.warnings.ofEnd(executionId)
      : core.warnings.ofMeasuredEnd(measured.id);
  }
  endIdleOfStarted(core, execution);
  probes.end(execution);
  const wall = slab[WALL];
  const now = slab[NOW];
  const result = core.callerObjects.pipelineResult(given);
  const heap = probes.heapAfter(execution, now);
  // The caller's code that just ran may have ended it.
  if (execution.isOver) return core.warnings.ofEnd(executionId);
  execution.storeLabels(core.engine);
  core.journal.storeLatest();
  slab[SLOT] = execution.slot;
  slab[NOW] = now;
  slab[WALL] = wall;
  slab[HEAP] = heap;
  slab[SUCCESS] = result.success ? 1 : 0;
  slab[ITEMS] = result.items;
  slab[OUTPUT_SIZE] = result.outputSize;
  slab[ERRORS] = result.errors;
  core.hot.completePipeline();
  core.executions.remove(execution);
  if (execution.stage !== null) core.ended.completed(execution);
  if (slab[STATUS] !== DONE && slab[STATUS] !== LARGE) {
    core.warnings.ofFault(slab[STATUS]);
    return undefined;
  }
  return completed(core, execution);
}

/** @param {Core} core @param {RunningExecution} execution */
function completed(core, execution) {
  const { slab, notifier } = core;
  const { names } = core.stages;
  const large = slab[STATUS] === LARGE;
  const numbers = large ? core.engine.takeLarge() : slab;
  const at = large ? 0 : PIPELINE_AT;
  const cleanupDue = slab[CLEANUP_DUE] !== 0;
  let { handle } = execution;
  try {
    fillExecution(handle, numbers, at, names, execution.byName);
  } catch {
    // The caller froze its object: it gets another one with the same figures.
    core.diagnostics.count('hostileInputs');
    handle = executionFrom(numbers, at, execution.id, core);
    handle.stages = execution.byName;
  }
  const { totalDuration, overallThroughput } = handle;
  const analysis = analysisFrom(
    numbers,
    executionEnd(numbers, at),
    execution.id,
    /** @type {CompletedExecution} */ (handle).stageBreakdown,
  );
  if (slab[ALERTS] !== 0)
    notifier.raise(PIPELINE_TOTAL, core.alertsInSlab(execution.id));
  notifier.dispatch(notifier.names.analysis, analysis);
  if (notifier.printsInfo)
    lines.executionCompleted(notifier, execution.id, {
      totalDuration,
      stagesExecuted: execution.byName.size,
      overallThroughput,
    });
  if (cleanupDue) core.cleanUp();
  channels.executions.publish(handle);
  return /** @type {CompletedExecution} */ (handle);
}

/**
 * Starts an execution that a caller put in manually, replacing one of the same id. It starts at the
 * given time, else now.
 * @throws {TypeError} `INVALID_ARG` for what is no object
 * @param {Core} core
 * @param {unknown} executionId
 * @param {RunningExecutionFigures} given
 * @param {unknown} verbosityConfig
 */
function adoptExecution(core, executionId, given, verbosityConfig) {
  requireObject(given, 'an active execution');
  const { slab, executions } = core;
  const id = toId(executionId);
  const read = core.callerObjects.pipelineContext(given.context);
  const startTime = core.callerObjects.figure(given.startTime);
  const startMemory = core.callerObjects.figure(given.startMemory);
  const captures = core.capturesNow(verbosityConfig);
  const wall = core.wallNow();
  slab[NOW] = startTime;
  slab[WALL] = wall;
  slab[HEAP] = startMemory;
  writeStart(slab, read);
  core.hot.startPipeline(id);
  const handle = startedExecution(id, contextOf(read));
  handle.startTime = slab[START];
  handle.startMemory = startMemory === startMemory ? startMemory : 0;
  const replaced = executions.add(
    new RunningExecution(slab[SLOT], id, handle, captures),
  );
  if (slab[EVICTED] !== 0) core.evict();
  if (replaced === undefined) return;
  executions.abandoned(replaced);
  core.engine.close(replaced.slot, true);
}

module.exports = { adoptExecution, completeExecution, startExecution };
