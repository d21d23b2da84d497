'use strict';

const { estimateJsonSize } = require('./estimate');
const { installPipelineMetrics } = require('./install');
const { measurePipeline, measureStage } = require('./measure');
const { PipelinePerformanceMetrics } = require('./metrics');
const { canonicalStageName } = require('./names');
const { BasePipelineStage, withStageMetrics } = require('./stage');
const { ActionAwareStructuredTrace } = require('./trace');

module.exports = {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  PipelinePerformanceMetrics,
  canonicalStageName,
  default: PipelinePerformanceMetrics,
  estimateJsonSize,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  withStageMetrics,
};

// So that code compiled from ES modules finds the class, not this object, as the default.
Object.defineProperty(module.exports, '__esModule', { value: true });
