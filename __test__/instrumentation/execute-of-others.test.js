'use strict';

/** What engines and their tests do with `execute`: mocks, wrappers of their own. */

const {
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  PipelinePerformanceMetrics,
} = require('../..');
const { newCollector, settle } = require('../fixtures/collector');
const { refuse, traps, unreadable } = require('../fixtures/throwing');

/** Stages in turn; what each returned. */
class Pipeline {
  constructor(stages) {
    this.stages = stages;
  }

  async execute(context) {
    const results = [];
    for (const stage of this.stages) results.push(await stage.execute(context));
    return results;
  }
}

/** A base class of its own for each test. */
const newBase = () =>
  class PipelineStage {
    constructor(name) {
      this.name = name;
    }

    async execute(context) {
      return [this.name, context];
    }
  };

/** An installation on a pipeline, on `PipelineStage` where none is given, and on a new collector. */
function installed(options) {
  const { metrics } = newCollector();
  const given = { Pipeline, PipelineStage: newBase(), metrics, ...options };
  return { metrics, ...installPipelineMetrics(given) };
}

/** Stages of the latest execution, with how often each ran. */
function stagesOf(metrics) {
  const { stageBreakdown } = metrics.getPipelineMetrics().at(-1);
  return Object.fromEntries(
    stageBreakdown.map(({ stageName, count }) => [stageName, count]),
  );
}

it('an execute that a getter hands out is none that can be measured', () => {
  class Getting {
    get execute() {
      throw new Error('asked');
    }
  }
  for (const options of [
    { PipelineStage: Getting },
    { Pipeline: Getting },
    { stages: [Getting] },
    { pipelines: [new Getting()] },
  ])
    expect(() => installed(options)).toThrow(
      expect.objectContaining({
        code: 'ERR_PPM_INVALID_ARG',
        message: expect.stringContaining('a method execute'),
      }),
    );
});

describe('what stands in for an execute', () => {
  it.each([
    ['a method', () => newBase()],
    [
      'a function, as compilers emit it',
      () => {
        function PipelineStage() {}
        PipelineStage.prototype.execute = function execute(_context) {};
        return PipelineStage;
      },
    ],
  ])('has the own names that it has, where it is %s', (_, make) => {
    const PipelineStage = make();
    const namesOf = () =>
      Object.getOwnPropertyNames(PipelineStage.prototype.execute);
    const names = namesOf();
    const { uninstall } = installed({ PipelineStage });
    expect(namesOf().sort()).toEqual(names.sort());
    uninstall();
  });

  it('is not wrapped again where a spy that stood over it is gone', async () => {
    const PipelineStage = newBase();
    const { execute } = PipelineStage.prototype;
    for (let i = 0; i < 3; i += 1) {
      const { uninstall } = installed({ PipelineStage });
      const spy = jest.spyOn(PipelineStage.prototype, 'execute');
      uninstall();
      spy.mockRestore();
    }
    installed({ PipelineStage }).uninstall();
    expect(PipelineStage.prototype.execute).toBe(execute);
  });
});

describe('a function or a class with an execute of its own', () => {
  it('may be a stage or a pipeline', async () => {
    const stage = Object.assign(() => {}, {
      stageName: 'arrow',
      execute: async () => 'arrow',
    });
    class Static {
      static async execute() {
        return this.name;
      }
    }
    const pipeline = Object.assign(() => {}, {
      execute: () => Promise.all([stage.execute(), Static.execute()]),
    });
    const { metrics, uninstall } = installed({
      stages: [stage, Static],
      pipelines: [pipeline],
    });
    expect(await pipeline.execute()).toEqual(['arrow', 'Static']);
    expect(stagesOf(metrics)).toEqual({ arrow: 1, static: 1 });
    uninstall();
  });
});

describe('an execute with properties', () => {
  it('shares them with what stands in for it', async () => {
    const PipelineStage = newBase();
    async function execute() {
      execute.calls += 1;
    }
    execute.calls = 0;
    PipelineStage.prototype.execute = execute;
    const { metrics, uninstall } = installed({ PipelineStage });
    await new Pipeline([new PipelineStage('a')]).execute();
    const standIn = PipelineStage.prototype.execute;
    expect(standIn.calls).toBe(1);
    standIn.calls = 5;
    standIn.added = true;
    expect([execute.calls, execute.added]).toEqual([5, true]);
    expect(stagesOf(metrics)).toEqual({ a: 1 });
    uninstall();
  });

  it('keeps them, and its class', () => {
    const PipelineStage = newBase();
    const key = Symbol('key');
    const { execute } = PipelineStage.prototype;
    Object.assign(execute, { role: 'stage', [key]: 1 });
    Object.defineProperty(execute, 'hidden', { value: 2 });
    const { uninstall } = installed({ PipelineStage });
    const wrapped = PipelineStage.prototype.execute;
    expect(wrapped).not.toBe(execute);
    expect(Object.keys(wrapped)).toEqual(['role']);
    expect([wrapped.role, wrapped[key], wrapped.hidden]).toEqual([
      'stage',
      1,
      2,
    ]);
    expect(wrapped.constructor).toBe(execute.constructor);
    expect(String(Object.prototype.toString.call(wrapped))).toBe(
      '[object AsyncFunction]',
    );
    uninstall();
  });

  it('is still a mock function where it is one', async () => {
    const PipelineStage = newBase();
    const spy = jest.spyOn(PipelineStage.prototype, 'execute');
    const { uninstall } = installed({ PipelineStage });
    await new Pipeline([new PipelineStage('a')]).execute('context');
    expect(PipelineStage.prototype.execute).toHaveBeenCalledWith('context');
    expect(spy).toHaveBeenCalledTimes(1);
    uninstall();
  });
});

describe('an execute that others wrap after us, on several classes', () => {
  /** An installation on a class and its base, the class calling its base. */
  function installedOnLeaf() {
    const PipelineStage = newBase();
    class Leaf extends PipelineStage {
      async execute(context) {
        return super.execute(context);
      }
    }
    const { metrics } = installed({ PipelineStage, stages: [Leaf] });
    return { PipelineStage, Leaf, metrics };
  }

  const wrapOver = (Class) => {
    const ours = Class.prototype.execute;
    Class.prototype.execute = function execute(...args) {
      return ours.apply(this, args);
    };
  };

  it('is one stage', async () => {
    const { PipelineStage, Leaf, metrics } = installedOnLeaf();
    wrapOver(Leaf);
    wrapOver(PipelineStage);
    await new Pipeline([new Leaf('leaf'), new PipelineStage('base')]).execute();
    expect(stagesOf(metrics)).toEqual({ leaf: 1, base: 1 });
  });

  it('is measured by its base class where ours is called no more', async () => {
    const { PipelineStage, Leaf, metrics } = installedOnLeaf();
    Leaf.prototype.execute = function execute(context) {
      return PipelineStage.prototype.execute.call(this, context);
    };
    await new Pipeline([new Leaf('leaf')]).execute();
    expect(stagesOf(metrics)).toEqual({ leaf: 1 });
  });
});

describe('an installation that fails', () => {
  it('undoes what it added to one that stands', () => {
    const PipelineStage = newBase();
    class Leaf extends PipelineStage {
      async execute(context) {
        return super.execute(context);
      }
    }
    const { execute } = Leaf.prototype;
    const { metrics } = newCollector();
    const options = { Pipeline, PipelineStage, metrics };
    const { uninstall } = installPipelineMetrics(options);
    for (const fixed of [
      Object.freeze({ execute() {} }),
      new Proxy({ execute() {} }, { defineProperty: refuse }),
    ]) {
      expect(() =>
        installPipelineMetrics({ ...options, stages: [Leaf, fixed] }),
      ).toThrow('cannot be replaced');
      expect(Leaf.prototype.execute).toBe(execute);
    }
    uninstall();
  });

  it('has a code, whatever it was given', () => {
    const hostile = traps('get', 'getOwnPropertyDescriptor');
    for (const stage of [null, {}, hostile, { execute: 1 }])
      expect(() => installed({ stages: [stage] })).toThrow(
        expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
      );
  });
});

describe('what describe answers', () => {
  it.each([
    ['labels that cannot be read', unreadable('labels')],
    ['a count that cannot be read', unreadable('actionCount')],
    ['what refuses every question', traps('get')],
    ['a number', 5],
    ['a promise that rejects', 'rejects'],
  ])('may be %s: all is recorded', async (kind, answer) => {
    const PipelineStage = newBase();
    const { metrics, uninstall } = installed({
      PipelineStage,
      estimateSizes: true,
      describe: () =>
        answer === 'rejects' ? Promise.reject(new Error('late')) : answer,
    });
    await new Pipeline([new PipelineStage('a')]).execute({});
    await settle();
    uninstall();
    expect(stagesOf(metrics)).toEqual({ a: 1 });
  });
});

describe('what was to answer at once', () => {
  it('may be a collector of another make', async () => {
    const late = async () => {
      throw new Error('late');
    };
    const metrics = {
      startPipelineExecution: late,
      startStageExecution: late,
      completeStageExecution: late,
      completePipelineExecution: late,
    };
    const stage = () => measureStage(metrics, 'a', null, () => 1);
    expect(measurePipeline(metrics, { executionId: 'e' }, stage)).toBe(1);
    await settle();
  });

  it('may be asynchronous and reject: no rejection is unhandled', async () => {
    const late = async () => {
      throw new Error('late');
    };
    const metrics = new PipelinePerformanceMetrics({
      eventBus: { dispatch: late },
      logger: {
        debug: late,
        info: late,
        warn: late,
        error: late,
        isLevelEnabled: late,
      },
      clock: { now: late, wallNow: late },
      memorySampler: late,
      verbosityConfig: { getVerbosityLevel: late },
    });
    const PipelineStage = newBase();
    const { uninstall } = installed({ PipelineStage, metrics });
    await new Pipeline([new PipelineStage('a')]).execute({});
    metrics.flush();
    await settle();
    uninstall();
    expect(stagesOf(metrics)).toEqual({ a: 1 });
    metrics.dispose();
  });
});
