'use strict';

// Executions that a caller starts and completes by calls of its own, each of which answers with
// an object.

const { analysisFrom } = require('../boundary/analysis-decoders');
const {
  executionEnd,
  executionFrom,
  fillExecution,
  startedExecution,
} = require('../boundary/decoders');
const { layout } = require('../boundary/native');
const { visible } = require('../boundary/visible-text');
const { PIPELINE_TOTAL } = require('../config/thresholds');
const { invalidArg } = require('../errors');
const { executionEnded } = require('./channels');
const { countOf } = require('./direct-stage-calls');
const { toId } = require('./names');
const { RunningExecution } = require('./running-executions');
const { abandon } = require('./wired-execution');

/**
 * @typedef {import('./caller-objects').PipelineContextRead} ReadContext
 * @typedef {import('./core').Core} Core
 * @typedef {import('../../types/inputs').PipelineContext} PipelineContext
 * @typedef {import('../../types/results').Execution} Execution
 * @typedef {import('../../types/results').CompletedExecution} CompletedExecution
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

/**
 * What a started execution shows of its context.
 *
 * @param {ReadContext} read
 */
const contextOf = ({ actionCount, traceVerbosity, environment }) => ({
  actionCount: countOf(actionCount),
  traceVerbosity,
  environment,
});

/**
 * @param {Float64Array} slab
 * @param {ReadContext} read
 */
function writeStart(slab, read) {
  slab[ACTION_COUNT] = read.actionCount;
  slab[VERBOSITY] = read.verbosity;
  slab[ENVIRONMENT] = read.place;
}

/**
 * Hands over the labels of an execution that is about to complete.
 *
 * @param {Core['engine']} engine
 * @param {number} slot
 * @param {number[]} labels
 */
function keepLabels(engine, slot, labels) {
  try {
    engine.keepLabels(slot, Float64Array.from(labels));
  } catch {
    // It refuses everything once faulted, which the next hot call says.
  }
}

/** Starts and completes executions for direct calls. */
class DirectExecutionCalls {
  #journal;
  #warnings;
  #engine;
  #slab;
  #notifier;
  #executions;
  #callerObjects;
  #capturesNow;
  #startListeners;
  #probes;
  #hot;
  #evict;
  #ended;
  #stages;
  #diagnostics;
  #labels;
  #raise;
  #cleanUp;
  #wallNow;

  /** @param {import('./core').DirectParts} parts */
  constructor(parts) {
    this.#journal = parts.journal;
    this.#warnings = parts.warnings;
    this.#engine = parts.engine;
    this.#slab = parts.slab;
    this.#notifier = parts.notifier;
    this.#executions = parts.executions;
    this.#callerObjects = parts.callerObjects;
    this.#capturesNow = parts.capturesNow;
    this.#startListeners = parts.startListeners;
    this.#probes = parts.probes;
    this.#hot = parts.hot;
    this.#evict = parts.evict;
    this.#ended = parts.ended;
    this.#stages = parts.stages;
    this.#diagnostics = parts.diagnostics;
    this.#labels = parts.labels;
    this.#raise = parts.raise;
    this.#cleanUp = parts.cleanUp;
    this.#wallNow = parts.wallNow;
  }

  /**
   * Abandons the wired execution of an id, for another of that id starts.
   *
   * @param {string} id
   */
  #abandonWired(id) {
    const { byId } = this.#journal;
    const wired = byId.size === 0 ? undefined : byId.get(id);
    if (wired === undefined) return;
    abandon(wired);
    this.#journal.replay();
    this.#warnings.ofRestart(id);
  }

  /**
   * Starts an execution; what its caller holds of it.
   *
   * @param {unknown} executionId
   * @param {PipelineContext | null | undefined} given
   * @param {unknown} verbosityConfig
   * @returns {Execution | null}
   */
  start(executionId, given, verbosityConfig) {
    const slab = this.#slab;
    const notifier = this.#notifier;
    const executions = this.#executions;
    notifier.askLevels();
    const id = toId(executionId);
    const read = this.#callerObjects.pipelineContext(given);
    const captures = this.#capturesNow(verbosityConfig);
    if (this.#journal.at > 0) this.#journal.replay();
    this.#abandonWired(id);
    if (executions.abandonId(id)) this.#warnings.ofRestart(id);
    const handle = startedExecution(id, contextOf(read));
    for (const listen of this.#startListeners) listen(id);
    const heap = this.#probes.startExecution(captures);
    // What ran of the caller's may have closed the collector.
    if (notifier.isClosed) return null;
    slab[HEAP] = heap;
    writeStart(slab, read);
    this.#hot.startPipeline(id);
    if (slab[STATUS] !== DONE) {
      this.#warnings.ofFault(slab[STATUS]);
      return null;
    }
    handle.startTime = slab[START];
    handle.startMemory = heap === heap ? heap : 0;
    const execution = new RunningExecution(slab[SLOT], id, handle, captures);
    execution.noteHeap(heap, slab[START]);
    if (read.labels !== null) execution.addLabels(read.labels, NaN, NaN);
    const replaced = executions.add(execution);
    if (slab[EVICTED] !== 0) this.#evict();
    // It started within this start: in a sampler, a clock or a logger.
    if (replaced !== undefined) {
      executions.abandon(replaced);
      this.#warnings.ofRestart(id);
    }
    if (notifier.printsDebug)
      notifier.debug('Pipeline execution started:', visible(id), {
        actionCount: read.actionCount,
        verbosity: read.traceVerbosity,
      });
    return handle;
  }

  /**
   * Completes an execution; what its caller holds of it, filled, or undefined where none such runs.
   *
   * @param {unknown} executionId
   * @param {import('../../types/inputs').PipelineResult | null | undefined} given
   * @returns {CompletedExecution | undefined}
   */
  complete(executionId, given) {
    if (this.#journal.at > 0) this.#journal.replay();
    const slab = this.#slab;
    const probes = this.#probes;
    const execution = this.#executions.find(executionId);
    if (execution === undefined) return this.#warnings.ofEnd(executionId);
    probes.end(execution);
    const wall = slab[WALL];
    const now = slab[NOW];
    const result = this.#callerObjects.pipelineResult(given);
    const heap = probes.heapAfter(execution, now);
    // What ran of the caller's may have ended it.
    if (execution.isOver) return this.#warnings.ofEnd(executionId);
    if (execution.labels !== null)
      keepLabels(this.#engine, execution.slot, execution.labels);
    slab[SLOT] = execution.slot;
    slab[NOW] = now;
    slab[WALL] = wall;
    slab[HEAP] = heap;
    slab[SUCCESS] = result.success ? 1 : 0;
    slab[ITEMS] = result.items;
    slab[OUTPUT_SIZE] = result.outputSize;
    slab[ERRORS] = result.errors;
    this.#hot.completePipeline();
    this.#executions.remove(execution);
    if (execution.stage !== null) this.#ended.completed(execution);
    if (slab[STATUS] !== DONE && slab[STATUS] !== LARGE) {
      this.#warnings.ofFault(slab[STATUS]);
      return undefined;
    }
    return this.#completed(execution);
  }

  /**
   * What the native side answered, as the caller's object, the alerts, the event and a log line.
   *
   * @param {RunningExecution} execution
   */
  #completed(execution) {
    const slab = this.#slab;
    const notifier = this.#notifier;
    const { names } = this.#stages;
    const large = slab[STATUS] === LARGE;
    const numbers = large ? this.#engine.takeLarge() : slab;
    const at = large ? 0 : PIPELINE_AT;
    const cleanupDue = slab[CLEANUP_DUE] !== 0;
    let { handle } = execution;
    let end;
    try {
      end = fillExecution(handle, numbers, at, names, execution.byName);
    } catch {
      // The caller froze what it holds: it gets another object with the same figures.
      this.#diagnostics.count('hostileInputs');
      handle = executionFrom(
        numbers,
        at,
        execution.id,
        names,
        this.#labels.names,
      );
      handle.stages = execution.byName;
      end = executionEnd(numbers, at);
    }
    const { totalDuration, overallThroughput } = handle;
    const analysis = analysisFrom(
      numbers,
      end,
      execution.id,
      /** @type {CompletedExecution} */ (handle).stageBreakdown,
    );
    if (slab[ALERTS] !== 0) this.#raise(execution.id, PIPELINE_TOTAL);
    notifier.dispatch(notifier.names.analysis, analysis);
    if (notifier.printsInfo)
      notifier.info('Pipeline completed:', visible(execution.id), {
        totalDuration,
        stagesExecuted: execution.byName.size,
        overallThroughput,
      });
    if (cleanupDue) this.#cleanUp();
    executionEnded(handle);
    return /** @type {CompletedExecution} */ (handle);
  }

  /**
   * Makes an execution that a caller put in manually a running one, in place of one of the same
   * id. It starts when the caller says, else now.
   *
   * @throws {TypeError} `INVALID_ARG` for what is no object
   *
   * @param {unknown} executionId
   * @param {import('../../types/inputs').RunningExecutionFigures} given
   * @param {unknown} verbosityConfig
   */
  adopt(executionId, given, verbosityConfig) {
    if (typeof given !== 'object' || given === null)
      throw invalidArg('an active execution must be an object', given);
    const slab = this.#slab;
    const executions = this.#executions;
    const id = toId(executionId);
    const read = this.#callerObjects.pipelineContext(given.context);
    const startTime = this.#callerObjects.figure(given.startTime);
    const startMemory = this.#callerObjects.figure(given.startMemory);
    const captures = this.#capturesNow(verbosityConfig);
    const wall = this.#wallNow();
    slab[NOW] = startTime;
    slab[WALL] = wall;
    slab[HEAP] = startMemory;
    writeStart(slab, read);
    this.#hot.startPipeline(id);
    const handle = startedExecution(id, contextOf(read));
    handle.startTime = slab[START];
    handle.startMemory = startMemory === startMemory ? startMemory : 0;
    const replaced = executions.add(
      new RunningExecution(slab[SLOT], id, handle, captures),
    );
    if (slab[EVICTED] !== 0) this.#evict();
    if (replaced === undefined) return;
    executions.abandoned(replaced);
    this.#engine.close(replaced.slot, true);
  }
}

module.exports = { DirectExecutionCalls };
