'use strict';

const { createMetricProducer } = require('./export/metric-producer');
const { createMetricsHandler } = require('./export/metrics-handler');
const { createOtlpExporter } = require('./export/otlp-exporter');
const { estimateJsonSize } = require('./instrumentation/json-size');
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

/**
 * `class Trace extends ActionAwareStructuredTrace(Base) {}`: a trace with metrics over any base
 * class. `x instanceof ActionAwareStructuredTrace` holds for instances of every such class.
 * `new ActionAwareStructuredTrace(options)`, and a class that extends it as it is, have no base.
 *
 * A trace reports to `options.performanceMetrics`, else to the one collector of
 * `options.eventBus`. Without either, or with `enablePerformanceMetrics: false`, it has no metrics.
 *
 * `ActionAwareStructuredTrace.applyTo(HostTrace, { performanceMetrics })` gives a class the same in
 * place, instances made before included; `restore()` of what it returns makes the class what it
 * was. Applied again, it only sets the collector of every instance, if one is given. A trace that
 * was given a collector of its own (assign its `performanceMetrics`) keeps it.
 */
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
  estimateJsonSize,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  serveMetrics,
  withStageMetrics,
};

// So that code compiled from ES modules finds the class, not this object, as the default.
Object.defineProperty(module.exports, '__esModule', { value: true });
