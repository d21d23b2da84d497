'use strict';

const { traceClass } = require('../trace/trace-class');
const { QUERIES, captureOver } = require('../trace/trace-members');
const { PipelinePerformanceMetrics } = require('./collector');

/** @import { TraceMetrics } from '../../types/trace' */

/** @param {Function | undefined} captureInBase */
const methodsOver = (captureInBase) => ({
  /** @type {TraceMetrics['startPipelineExecution']} */
  startPipelineExecution: (context) => null,
  /** @type {TraceMetrics['startStageExecution']} */
  startStageExecution: (stageName, stageContext) => null,
  /** @type {(stage: unknown, stageResult?: unknown) => undefined} */
  completeStageExecution: (stage, stageResult) => undefined,
  /** @type {TraceMetrics['completePipelineExecution']} */
  completePipelineExecution: (pipelineResult) => undefined,
  ...QUERIES,

  /** @param {string} category @param {string} type @param {object} data @param {unknown[]} rest */
  captureActionData(category, type, data, ...rest) {
    return captureOver(captureInBase, this, [category, type, data, ...rest]);
  },
});

/** The mixin in a browser: its traces start and complete nothing. */
const ActionAwareStructuredTrace = traceClass({
  methodsOver,
  executionIdOf: () => undefined,
  newCollector: (options) => new PipelinePerformanceMetrics(options),
  isOpen: () => true,
});

module.exports = { ActionAwareStructuredTrace };
