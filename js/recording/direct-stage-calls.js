'use strict';

// Stages that a caller starts and completes by calls of its own, each of which answers with an
// object. Whatever may run code of the caller's comes before the slab is written.

const os = require('node:os');
const { layout } = require('../boundary/native');
const { fillStage, stageFrom, startedStage } = require('../boundary/decoders');
const { stageEnded } = require('./channels');
const { idOf, toName } = require('./names');

/**
 * @typedef {import('./ended').Ended} Ended
 * @typedef {import('./running-executions').RunningExecution} RunningExecution
 * @typedef {import('../../types/results').Stage} Stage
 * @typedef {import('../../types/results').CompletedStage} CompletedStage
 * @typedef {import('../../types/inputs').StageResult} StageResult
 * @typedef {import('./caller-objects').StageContextRead} ReadContext
 */

// As constants of this module, so that the compiler folds them into the accesses.
const {
  SLOT,
  SPAN,
  STAGE,
  NOW,
  WALL,
  HEAP,
  CAPTURE_USAGE,
  INPUT_SIZE,
  EXPECTED_OUTPUT_SIZE,
  COMPLEXITY,
  CONFIGURATION,
  PARENT,
  SUCCESS,
  OUTPUT_SIZE,
  ITEMS,
  ERRORS,
  WARNINGS,
  RETRIES,
  BYTES,
  STATUS,
  START,
  ALERTS,
  HEAP_AT,
} = layout.slab;
const { STAGE: STAGE_OF_SPAN } = layout.span;
const { SPAN_AT } = layout.at;
const PARALLELISM = os.availableParallelism();
const { DONE, STALE } = layout.status;

/**
 * The count a caller sees: the native side reads what cannot be one as 0.
 *
 * @param {number} value
 */
const countOf = (value) => (value >= 0 && value < Infinity ? value : 0);

/**
 * What a started stage shows of its context.
 *
 * @param {ReadContext} read
 * @returns {Stage['context']}
 */
function contextOf(read) {
  /** @type {Stage['context']} */
  const context = {
    inputSize: countOf(read.inputSize),
    expectedOutputSize: countOf(read.expectedOutputSize),
    complexity: read.complexity,
  };
  if (read.configurationHash !== undefined)
    context.configurationHash = read.configurationHash;
  return context;
}

/** What the process runs on, at a verbosity that wants it with each stage. */
const environment = () => ({
  node: process.version,
  platform: process.platform,
  arch: process.arch,
  parallelism: PARALLELISM,
});

/**
 * @param {Float64Array} slab
 * @param {number} now
 * @param {number} wall
 * @param {number} heap
 * @param {import('./caller-objects').StageResultRead} result
 */
function writeEnd(slab, now, wall, heap, result) {
  slab[NOW] = now;
  slab[WALL] = wall;
  slab[HEAP] = heap;
  slab[SUCCESS] = result.success ? 1 : 0;
  slab[OUTPUT_SIZE] = result.outputSize;
  slab[ITEMS] = result.items;
  slab[ERRORS] = result.errors;
  slab[WARNINGS] = result.warnings;
  slab[RETRIES] = result.retries;
  slab[BYTES] = result.bytes;
}

/** Starts and completes stages for direct calls. */
class DirectStageCalls {
  #journal;
  #executions;
  #warnings;
  #stages;
  #callerObjects;
  #slab;
  #diagnostics;
  #probes;
  #hot;
  #ended;
  #labels;
  #notifier;
  #raise;

  /** @param {import('./core').DirectParts} parts */
  constructor(parts) {
    this.#journal = parts.journal;
    this.#executions = parts.executions;
    this.#warnings = parts.warnings;
    this.#stages = parts.stages;
    this.#callerObjects = parts.callerObjects;
    this.#slab = parts.slab;
    this.#diagnostics = parts.diagnostics;
    this.#probes = parts.probes;
    this.#hot = parts.hot;
    this.#ended = parts.ended;
    this.#labels = parts.labels;
    this.#notifier = parts.notifier;
    this.#raise = parts.raise;
  }

  /**
   * Starts a stage; what its caller holds of it, or null where there is no such execution.
   *
   * @param {unknown} executionId
   * @param {unknown} stageName
   * @param {import('../../types/inputs').StageContext | null | undefined} given
   * @returns {Stage | null}
   */
  start(executionId, stageName, given) {
    if (this.#journal.at > 0) this.#journal.replay();
    const execution = this.#executions.find(executionId);
    if (execution === undefined) return this.#warnings.ofStart(executionId);
    const name = toName(stageName);
    const stageId = this.#stages.admit(name);
    const known = this.#stages.names[stageId];
    const read = this.#callerObjects.stageContext(given);
    const stage = startedStage(known, execution.id, contextOf(read));
    this.#nameParent(execution, stage, read.parent);
    if (execution.captures.environment)
      stage.environmentInfo = read.environmentInfo ?? environment();
    if (execution.isOver) return this.#warnings.ofStart(executionId);
    execution.byName.set(known, stage);
    const heap = this.#startWithHeap(execution, stage, stageId, read);
    if (heap === null) {
      if (execution.byName.get(known) === stage) execution.byName.delete(known);
      return this.#warnings.ofStart(executionId);
    }
    const slab = this.#slab;
    stage.startMemory = heap === heap ? heap : 0;
    if (slab[STATUS] !== DONE) {
      this.#warnings.ofFault(slab[STATUS]);
      return null;
    }
    // What ran of the caller's may have ended it.
    if (stage.parent !== undefined && slab[PARENT] < 0) delete stage.parent;
    execution.open(stage, name, slab[SPAN]);
    stage.startTime = slab[START];
    if (read.labels !== null)
      execution.addLabels(read.labels, stageId, stage.startTime);
    return stage;
  }

  /**
   * Names the stage that a caller gave as the one around, if it runs; whether it does.
   *
   * @param {RunningExecution} execution
   * @param {Stage} stage
   * @param {ReadContext['parent']} parent
   */
  #nameParent(execution, stage, parent) {
    if (parent === null) return;
    try {
      if (execution.isRunning(parent)) {
        stage.parent = parent.stageName;
        return;
      }
    } catch {
      // A getter of what is no handle.
    }
    this.#diagnostics.count('hostileInputs');
  }

  /**
   * Reads heap and clock and starts the stage: everything is ready, and what follows lies between the
   * readings and the stage itself.
   *
   * @param {RunningExecution} execution
   * @param {Stage} stage
   * @param {number} stageId
   * @param {ReadContext} read
   * @returns {number | null} the heap in bytes, NaN where it is not read; null where the execution has
   *   ended
   */
  #startWithHeap(execution, stage, stageId, read) {
    const slab = this.#slab;
    const probes = this.#probes;
    let heap = probes.startStage(execution);
    for (;;) {
      if (execution.isOver) return null;
      slab[SLOT] = execution.slot;
      slab[STAGE] = stageId;
      slab[HEAP] = heap;
      slab[INPUT_SIZE] = read.inputSize;
      slab[EXPECTED_OUTPUT_SIZE] = read.expectedOutputSize;
      slab[COMPLEXITY] = read.complexityId;
      slab[CONFIGURATION] = read.configurationId;
      slab[PARENT] =
        stage.parent === undefined ? -1 : execution.find(read.parent);
      slab[CAPTURE_USAGE] = execution.captures.usage ? 1 : 0;
      this.#hot.startStage();
      if (slab[STATUS] !== STALE) return heap;
      // Too long ago to share; reading it may run code that writes over the slab.
      heap = probes.startStageAfresh(execution.captures);
    }
  }

  /**
   * Completes a stage; what its caller holds of it, filled, or undefined where none such runs.
   *
   * @param {unknown} executionId
   * @param {unknown} stage
   * @param {StageResult | null | undefined} given
   * @returns {CompletedStage | undefined}
   */
  complete(executionId, stage, given) {
    if (this.#journal.at > 0) this.#journal.replay();
    const execution = this.#executions.find(executionId ?? idOf(stage));
    const span = execution === undefined ? -1 : execution.find(stage);
    if (execution === undefined || span < 0)
      return this.#completeOutside(
        execution,
        executionId ?? idOf(stage),
        stage,
        given,
      );
    const slab = this.#slab;
    const probes = this.#probes;
    probes.end(execution);
    const wall = slab[WALL];
    const now = slab[NOW];
    const result = this.#callerObjects.stageResult(given);
    const heap = probes.heapAfterStage(execution, now);
    // What ran of the caller's may have ended the execution, or the stage, which is asked below.
    if (execution.isOver)
      return this.#warnings.ofCompletion(execution, executionId, stage);
    slab[SLOT] = execution.slot;
    slab[SPAN] = span;
    slab[CAPTURE_USAGE] = execution.captures.usage ? 1 : 0;
    writeEnd(slab, now, wall, heap, result);
    this.#hot.completeStage();
    if (slab[STATUS] !== DONE) {
      if (this.#warnings.ofFault(slab[STATUS])) return undefined;
      return this.#warnings.ofCompletion(execution, executionId, stage);
    }
    return this.#completed(
      execution,
      /** @type {Stage} */ (execution.close(span, stage)),
    );
  }

  /**
   * Completes a stage that runs in no execution: one that outlived its own is recorded late.
   *
   * @param {RunningExecution | undefined} execution
   * @param {unknown} executionId
   * @param {unknown} stage
   * @param {StageResult | null | undefined} given
   */
  #completeOutside(execution, executionId, stage, given) {
    const outliving = this.#ended.takeOutliving(stage);
    return outliving === null
      ? this.#warnings.ofCompletion(execution, executionId, stage)
      : this.#completeLate(outliving, /** @type {Stage} */ (stage), given);
  }

  /**
   * @param {NonNullable<ReturnType<Ended['takeOutliving']>>} outliving
   * @param {Stage} stage
   * @param {StageResult | null | undefined} given
   */
  #completeLate(outliving, stage, given) {
    const { execution, name, startTime, startMemory, context } = outliving;
    const slab = this.#slab;
    const stages = this.#stages;
    const labels = this.#labels;
    const probes = this.#probes;
    probes.end(execution);
    const wall = slab[WALL];
    const now = slab[NOW];
    const result = this.#callerObjects.stageResult(given);
    const heap = probes.heapAfterStage(execution, now);
    if (this.#notifier.isClosed) return undefined;
    const { complexity, configurationHash } = context;
    const stageId = stages.admit(name);
    const complexityId =
      complexity === 'unknown' ? 0 : labels.admit(complexity);
    const configurationId =
      configurationHash === undefined ? 0 : labels.admit(configurationHash);
    slab[START] = startTime;
    // A heap of 0 bytes is one that was not read.
    slab[HEAP_AT] =
      /** @type {number} */ (startMemory) > 0
        ? /** @type {number} */ (startMemory)
        : NaN;
    slab[STAGE] = stageId;
    slab[INPUT_SIZE] = context.inputSize;
    slab[EXPECTED_OUTPUT_SIZE] = context.expectedOutputSize;
    slab[COMPLEXITY] = complexityId;
    slab[CONFIGURATION] = configurationId;
    slab[CAPTURE_USAGE] = 0;
    writeEnd(slab, now, wall, heap, result);
    this.#hot.completeLateStage(execution.id);
    if (slab[STATUS] !== DONE) {
      this.#warnings.ofFault(slab[STATUS]);
      return undefined;
    }
    this.#warnings.ofLateStage(stages.names[stageId]);
    const completed = this.#completed(execution, stage);
    completed.late = true;
    return completed;
  }

  /**
   * What the native side answered, as the caller's object, the alerts, a log line and a message.
   *
   * @param {RunningExecution} execution
   * @param {Stage} started
   */
  #completed(execution, started) {
    const slab = this.#slab;
    const notifier = this.#notifier;
    const { names } = this.#stages;
    const stageId = slab[SPAN_AT + STAGE_OF_SPAN];
    const stageName = names[stageId];
    let stage = started;
    try {
      fillStage(stage, slab, SPAN_AT);
    } catch {
      // The caller froze its handle: it gets another object with the same figures.
      this.#diagnostics.count('hostileInputs');
      stage = stageFrom(slab, SPAN_AT, execution.id, names, this.#labels.names);
      execution.byName.set(stageName, stage);
    }
    if (slab[ALERTS] !== 0) this.#raise(execution.id, stageName);
    if (notifier.printsDebug) {
      const { duration, memoryDelta, throughput } = stage;
      notifier.debug('Stage completed:', this.#stages.visible(stageId), {
        duration,
        memoryDelta,
        throughput,
      });
    }
    stageEnded(stage);
    return /** @type {CompletedStage} */ (stage);
  }
}

module.exports = { DirectStageCalls, countOf };
