'use strict';

// Stages that a caller starts and completes by calls of its own, each of which answers with an
// object. Whatever may run code of the caller's comes before the slab is written.

const { layout } = require('../boundary/native');
const { fillStage, stageFrom, startedStage } = require('../boundary/decoders');
const { readStageContext, readStageResult } = require('./caller-objects');
const { stageEnded } = require('./channels');
const { rowsOf } = require('./custom-labels');
const { idOf, toName } = require('./names');
const { warnOfCompletion, warnOfStart } = require('./warnings');

/**
 * @typedef {import('./core').Core} Core
 * @typedef {import('./runs').Run} Run
 * @typedef {import('../../types/results').Stage} Stage
 * @typedef {import('../../types/results').CompletedStage} CompletedStage
 * @typedef {import('../../types/inputs').StageResult} StageResult
 * @typedef {ReturnType<typeof readStageContext>} ReadContext
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

/**
 * Names the stage that a caller gave as the one around, if it runs; whether it does.
 *
 * @param {Core} core
 * @param {Run} run
 * @param {Stage} stage
 * @param {ReadContext['parent']} parent
 */
function nameParent(core, run, stage, parent) {
  if (parent === null) return;
  try {
    if (run.isRunning(parent)) {
      stage.parent = parent.stageName;
      return;
    }
  } catch {
    // A getter of what is no handle.
  }
  core.hostileInputs += 1;
}

/**
 * Starts a stage; what its caller holds of it, or null where there is no such execution.
 *
 * @param {Core} core
 * @param {unknown} executionId
 * @param {unknown} stageName
 * @param {import('../../types/inputs').StageContext | null | undefined} given
 * @returns {Stage | null}
 */
function startStage(core, executionId, stageName, given) {
  core.journal.replay();
  const run = core.runOf(executionId);
  if (run === undefined) return warnOfStart(core, core.sink, executionId);
  const name = toName(stageName);
  const stageId = core.stages.admit(name);
  const known = core.stages.names[stageId];
  const read = readStageContext(core, given);
  const stage = startedStage(known, run.id, contextOf(read));
  nameParent(core, run, stage, read.parent);
  if (run.captures.environment)
    stage.environmentInfo = read.environmentInfo ?? core.environment();
  if (run.isOver) return warnOfStart(core, core.sink, executionId);
  run.byName.set(known, stage);
  const heap = startWithHeap(core, run, stage, stageId, read);
  if (heap === null) {
    if (run.byName.get(known) === stage) run.byName.delete(known);
    return warnOfStart(core, core.sink, executionId);
  }
  const { slab } = core;
  stage.startMemory = heap === heap ? heap : 0;
  if (slab[STATUS] !== DONE) {
    core.refuses(slab[STATUS], core.sink);
    return null;
  }
  // What ran of the caller's may have ended it.
  if (stage.parent !== undefined && slab[PARENT] < 0) delete stage.parent;
  run.open(stage, name, slab[SPAN]);
  stage.startTime = slab[START];
  if (read.labels !== null)
    run.labels = rowsOf(run.labels, read.labels, stageId, stage.startTime);
  return stage;
}

/**
 * Reads heap and clock and starts the stage: everything is ready, and what follows lies between the
 * readings and the stage itself.
 *
 * @param {Core} core
 * @param {Run} run
 * @param {Stage} stage
 * @param {number} stageId
 * @param {ReadContext} read
 * @returns {number | null} the heap in bytes, NaN where it is not read; null where the execution has
 *   ended
 */
function startWithHeap(core, run, stage, stageId, read) {
  const { slab, probes } = core;
  let heap = probes.startStage(run);
  for (;;) {
    if (run.isOver) return null;
    slab[SLOT] = run.slot;
    slab[STAGE] = stageId;
    slab[HEAP] = heap;
    slab[INPUT_SIZE] = read.inputSize;
    slab[EXPECTED_OUTPUT_SIZE] = read.expectedOutputSize;
    slab[COMPLEXITY] = read.complexityId;
    slab[CONFIGURATION] = read.configurationId;
    slab[PARENT] = stage.parent === undefined ? -1 : run.find(read.parent);
    slab[CAPTURE_USAGE] = run.captures.usage ? 1 : 0;
    core.hot.startStage();
    if (slab[STATUS] !== STALE) return heap;
    // Too long ago to share; reading it may run code that writes over the slab.
    heap = probes.startStageAfresh(run.captures);
  }
}

/**
 * @param {Float64Array} slab
 * @param {number} now
 * @param {number} wall
 * @param {number} heap
 * @param {ReturnType<typeof readStageResult>} result
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
 * Completes a stage; what its caller holds of it, filled, or undefined where none such runs.
 *
 * @param {Core} core
 * @param {unknown} executionId
 * @param {unknown} stage
 * @param {StageResult | null | undefined} given
 * @returns {CompletedStage | undefined}
 */
function completeStage(core, executionId, stage, given) {
  core.journal.replay();
  const run = core.runOf(executionId ?? idOf(stage));
  const span = run === undefined ? -1 : run.find(stage);
  if (run === undefined || span < 0)
    return completeOutside(core, run, executionId ?? idOf(stage), stage, given);
  const { slab, probes } = core;
  probes.end(run);
  const wall = slab[WALL];
  const now = slab[NOW];
  const result = readStageResult(core, given);
  const heap = probes.heapAfterStage(run, now);
  // What ran of the caller's may have ended the execution, or the stage, which is asked below.
  if (run.isOver)
    return warnOfCompletion(core, core.sink, run, executionId, stage);
  slab[SLOT] = run.slot;
  slab[SPAN] = span;
  slab[CAPTURE_USAGE] = run.captures.usage ? 1 : 0;
  writeEnd(slab, now, wall, heap, result);
  core.hot.completeStage();
  if (slab[STATUS] !== DONE) {
    if (core.refuses(slab[STATUS], core.sink)) return undefined;
    return warnOfCompletion(core, core.sink, run, executionId, stage);
  }
  return stageCompleted(
    core,
    run,
    /** @type {Stage} */ (run.close(span, stage)),
  );
}

/**
 * Completes a stage that runs in no execution: one that outlived its own is recorded late.
 *
 * @param {Core} core
 * @param {Run | undefined} run
 * @param {unknown} executionId
 * @param {unknown} stage
 * @param {StageResult | null | undefined} given
 */
function completeOutside(core, run, executionId, stage, given) {
  const outliving = core.ended.takeOutliving(stage);
  return outliving === null
    ? warnOfCompletion(core, core.sink, run, executionId, stage)
    : completeLate(core, outliving, /** @type {Stage} */ (stage), given);
}

/**
 * @param {Core} core
 * @param {NonNullable<ReturnType<Core['ended']['takeOutliving']>>} outliving
 * @param {Stage} stage
 * @param {StageResult | null | undefined} given
 */
function completeLate(core, outliving, stage, given) {
  const { run, name, startTime, startMemory, context } = outliving;
  const { slab, stages, labels, probes } = core;
  probes.end(run);
  const wall = slab[WALL];
  const now = slab[NOW];
  const result = readStageResult(core, given);
  const heap = probes.heapAfterStage(run, now);
  if (core.closed) return undefined;
  const { complexity, configurationHash } = context;
  const stageId = stages.admit(name);
  const complexityId = complexity === 'unknown' ? 0 : labels.admit(complexity);
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
  core.hot.completeLateStage(run.id);
  if (slab[STATUS] !== DONE) {
    core.refuses(slab[STATUS], core.sink);
    return undefined;
  }
  core.stageOutlived(stageId);
  const completed = stageCompleted(core, run, stage);
  completed.late = true;
  return completed;
}

/**
 * What the native side answered, as the caller's object, the alerts, a log line and a message.
 *
 * @param {Core} core
 * @param {Run} run
 * @param {Stage} started
 */
function stageCompleted(core, run, started) {
  const { slab, sink } = core;
  const { names } = core.stages;
  const stageName = names[slab[SPAN_AT + STAGE_OF_SPAN]];
  let stage = started;
  try {
    fillStage(stage, slab, SPAN_AT);
  } catch {
    // The caller froze its handle: it gets another object with the same figures.
    core.hostileInputs += 1;
    stage = stageFrom(slab, SPAN_AT, run.id, names, core.labels.names);
    run.byName.set(stageName, stage);
  }
  if (slab[ALERTS] !== 0) core.raise(run.id, stageName);
  if (sink.printsDebug) {
    const { duration, memoryDelta, throughput } = stage;
    sink.debug('Stage completed:', stageName, {
      duration,
      memoryDelta,
      throughput,
    });
  }
  stageEnded(stage);
  return /** @type {CompletedStage} */ (stage);
}

module.exports = { completeStage, countOf, startStage };
