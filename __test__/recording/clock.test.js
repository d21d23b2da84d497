'use strict';

/** The two things a test may hand in, clock and heap, and what they are without it. */

const { PipelinePerformanceMetrics, measurePipeline } = require('../..');
const {
  newCollector,
  objectBus,
  recordingLogger,
} = require('../fixtures/collector');

describe('the memory sampler', () => {
  it('is read before the clock on a start and after it on a completion', () => {
    const order = [];
    const clock = {
      now: () => order.push('clock'),
      wallNow: () => Date.UTC(2026, 0, 5),
    };
    const memorySampler = () => order.push('heap');
    const { metrics } = newCollector({ clock, memorySampler });
    metrics.startPipelineExecution('e');
    const stage = metrics.startStageExecution('e', 'a');
    metrics.completeStageExecution('e', stage);
    metrics.completePipelineExecution('e');
    expect(order).toEqual([
      ...['heap', 'clock', 'heap', 'clock'],
      ...['clock', 'heap', 'clock', 'heap'],
    ]);
  });

  it('may be dropped: then memory reads 0', () => {
    const { metrics } = newCollector({ memorySampler: false });
    metrics.startPipelineExecution('e');
    const stage = metrics.startStageExecution('e', 'a');
    metrics.completeStageExecution('e', stage);
    expect(stage).toMatchObject({ startMemory: 0, memoryDelta: 0 });
  });

  it('is asked by getCurrentMemoryUsage', () => {
    const { metrics, heap } = newCollector();
    heap.bytes = 1234;
    expect(metrics.getCurrentMemoryUsage()).toBe(1234);
  });

  it('reads the used heap of this process by default', () => {
    const { metrics } = newCollector({ memorySampler: undefined });
    const used = metrics.getCurrentMemoryUsage();
    expect(Number.isInteger(used)).toBe(true);
    expect(used).toBeGreaterThan(0);
    const { heapTotal } = process.memoryUsage();
    expect(used).toBeLessThan(2 * heapTotal);
  });

  it('that throws, or gives no number, costs the reading and is counted', () => {
    const samplers = [
      () => {
        throw new Error('no heap');
      },
      () => NaN,
      () => 'much',
    ];
    const bigInts = newCollector().metrics;
    bigInts.getCurrentMemoryUsage = () => 5n;
    const collectors = samplers.map(
      (memorySampler) => newCollector({ memorySampler }).metrics,
    );
    for (const metrics of [...collectors, bigInts]) {
      expect(measurePipeline(metrics, null, () => 'result')).toBe('result');
      metrics.startPipelineExecution('e');
      const stage = metrics.startStageExecution('e', 'a');
      expect(metrics.completeStageExecution('e', stage)).toMatchObject({
        completed: true,
        memoryDelta: 0,
      });
      expect(metrics.getDiagnostics().samplerErrors).toBeGreaterThan(0);
    }
  });
});

describe('the clock', () => {
  it('is read once for each start and completion, the wall where a result shows it', () => {
    const { metrics, clock } = newCollector();
    const reads = (action) => {
      const before = { ...clock.reads };
      action();
      return {
        now: clock.reads.now - before.now,
        wallNow: clock.reads.wallNow - before.wallNow,
      };
    };
    const both = { now: 1, wallNow: 1 };
    expect(reads(() => metrics.startPipelineExecution('e'))).toEqual(both);
    expect(reads(() => metrics.startStageExecution('e', 'a'))).toEqual({
      now: 1,
      wallNow: 0,
    });
    expect(reads(() => metrics.completeStageExecution('e', 'a'))).toEqual(both);
    expect(reads(() => metrics.completePipelineExecution('e'))).toEqual(both);
  });

  it('gives times on its own scale, fractions included', () => {
    const { metrics, clock } = newCollector();
    clock.advance(0.125);
    metrics.startPipelineExecution('e');
    const stage = metrics.startStageExecution('e', 'a');
    clock.advance(1.000001);
    metrics.completeStageExecution('e', stage);
    expect(stage.startTime).toBe(1000.125);
    expect(stage.duration).toBeCloseTo(1.000001, 9);
  });

  it('is that of performance.now() by default, in milliseconds', () => {
    const { performance } = require('node:perf_hooks');
    const before = performance.now();
    const real = new PipelinePerformanceMetrics({
      logger: recordingLogger(),
      eventBus: objectBus(),
    });
    const wallBefore = Date.now();
    const { startTime } = real.startPipelineExecution('e');
    const { endTime, timestamp } = real.completePipelineExecution('e');
    const after = performance.now();
    real.dispose();
    // The two clocks are aligned once, to within the time that reading them takes.
    expect(startTime).toBeGreaterThanOrEqual(before - 1);
    expect(endTime).toBeGreaterThanOrEqual(startTime);
    expect(endTime).toBeLessThanOrEqual(after + 1);
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const wall = Date.parse(timestamp);
    expect(wall).toBeGreaterThanOrEqual(wallBefore - 1000);
    expect(wall).toBeLessThanOrEqual(Date.now() + 1000);
  });

  it('that runs backwards, throws or gives no number makes no duration negative or NaN', () => {
    let time = 1000;
    const clocks = [
      () => (time -= 10),
      () => NaN,
      () => 'noon',
      () => {
        throw new Error('stopped');
      },
    ];
    for (const now of clocks) {
      const { metrics } = newCollector({
        clock: { now, wallNow: () => Date.UTC(2026, 0, 5) },
      });
      metrics.startPipelineExecution('e');
      metrics.startStageExecution('e', 'a');
      const stage = metrics.completeStageExecution('e', 'a');
      const execution = metrics.completePipelineExecution('e');
      expect(stage.duration).toBeGreaterThanOrEqual(0);
      expect(execution.totalDuration).toBeGreaterThanOrEqual(0);
      if (now !== clocks[0]) {
        expect(metrics.getDiagnostics().clockErrors).toBeGreaterThan(0);
      }
    }
  });

  it('whose wall fails still gives valid timestamps', () => {
    const broken = () => {
      throw new Error('stopped');
    };
    for (const wallNow of [() => NaN, broken, () => 1e300]) {
      const { metrics } = newCollector({ clock: { now: () => 5, wallNow } });
      metrics.startPipelineExecution('e');
      const { timestamp } = metrics.completePipelineExecution('e');
      expect(Date.parse(timestamp)).not.toBeNaN();
      expect(metrics.getPipelineMetrics()).toHaveLength(1);
    }
  });

  it('whose wall fails is counted', () => {
    const wallNow = () => NaN;
    const { metrics } = newCollector({ clock: { now: () => 5, wallNow } });
    metrics.startPipelineExecution('e');
    metrics.completePipelineExecution('e');
    expect(metrics.getDiagnostics().clockErrors).toBeGreaterThan(0);
  });
});
