export {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  PipelinePerformanceMetrics,
  PipelinePerformanceMetrics as default,
  canonicalStageName,
  createMetricsHandler,
  estimateJsonSize,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  withStageMetrics,
} from './index.js';
