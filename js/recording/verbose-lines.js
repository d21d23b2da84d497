'use strict';

const { pipelineThroughputOf, throughputOf } = require('../boundary/decoders');
const { calculate } = require('../boundary/native');
const { visible } = require('../visible-text');

/**
 * @typedef {import('./wired-execution').WiredExecution} WiredExecution
 * @typedef {import('./wired-stage').WiredStage} WiredStage
 */

// The lines that measured executions write at `verbose`: one for each start and each end, like
// direct calls. At any other level the analysis events have the only ones.

/**
 * @param {WiredExecution} execution
 * @param {number} actionCount
 * @param {string} verbosity
 */
function executionStarted({ core, id }, actionCount, verbosity) {
  core.notifier.askLevels();
  core.notifier.debug('Pipeline execution started:', visible(id), {
    actionCount,
    verbosity,
  });
}

/**
 * @param {WiredStage} stage
 * @param {number} now
 * @param {number} heap - bytes as the stage ended
 * @param {{ items: number }} counts
 */
function stageCompleted(stage, now, heap, { items }) {
  const { core } = stage.execution;
  const duration = Math.max(0, now - stage.start);
  const grown = heap - (stage.heap ?? NaN);
  const [rate, bytes] = calculate('throughput', [
    items,
    stage.inputSize,
    duration,
  ]);
  core.notifier.debug('Stage completed:', core.stages.visible(stage.stage), {
    duration,
    memoryDelta: grown === grown ? grown : null,
    throughput: throughputOf(rate, bytes),
  });
}

/**
 * @param {WiredExecution} execution
 * @param {number} now
 * @param {{ items: number }} counts
 */
function executionCompleted({ core, id, start, stages }, now, { items }) {
  const totalDuration = Math.max(0, now - start);
  const [rate, perHour] = calculate('pipelineThroughput', [
    items,
    totalDuration,
  ]);
  core.notifier.info('Pipeline completed:', visible(id), {
    totalDuration,
    stagesExecuted: stages,
    overallThroughput: pipelineThroughputOf(rate, perHour),
  });
}

module.exports = { executionCompleted, executionStarted, stageCompleted };
