'use strict';

/** Traces and a real collector: what is recorded, which collector it is, an id for each run. */

const {
  ActionAwareStructuredTrace,
  measurePipeline,
  measureStage,
} = require('../..');
const { coreOf } = require('../../js/recording/direct-recorder');
const {
  newCollector,
  objectBus,
  recordingLogger,
} = require('../fixtures/collector');

class RecordingTrace {
  constructor(...args) {
    this.args = args;
    this.captured = [];
  }

  captureActionData(...args) {
    this.captured.push(args);
  }
}

class Trace extends ActionAwareStructuredTrace(RecordingTrace) {}

const silentOptions = () => ({
  traceId: 'trace-1',
  logger: recordingLogger(),
  eventBus: objectBus(),
});

/** A trace on a collector with a clock of its own. */
function traced(Class = Trace, extra = {}) {
  const world = newCollector();
  const trace = new Class({
    traceId: 'trace-1',
    logger: world.logger,
    eventBus: world.eventBus,
    performanceMetrics: world.metrics,
    ...extra,
  });
  return { ...world, trace };
}

describe('a trace', () => {
  it('records its executions and stages with its collector', () => {
    const { trace, metrics, clock } = traced(Trace, { verbosity: 'detailed' });
    const started = trace.startPipelineExecution({ actionCount: 4 });
    expect(started.context).toMatchObject({
      actionCount: 4,
      traceVerbosity: 'detailed',
      environment: 'unknown',
    });
    const stage = trace.startStageExecution('a', { inputSize: 100 });
    clock.advance(10);
    expect(trace.completeStageExecution('a', { itemsProcessed: 2 })).toBe(
      stage,
    );
    const done = trace.completePipelineExecution({ totalItemsProcessed: 2 });
    expect(done).toBe(started);
    expect(done).toMatchObject({ totalDuration: 10, completed: true });
    expect(metrics.pipelineExecutions.has(done.executionId)).toBe(true);
    expect(trace.getStagePerformanceData('a')).toEqual(
      metrics.getStageMetrics('a'),
    );
    expect(trace.getPipelinePerformanceData()).toHaveLength(1);
    clock.advance(100);
    expect(trace.getStagePerformanceData('a', 50)).toEqual([]);
    expect(trace.getPipelinePerformanceData(50)).toEqual([]);
    expect(trace.getPerformanceMetrics()).toEqual(
      metrics.getPerformanceSummary(),
    );
  });

  it('pairs parallel stages of one name by their handles', () => {
    const { trace, clock } = traced();
    trace.startPipelineExecution();
    const first = trace.startStageExecution('a');
    clock.advance(5);
    const second = trace.startStageExecution('a');
    clock.advance(5);
    expect(trace.completeStageExecution(first)).toBe(first);
    expect(trace.completeStageExecution(second)).toBe(second);
    expect([first.duration, second.duration]).toEqual([10, 5]);
  });

  it('captures a summary of each completed execution', () => {
    const { trace, clock } = traced();
    trace.startPipelineExecution();
    clock.advance(10);
    const execution = trace.completePipelineExecution();
    expect(trace.captured).toEqual([
      [
        'performance',
        'pipeline_execution',
        expect.objectContaining({
          executionId: execution.executionId,
          totalDuration: 10,
          overallThroughput: expect.any(Object),
          stageBreakdown: [],
          performanceRating: 100,
          timestamp: expect.any(String),
        }),
      ],
    ]);
  });
});

describe('the collector of a trace', () => {
  it('is the one that it was given', () => {
    const { trace, metrics } = traced();
    expect(trace.performanceMetrics).toBe(metrics);
  });

  it('is otherwise one for each event bus', () => {
    const options = silentOptions();
    const [a, b] = [new Trace(options), new Trace(options)];
    const other = new Trace(silentOptions());
    expect(a.performanceMetrics).toBe(b.performanceMetrics);
    expect(other.performanceMetrics).not.toBe(a.performanceMetrics);
    a.performanceMetrics.dispose();
    other.performanceMetrics.dispose();
  });
});

it('a trace made after the collector of its event bus was disposed of gets another', () => {
  const options = silentOptions();
  new Trace(options).performanceMetrics.dispose();
  const trace = new Trace(options);
  expect(trace.startPipelineExecution()).toMatchObject({ completed: false });
  expect(new Trace(options).performanceMetrics).toBe(trace.performanceMetrics);
  trace.performanceMetrics.dispose();
});

it('a trace captures its data where the native side refuses the time of it', () => {
  const options = silentOptions();
  const trace = new Trace(options);
  const { engine } = coreOf(trace.performanceMetrics);
  engine.wallNow = () => {
    throw Object.assign(new Error('closed'), { code: 'GenericFailure' });
  };
  trace.captureActionData('a', 'b', {}, { includePerformanceContext: true });
  expect(trace.captured).toHaveLength(1);
  trace.performanceMetrics.dispose();
});

describe('the id of an execution', () => {
  it('differs between the runs of one trace', () => {
    const { trace, metrics, logger } = traced();
    const ids = [1, 2, 3].map(() => {
      const { executionId } = trace.startPipelineExecution();
      trace.completePipelineExecution();
      return executionId;
    });
    expect(new Set(ids).size).toBe(3);
    expect(metrics.pipelineExecutions.size).toBe(3);
    expect(logger.warn).not.toHaveBeenCalled();
  });

  it('differs between traces, even of one id at one instant', () => {
    const world = newCollector();
    const ids = Array.from({ length: 500 }, () => {
      const trace = new Trace({
        traceId: 'same',
        logger: world.logger,
        eventBus: world.eventBus,
        performanceMetrics: world.metrics,
      });
      return trace.startPipelineExecution().executionId;
    });
    expect(new Set(ids).size).toBe(500);
    expect(world.metrics.activeExecutions.size).toBe(500);
    expect(world.metrics.getDiagnostics().abandonedExecutions).toBe(0);
  });

  it('is the trace’s pipelineExecutionId while it runs', () => {
    const { trace } = traced();
    const { executionId } = trace.startPipelineExecution();
    expect(trace.pipelineExecutionId).toBe(executionId);
    expect(executionId).toContain('trace-1');
  });
});

it('a trace completes no measured execution around it', () => {
  const { metrics, logger, trace } = traced();
  measurePipeline(metrics, { executionId: 'around' }, () => {
    expect(trace.completePipelineExecution()).toBeUndefined();
    measureStage(metrics, 'a', null, () => 1);
  });
  expect(logger.warn.mock.calls).toEqual([
    ['Execution around is measured, and completes with its code'],
  ]);
  expect(metrics.getPipelineMetrics()[0].stageBreakdown).toHaveLength(1);
});

describe('an execution of a trace that was abandoned', () => {
  const inTwoTraces = () => {
    const { metrics, logger, trace } = traced();
    const other = new Trace({ traceId: 'other', performanceMetrics: metrics });
    trace.startPipelineExecution({ executionId: 'shared' });
    other.startPipelineExecution({ executionId: 'shared' });
    logger.warn.mockClear();
    return { metrics, logger, trace, other };
  };

  it('is not taken for another that has its id', () => {
    const { logger, trace, other } = inTwoTraces();
    expect(trace.startStageExecution('a')).toBeNull();
    expect(trace.completePipelineExecution()).toBeUndefined();
    expect(logger.warn.mock.calls).toEqual([
      ['Execution shared was abandoned; its calls do nothing'],
    ]);
    expect(other.completePipelineExecution().executionId).toBe('shared');
  });

  it('loses no stage that is measured through it', () => {
    const { metrics, trace } = inTwoTraces();
    measureStage(trace, 'a', null, () => 1);
    measurePipeline(metrics, { executionId: 'around' }, () => {
      trace.completeStageExecution(trace.startStageExecution('a'));
    });
    expect(
      metrics.getStageMetrics('a').map(({ executionId }) => executionId),
    ).toEqual([expect.stringMatching(/^trace-1-/), 'around']);
  });

  it('is let go as the next one starts', () => {
    const { metrics, trace } = traced();
    metrics.config.maxActiveExecutions = 2;
    for (let i = 0; i < 5; i += 1) trace.startPipelineExecution();
    const ids = [...metrics.activeExecutions.keys()];
    expect(trace.completePipelineExecution().executionId).toBe(ids[1]);
    expect(trace.completePipelineExecution().executionId).toBe(ids[0]);
    metrics.startPipelineExecution('other');
    measureStage(trace, 'a', null, () => 1);
    expect(metrics.getStageMetrics('a')).toHaveLength(1);
    expect(metrics.getDiagnostics().unknownReferences).toBe(0);
  });
});

describe('an execution of a trace that gets another collector', () => {
  it.each([
    ['another', () => newCollector().metrics],
    ['none', () => null],
  ])('goes on where it began: %s', (_, next) => {
    const { metrics, trace } = traced();
    const given = next();
    trace.startPipelineExecution({ executionId: 'e' });
    const open = trace.startStageExecution('open');
    trace.performanceMetrics = given;
    expect(trace.completeStageExecution(open)).toBeDefined();
    trace.completeStageExecution(trace.startStageExecution('later'));
    measureStage(trace, 'measured', null, () => 1);
    expect(trace.completePipelineExecution().stageBreakdown).toHaveLength(3);
    expect(metrics.activeExecutions.size).toBe(0);
    expect(given?.getPipelineMetrics() ?? []).toEqual([]);
    expect(trace.pipelineExecutionId === undefined).toBe(given === null);
  });
});

it('a stage outside of a pipeline that is measured on a trace is no part of it', async () => {
  const { metrics, trace } = traced();
  let end;
  const run = measurePipeline(trace, { executionId: 'run' }, async () => {
    await new Promise((resolve) => {
      end = resolve;
    });
    measureStage(metrics, 'own', null, () => 1);
  });
  measureStage(metrics, 'outside', null, () => 1);
  metrics.startPipelineExecution('direct');
  measureStage(metrics, 'only', null, () => 1);
  end();
  await run;
  const owner = (name) => metrics.getStageMetrics(name)[0].executionId;
  metrics.completePipelineExecution('direct');
  expect(['own', 'outside', 'only'].map(owner)).toEqual([
    'run',
    expect.stringMatching(/^execution-/),
    'direct',
  ]);
});

it('a stage measured on a trace belongs to the execution that its context names', () => {
  const { metrics, trace } = traced();
  for (const executionId of ['a', 'b'])
    trace.startPipelineExecution({ executionId });
  measureStage(trace, 'named', { executionId: 'a' }, () => 1);
  measureStage(trace, 'other', { executionId: 'unknown' }, () => 1);
  expect(
    ['a', 'b'].map((id) => [...metrics.activeExecutions.get(id).stages.keys()]),
  ).toEqual([['named'], ['other']]);
});

it('a stage measured on a trace inside of a stage of an execution started on it is its child', () => {
  const { metrics, trace, clock } = traced();
  const work = (target, name, context, ms, inner = () => {}) =>
    measureStage(target, name, context, () => {
      clock.advance(ms);
      inner();
    });
  const a = trace.startPipelineExecution({ executionId: 'a' });
  work(metrics, 'outer', null, 2, () => work(trace, 'inner', null, 3));
  trace.startPipelineExecution({ executionId: 'b' });
  work(metrics, 'of a', { executionId: 'a' }, 4, () =>
    work(trace, 'its child', null, 5),
  );
  trace.completePipelineExecution();
  const { stageBreakdown } = metrics.completePipelineExecution(a);
  const self = stageBreakdown.map((row) => [row.stageName, row.selfDuration]);
  expect(Object.fromEntries(self)).toEqual({
    outer: 2,
    inner: 3,
    'of a': 4,
    'its child': 5,
  });
});
