export {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  PipelinePerformanceMetrics,
  PipelinePerformanceMetrics as default,
  canonicalStageName,
  estimateJsonSize,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  withStageMetrics,
} from './index.js';
