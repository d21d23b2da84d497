'use strict';

const { createMetricsHandler } = require('./export/metrics-handler');
const { estimateJsonSize } = require('./instrumentation/json-size');
const { installPipelineMetrics } = require('./instrumentation/install');
const { measurePipeline, measureStage } = require('./instrumentation/measure');
const { PipelinePerformanceMetrics } = require('./collector/metrics');
const { canonicalStageName } = require('./instrumentation/stage-name');
const {
  BasePipelineStage,
  withStageMetrics,
} = require('./instrumentation/stages');
const { ActionAwareStructuredTrace } = require('./trace/trace');

module.exports = {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  PipelinePerformanceMetrics,
  canonicalStageName,
  createMetricsHandler,
  default: PipelinePerformanceMetrics,
  estimateJsonSize,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  withStageMetrics,
};

// So that code compiled from ES modules finds the class, not this object, as the default.
Object.defineProperty(module.exports, '__esModule', { value: true });
