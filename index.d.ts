/**
 * The public contract. Times are milliseconds with a fraction, memory is bytes, timestamps are
 * ISO 8601 in UTC, unless a field says otherwise.
 */
export * from './types/collector';
export * from './types/export';
export * from './types/findings';
export * from './types/inputs';
export * from './types/insight';
export * from './types/options';
export * from './types/page';
export * from './types/results';
export * from './types/stage';
export * from './types/summary';
export * from './types/trace';
export { PipelinePerformanceMetrics as default } from './types/collector';
