'use strict';

// The log lines of normal operation: one per start and end of direct calls, and of measured
// executions at `verbose`. At other levels the latter have one per analysis event. Warnings are in
// `warnings.js`, alerts in `notifier.js`.

const {
  pipelineThroughputOf,
  throughputOf,
} = require('../boundary/decoders/rates');
const { calculate } = require('../boundary/native');
const { visible } = require('../visible-text');

/**
 * @import { Core } from './core'
 * @import { Notifier } from './notifier'
 * @import { WiredExecution } from './wired-execution'
 * @import { WiredStage } from './wired-stage'
 */

/** @param {Notifier} notifier @param {string} id @param {object} details */
function executionStarted(notifier, id, details) {
  notifier.debug('Pipeline execution started:', visible(id), details);
}

/** @param {Core} core @param {number} stageId @param {object} details */
function stageCompleted({ notifier, stages }, stageId, details) {
  notifier.debug('Stage completed:', stages.visible(stageId), details);
}

/** @param {Notifier} notifier @param {string} id @param {object} details */
function executionCompleted(notifier, id, details) {
  notifier.info('Pipeline completed:', visible(id), details);
}

/** @param {WiredExecution} execution @param {number} actionCount @param {string} verbosity */
function measuredExecutionStarted({ core, id }, actionCount, verbosity) {
  core.notifier.askLevels();
  executionStarted(core.notifier, id, { actionCount, verbosity });
}

/**
 * @param {WiredStage} stage
 * @param {number} now
 * @param {number} heap - bytes as the stage ended
 * @param {{ items: number }} counts
 */
function measuredStageCompleted(stage, now, heap, { items }) {
  const duration = Math.max(0, now - stage.start);
  const grown = heap - (stage.heap ?? NaN);
  const figures = [items, stage.inputSize, duration];
  const [rate, bytes] = calculate('throughput', figures);
  stageCompleted(stage.execution.core, stage.stage, {
    duration,
    memoryDelta: grown === grown ? grown : null,
    throughput: throughputOf(rate, bytes),
  });
}

/** @param {WiredExecution} execution @param {number} now @param {{ items: number }} counts */
function measuredExecutionCompleted(execution, now, { items }) {
  const { core, id, start, stages } = execution;
  const totalDuration = Math.max(0, now - start);
  const figures = [items, totalDuration];
  const [rate, perHour] = calculate('pipelineThroughput', figures);
  executionCompleted(core.notifier, id, {
    totalDuration,
    stagesExecuted: stages,
    overallThroughput: pipelineThroughputOf(rate, perHour),
  });
}

module.exports = {
  executionCompleted,
  executionStarted,
  measuredExecutionCompleted,
  measuredExecutionStarted,
  measuredStageCompleted,
  stageCompleted,
};
