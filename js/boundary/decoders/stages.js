'use strict';

const { layout } = require('../native');
const { isoTime } = require('../iso-time');
const { efficiencyOf, throughputOf, utilizationOf } = require('./rates');

/**
 * @import { CompletedStage, RecordedLabels, Stage, StageEntry } from '../../../types/results'
 * @typedef {ArrayLike<number>} Row - numbers, among which a row begins `at` some place
 * @typedef {Map<number, RecordedLabels> | null | undefined} LabelsAt -
 *   custom labels, by where the row starts that has them
 * @typedef {{ stages: { names: string[] }, labels: { names: string[] } }} Texts - of stages and
 *   labels, by number
 */

const S = layout.span;

/** @type {(n: Row, at: number) => ReturnType<typeof throughputOf>} */
const spanThroughput = (n, at) =>
  throughputOf(n[at + S.ITEMS_PER_SECOND], n[at + S.BYTES_PER_SECOND]);

/** @type {(n: Row, at: number) => ReturnType<typeof efficiencyOf>} */
const spanEfficiency = (n, at) =>
  efficiencyOf(
    n[at + S.EFFICIENCY],
    n[at + S.THROUGHPUT_SCORE],
    n[at + S.MEMORY_EFFICIENCY],
  );

/** @type {(n: Row, at: number) => ReturnType<typeof utilizationOf>} */
const spanUtilization = (n, at) =>
  utilizationOf(
    n[at + S.MEMORY_USED],
    n[at + S.DURATION],
    n[at + S.IO_EFFICIENCY],
  );

/**
 * A stage that has just started; the fields that completion sets are undefined.
 * @param {string} stageName
 * @param {string} executionId
 * @param {Stage['context']} context
 * @returns {Stage}
 */
function startedStage(stageName, executionId, context) {
  return {
    stageName,
    executionId,
    startTime: 0,
    startMemory: 0,
    context,
    completed: false,
    endTime: undefined,
    endMemory: undefined,
    duration: undefined,
    memoryDelta: undefined,
    result: undefined,
    throughput: undefined,
    efficiency: undefined,
    resourceUtilization: undefined,
    timestamp: undefined,
  };
}

/** @param {Stage} stage @param {Row} n @param {number} at */
function fillStage(stage, n, at) {
  stage.completed = true;
  stage.endTime = n[at + S.END];
  stage.endMemory = n[at + S.END_MEMORY];
  stage.duration = n[at + S.DURATION];
  stage.memoryDelta = n[at + S.MEMORY_DELTA];
  stage.result = {
    success: n[at + S.SUCCESS] !== 0,
    outputSize: n[at + S.OUTPUT_SIZE],
    itemsProcessed: n[at + S.ITEMS],
    errorCount: n[at + S.ERRORS],
    warningCount: n[at + S.WARNINGS],
    retryCount: n[at + S.RETRIES],
  };
  stage.throughput = spanThroughput(n, at);
  stage.efficiency = spanEfficiency(n, at);
  stage.resourceUtilization = spanUtilization(n, at);
  stage.timestamp = isoTime(n[at + S.WALL]);
  fillCaptured(stage, n, at);
  return /** @type {CompletedStage} */ (stage);
}

/** @param {CompletedStage | StageEntry} target - whose heap was not read */
function forgetMemory(target) {
  target.memoryDelta = null;
  target.efficiency.memoryEfficiency = null;
  target.resourceUtilization.memoryUtilization = null;
}

/** @param {number | null} figure */
const isUnread = (figure) => figure !== figure;

/** @param {Stage | StageEntry} target @param {Row} n @param {number} at */
function fillCaptured(target, n, at) {
  const cpu = n[at + S.CPU];
  if (cpu === cpu) {
    target.cpuTime = cpu;
    target.ioOperations = n[at + S.IO];
  }
  const bytes = n[at + S.BYTES];
  if (bytes === bytes) target.bytesProcessed = bytes;
}

/**
 * @param {Row} n
 * @param {number} at
 * @param {string} executionId
 * @param {Texts} texts
 * @param {LabelsAt} [own]
 * @param {string} [parent] - the stage that it ran inside of
 */
function stageFrom(n, at, executionId, texts, own, parent) {
  const { stages, labels } = texts;
  /** @type {Stage['context']} */
  const context = {
    inputSize: n[at + S.INPUT_SIZE],
    expectedOutputSize: n[at + S.EXPECTED_OUTPUT_SIZE],
    complexity: labels.names[n[at + S.COMPLEXITY]],
  };
  const configuration = n[at + S.CONFIGURATION];
  if (configuration !== 0)
    context.configurationHash = labels.names[configuration];
  const given = own?.get(at);
  if (given !== undefined) context.labels = given;
  const stageName = stages.names[n[at + S.STAGE]];
  const stage = startedStage(stageName, executionId, context);
  if (parent !== undefined) stage.parent = parent;
  stage.startTime = n[at + S.START];
  stage.startMemory = n[at + S.START_MEMORY];
  const completed =
    n[at + S.COMPLETED] === 0 ? undefined : fillStage(stage, n, at);
  if (isUnread(stage.startMemory)) {
    stage.startMemory = null;
    if (completed !== undefined) {
      completed.endMemory = null;
      forgetMemory(completed);
    }
  }
  return stage;
}

/**
 * @param {Row} n
 * @param {number} at
 * @param {string | null} executionId
 * @param {string[]} labels - by number
 * @param {LabelsAt} [own]
 */
function entryFrom(n, at, executionId, labels, own) {
  /** @type {StageEntry} */
  const entry = {
    timestamp: isoTime(n[at + S.WALL]),
    executionId,
    duration: n[at + S.DURATION],
    memoryDelta: n[at + S.MEMORY_DELTA],
    throughput: spanThroughput(n, at),
    efficiency: spanEfficiency(n, at),
    resourceUtilization: spanUtilization(n, at),
    success: n[at + S.SUCCESS] !== 0,
    errorCount: n[at + S.ERRORS],
    warningCount: n[at + S.WARNINGS],
    retryCount: n[at + S.RETRIES],
    itemsProcessed: n[at + S.ITEMS],
    inputSize: n[at + S.INPUT_SIZE],
    outputSize: n[at + S.OUTPUT_SIZE],
    complexity: labels[n[at + S.COMPLEXITY]],
  };
  const configuration = n[at + S.CONFIGURATION];
  if (configuration !== 0) entry.configurationHash = labels[configuration];
  const given = own?.get(at);
  if (given !== undefined) entry.context = { labels: given };
  if (isUnread(entry.memoryDelta)) forgetMemory(entry);
  if (n[at + S.LATE] !== 0) entry.late = true;
  fillCaptured(entry, n, at);
  return entry;
}

module.exports = { entryFrom, fillStage, isUnread, stageFrom, startedStage };
