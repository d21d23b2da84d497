'use strict';

/** `config.sampling`: how many executions are recorded, and what summaries make of them. */

const {
  disposeAll,
  newCollector,
  recordingLogger,
} = require('../fixtures/collector');
const {
  disposeThinned,
  ENOUGH,
  execute,
  executeMany,
  newAdaptive,
  newThinned,
  samplingOf,
  silent,
  told,
  unrecordedOf,
} = require('../fixtures/thinned');

afterEach(() => {
  disposeAll();
  disposeThinned();
});

describe("sampling: 'all'", () => {
  it('is the default, and records every execution however much that costs', () => {
    const { metrics } = newAdaptive({ config: { sampling: undefined } });
    expect(metrics.config.sampling).toBe('all');
    expect(executeMany(metrics, ENOUGH * 2)).toBe(ENOUGH * 2);
    expect(samplingOf(metrics)).toEqual({
      mode: 'all',
      oneIn: 1,
      unrecorded: [],
      lastChange: null,
    });
  });

  it('records every execution again from the next one on', () => {
    const { metrics } = newThinned();
    metrics.config.sampling = 'all';
    expect(samplingOf(metrics)).toMatchObject({ mode: 'all', oneIn: 1 });
    expect(executeMany(metrics, 1000)).toBe(1000);
  });

  it.each(['some', true, null, 1])(
    'is one of two: %p is refused',
    (sampling) => {
      expect(() => newAdaptive({ config: { sampling } })).toThrow(
        /config\.sampling must be one of all, adaptive/,
      );
    },
  );
});

describe("sampling: 'adaptive'", () => {
  it('records every execution within the budget, in objects without a mark', () => {
    const { metrics } = newAdaptive({ config: { overheadBudget: 1e9 } });
    expect(executeMany(metrics, ENOUGH * 2)).toBe(ENOUGH * 2);
    expect(execute(metrics)).not.toHaveProperty('sampled');
    expect(samplingOf(metrics)).toEqual({
      mode: 'adaptive',
      oneIn: 1,
      unrecorded: [],
      lastChange: null,
    });
  });

  it('drops all detail before it leaves an execution out', () => {
    const { metrics } = newAdaptive({
      memorySampler: () => 1,
      verbosityConfig: 'detailed',
    });
    expect(executeMany(metrics, ENOUGH * 4 - 64)).toBe(ENOUGH * 4 - 64);
    expect(metrics.getPerformanceSummary().overhead.detail).toBe('off');
    executeMany(metrics, 64);
    expect(samplingOf(metrics).oneIn).toBe(2);
  });

  it('halves the number recorded step by step down to one in 64, and says each step once', () => {
    const logger = recordingLogger();
    const { metrics } = newAdaptive({ logger });
    executeMany(metrics, ENOUGH * 14);
    expect(samplingOf(metrics)).toMatchObject({
      mode: 'adaptive',
      oneIn: 64,
      lastChange: { from: 32, to: 64, budget: 1e-9 },
    });
    const steps = told(logger.warn);
    expect(steps.map(([, { from, to }]) => [from, to])).toEqual([
      [1, 2],
      [2, 4],
      [4, 8],
      [8, 16],
      [16, 32],
      [32, 64],
    ]);
    expect(steps[1][0]).toMatch(
      /^Measuring takes .* % of the time observed, above its budget of 1e-7 %; from now on one execution in 4 is recorded$/,
    );
    expect(metrics.getPerformanceSummary().overhead.lastChange).toBeNull();
  });

  it('records more again once that fits, and says so', () => {
    const logger = recordingLogger();
    const { metrics } = newThinned({ logger });
    metrics.config.overheadBudget = 1e9;
    expect(samplingOf(metrics).oneIn).toBe(2);
    executeMany(metrics, ENOUGH * 2);
    expect(samplingOf(metrics)).toMatchObject({
      oneIn: 1,
      lastChange: { from: 2, to: 1, budget: 1e9 },
    });
    expect(told(logger.info).map(([message]) => message)).toEqual([
      expect.stringMatching(
        /^Measuring would take .* %; from now on every execution is recorded$/,
      ),
    ]);
    expect(executeMany(metrics, 1000)).toBe(1000);
  });

  it('goes on timing recorded executions as often as ever after it recorded less for a while', () => {
    const { metrics } = newThinned();
    metrics.config.overheadBudget = Infinity;
    const sampled = () =>
      metrics.getPerformanceSummary().overhead.sampledExecutions;
    const sampledOf = (count) => {
      const before = sampled();
      executeMany(metrics, count);
      return sampled() - before;
    };
    // One in 64 until there are enough of them, then one in 256.
    expect(Math.abs(sampledOf(64 * 60) - 60)).toBeLessThanOrEqual(1);
    executeMany(metrics, 64 * 24);
    expect(Math.abs(sampledOf(256 * 20) - 20)).toBeLessThanOrEqual(1);
  });

  it('records everything again without a budget', () => {
    const { metrics } = newThinned();
    metrics.config.overheadBudget = Infinity;
    expect(samplingOf(metrics)).toMatchObject({ mode: 'adaptive', oneIn: 1 });
    expect(executeMany(metrics, 1000)).toBe(1000);
  });

  it('does not act on an injected clock, so that runs can be repeated', () => {
    const { metrics } = newCollector({
      logger: silent,
      eventBus: { dispatch() {} },
      memorySampler: false,
      config: { overheadBudget: 1e-9, sampling: 'adaptive' },
    });
    expect(executeMany(metrics, ENOUGH * 2)).toBe(ENOUGH * 2);
    expect(samplingOf(metrics)).toMatchObject({ mode: 'adaptive', oneIn: 1 });
  });
});

describe('what a summary says where executions were left out', () => {
  it('counts those left out exactly, and estimates their number from the others', () => {
    const { metrics } = newAdaptive({ config: { maxHistorySize: 1e6 } });
    const total = ENOUGH * 6;
    const recorded = executeMany(metrics, total);
    expect(recorded).toBeLessThan(total * 0.5);
    expect(unrecordedOf(metrics)).toEqual({
      executions: total - recorded,
      stages: 2 * (total - recorded),
    });
    const { pipeline, stages } = metrics.getPerformanceSummary();
    expect(metrics.pipelineExecutions.size).toBe(recorded);
    // Of a binomial with these rates the standard deviation is some 1.3 % of the total.
    expect(Math.abs(pipeline.totalExecutions / total - 1)).toBeLessThan(0.05);
    const { oneIn } = samplingOf(metrics);
    expect(stages.a.executionCount).toBe(100 * oneIn);
  });

  it('weighs an execution by how many it stands for, wherever the thinning changed', () => {
    const { metrics, events } = newThinned({ config: { maxHistorySize: 4 } });
    while (execute(metrics, false).sampled === false);
    expect(samplingOf(metrics).oneIn).toBe(2);
    metrics.config.sampling = 'all';
    for (let nth = 0; nth < 3; nth += 1) execute(metrics, true);
    // One that failed, of two, and three that did not.
    const { pipeline, stages } = metrics.getPerformanceSummary();
    expect(pipeline).toMatchObject({ totalExecutions: 5, successRate: 0.6 });
    expect(stages.a).toMatchObject({ executionCount: 5, successRate: 0.6 });
    events.length = 0;
    metrics.aggregateMetrics();
    expect(events[0].payload.a).toMatchObject({ count: 5, successRate: 0.6 });
    execute(metrics, true);
    expect(metrics.getPerformanceSummary().pipeline).toMatchObject({
      totalExecutions: 4,
      successRate: 1,
    });
  });

  it('counts an execution set by hand once', () => {
    const { metrics } = newThinned();
    const total = () =>
      metrics.getPerformanceSummary().pipeline.totalExecutions;
    const before = total();
    metrics.activeExecutions.set('by hand', { startTime: 1 });
    metrics.completePipelineExecution('by hand');
    expect(total()).toBe(before + 1);
  });
});
