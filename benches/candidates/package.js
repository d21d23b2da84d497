'use strict';

const { STAGES } = require('../driver');

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };
const deafBus = { dispatch() {} };

/**
 * A collector of ours, for measures that look at more than its cost. Without a budget, unless
 * `options` give one: what is measured is to stay what it was.
 */
function createCollector({ config, ...options } = {}) {
  // Here, so that no other candidate's process loads it.
  const { PipelinePerformanceMetrics } = require('../..');
  return new PipelinePerformanceMetrics({
    logger: silentLogger,
    eventBus: deafBus,
    ...options,
    config: { overheadBudget: Infinity, ...config },
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

/** A reporter to a collector of ours that also tells what that says it costs. */
function createReporter(options) {
  const metrics = createCollector(options);
  return {
    ...reportTo(metrics),
    metrics,
    tellOwnCost: () => metrics.getPerformanceSummary().overhead,
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

/** Pipelines after which a budget has dropped all that it may: 64 samples a step, one in 64 each. */
const SETTLED_AFTER = 2.5 * 64 * 64;

/** The package as it comes: it gets its budget when the real bodies begin, and settles in them. */
const withinBudget = {
  ...variant('within-budget', 'this package, in its budget', 'what 1 % allows'),
  bodies: [50, 125],
  garbageOf: 'basic',
  create() {
    const reporter = createReporter();
    return {
      ...reporter,
      settlesAfter: SETTLED_AFTER,
      beginSettling() {
        reporter.metrics.config.overheadBudget = 0.01;
      },
    };
  },
};

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
  withinBudget,
];
module.exports.createCollector = createCollector;
module.exports.reportTo = reportTo;
