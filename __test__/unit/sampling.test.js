'use strict';

/** `config.sampling`: which executions are recorded where measuring takes more than its budget. */

const {
  PipelinePerformanceMetrics,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
} = require('../..');
const {
  disposeAll,
  expectFinite,
  newCollector,
  recordingLogger,
} = require('../fixtures/collector');

/** Sampled executions that decide, each one in 64. */
const ENOUGH = 64 * 64;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const NO_TIME = '1970-01-01T00:00:00.000Z';

const open = [];

afterEach(() => {
  disposeAll();
  for (const metrics of open.splice(0)) metrics.dispose();
});

/** A collector on the machine's clock, without heap, so that there is no detail to drop. */
function newAdaptive({ config, ...options } = {}) {
  const events = [];
  const metrics = new PipelinePerformanceMetrics({
    logger: silent,
    eventBus: { dispatch: (event) => events.push(event) },
    memorySampler: false,
    ...options,
    config: {
      alertThreshold: 1e9,
      overheadBudget: 1e-9,
      sampling: 'adaptive',
      ...config,
    },
  });
  open.push(metrics);
  return { metrics, events };
}

let started = 0;

function execute(metrics, success = true) {
  started += 1;
  const id = `e${started}`;
  const execution = metrics.startPipelineExecution(id);
  for (const name of ['a', 'b']) {
    const handle = metrics.startStageExecution(id, name);
    metrics.completeStageExecution(id, handle, { success });
  }
  metrics.completePipelineExecution(id, { success });
  return execution;
}

function executeMany(metrics, count) {
  let recorded = 0;
  for (let nth = 0; nth < count; nth += 1)
    if (execute(metrics).sampled !== false) recorded += 1;
  return recorded;
}

/** A collector that has come to record one execution in two, and what it was told to say. */
function newThinned(options) {
  const world = newAdaptive(options);
  executeMany(world.metrics, ENOUGH);
  world.events.length = 0;
  return world;
}

/** Starts executions of that id until one is not recorded. */
function startUnrecorded(metrics, id = 'left out', context = undefined) {
  for (;;) {
    const execution = metrics.startPipelineExecution(id, context);
    if (execution.sampled === false) return execution;
    metrics.completePipelineExecution(id);
  }
}

const samplingOf = (metrics) =>
  metrics.getPerformanceSummary().overhead.sampling;
const unrecordedOf = (metrics) =>
  samplingOf(metrics).unrecorded.reduce(
    (sum, { executions, stages }) => ({
      executions: sum.executions + executions,
      stages: sum.stages + stages,
    }),
    { executions: 0, stages: 0 },
  );
const told = (method) =>
  method.mock.calls.filter(([message]) => message.startsWith('Measuring '));

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

  it('goes on timing one recorded execution in 64 after it recorded less for a while', () => {
    const { metrics } = newThinned();
    metrics.config.overheadBudget = Infinity;
    const sampled = () =>
      metrics.getPerformanceSummary().overhead.sampledExecutions;
    const before = sampled();
    executeMany(metrics, 6400);
    expect(sampled() - before).toBeGreaterThanOrEqual(99);
    expect(sampled() - before).toBeLessThanOrEqual(101);
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

describe('an execution that is left out', () => {
  it('is an object of the usual shape with a mark', () => {
    const { metrics } = newThinned();
    const whole = newCollector().metrics.startPipelineExecution('whole', {
      actionCount: 3,
    });
    const execution = startUnrecorded(metrics, 'x', { actionCount: 3 });
    const { sampled, ...rest } = execution;
    expect(sampled).toBe(false);
    expect(Object.keys(rest)).toEqual(Object.keys(whole));
    expect(rest).toEqual({
      ...whole,
      executionId: 'x',
      startTime: 0,
      startMemory: 0,
    });
    expect(rest.stages).toBeInstanceOf(Map);
  });

  it('completes in place, with the result it was given and nothing measured', () => {
    const { metrics } = newThinned();
    const execution = startUnrecorded(metrics);
    const completed = metrics.completePipelineExecution('left out', {
      success: false,
      totalItemsProcessed: 4,
      totalErrors: -1,
    });
    expect(completed).toBe(execution);
    expect(completed).toMatchObject({
      completed: true,
      endTime: 0,
      endMemory: 0,
      totalDuration: 0,
      totalMemoryDelta: 0,
      result: {
        success: false,
        totalItemsProcessed: 4,
        finalOutputSize: 0,
        totalErrors: 0,
      },
      overallThroughput: {
        itemsPerSecond: 0,
        actionsPerSecond: 0,
        pipelineExecutionsPerHour: 0,
      },
      stageBreakdown: [],
      criticalPath: [],
      timestamp: NO_TIME,
    });
    expect(metrics.getDiagnostics().invalidNumbers).toBe(1);
  });

  it('has stages of the usual shape, completed in place', () => {
    const { metrics } = newThinned();
    const whole = newCollector().metrics;
    whole.startPipelineExecution('whole');
    const context = { inputSize: 7, complexity: 'hard' };
    const wholeStage = whole.startStageExecution('whole', 's', context);
    const execution = startUnrecorded(metrics);
    const stage = metrics.startStageExecution('left out', 's', context);
    expect(Object.keys(stage)).toEqual([...Object.keys(wholeStage), 'sampled']);
    expect(stage.sampled).toBe(false);
    expect(stage.context).toEqual(wholeStage.context);
    expect(execution.stages.get('s')).toBe(stage);
    const wholeEnd = whole.completeStageExecution('whole', wholeStage, {
      itemsProcessed: 0,
    });
    const end = metrics.completeStageExecution('left out', stage, {
      itemsProcessed: 2,
      success: false,
    });
    expect(end).toBe(stage);
    expect(end).toMatchObject({
      completed: true,
      duration: 0,
      memoryDelta: 0,
      result: { success: false, itemsProcessed: 2, errorCount: 0 },
      efficiency: wholeEnd.efficiency,
      throughput: wholeEnd.throughput,
      timestamp: NO_TIME,
    });
    expectFinite(end);
  });

  it('reads no heap, logs, dispatches and records nothing', () => {
    const heap = jest.fn(() => 5);
    const logger = recordingLogger();
    const { metrics, events } = newThinned({ logger });
    metrics.getCurrentMemoryUsage = heap;
    metrics.setStageThreshold('s', { maxDuration: 0 });
    startUnrecorded(metrics);
    const before = unrecordedOf(metrics);
    const kept = metrics.pipelineExecutions.size;
    for (const method of Object.values(logger)) method.mockClear();
    events.length = 0;
    heap.mockClear();
    const stage = metrics.startStageExecution('left out', 's');
    metrics.completeStageExecution('left out', stage, { errorCount: 9 });
    metrics.completePipelineExecution('left out');
    for (const method of Object.values(logger))
      expect(method).not.toHaveBeenCalled();
    expect(events).toEqual([]);
    expect(heap).not.toHaveBeenCalled();
    expect(metrics.getStageMetrics('s')).toEqual([]);
    expect(metrics.pipelineExecutions.size).toBe(kept);
    expect(unrecordedOf(metrics)).toEqual({
      executions: before.executions + 1,
      stages: before.stages + 1,
    });
  });

  it('finds its stages by handle and by name, the latest first', () => {
    const { metrics } = newThinned();
    startUnrecorded(metrics);
    const [first, second, third] = [1, 2, 3].map(() =>
      metrics.startStageExecution('left out', 's'),
    );
    const complete = (stage) =>
      metrics.completeStageExecution('left out', stage);
    expect(complete(second)).toBe(second);
    expect(complete('s')).toBe(third);
    expect(complete('s')).toBe(first);
  });

  it('warns of what is completed twice or never started, as any execution does', () => {
    const logger = recordingLogger();
    const { metrics } = newThinned({ logger });
    startUnrecorded(metrics);
    const stage = metrics.startStageExecution('left out', 's');
    metrics.completeStageExecution('left out', stage);
    logger.warn.mockClear();
    expect(metrics.completeStageExecution('left out', stage)).toBeUndefined();
    expect(metrics.completeStageExecution('left out', 't')).toBeUndefined();
    metrics.completePipelineExecution('left out');
    expect(metrics.completePipelineExecution('left out')).toBeUndefined();
    expect(metrics.startStageExecution('left out', 's')).toBeNull();
    expect(logger.warn.mock.calls.map(([message]) => message)).toEqual([
      'Stage s of left out has already completed',
      'Completion of stage t, which never started in left out',
      'Completion of an unknown execution: left out',
      'Stage started in an unknown execution: left out',
    ]);
    expect(metrics.getDiagnostics()).toMatchObject({
      duplicateCompletions: 1,
      unknownReferences: 3,
    });
  });

  it('is abandoned, with one warning, when its id starts again', () => {
    const logger = recordingLogger();
    const { metrics } = newThinned({ logger });
    const first = startUnrecorded(metrics, 'same');
    logger.warn.mockClear();
    for (let nth = 1; nth <= 50; nth += 1) {
      const again = metrics.startPipelineExecution('same');
      expect(again).not.toBe(first);
      expect(logger.warn).toHaveBeenCalledTimes(nth);
      expect(metrics.getDiagnostics().abandonedExecutions).toBe(nth);
    }
    expect(logger.warn.mock.calls[7][0]).toMatch(/^Execution same was started/);
    const last = metrics.startPipelineExecution('same');
    expect(metrics.completePipelineExecution('same')).toBe(last);
    expect(metrics.completePipelineExecution('same')).toBeUndefined();
  });

  it('goes on as it began when every execution is recorded again', () => {
    const logger = recordingLogger();
    const { metrics } = newThinned({ logger });
    const execution = startUnrecorded(metrics);
    metrics.config.sampling = 'all';
    expect(executeMany(metrics, 100)).toBe(100);
    logger.warn.mockClear();
    const stage = metrics.startStageExecution('left out', 's');
    expect(stage.sampled).toBe(false);
    expect(metrics.completeStageExecution('left out', 's')).toBe(stage);
    expect(metrics.completePipelineExecution('left out')).toBe(execution);
    expect(logger.warn).not.toHaveBeenCalled();
    expect(execute(metrics)).not.toHaveProperty('sampled');
  });

  it('is abandoned by a recorded one of its id after the thinning ended', () => {
    const logger = recordingLogger();
    const { metrics } = newThinned({ logger });
    startUnrecorded(metrics, 'same');
    metrics.config.sampling = 'all';
    logger.warn.mockClear();
    const recorded = metrics.startPipelineExecution('same');
    expect(recorded).not.toHaveProperty('sampled');
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(metrics.completePipelineExecution('same')).toBe(recorded);
    expect(executeMany(metrics, 500)).toBe(500);
  });

  it('is not listed among the active ones, and gives way to one set there by hand', () => {
    const { metrics } = newThinned();
    startUnrecorded(metrics, 'same');
    expect(metrics.activeExecutions.size).toBe(0);
    expect(metrics.activeExecutions.has('same')).toBe(false);
    expect(metrics.activeExecutions.delete('same')).toBe(false);
    metrics.activeExecutions.set('same', { startTime: 1 });
    metrics.completePipelineExecution('same');
    expect(metrics.pipelineExecutions.has('same')).toBe(true);
    expect(metrics.completePipelineExecution('same')).toBeUndefined();
  });

  it('that never completes is abandoned after the retention period', () => {
    const { metrics } = newThinned({ config: { retentionPeriod: 1e-9 } });
    startUnrecorded(metrics);
    metrics.cleanupOldExecutions();
    expect(metrics.startStageExecution('left out', 's')).not.toBeNull();
    const before = metrics.getDiagnostics().abandonedExecutions;
    const from = Date.now();
    while (Date.now() <= from + 1);
    metrics.cleanupOldExecutions();
    expect(metrics.getDiagnostics().abandonedExecutions).toBe(before + 1);
    expect(metrics.startStageExecution('left out', 's')).toBeNull();
  });

  it('ends with the collector', () => {
    const { metrics } = newThinned();
    startUnrecorded(metrics);
    const stage = metrics.startStageExecution('left out', 's');
    metrics.dispose();
    expect(metrics.completeStageExecution('left out', stage)).toBeUndefined();
    expect(metrics.completePipelineExecution('left out')).toBeUndefined();
    expect(metrics.startPipelineExecution('late')).toBeNull();
    expect(samplingOf(metrics).oneIn).toBe(2);
  });

  it('never throws, whatever it is given', () => {
    const { metrics } = newThinned();
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('hostile');
        },
      },
    );
    const execution = startUnrecorded(metrics, 'h', hostile);
    Object.freeze(execution);
    const stage = metrics.startStageExecution('h', 's', hostile);
    Object.freeze(stage);
    expect(metrics.completeStageExecution('h', stage, hostile)).toMatchObject({
      stageName: 's',
      completed: true,
      sampled: false,
    });
    expect(metrics.startStageExecution('h', Symbol('odd'), 7).stageName).toBe(
      'Symbol(odd)',
    );
    expect(metrics.completePipelineExecution('h', hostile)).toMatchObject({
      executionId: 'h',
      completed: true,
      sampled: false,
    });
  });
});

describe('what measures by itself', () => {
  it('passes through executions that are left out, nested and asynchronous', async () => {
    const { metrics } = newThinned();
    const before = unrecordedOf(metrics);
    const kept = metrics.getPipelineMetrics().length;
    for (let nth = 0; nth < 200; nth += 1) {
      const answer = await measurePipeline(metrics, null, async () => {
        const inner = await measureStage(metrics, 'outer', null, async () => {
          await null;
          return measureStage(metrics, 'inner', null, () => nth);
        });
        measurePipeline(metrics, null, () =>
          measureStage(metrics, 'nested', null, () => inner),
        );
        return inner;
      });
      expect(answer).toBe(nth);
    }
    const { executions, stages } = unrecordedOf(metrics);
    const leftOut = executions - before.executions;
    expect(leftOut + metrics.getPipelineMetrics().length - kept).toBe(400);
    expect(leftOut).toBeGreaterThan(100);
    const recorded = ['outer', 'inner', 'nested'].reduce(
      (sum, name) => sum + metrics.getStageMetrics(name).length,
      0,
    );
    expect(stages - before.stages + recorded).toBe(600);
    expect(metrics.getDiagnostics()).toMatchObject({
      unknownReferences: 0,
      duplicateCompletions: 0,
      abandonedExecutions: 0,
    });
  });

  it('passes an error on from one that is left out', () => {
    const { metrics } = newThinned();
    const boom = new Error('boom');
    for (let nth = 0; nth < 50; nth += 1)
      expect(() =>
        measureStage(metrics, 's', null, () => {
          throw boom;
        }),
      ).toThrow(boom);
    expect(metrics.activeExecutions.size).toBe(0);
  });

  it('measures an installed engine, whose results are the same either way', async () => {
    class PipelineStage {
      async execute(context) {
        return { success: true, data: context.n + 1 };
      }
    }
    class Pipeline {
      async execute(context) {
        return new PipelineStage().execute(context);
      }
    }
    const { metrics } = newThinned();
    const kept = metrics.getPipelineMetrics().length;
    const before = unrecordedOf(metrics).executions;
    const installed = installPipelineMetrics({
      Pipeline,
      PipelineStage,
      metrics,
    });
    for (let n = 0; n < 100; n += 1)
      expect((await new Pipeline().execute({ n })).data).toBe(n + 1);
    installed.uninstall();
    const recorded = metrics.getPipelineMetrics().length - kept;
    expect(recorded).toBeGreaterThan(20);
    expect(recorded + unrecordedOf(metrics).executions - before).toBe(100);
  });
});
