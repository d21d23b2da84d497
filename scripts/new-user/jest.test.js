'use strict';

const {
  PipelinePerformanceMetrics,
  measurePipeline,
  measureStage,
} = require('pipeline-performance-metrics');

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
  metrics.dispose();
});

test('measured code is as before, and disposing of its collector releases it', async () => {
  const metrics = new PipelinePerformanceMetrics({
    logger: console,
    eventBus: { dispatch() {} },
    config: { analysisEvents: false },
  });
  for (let run = 0; run < 200; run += 1) {
    const sum = await measurePipeline(metrics, null, async () => {
      const one = measureStage(metrics, 'first', null, () => 1);
      return one + (await measureStage(metrics, 'second', null, async () => 2));
    });
    expect(sum).toBe(3);
  }
  expect(metrics.getStageMetrics('second')).toHaveLength(200);
  metrics.dispose();
});
