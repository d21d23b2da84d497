'use strict';

/** The timer, which holds nothing alive, stopping it, and two collectors side by side. */

const { PipelinePerformanceMetrics } = require('../..');
const {
  newCollector,
  objectBus,
  recordingLogger,
  runPipeline,
  settle,
  until,
} = require('../fixtures/collector');

describe('the periodic work', () => {
  it('touches no global timer', () => {
    const spies = ['setInterval', 'setTimeout'].map((name) =>
      jest.spyOn(globalThis, name),
    );
    const { metrics } = newCollector();
    metrics.stopPerformanceMonitoring();
    metrics.startPerformanceMonitoring();
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  it('cleans up and dispatches what it aggregated, at its interval', async () => {
    const eventBus = objectBus();
    const aggregated = new Promise((resolve) => {
      eventBus.dispatch = (event) => {
        if (event.type === 'PIPELINE_METRICS_AGGREGATED') resolve(event);
      };
    });
    const config = { aggregationInterval: 1, retentionPeriod: 1000 };
    const world = newCollector({ eventBus, config });
    const { metrics, clock } = world;
    metrics.startPipelineExecution('lost');
    clock.advance(900);
    metrics.stageMetrics.set('a', [{ duration: 5, success: true }]);
    clock.advance(200);
    expect((await aggregated).payload.a).toMatchObject({ count: 1 });
    expect(metrics.activeExecutions.size).toBe(0);
  });

  it('stops at the first failure, and reports it once', async () => {
    const config = { aggregationInterval: 1 };
    const { metrics, logger } = newCollector({ config });
    const failure = new Error('full');
    metrics.aggregateMetrics = jest.fn(() => {
      throw failure;
    });
    const other = newCollector({ config });
    const thirdTurn = new Promise((resolve) => {
      let turns = 0;
      other.metrics.aggregateMetrics = () => {
        turns += 1;
        if (turns === 3) resolve();
      };
    });
    await thirdTurn;
    expect(metrics.aggregateMetrics).toHaveBeenCalledTimes(1);
    expect(logger.error.mock.calls).toEqual([
      ['Periodic aggregation stopped after an internal failure', failure],
    ]);
  });

  it('that a subclass made asynchronous and that rejects rejects nothing into the process', async () => {
    const calls = [];
    class Asynchronous extends PipelinePerformanceMetrics {
      async cleanupOldExecutions() {
        throw new Error('clean-up');
      }

      async aggregateMetrics() {
        calls.push('aggregated');
        throw new Error('aggregation');
      }
    }
    const metrics = new Asynchronous({
      logger: recordingLogger(),
      eventBus: objectBus(),
      config: { aggregationInterval: 1 },
    });
    await until(() => calls.length > 1);
    // Which this fails at.
    await settle();
    metrics.dispose();
  });

  it('may be stopped and started any number of times', () => {
    const { metrics } = newCollector();
    expect(() => {
      metrics.stopPerformanceMonitoring();
      metrics.stopPerformanceMonitoring();
      metrics.startPerformanceMonitoring();
      metrics.startPerformanceMonitoring();
      metrics.stopPerformanceMonitoring();
    }).not.toThrow();
  });

  it('stops alone: a collector without it records as before', () => {
    const world = newCollector();
    world.metrics.stopPerformanceMonitoring();
    runPipeline(world, 'e', [['a', 5]]);
    expect(world.metrics.getPipelineMetrics()).toHaveLength(1);
  });
});

describe('two collectors', () => {
  it('share nothing, not even on one bus with one logger', () => {
    const shared = { logger: recordingLogger(), eventBus: objectBus() };
    const [a, b] = [newCollector(shared), newCollector(shared)];
    a.metrics.startPipelineExecution('e');
    expect(b.metrics.startStageExecution('e', 'a')).toBeNull();
    a.metrics.setStageThreshold('x', { maxDuration: 1 });
    expect(b.metrics.alertThresholds.has('x')).toBe(false);
    a.metrics.dispose();
    runPipeline(b, 'e', [['a', 5]]);
    expect(b.metrics.getPipelineMetrics()).toHaveLength(1);
  });
});
