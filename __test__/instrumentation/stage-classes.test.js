'use strict';

/** Stages and pipelines that are measured from outside: what is recorded, and what stays untouched. */

const {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  measurePipeline,
  measureStage,
  withStageMetrics,
} = require('../..');
const { newCollector } = require('../fixtures/collector');
const { PipelineResult, makeHost, makeStage } = require('../fixtures/host');

class Trace extends ActionAwareStructuredTrace(class {}) {}

/** A collector, and a trace that records with it. */
function traced() {
  const world = newCollector();
  const trace = new Trace({
    traceId: 'trace',
    logger: world.logger,
    eventBus: world.eventBus,
    performanceMetrics: world.metrics,
  });
  return { ...world, trace };
}

const onlyExecution = ({ metrics }) => {
  expect(metrics.pipelineExecutions.size).toBe(1);
  const [[, execution]] = metrics.pipelineExecutions;
  return execution;
};

describe('measureStage', () => {
  it('gives back synchronously what a synchronous function returns', () => {
    const { trace, clock } = traced();
    trace.startPipelineExecution();
    const result = { anything: 1 };
    const returned = measureStage(trace, 'a', { inputSize: 9 }, () => {
      clock.advance(5);
      return result;
    });
    expect(returned).toBe(result);
    const { stages } = trace.completePipelineExecution();
    expect(stages.get('a')).toMatchObject({
      duration: 5,
      completed: true,
      context: { inputSize: 9 },
      result: { success: true, errorCount: 0 },
    });
  });

  it('gives back asynchronously what an asynchronous function resolves to', async () => {
    const { trace, clock } = traced();
    trace.startPipelineExecution();
    const result = { anything: 1 };
    const promise = measureStage(trace, 'a', {}, async () => {
      await null;
      clock.advance(7);
      return result;
    });
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toBe(result);
    const { stages } = trace.completePipelineExecution();
    expect(stages.get('a').duration).toBe(7);
  });

  it('throws and rejects with the very error, and records a failure', async () => {
    const { trace } = traced();
    trace.startPipelineExecution();
    const error = new Error('the stage’s own');
    const fail = () => {
      throw error;
    };
    let caught;
    try {
      measureStage(trace, 'thrown', {}, fail);
    } catch (thrown) {
      caught = thrown;
    }
    expect(caught).toBe(error);
    const rejected = measureStage(trace, 'rejected', {}, async () => fail());
    await expect(rejected).rejects.toBe(error);
    const { stages } = trace.completePipelineExecution();
    for (const name of ['thrown', 'rejected']) {
      expect(stages.get(name).result).toMatchObject({
        success: false,
        errorCount: 1,
      });
    }
  });

  it('pairs parallel stages of one name exactly', async () => {
    const { trace, clock, metrics } = traced();
    trace.startPipelineExecution();
    const gates = [];
    const run = () =>
      measureStage(
        trace,
        'same',
        {},
        () => new Promise((resolve) => gates.push(resolve)),
      );
    const first = run();
    clock.advance(10);
    const second = run();
    clock.advance(10);
    gates[0]();
    await first;
    clock.advance(10);
    gates[1]();
    await second;
    trace.completePipelineExecution();
    const durations = metrics.getStageMetrics('same').map((m) => m.duration);
    expect(durations).toEqual([20, 20]);
  });

  it('opens and closes an execution of its own where there is none', () => {
    const world = traced();
    measureStage(world.trace, 'alone', {}, () => world.clock.advance(5));
    const execution = onlyExecution(world);
    expect(execution).toMatchObject({ completed: true, totalDuration: 5 });
    expect([...execution.stages.keys()]).toEqual(['alone']);
    expect(world.metrics.activeExecutions.size).toBe(0);
  });
});

describe('measurePipeline', () => {
  it.each(['the collector', 'a trace'])('takes %s', async (kind) => {
    const world = traced();
    const target = kind === 'a trace' ? world.trace : world.metrics;
    const context = { actionCount: 6, environment: 'test' };
    const result = await measurePipeline(target, context, async () => {
      await measureStage(target, 'a', {}, async () => world.clock.advance(5));
      measureStage(target, 'b', {}, () => world.clock.advance(2));
      return 'done';
    });
    expect(result).toBe('done');
    const execution = onlyExecution(world);
    expect(execution).toMatchObject({
      totalDuration: 7,
      context: { actionCount: 6, environment: 'test' },
      result: { success: true },
    });
    expect([...execution.stages.keys()]).toEqual(['a', 'b']);
  });

  it('is synchronous where its function is', () => {
    const world = traced();
    const { metrics, clock } = world;
    expect(measurePipeline(metrics, {}, () => clock.advance(3) ?? 'x')).toBe(
      'x',
    );
    expect(onlyExecution(world).totalDuration).toBe(3);
  });

  it('completes a failed execution and hands its error on', async () => {
    const { metrics } = traced();
    const error = new Error('whole pipeline');
    const fail = () => {
      throw error;
    };
    expect(() => measurePipeline(metrics, {}, fail)).toThrow(error);
    const rejected = measurePipeline(metrics, {}, async () => fail());
    await expect(rejected).rejects.toBe(error);
    const successes = metrics.getPipelineMetrics().map((m) => m.success);
    expect(successes).toEqual([false, false]);
    expect(metrics.activeExecutions.size).toBe(0);
  });
});

describe('a stage that returns a failure', () => {
  const resultOf = async (returned) => {
    const world = traced();
    await measurePipeline(world.trace, {}, async () =>
      measureStage(world.trace, 'a', {}, async () => returned),
    );
    return onlyExecution(world).stages.get('a').result;
  };

  it('is a failed stage with that many errors', async () => {
    const errors = ['one', 'two', 'three'];
    expect(await resultOf({ success: false, errors })).toMatchObject({
      success: false,
      errorCount: 3,
    });
    expect(await resultOf({ errors: ['one'] })).toMatchObject({
      success: false,
      errorCount: 1,
    });
  });

  it('has one error where it names none', async () => {
    // Decision: a failure without a list of errors is one error, as a throw is.
    expect(await resultOf({ success: false })).toMatchObject({
      success: false,
      errorCount: 1,
    });
  });

  it('is none where success is true or absent and errors are empty', async () => {
    for (const fine of [
      PipelineResult.success(),
      {},
      null,
      undefined,
      'text',
      5,
      [],
    ]) {
      expect(await resultOf(fine)).toMatchObject({
        success: true,
        errorCount: 0,
      });
    }
  });
});

describe('BasePipelineStage', () => {
  class ComponentFilteringStage extends BasePipelineStage {
    async executeInternal(context) {
      if (context.fail) throw context.fail;
      return context.result;
    }
  }
  const stageFor = ({ logger, eventBus }) =>
    new ComponentFilteringStage({ logger, eventBus });

  it('records under its canonical name in the trace’s execution', async () => {
    const world = traced();
    world.trace.startPipelineExecution();
    const result = { actions: [1, 2, 3] };
    const context = { trace: world.trace, actions: [{ id: 1 }], result };
    expect(await stageFor(world).execute(context)).toBe(result);
    const { stages } = world.trace.completePipelineExecution();
    expect(stages.get('component_filtering')).toMatchObject({
      completed: true,
      context: { inputSize: 10, complexity: 'low' },
      result: { success: true, itemsProcessed: 3, outputSize: 19 },
    });
  });

  it('opens and closes an execution of its own outside one', async () => {
    const world = traced();
    await stageFor(world).execute({ trace: world.trace, result: {} });
    const { stages, completed } = onlyExecution(world);
    expect(completed).toBe(true);
    expect([...stages.keys()]).toEqual(['component_filtering']);
  });

  it('rejects with the very error and records it', async () => {
    const world = traced();
    const fail = new Error('filtering failed');
    const run = stageFor(world).execute({ trace: world.trace, fail });
    await expect(run).rejects.toBe(fail);
    expect(world.metrics.getStageMetrics('component_filtering')).toMatchObject([
      { success: false, errorCount: 1 },
    ]);
  });

  it('runs without a trace, and with one that has no metrics', async () => {
    const world = traced();
    const result = { fine: true };
    for (const trace of [null, undefined, {}]) {
      const run = stageFor(world).execute({ trace, result });
      expect(await run).toBe(result);
    }
    expect(world.metrics.stageMetrics.size).toBe(0);
  });
});

describe('withStageMetrics', () => {
  it('measures the stages of any base class', async () => {
    const world = traced();
    const { PipelineStage } = makeHost();
    const Measured = withStageMetrics(PipelineStage);
    const result = PipelineResult.failure(['a', 'b']);
    const stage = makeStage(Measured, 'MultiTargetResolution', () => result);
    expect(stage).toBeInstanceOf(PipelineStage);
    expect(await stage.execute({ trace: world.trace })).toBe(result);
    expect(
      world.metrics.getStageMetrics('multi_target_resolution'),
    ).toMatchObject([{ success: false, errorCount: 2 }]);
  });
});
