'use strict';

const { STAGES } = require('../driver');

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };
const deafBus = { dispatch() {} };

/** A collector of ours, for measures that look at more than its cost. */
function createCollector(options) {
  // Here, so that no other candidate's process loads it.
  const { PipelinePerformanceMetrics } = require('../..');
  return new PipelinePerformanceMetrics({
    logger: silentLogger,
    eventBus: deafBus,
    ...options,
  });
}

/** The work item's calls to a collector, whose stages are named by `names`. */
function reportTo(metrics, names = STAGES) {
  return {
    startPipeline(executionId) {
      metrics.startPipelineExecution(executionId, { actionCount: 20 });
      return executionId;
    },
    startStage(executionId, stage, inputSize) {
      return metrics.startStageExecution(executionId, names[stage], {
        inputSize,
      });
    },
    completeStage(
      executionId,
      stage,
      handle,
      outputSize,
      items,
      errors,
      warnings,
    ) {
      return metrics.completeStageExecution(executionId, names[stage], {
        success: true,
        outputSize,
        itemsProcessed: items,
        errorCount: errors,
        warningCount: warnings,
      });
    },
    completePipeline(executionId, items, outputSize, errors) {
      metrics.completePipelineExecution(executionId, {
        success: true,
        totalItemsProcessed: items,
        finalOutputSize: outputSize,
        totalErrors: errors,
      });
    },
  };
}

/** A reporter to a collector of ours that also reports what the collector says it costs. */
function createReporter(options) {
  const metrics = createCollector(options);
  return {
    ...reportTo(metrics),
    metrics,
    reportOwnCost: () => metrics.getPerformanceSummary().overhead,
  };
}

const variant = (name, label, captures, options) => ({
  name,
  label,
  captures,
  ours: true,
  options,
  create: () => createReporter(options),
});

module.exports = [
  variant('minimal', 'this package, minimal', 'all but heap', {
    verbosityConfig: 'minimal',
  }),
  variant('basic', 'this package, basic', 'all', { verbosityConfig: 'basic' }),
  variant('exact', 'this package, every heap reading', 'all', {
    config: { memorySampling: 'exact' },
  }),
  variant('detailed', 'this package, detailed', 'all, CPU, I/O', {
    verbosityConfig: 'detailed',
  }),
  variant('verbose', 'this package, verbose', 'all, CPU, I/O, host', {
    verbosityConfig: 'verbose',
  }),
  variant('no-heap', 'this package, no heap', 'all but heap', {
    memorySampler: false,
  }),
];
module.exports.createCollector = createCollector;
module.exports.reportTo = reportTo;
