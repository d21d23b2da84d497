'use strict';

const { measurePipeline } = require('../../js/instrumentation/measure');
const {
  BasePipelineStage,
  withStageMetrics,
} = require('../../js/instrumentation/stages');
const { ActionAwareStructuredTrace } = require('../../js/index');
const { newCollector } = require('../fixtures/collector');
const {
  PipelineResult,
  SilentBus,
  makeHost,
  makeLogger,
} = require('../fixtures/host');
const { refuse } = require('../fixtures/throwing');
const {
  RecordingCollector,
  brokenCollector,
} = require('../fixtures/recordingCollector');

class Trace extends ActionAwareStructuredTrace(class {}) {}

let collector;
let trace;
let services;
beforeEach(() => {
  collector = new RecordingCollector();
  trace = new Trace({ traceId: 'turn', performanceMetrics: collector });
  services = { logger: makeLogger(), eventBus: new SilentBus() };
});

/** A stage that does `work(context)`, and whatever else `methods` say. */
function filteringStage(work, methods = {}) {
  class ComponentFilteringStage extends BasePipelineStage {
    executeInternal(context) {
      return work.call(this, context);
    }
  }
  Object.assign(ComponentFilteringStage.prototype, methods);
  return new ComponentFilteringStage(services);
}

describe('BasePipelineStage', () => {
  it('keeps its logger and event bus, and refuses what is none', () => {
    expect(new BasePipelineStage(services)).toMatchObject(services);
    const wrong = [
      undefined,
      null,
      {},
      { logger: services.logger },
      { ...services, logger: { debug() {} } },
      { ...services, eventBus: {} },
    ];
    for (const options of wrong) {
      expect(() => new BasePipelineStage(options)).toThrow(
        expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
      );
    }
  });

  it('records input, expected output and result with its own figures', async () => {
    const result = { actions: [1, 2], errors: [] };
    const context = {
      trace,
      actions: [{ id: 1 }],
      entities: { a: 1 },
      components: ['x'],
    };
    const inputSize = '[{"id":1}]'.length + '{"a":1}'.length + '["x"]'.length;
    expect(await filteringStage(() => result).execute(context)).toBe(result);
    expect(collector.stages).toMatchObject([
      {
        stageName: 'component_filtering',
        context: {
          inputSize,
          expectedOutputSize: inputSize,
          complexity: 'low',
        },
        result: {
          success: true,
          outputSize: JSON.stringify(result).length,
          itemsProcessed: 2,
          errorCount: 0,
        },
      },
    ]);
  });

  it('returns a promise for synchronous work too, and rejects what that throws', async () => {
    const error = new Error('own');
    const stage = filteringStage(({ fail }) => {
      if (fail) throw error;
      return 'value';
    });
    expect(await stage.execute({ trace })).toBe('value');
    const failing = stage.execute({ trace, fail: true });
    expect(failing).toBeInstanceOf(Promise);
    await expect(failing).rejects.toBe(error);
    expect(
      collector.stages.map(({ result }) => [result.success, result.errorCount]),
    ).toEqual([
      [true, 0],
      [false, 1],
    ]);
  });

  it('without work of its own rejects, and names what is missing', async () => {
    const bare = new BasePipelineStage(services);
    await expect(bare.execute({})).rejects.toMatchObject({
      code: 'ERR_PPM_NOT_IMPLEMENTED',
      message: expect.stringContaining('executeInternal'),
    });
  });

  it('records what its own estimators answer', async () => {
    const stage = filteringStage(() => 'result', {
      calculateInputSize: () => 10,
      estimateOutputSize: () => 20,
      calculateOutputSize: (result) => result.length,
      countProcessedItems: (result) => result.length * 2,
      assessComplexity: () => 'own',
    });
    await stage.execute({ trace });
    expect(collector.stages[0]).toMatchObject({
      context: { inputSize: 10, expectedOutputSize: 20, complexity: 'own' },
      result: { outputSize: 6, itemsProcessed: 12 },
    });
  });

  it('counts what its generator yielded, and asks no counter', async () => {
    const { metrics } = newCollector();
    const countProcessedItems = jest.fn(() => 7);
    const work = function* () {
      yield* 'abc';
    };
    const stage = filteringStage(work, { countProcessedItems });
    const run = () => stage.execute({});
    expect([...(await measurePipeline(metrics, null, run))]).toHaveLength(3);
    expect(countProcessedItems).not.toHaveBeenCalled();
    expect(
      metrics.getStageMetrics('component_filtering')[0].itemsProcessed,
    ).toBe(3);
  });

  it('estimates the input once where the output is expected to be as large', async () => {
    const calculateInputSize = jest.fn(() => 5);
    await filteringStage(() => 1, { calculateInputSize }).execute({ trace });
    expect(calculateInputSize).toHaveBeenCalledTimes(1);
    expect(collector.stages[0].context.expectedOutputSize).toBe(5);
  });

  it('is unharmed by estimators, names and contexts that throw', async () => {
    const stage = filteringStage(() => 'result', {
      calculateInputSize: refuse,
      estimateOutputSize: refuse,
      calculateOutputSize: refuse,
      countProcessedItems: refuse,
      assessComplexity: refuse,
    });
    expect(await stage.execute({ trace })).toBe('result');
    Object.defineProperty(stage, 'estimateOutputSize', { get: refuse });
    Object.defineProperty(stage, 'stageName', { get: refuse });
    expect(await stage.execute({ trace })).toBe('result');
    const hostile = new Proxy({}, { get: refuse });
    expect(await stage.execute(hostile)).toBe('result');
    expect(await stage.execute(null)).toBe('result');
    expect(await stage.execute()).toBe('result');
  });

  it.each([[5n], [Symbol('size')], [{ valueOf: refuse }], ['5']])(
    'returns what its work returns where its estimators answer %p, which counts as 0',
    async (answer) => {
      const { metrics } = newCollector();
      const stage = filteringStage(() => 'result', {
        calculateOutputSize: () => answer,
        countProcessedItems: () => answer,
      });
      const result = measurePipeline(metrics, null, () => stage.execute({}));
      expect(await result).toBe('result');
      expect(metrics.getStageMetrics('component_filtering')).toMatchObject([
        { outputSize: 0, itemsProcessed: 0 },
      ]);
      expect(metrics.getDiagnostics().invalidNumbers).toBe(2);
    },
  );

  it('is unharmed by a collector that throws from everything', async () => {
    trace.performanceMetrics = brokenCollector(refuse);
    const error = new Error('own');
    const stage = filteringStage(({ fail }) => {
      if (fail) throw error;
      return 'value';
    });
    expect(await stage.execute({ trace })).toBe('value');
    await expect(stage.execute({ trace, fail: true })).rejects.toBe(error);
  });

  it('belongs to the execution of the trace, else to that around it', async () => {
    const stage = filteringStage(() => 1);
    trace.startPipelineExecution();
    await stage.execute({ trace });
    trace.completePipelineExecution();
    await measurePipeline(collector, {}, () => stage.execute({ trace: null }));
    const silent = new Trace({ traceId: 'silent' });
    await measurePipeline(collector, {}, () =>
      stage.execute({ trace: silent }),
    );
    expect(collector.shape).toEqual([
      ['component_filtering'],
      ['component_filtering'],
      ['component_filtering'],
    ]);
  });

  it('outside of one is measured in one of its own, on a trace with metrics alone', async () => {
    const stage = filteringStage(() => 1);
    await stage.execute({ trace });
    await stage.execute({ trace: null });
    await stage.execute({ trace: { startStageExecution: refuse } });
    expect(collector.shape).toEqual([['component_filtering']]);
    expect(collector.isSettled).toBe(true);
  });

  it('passes every argument and its receiver on', async () => {
    class Counting extends withStageMetrics(
      class {
        execute(...args) {
          return [this, args];
        }
      },
    ) {}
    const stage = new Counting();
    const context = { trace };
    expect(stage.execute(context, 2, 3)).toEqual([stage, [context, 2, 3]]);
    expect(collector.stages[0].completed).toBe(true);
  });
});

describe('the default estimators', () => {
  const stage = () => filteringStage(() => 1);

  it('count the actions, else other lists, else one', () => {
    const count = (result) => stage().countProcessedItems(result);
    expect(count({ actions: [1, 2] })).toBe(2);
    expect(count({ entities: [1] })).toBe(1);
    expect(count({ components: [1, 2, 3] })).toBe(3);
    expect(count({ actions: [] })).toBe(0);
    expect(count({})).toBe(1);
    expect(count(undefined)).toBe(1);
  });

  it('read no name of a result that is no object', () => {
    const seen = jest.fn();
    const result = Object.defineProperties(
      () => 1,
      Object.fromEntries(
        ['actions', 'data', 'entities'].map((name) => [name, { get: seen }]),
      ),
    );
    expect(stage().countProcessedItems(result)).toBe(1);
    expect(seen).not.toHaveBeenCalled();
  });

  it('call more than 20 items medium, and more than 100 high', () => {
    const complexity = (n) =>
      stage().assessComplexity({
        actions: Array(n).fill(1),
        entities: [1],
        components: [],
      });
    expect([19, 20, 99, 100].map(complexity)).toEqual([
      'low',
      'medium',
      'medium',
      'high',
    ]);
  });

  it('never throw', () => {
    const hostile = new Proxy({}, { get: refuse, ownKeys: refuse });
    for (const value of [hostile, null, undefined, 5, { actions: hostile }]) {
      const { constructor: Any } = stage();
      const any = new Any(services);
      expect(Number.isFinite(any.calculateInputSize(value))).toBe(true);
      expect(Number.isFinite(any.estimateOutputSize(value))).toBe(true);
      expect(Number.isFinite(any.calculateOutputSize(value))).toBe(true);
      expect(any.countProcessedItems(value)).toBe(1);
      expect(any.assessComplexity(value)).toBe('low');
    }
  });
});

describe('withStageMetrics', () => {
  it('goes over the host’s stage, under its name', async () => {
    const { PipelineStage } = makeHost();
    class Resolution extends withStageMetrics(PipelineStage) {
      constructor() {
        super('MultiTargetResolution');
      }

      async executeInternal() {
        return PipelineResult.failure(['a', 'b']);
      }
    }
    const stage = new Resolution();
    expect(stage).toBeInstanceOf(PipelineStage);
    expect((await stage.execute({ trace })).success).toBe(false);
    expect(collector.stages).toMatchObject([
      {
        stageName: 'multi_target_resolution',
        result: { success: false, errorCount: 2 },
      },
    ]);
  });

  it('goes over a finished stage, and stays synchronous where that is', () => {
    class FormattingStage {
      execute() {
        return { actions: [1] };
      }
    }
    const Measured = withStageMetrics(FormattingStage);
    expect(Measured.name).toBe('FormattingStage');
    expect(new Measured().execute({ trace })).toEqual({ actions: [1] });
    expect(collector.shape).toEqual([['formatting']]);
  });

  it('measures executeInternal of a base without execute', () => {
    class Bare {
      executeInternal() {
        return 'done';
      }
    }
    const Measured = withStageMetrics(Bare);
    expect(new Measured().execute({ trace })).toBe('done');
    expect(collector.shape).toEqual([['bare']]);
  });

  it('leaves the estimators that its base has', () => {
    class Sized {
      execute() {
        return 'result';
      }

      calculateOutputSize() {
        return 99;
      }
    }
    const Measured = withStageMetrics(Sized);
    new Measured().execute({ trace });
    expect(collector.stages[0].result.outputSize).toBe(99);
    expect(Object.keys(Measured.prototype)).toEqual([]);
  });

  it('mixed in twice records once', async () => {
    class Work {
      async execute() {
        return 'result';
      }
    }
    const Twice = withStageMetrics(withStageMetrics(Work));
    expect(await new Twice().execute({ trace })).toBe('result');
    expect(collector.shape).toEqual([['work']]);
  });

  it.each([
    [
      'a field',
      class Work {
        execute = async (context) => [this, context];
      },
    ],
    [
      'bound to it',
      class Work {
        constructor() {
          this.execute = this.execute.bind(this);
        }

        async execute(context) {
          return [this, context];
        }
      },
    ],
  ])(
    'measures the execute that each stage has of its own: %s',
    async (_, Work) => {
      const stage = new (withStageMetrics(withStageMetrics(Work)))();
      const { execute } = stage;
      expect(await execute({ trace })).toEqual([stage, { trace }]);
      const spy = jest.spyOn(stage, 'execute');
      expect(await stage.execute({ trace })).toEqual([stage, { trace }]);
      spy.mockRestore();
      expect(collector.shape).toEqual([['work'], ['work']]);
      expect(collector.isSettled).toBe(true);
    },
  );

  it('leaves what its base hands out in place of an instance', () => {
    const frozen = Object.freeze({ execute: () => 'frozen' });
    const hostile = new Proxy({}, { getOwnPropertyDescriptor: refuse });
    for (const instance of [frozen, hostile]) {
      class Base {
        constructor() {
          return instance;
        }
      }
      expect(new (withStageMetrics(Base))()).toBe(instance);
    }
    expect(frozen.execute()).toBe('frozen');
  });

  it('refuses what is no class', () => {
    for (const wrong of [undefined, null, {}, 'text', () => 1]) {
      expect(() => withStageMetrics(wrong)).toThrow(
        expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
      );
    }
  });
});
