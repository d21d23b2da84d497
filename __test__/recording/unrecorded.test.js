'use strict';

/** What an execution is like that `config.sampling` leaves out. */

const {
  disposeAll,
  expectFinite,
  newCollector,
  recordingLogger,
} = require('../fixtures/collector');
const { DeclaredTypes } = require('../fixtures/declared');
const {
  disposeThinned,
  execute,
  executeMany,
  newThinned,
  samplingOf,
  startUnrecorded,
  unrecordedOf,
} = require('../fixtures/thinned');

const NO_TIME = '1970-01-01T00:00:00.000Z';
const declared = new DeclaredTypes();

afterEach(() => {
  disposeAll();
  disposeThinned();
});

describe('an execution that is left out', () => {
  it('has the declared types, running and completed', () => {
    const { metrics } = newThinned();
    const execution = startUnrecorded(metrics);
    expect(declared.mismatches('Execution', execution)).toEqual([]);
    const stage = metrics.startStageExecution('left out', 's');
    expect(declared.mismatches('Stage', stage)).toEqual([]);
    metrics.completeStageExecution('left out', stage);
    expect(declared.mismatches('CompletedStage', stage)).toEqual([]);
    metrics.completePipelineExecution('left out');
    expect(declared.mismatches('CompletedExecution', execution)).toEqual([]);
    expect(declared.mismatches('Sampling', samplingOf(metrics))).toEqual([]);
  });

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
