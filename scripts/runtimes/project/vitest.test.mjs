import { expect, test } from 'vitest';
import {
  PipelinePerformanceMetrics,
  measureStage,
} from 'pipeline-performance-metrics';

test('a stage is recorded', () => {
  const metrics = new PipelinePerformanceMetrics({
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
    eventBus: { dispatch() {} },
  });
  measureStage(metrics, 'parse', null, () => 1);
  expect(metrics.getPerformanceSummary().stages).toHaveProperty('parse');
});
