export * from './index.js';
export { PipelinePerformanceMetrics as default } from './index.js';
