'use strict';

const { PipelinePerformanceMetrics } = require('pipeline-performance-metrics');

test('a collector records, in whatever environment', () => {
  const eventBus = { dispatch: jest.fn() };
  const metrics = new PipelinePerformanceMetrics({
    logger: {
      debug: jest.fn(),
      info: jest.fn(),
      warn: jest.fn(),
      error: jest.fn(),
    },
    eventBus,
  });
  metrics.startPipelineExecution('e');
  metrics.startStageExecution('e', 'stage');
  expect(metrics.completeStageExecution('e', 'stage').completed).toBe(true);
  const execution = metrics.completePipelineExecution('e');
  expect(execution.stageBreakdown).toBeInstanceOf(Array);
  expect(execution.stageBreakdown).toHaveLength(1);
  expect(eventBus.dispatch).toHaveBeenCalledTimes(1);
  expect(() => new PipelinePerformanceMetrics({})).toThrow(TypeError);
});
