'use strict';

/** `getPerformanceSummary().overhead` and `config.overheadBudget`: what measuring itself costs. */

const { performance } = require('node:perf_hooks');
const { PipelinePerformanceMetrics } = require('../..');
const {
  disposeAll,
  expectFinite,
  manualClock,
  manualHeap,
  newCollector,
  recordingLogger,
} = require('../fixtures/collector');
const { silent, told } = require('../fixtures/thinned');

/** One execution in so many is sampled, and so many samples decide. */
const ONE_IN = 64;
const WINDOW = 64;
const ENOUGH = ONE_IN * WINDOW;

const deaf = { dispatch() {} };

const open = [];

afterEach(() => {
  disposeAll();
  for (const metrics of open.splice(0)) metrics.dispose();
});

/** A collector on the machine's clock, with a heap that counts its readings. */
function onRealClock({ config, ...options } = {}) {
  const heap = manualHeap();
  const metrics = new PipelinePerformanceMetrics({
    logger: silent,
    eventBus: deaf,
    memorySampler: heap.sample,
    ...options,
    config: { alertThreshold: 1e9, ...config },
  });
  open.push(metrics);
  return { metrics, heap };
}

let started = 0;

function execute(metrics, stages = ['a', 'b']) {
  started += 1;
  const id = `e${started}`;
  metrics.startPipelineExecution(id);
  for (const name of stages) {
    const handle = metrics.startStageExecution(id, name);
    metrics.completeStageExecution(id, handle);
  }
  return metrics.completePipelineExecution(id);
}

function executeMany(metrics, count) {
  for (let i = 0; i < count; i += 1) execute(metrics);
}

const MOMENTS = ['startTime', 'endTime', 'timestamp'];

/** Everything as text but when it was; numbers without their last digits. */
const timeless = (value) =>
  JSON.stringify(value, (key, inner) => {
    if (MOMENTS.includes(key)) return typeof inner;
    if (inner instanceof Map) return [...inner.keys()];
    return typeof inner === 'number' ? inner.toPrecision(6) : inner;
  });

const overheadOf = (metrics) => metrics.getPerformanceSummary().overhead;

describe('the own cost', () => {
  it('reads 0 before the first sampled execution', () => {
    const { metrics } = onRealClock();
    expect(overheadOf(metrics)).toEqual({
      nanosecondsPerStage: 0,
      interval: null,
      meanNanosecondsPerStage: 0,
      ratio: 0,
      samples: 0,
      sampledExecutions: 0,
      budget: 0.01,
      detail: 'exact',
      requested: 'exact',
      lastChange: null,
      sampling: { mode: 'all', oneIn: 1, unrecorded: [], lastChange: null },
    });
  });

  it('is told from one execution in 64', () => {
    const { metrics } = onRealClock();
    executeMany(metrics, ONE_IN * 10);
    const overhead = overheadOf(metrics);
    expect(overhead).toMatchObject({ samples: 10, sampledExecutions: 10 });
    expect(overhead.nanosecondsPerStage).toBeGreaterThan(0);
    expect(overhead.ratio).toBeGreaterThan(0);
    const { low, high } = overhead.interval;
    expect(low).toBeLessThanOrEqual(overhead.nanosecondsPerStage);
    expect(high).toBeGreaterThanOrEqual(overhead.nanosecondsPerStage);
    expectFinite(overhead);
  });

  it('is told from fewer executions once it is known, until all is captured again', () => {
    const { metrics } = onRealClock({ config: { overheadBudget: 1e-9 } });
    const sampledOf = (count) => {
      const before = overheadOf(metrics).sampledExecutions;
      executeMany(metrics, count);
      return overheadOf(metrics).sampledExecutions - before;
    };
    // Two steps, after which nothing is left to drop; some places are drawn ahead.
    executeMany(metrics, 3 * ENOUGH + ONE_IN * 64);
    expect(overheadOf(metrics).detail).toBe('off');
    expect(Math.abs(sampledOf(256 * 8) - 8)).toBeLessThanOrEqual(1);
    metrics.config.overheadBudget = Infinity;
    executeMany(metrics, 512);
    expect(Math.abs(sampledOf(ONE_IN * 20) - 20)).toBeLessThanOrEqual(1);
  });

  it('leaves out the time of the logger and of the event bus', () => {
    const slow = { spent: 0, calls: 0 };
    const dawdle = () => {
      const start = performance.now();
      while (performance.now() - start < 0.5);
      slow.spent += performance.now() - start;
      slow.calls += 1;
    };
    const { metrics } = onRealClock({
      logger: { debug: dawdle, info: dawdle, warn: dawdle, error: dawdle },
      eventBus: { dispatch: dawdle },
    });
    executeMany(metrics, ONE_IN * 6);
    const ofOneCall = (slow.spent / slow.calls) * 1e6;
    expect(overheadOf(metrics).nanosecondsPerStage).toBeLessThan(ofOneCall);
  });

  it('is real time, and a ratio of real times, where a clock is injected', () => {
    const { metrics } = newCollector();
    executeMany(metrics, ONE_IN * 10);
    const overhead = overheadOf(metrics);
    expect(overhead.samples).toBe(10);
    expect(overhead.nanosecondsPerStage).toBeGreaterThan(0);
    expect(overhead.ratio).toBeGreaterThan(0);
  });

  it('costs no further reading of an injected clock or of the heap', () => {
    const clock = manualClock();
    const { metrics, heap } = newCollector({ clock });
    const readings = new Set();
    for (let i = 0; i < ONE_IN * 3; i += 1) {
      const before = { ...clock.reads, heap: heap.reads };
      execute(metrics);
      readings.add(
        [
          clock.reads.now - before.now,
          clock.reads.wallNow - before.wallNow,
          heap.reads - before.heap,
        ].join(),
      );
    }
    expect([...readings]).toEqual(['6,4,6']);
  });

  it('changes nothing in what a sampled execution records, logs and dispatches', () => {
    const logger = recordingLogger();
    const { metrics, clock, events } = newCollector({ logger });
    const seen = new Set();
    for (let i = 0; i < ONE_IN * 3; i += 1) {
      logger.debug.mockClear();
      logger.info.mockClear();
      events.length = 0;
      metrics.startPipelineExecution('same');
      const handle = metrics.startStageExecution('same', 's');
      clock.advance(5);
      metrics.completeStageExecution('same', handle, { itemsProcessed: 2 });
      const execution = metrics.completePipelineExecution('same');
      // The trend needs its five earlier runs.
      if (i < 10) continue;
      const { debug, info } = logger;
      seen.add(
        timeless([
          execution,
          handle,
          debug.mock.calls,
          info.mock.calls,
          events,
        ]),
      );
    }
    expect([...seen]).toHaveLength(1);
  });

  it('counts what a listener measures apart from what it interrupts', () => {
    let depth = 0;
    const { metrics } = onRealClock({
      eventBus: {
        dispatch() {
          if (depth > 0) return;
          depth += 1;
          executeMany(metrics, 3);
          depth -= 1;
        },
      },
    });
    executeMany(metrics, ONE_IN * 2);
    expect(overheadOf(metrics).sampledExecutions).toBe(8);
    expect(metrics.getDiagnostics()).toMatchObject({
      listenerErrors: 0,
      loggerErrors: 0,
      droppedAlerts: 0,
      unknownReferences: 0,
    });
  });

  it('survives an abandoned execution and a disposed collector', () => {
    const { metrics } = onRealClock();
    for (let i = 0; i < ONE_IN * 2; i += 1) {
      metrics.startPipelineExecution('same');
      metrics.startStageExecution('same', 's');
    }
    expect(overheadOf(metrics).sampledExecutions).toBe(0);
    executeMany(metrics, ONE_IN * 2);
    metrics.dispose();
    expect(metrics.startPipelineExecution('late')).toBeNull();
    expect(overheadOf(metrics).sampledExecutions).toBe(2);
  });
});

describe('the overhead budget', () => {
  it('is left alone by some thousand executions: it takes 64 sampled ones', () => {
    const logger = recordingLogger();
    const { metrics } = onRealClock({ logger });
    executeMany(metrics, ENOUGH - ONE_IN);
    expect(overheadOf(metrics)).toMatchObject({
      samples: WINDOW - 1,
      detail: 'exact',
      lastChange: null,
    });
    expect(told(logger.warn)).toEqual([]);
  });

  it('steps detail down until nothing is left to drop, and says each step once', () => {
    const logger = recordingLogger();
    const { metrics } = onRealClock({
      logger,
      verbosityConfig: 'detailed',
      config: { overheadBudget: 1e-9 },
    });
    executeMany(metrics, ENOUGH * 5);
    const { detail, requested, lastChange } = overheadOf(metrics);
    expect([detail, requested]).toEqual(['off', 'cpu']);
    expect(lastChange).toMatchObject({ from: 'shared', to: 'off' });
    expect(lastChange.ratio).toBeGreaterThan(lastChange.budget);
    expect(told(logger.warn).map(([, { from, to }]) => [from, to])).toEqual([
      ['cpu', 'exact'],
      ['exact', 'shared'],
      ['shared', 'off'],
    ]);
    expect(told(logger.warn)[0][0]).toMatch(
      /^Measuring takes .* % of the time observed, above its budget of 1e-7 %/,
    );
  });

  it('records every execution at every detail, without what was dropped', () => {
    const { metrics, heap } = onRealClock({
      verbosityConfig: 'detailed',
      config: { overheadBudget: 1e-9, maxHistorySize: ENOUGH * 4 },
    });
    const whole = execute(metrics);
    expect(whole.stages.get('a')).toHaveProperty('cpuTime');
    executeMany(metrics, ENOUGH * 3);
    expect(overheadOf(metrics).detail).toBe('off');
    const before = heap.reads;
    const least = execute(metrics);
    expect(heap.reads).toBe(before);
    expect(least.stages.get('a')).not.toHaveProperty('cpuTime');
    expect(least).toMatchObject({ startMemory: 0, totalMemoryDelta: 0 });
    expect(metrics.getPerformanceSummary().pipeline.totalExecutions).toBe(
      ENOUGH * 3 + 2,
    );
  });

  it('shares heap readings before it gives them up', () => {
    const { metrics, heap } = onRealClock({ config: { overheadBudget: 1e-9 } });
    executeMany(metrics, ENOUGH);
    expect(overheadOf(metrics).detail).toBe('shared');
    const shared = Array.from({ length: 50 }, () => {
      const before = heap.reads;
      execute(metrics);
      return heap.reads - before;
    });
    // Six boundaries, three pairs of them close together unless something interrupts.
    expect(Math.min(...shared)).toBe(3);
  });

  it('leaves an execution that runs as it began', () => {
    const { metrics, heap } = onRealClock({ config: { overheadBudget: 1e-9 } });
    metrics.startPipelineExecution('running');
    executeMany(metrics, ENOUGH * 2);
    expect(overheadOf(metrics).detail).toBe('off');
    const before = heap.reads;
    const stage = metrics.startStageExecution('running', 'a');
    expect(metrics.completeStageExecution('running', stage).startMemory).toBe(
      heap.bytes,
    );
    metrics.completePipelineExecution('running');
    expect(heap.reads - before).toBe(3);
  });

  it('steps detail up again once that fits, and says so', () => {
    const logger = recordingLogger();
    const { metrics } = onRealClock({
      logger,
      config: { overheadBudget: 1e-9 },
    });
    executeMany(metrics, ENOUGH * 2);
    metrics.config.overheadBudget = 1e9;
    expect(overheadOf(metrics).detail).toBe('off');
    executeMany(metrics, ENOUGH * 2);
    expect(overheadOf(metrics)).toMatchObject({
      detail: 'exact',
      lastChange: { from: 'shared', to: 'exact', budget: 1e9 },
    });
    expect(told(logger.info)).toHaveLength(2);
    expect(told(logger.info)[0][0]).toMatch(/^Measuring would take .* %/);
  });

  it('set to Infinity brings everything back at the next execution', () => {
    const { metrics, heap } = onRealClock({ config: { overheadBudget: 1e-9 } });
    executeMany(metrics, ENOUGH * 2);
    metrics.config.overheadBudget = Infinity;
    const before = heap.reads;
    execute(metrics);
    expect(heap.reads - before).toBe(6);
    expect(overheadOf(metrics)).toMatchObject({
      budget: Infinity,
      detail: 'exact',
    });
  });

  it('does not act on an injected clock, so that runs can be repeated', () => {
    const { metrics } = newCollector({
      logger: silent,
      eventBus: deaf,
      config: { overheadBudget: 1e-9 },
    });
    executeMany(metrics, ENOUGH * 2);
    expect(overheadOf(metrics)).toMatchObject({
      samples: WINDOW,
      detail: 'exact',
      lastChange: null,
    });
  });

  it.each([
    [{ verbosityConfig: 'minimal' }, 'off'],
    [{ verbosityConfig: { level: 'verbose' } }, 'cpu'],
    [{ memorySampler: false }, 'off'],
    [{ config: { memorySampling: 'shared' } }, 'shared'],
    [{ config: { memorySampling: 'off' } }, 'off'],
  ])('knows what %j asks for', (options, requested) => {
    const { metrics } = onRealClock(options);
    execute(metrics);
    expect(overheadOf(metrics)).toMatchObject({ requested, detail: requested });
  });

  it.each([0, -0.01, NaN, '0.01', null])('refuses %p', (overheadBudget) => {
    const { metrics } = onRealClock();
    expect(() => {
      metrics.config.overheadBudget = overheadBudget;
    }).toThrow(
      /config\.overheadBudget must be a ratio above 0, or Infinity for no budget/,
    );
  });
});
