'use strict';

const { traceClass } = require('../trace/trace-class');
const { QUERIES, captureOver } = require('../trace/trace-members');
const { PipelinePerformanceMetrics } = require('./collector');

function methodsOver(captureInBase) {
  return {
    startPipelineExecution(context) {
      return null;
    },

    startStageExecution(stageName, stageContext) {
      return null;
    },

    completeStageExecution(stageNameOrHandle, stageResult) {
      return undefined;
    },

    completePipelineExecution(pipelineResult) {
      return undefined;
    },

    ...QUERIES,

    captureActionData(category, type, data, ...rest) {
      return captureOver(captureInBase, this, [category, type, data, ...rest]);
    },
  };
}

/** The mixin of a browser: its classes are traces that start and complete nothing. */
const ActionAwareStructuredTrace = traceClass({
  methodsOver,
  executionIdOf: () => undefined,
  newCollector: (options) => new PipelinePerformanceMetrics(options),
});

module.exports = { ActionAwareStructuredTrace };
