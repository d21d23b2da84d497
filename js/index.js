'use strict';

const { createMetricProducer } = require('./export/metric-producer');
const { createMetricsHandler } = require('./export/metrics-handler');
const { createOtlpExporter } = require('./export/otlp-exporter');
const { installPipelineMetrics } = require('./instrumentation/install');
const { serveMetrics } = require('./page/serve');
const { measurePipeline, measureStage } = require('./instrumentation/measure');
const { PipelinePerformanceMetrics } = require('./collector/metrics');
const { coreOf } = require('./recording/direct-recorder');
const { canonicalStageName } = require('./instrumentation/stage-name');
const {
  BasePipelineStage,
  withStageMetrics,
} = require('./instrumentation/stages');
const { traceClass } = require('./trace/trace-class');
const { executionIdOf, methodsOver } = require('./trace/trace-methods');

/** The mixin for trace classes: see types/trace.d.ts. */
const ActionAwareStructuredTrace = traceClass({
  methodsOver,
  executionIdOf,
  newCollector: (options) => new PipelinePerformanceMetrics(options),
  isOpen: (collector) => !coreOf(collector).closed,
});

module.exports = {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  PipelinePerformanceMetrics,
  canonicalStageName,
  createMetricProducer,
  createMetricsHandler,
  createOtlpExporter,
  default: PipelinePerformanceMetrics,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  serveMetrics,
  withStageMetrics,
};

// So that code compiled from ES modules finds the class, not this object, as the default.
Object.defineProperty(module.exports, '__esModule', { value: true });
