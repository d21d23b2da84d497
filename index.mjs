import api from './index.js';

export const {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  PipelinePerformanceMetrics,
  canonicalStageName,
  estimateJsonSize,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  withStageMetrics,
} = api;

export default PipelinePerformanceMetrics;
