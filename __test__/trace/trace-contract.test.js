'use strict';

/** The trace mixin: over any class, with a collector that is shared, an id for each run. */

const { ActionAwareStructuredTrace } = require('../..');
const {
  disposeAll,
  newCollector,
  objectBus,
  recordingLogger,
} = require('../fixtures/collector');
const { HostTrace } = require('../fixtures/engine');

afterEach(disposeAll);

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

describe('the mixin', () => {
  it('extends the class it is given and passes it all arguments', () => {
    const options = silentOptions();
    const trace = new Trace(options, 'second', 3);
    expect(trace).toBeInstanceOf(RecordingTrace);
    expect(trace.args).toHaveLength(3);
    expect(trace.args[0]).toBe(options);
    expect(trace.args.slice(1)).toEqual(['second', 3]);
  });

  it('goes over a class with positional arguments and private state', () => {
    class Mixed extends ActionAwareStructuredTrace(HostTrace) {}
    const trace = new Mixed('context', 'config');
    expect(trace.traceContext).toBe('context');
    expect(trace.traceConfig).toBe('config');
    trace.captureActionData('stage', 'action', { a: 1 });
    expect(trace.captured).toEqual([
      { stage: 'stage', actionId: 'action', data: { a: 1 } },
    ]);
    expect(trace.startPipelineExecution).toEqual(expect.any(Function));
  });

  it('recognizes instances of every class it made, and no others', () => {
    class Other extends ActionAwareStructuredTrace(HostTrace) {}
    class Sub extends Trace {}
    const made = [
      new Trace(silentOptions()),
      new Sub(silentOptions()),
      new Other(),
    ];
    for (const trace of made) {
      expect(trace instanceof ActionAwareStructuredTrace).toBe(true);
    }
    const strangers = [{}, null, undefined, 5, 'x', new HostTrace(), () => 1];
    for (const stranger of strangers) {
      expect(stranger instanceof ActionAwareStructuredTrace).toBe(false);
    }
    expect(new Trace(silentOptions())).not.toBeInstanceOf(Other);
  });

  it('can be applied to a class in place', () => {
    class InPlace extends HostTrace {}
    const before = new InPlace('context', 'config');
    ActionAwareStructuredTrace.applyTo(InPlace);
    const after = new InPlace('context', 'config');
    for (const trace of [before, after]) {
      expect(trace instanceof ActionAwareStructuredTrace).toBe(true);
      trace.captureActionData('s', 'a', { x: 1 });
      expect(trace.captured).toHaveLength(1);
    }
    expect(new HostTrace() instanceof ActionAwareStructuredTrace).toBe(false);
    const world = newCollector();
    after.performanceMetrics = world.metrics;
    expect(after.startPipelineExecution()).toMatchObject({ completed: false });
    after.startStageExecution('a');
    world.clock.advance(5);
    expect(after.completeStageExecution('a').duration).toBe(5);
    expect(after.completePipelineExecution().totalDuration).toBe(5);
    expect(world.metrics.pipelineExecutions.size).toBe(1);
  });

  it('applied twice in place does everything once', () => {
    class InPlace extends HostTrace {}
    ActionAwareStructuredTrace.applyTo(InPlace);
    ActionAwareStructuredTrace.applyTo(InPlace);
    const trace = new InPlace();
    trace.captureActionData('s', 'a', {});
    expect(trace.captured).toHaveLength(1);
  });
});

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

  it('keeps the summary itself where its base has no captureActionData', () => {
    class Bare extends ActionAwareStructuredTrace(class {}) {}
    const { trace } = traced(Bare);
    trace.startPipelineExecution();
    const { executionId } = trace.completePipelineExecution();
    expect(JSON.stringify(trace.actionData)).toContain(executionId);
  });

  it('is unharmed where its base drops or refuses the summary', () => {
    class Refusing {
      captureActionData() {
        throw new Error('filtered');
      }
    }
    const { trace } = traced(
      class extends ActionAwareStructuredTrace(Refusing) {},
    );
    trace.startPipelineExecution();
    expect(trace.completePipelineExecution()).toMatchObject({
      completed: true,
    });
  });

  it('adds the context of the stage to captured data when asked', () => {
    const { trace, clock } = traced();
    const { executionId } = trace.startPipelineExecution();
    const data = { kept: 1 };
    trace.captureActionData('c', 't', data, {
      includePerformanceContext: true,
      currentStage: 'a',
      stageStartTime: 12,
    });
    trace.captureActionData('c', 't', data);
    const [[, , withContext], [, , without]] = trace.captured;
    expect(withContext).toMatchObject({
      kept: 1,
      _performanceContext: {
        pipelineExecutionId: executionId,
        currentStage: 'a',
        stageStartTime: 12,
        timestamp: clock.iso(),
      },
    });
    expect(without).toEqual({ kept: 1 });
    expect(data).toEqual({ kept: 1 });
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

  it('may be refused: then the trace answers as the ticket says', () => {
    const trace = new Trace({
      ...silentOptions(),
      enablePerformanceMetrics: false,
    });
    expect(trace.startPipelineExecution()).toBeNull();
    expect(trace.startStageExecution('a')).toBeNull();
    expect(trace.completeStageExecution('a')).toBeUndefined();
    expect(trace.completePipelineExecution()).toBeUndefined();
    expect(trace.getStagePerformanceData('a')).toEqual([]);
    expect(trace.getPipelinePerformanceData()).toEqual([]);
    expect(trace.getPerformanceMetrics()).toEqual({
      message: expect.stringMatching(/\w+ \w+/),
    });
    trace.captureActionData('c', 't', { a: 1 });
    expect(trace.captured[0].slice(0, 3)).toEqual(['c', 't', { a: 1 }]);
  });
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
