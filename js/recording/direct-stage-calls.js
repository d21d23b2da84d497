'use strict';

// Stages that a caller starts and completes directly; each call returns an object. Anything that
// may run a caller's code comes before the slab is written.

const os = require('node:os');
const { layout } = require('../boundary/native');
const {
  fillStage,
  stageFrom,
  startedStage,
} = require('../boundary/decoders/stages');
const channels = require('./channels');
const { executionOf } = require('./joined-executions');
const { stageCompleted } = require('./log-lines');
const { idOf, toName } = require('./names');

/**
 * @import { StageContext, StageResult } from '../../types/inputs'
 * @import { CompletedStage, Stage } from '../../types/results'
 * @import { StageContextRead as ReadContext, StageResultRead } from './caller-objects'
 * @import { Core } from './core'
 * @import { Ended } from './ended-executions'
 * @import { RunningExecution } from './running-executions'
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

/** @param {number} value @returns what a caller sees: 0 for what is no count */
const countOf = (value) => (value >= 0 && value < Infinity ? value : 0);

/** @param {ReadContext} read @returns {Stage['context']} */
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

/** The platform of the process, at a verbosity that includes it with each stage. */
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
 * @param {StageResultRead} result
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

/**
 * @param {Core} core
 * @param {unknown} executionId
 * @param {unknown} stageName
 * @param {StageContext | null | undefined} given
 * @returns {Stage | null}
 */
function startStage(core, executionId, stageName, given) {
  if (core.journal.at > 0) core.journal.replay();
  const execution = executionOf(core, executionId);
  if (execution === undefined) return core.warnings.ofStart(executionId);
  const name = toName(stageName);
  const stageId = core.stages.admit(name);
  const known = core.stages.names[stageId];
  const read = core.callerObjects.stageContext(given);
  const stage = startedStage(known, execution.id, contextOf(read));
  nameParent(core, execution, stage, read.parent);
  if (execution.captures.environment)
    stage.environmentInfo = read.environmentInfo ?? environment();
  if (execution.isOver) return core.warnings.ofStart(executionId);
  execution.byName.set(known, stage);
  const heap = startWithHeap(core, execution, stage, stageId, read);
  if (heap === null) {
    if (execution.byName.get(known) === stage) execution.byName.delete(known);
    return core.warnings.ofStart(executionId);
  }
  const { slab } = core;
  stage.startMemory = heap === heap ? heap : 0;
  if (slab[STATUS] !== DONE) {
    core.warnings.ofFault(slab[STATUS]);
    return null;
  }
  // The caller's code that just ran may have ended it.
  if (stage.parent !== undefined && slab[PARENT] < 0) delete stage.parent;
  execution.open(stage, name, slab[SPAN]);
  stage.startTime = slab[START];
  if (read.labels !== null)
    execution.addLabels(read.labels, stageId, stage.startTime);
  return stage;
}

/**
 * @param {Core} core
 * @param {RunningExecution} execution
 * @param {Stage} stage
 * @param {ReadContext['parent']} parent
 */
function nameParent(core, execution, stage, parent) {
  if (parent === null) return;
  try {
    if (execution.isRunning(parent)) {
      stage.parent = parent.stageName;
      return;
    }
  } catch {
    // A getter of an object that is no handle.
  }
  core.diagnostics.count('hostileInputs');
}

/**
 * Reads heap and clock and starts the stage. Everything else is ready: only this lies between the
 * readings and the stage.
 * @param {Core} core
 * @param {RunningExecution} execution
 * @param {Stage} stage
 * @param {number} stageId
 * @param {ReadContext} read
 * @returns {number | null} the heap in bytes, NaN where it is not read; null where the execution has
 *   ended
 */
function startWithHeap(core, execution, stage, stageId, read) {
  const { slab, probes } = core;
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
    core.hot.startStage();
    if (slab[STATUS] !== STALE) return heap;
    // Too old to share; reading the heap may run code that overwrites the slab.
    heap = probes.startStageAfresh(execution.captures);
  }
}

/**
 * @param {Core} core
 * @param {unknown} executionId
 * @param {unknown} stage
 * @param {StageResult | null | undefined} given
 * @returns {CompletedStage | undefined}
 */
function completeStage(core, executionId, stage, given) {
  if (core.journal.at > 0) core.journal.replay();
  const execution = executionOf(core, executionId ?? idOf(stage));
  const span = execution === undefined ? -1 : execution.find(stage);
  if (execution === undefined || span < 0)
    return completeOutside(
      core,
      execution,
      executionId ?? idOf(stage),
      stage,
      given,
    );
  const { slab, probes } = core;
  probes.end(execution);
  const wall = slab[WALL];
  const now = slab[NOW];
  const result = core.callerObjects.stageResult(given);
  const heap = probes.heapAfterStage(execution, now);
  // The caller's code that just ran may have ended the execution, or the stage, which is checked below.
  if (execution.isOver)
    return core.warnings.ofCompletion(execution, executionId, stage);
  slab[SLOT] = execution.slot;
  slab[SPAN] = span;
  slab[CAPTURE_USAGE] = execution.captures.usage ? 1 : 0;
  writeEnd(slab, now, wall, heap, result);
  core.hot.completeStage();
  if (slab[STATUS] !== DONE) {
    if (core.warnings.ofFault(slab[STATUS])) return undefined;
    return core.warnings.ofCompletion(execution, executionId, stage);
  }
  return completed(
    core,
    execution,
    /** @type {Stage} */ (execution.close(span, stage)),
  );
}

/**
 * Completes a stage whose execution no longer runs: it is recorded as late.
 * @param {Core} core
 * @param {RunningExecution | undefined} execution
 * @param {unknown} executionId
 * @param {unknown} stage
 * @param {StageResult | null | undefined} given
 */
function completeOutside(core, execution, executionId, stage, given) {
  const outliving = core.ended.takeOutliving(stage);
  return outliving === null
    ? core.warnings.ofCompletion(execution, executionId, stage)
    : completeLate(core, outliving, /** @type {Stage} */ (stage), given);
}

/**
 * @param {Core} core
 * @param {NonNullable<ReturnType<Ended['takeOutliving']>>} outliving
 * @param {Stage} stage
 * @param {StageResult | null | undefined} given
 */
function completeLate(core, outliving, stage, given) {
  const { execution, name, startTime, startMemory, context } = outliving;
  const { slab, stages, labels, probes } = core;
  probes.end(execution);
  const wall = slab[WALL];
  const now = slab[NOW];
  const result = core.callerObjects.stageResult(given);
  const heap = probes.heapAfterStage(execution, now);
  if (core.notifier.isClosed) return undefined;
  const { complexity, configurationHash } = context;
  // It was counted as it started.
  const stageId = stages.admit(name, 0);
  const complexityId = complexity === 'unknown' ? 0 : labels.admit(complexity);
  const configurationId =
    configurationHash === undefined ? 0 : labels.admit(configurationHash);
  slab[START] = startTime;
  // A heap of 0 bytes was not read.
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
  core.hot.completeLateStage(execution.id);
  if (slab[STATUS] !== DONE) {
    core.warnings.ofFault(slab[STATUS]);
    return undefined;
  }
  core.warnings.ofLateStage(stages.names[stageId]);
  return Object.assign(completed(core, execution, stage), { late: true });
}

/** @param {Core} core @param {RunningExecution} execution @param {Stage} started */
function completed(core, execution, started) {
  const { slab, notifier } = core;
  const { names } = core.stages;
  const stageId = slab[SPAN_AT + STAGE_OF_SPAN];
  const stageName = names[stageId];
  let stage = started;
  try {
    fillStage(stage, slab, SPAN_AT);
  } catch {
    // The caller froze its handle: it gets another object with the same figures.
    core.diagnostics.count('hostileInputs');
    stage = stageFrom(slab, SPAN_AT, execution.id, core);
    execution.byName.set(stageName, stage);
  }
  if (slab[ALERTS] !== 0)
    notifier.raise(stageName, core.alertsInSlab(execution.id));
  if (notifier.printsDebug) {
    const { duration, memoryDelta, throughput } = stage;
    stageCompleted(core, stageId, { duration, memoryDelta, throughput });
  }
  // A running measured execution delivers its stages when it ends.
  if (execution.isOver || core.executions.get(execution.id) === execution)
    channels.stages.publish(stage);
  return /** @type {CompletedStage} */ (stage);
}

module.exports = { completeStage, countOf, startStage };
