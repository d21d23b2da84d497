'use strict';

const {
  measurePipeline,
  measureStage,
} = require('../../js/instrumentation/measure');
const { ActionAwareStructuredTrace } = require('../../js/index');
const { fail, turnOfLoop } = require('../fixtures/followedResults');
const { traps } = require('../fixtures/throwing');
const {
  RecordingCollector,
  brokenCollector,
  collectorFailingIn,
} = require('../fixtures/recordingCollector');

class Trace extends ActionAwareStructuredTrace(class {}) {}

let collector;
let other;
let trace;
beforeEach(() => {
  collector = new RecordingCollector();
  other = new RecordingCollector();
  trace = new Trace({ traceId: 'turn', performanceMetrics: collector });
});

const resultOf = (value) => {
  measureStage(collector, 'a', undefined, () => value);
  return collector.stages.at(-1).result;
};

describe('a synchronous function', () => {
  it('returns its very value, and its stage is complete by then', () => {
    const value = { actions: [1, 2] };
    expect(measureStage(collector, 'a', { inputSize: 3 }, () => value)).toBe(
      value,
    );
    expect(collector.stages).toMatchObject([
      { stageName: 'a', context: { inputSize: 3 }, completed: true },
    ]);
    expect(collector.isSettled).toBe(true);
  });

  it('throws its very error synchronously, as a failure', () => {
    for (const error of [new Error('own'), undefined, null, 'text']) {
      let caught = 'nothing';
      try {
        measurePipeline(collector, {}, () =>
          measureStage(collector, 'a', {}, () => fail(error)),
        );
      } catch (thrown) {
        caught = thrown;
      }
      expect(caught).toBe(error);
      expect(collector.stages.at(-1).result).toEqual({
        success: false,
        outputSize: 0,
        itemsProcessed: 0,
        errorCount: 1,
      });
    }
    expect(collector.isSettled).toBe(true);
  });

  it('is called once, without receiver or arguments', () => {
    const calls = [];
    const fn = function fn(...args) {
      calls.push([this, args]);
    };
    measureStage(collector, 'a', {}, fn);
    measurePipeline(collector, {}, fn);
    expect(calls).toEqual([
      [undefined, []],
      [undefined, []],
    ]);
  });

  it('is called exactly as it is where there is nothing to measure with', () => {
    const error = new Error('own');
    for (const target of [null, undefined, 5, 'x', {}, () => 1, []]) {
      expect(measureStage(target, 'a', {}, () => 7)).toBe(7);
      expect(measurePipeline(target, {}, () => 7)).toBe(7);
      expect(() => measureStage(target, 'a', {}, () => fail(error))).toThrow(
        error,
      );
    }
  });

  it('that is none throws a TypeError, and leaves nothing open', () => {
    expect(() => measureStage(collector, 'a', {}, undefined)).toThrow(
      TypeError,
    );
    expect(() => measurePipeline(collector, {}, 'text')).toThrow(TypeError);
    expect(collector.isSettled).toBe(true);
  });
});

describe('what a result counts as', () => {
  it.each([
    ['a success', { actions: [1, 2] }, true, 2, 0],
    ['a failure', { success: false, errors: ['a', 'b'] }, false, 1, 2],
    ['a plain value', 5, true, 1, 0],
  ])('for a stage: %s', (_, value, success, itemsProcessed, errorCount) => {
    expect(resultOf(value)).toEqual({
      success,
      itemsProcessed,
      errorCount,
      outputSize: 0,
    });
  });

  it('for a pipeline, reads like a stage’s', () => {
    const value = { success: false, errors: ['a', 'b'], actions: [1] };
    measurePipeline(collector, {}, () => value);
    expect([...collector.executions.values()][0].result).toEqual({
      success: false,
      totalErrors: 2,
      totalItemsProcessed: 1,
      finalOutputSize: 0,
    });
  });
});

describe('the execution of a stage', () => {
  it('is the one around it, however deep and asynchronous', async () => {
    await measurePipeline(collector, { executionId: 'mine' }, async () => {
      await null;
      await measureStage(collector, 'a', {}, async () => {
        await turnOfLoop();
        measureStage(collector, 'b', {}, () => {});
      });
    });
    expect(collector.log).toEqual([
      'start mine',
      'start mine/a',
      'start mine/b',
      'end mine/b',
      'end mine/a',
      'end mine',
    ]);
  });

  it('is one of its own where there is none, which its inner stages share', async () => {
    await measureStage(collector, 'outer', {}, async () => {
      await null;
      measureStage(collector, 'inner', {}, () => {});
    });
    measureStage(collector, 'next', {}, () => {});
    expect(collector.shape).toEqual([['outer', 'inner'], ['next']]);
    expect(collector.isSettled).toBe(true);
  });

  it('of its own ends as it does, with its figures', () => {
    measureStage(collector, 'a', {}, () => ({
      actions: [1, 2],
      errors: ['x'],
    }));
    expect([...collector.executions.values()][0].result).toEqual({
      success: false,
      totalErrors: 1,
      totalItemsProcessed: 2,
      finalOutputSize: 0,
    });
  });

  it('is that of its own collector, past those of others', () => {
    const other = new RecordingCollector();
    measurePipeline(collector, {}, () =>
      measurePipeline(other, {}, () => {
        measureStage(collector, 'a', {}, () => {});
        measureStage(other, 'b', {}, () => {});
      }),
    );
    expect([collector.shape, other.shape]).toEqual([[['a']], [['b']]]);
  });

  it('is none that has ended, in whose context it still runs', async () => {
    let later;
    measurePipeline(collector, null, () => {
      later = Promise.resolve().then(() =>
        measureStage(collector, 'later', null, () => 1),
      );
    });
    await later;
    expect(collector.shape).toEqual([[], ['later']]);
    expect(collector.isSettled).toBe(true);
  });

  it('keeps its context as given', () => {
    const context = { actionCount: 4, environment: 'test' };
    measurePipeline(collector, context, () => {});
    expect([...collector.executions.values()][0].context).toBe(context);
  });

  it('has an id that no other has, unless it is given one', () => {
    for (let i = 0; i < 100; i++) measurePipeline(collector, null, () => {});
    measurePipeline(collector, { executionId: 'given' }, () => {});
    expect(collector.executions.size).toBe(101);
    expect(collector.executions.has('given')).toBe(true);
    expect(collector.refused).toEqual([]);
  });
});

describe('a target', () => {
  const wholes = [undefined, null, {}, class {}, 'text', 5, Symbol('none')];
  const broken = [
    new Proxy({}, traps('get', 'has')),
    { performanceMetrics: 5 },
  ];

  it.each([...wholes, ...broken])(
    'that is none, %#, measures nothing',
    async (none) => {
      expect(measureStage(none, 'a', null, () => 1)).toBe(1);
      expect(measurePipeline(none, null, () => 2)).toBe(2);
      await expect(
        measureStage(none, 'a', null, async () => fail('own')),
      ).rejects.toBe('own');
    },
  );

  it('that is a trace of another copy of the package measures with its collector', () => {
    let other;
    jest.isolateModules(() => {
      other = require('../../js/instrumentation/measure');
    });
    other.measurePipeline(trace, { executionId: 'e' }, () => {
      other.measureStage(trace, 'a', null, () => 1);
    });
    other.measureStage(trace, 'b', null, () => 1);
    expect(collector.shape).toEqual([['a'], ['b']]);
  });
});

describe('a trace', () => {
  it('carries executions and stages to its collector', async () => {
    await measurePipeline(trace, { actionCount: 2 }, async () => {
      await measureStage(trace, 'a', {}, async () => {});
      measureStage(collector, 'b', {}, () => {});
    });
    expect(collector.shape).toEqual([['a', 'b']]);
    expect(collector.isSettled).toBe(true);
    expect(trace.actionData.performance.pipeline_execution).toMatchObject({
      performanceRating: 77,
    });
  });

  it('joins the execution that was started on it', () => {
    trace.startPipelineExecution();
    measureStage(trace, 'a', {}, () => {});
    trace.completePipelineExecution();
    expect(collector.shape).toEqual([['a']]);
    expect(collector.isSettled).toBe(true);
  });

  it('separates executions that overlap on it', async () => {
    const gates = [];
    const gate = (i) =>
      new Promise((resolve) => {
        gates[i] = resolve;
      });
    const runs = [0, 1, 2].map((i) =>
      measurePipeline(trace, {}, async () => {
        await measureStage(trace, `first ${i}`, {}, () => gate(i));
        trace.startStageExecution(`second ${i}`);
        trace.completeStageExecution(`second ${i}`);
      }),
    );
    for (const i of [1, 0, 2]) {
      gates[i]();
      await runs[i];
    }
    expect(collector.shape).toEqual([
      ['first 0', 'second 0'],
      ['first 1', 'second 1'],
      ['first 2', 'second 2'],
    ]);
    expect(collector.isSettled).toBe(true);
  });

  it.each([
    ['another collector', (own) => (own.performanceMetrics = other)],
    ['none', (own) => (own.performanceMetrics = null)],
    ['no metrics at all any more', (_, applied) => applied.restore()],
  ])('that gets %s in a run ends it where it began', async (_, change) => {
    class Plain {}
    const applied = ActionAwareStructuredTrace.applyTo(Plain, {
      performanceMetrics: collector,
    });
    const own = new Plain();
    await measurePipeline(own, {}, async () => {
      await measureStage(own, 'a', {}, async () => change(own, applied));
      measureStage(collector, 'b', {}, () => {});
    });
    expect(collector.shape).toEqual([['a', 'b']]);
    expect(collector.isSettled).toBe(true);
    expect(other.shape).toEqual([]);
  });

  it('that gets another collector in a run has the rest of the run where it began', () => {
    measurePipeline(trace, {}, () => {
      trace.performanceMetrics = other;
      measureStage(trace, 'a', {}, () => {});
    });
    measureStage(trace, 'b', {}, () => {});
    expect([collector.shape, other.shape]).toEqual([[['a']], [['b']]]);
    expect(collector.isSettled && other.isSettled).toBe(true);
  });

  it('gives each of the stages that overlap outside of one its own', async () => {
    const run = (name) =>
      measureStage(trace, name, {}, async () => turnOfLoop());
    await Promise.all([run('a'), run('b'), run('c')]);
    expect(collector.shape).toEqual([['a'], ['b'], ['c']]);
    expect(collector.isSettled).toBe(true);
  });

  it('completes the right execution for a thenable asked from elsewhere', async () => {
    const thenable = { then: (resolve) => resolve('x') };
    const first = measurePipeline(trace, {}, () => thenable);
    await measurePipeline(trace, {}, async () => {
      await first;
      measureStage(trace, 'of the second', {}, () => {});
    });
    expect(collector.shape).toEqual([[], ['of the second']]);
    expect(collector.isSettled).toBe(true);
  });

  it('without metrics has nothing measured', () => {
    const bare = new Trace({ traceId: 'bare' });
    expect(measurePipeline(bare, {}, () => 1)).toBe(1);
    expect(measureStage(bare, 'a', {}, () => 2)).toBe(2);
  });
});

describe('instrumentation that fails', () => {
  const error = new Error('own');
  const METHODS = Object.keys(brokenCollector());
  const collectors = {
    'throws from every method': () =>
      brokenCollector(() => fail(new Error('broken'))),
    'answers null': () => brokenCollector(() => null),
    'answers undefined': () => brokenCollector(() => undefined),
    'answers nonsense': () => brokenCollector(() => 7),
    'answers a Proxy that throws': () =>
      brokenCollector(
        () => new Proxy({}, { get: () => fail(new Error('broken')) }),
      ),
    ...Object.fromEntries(
      METHODS.map((name) => [
        `throws from ${name}`,
        () => collectorFailingIn(name),
      ]),
    ),
  };

  describe.each(Object.keys(collectors))('in a collector that %s', (kind) => {
    const targets = () => {
      const broken = collectors[kind]();
      const on = new Trace({ traceId: 't', performanceMetrics: broken });
      return [broken, on];
    };

    it('changes nothing for synchronous functions', () => {
      for (const target of targets()) {
        const run = (fn) =>
          measurePipeline(target, {}, () => measureStage(target, 'a', {}, fn));
        expect(run(() => 'value')).toBe('value');
        expect(() => run(() => fail(error))).toThrow(error);
        expect(measureStage(target, 'a', {}, () => 'alone')).toBe('alone');
      }
    });

    it('changes nothing for asynchronous functions', async () => {
      for (const target of targets()) {
        const run = (fn) =>
          measurePipeline(target, {}, () => measureStage(target, 'a', {}, fn));
        expect(await run(async () => 'value')).toBe('value');
        await expect(run(async () => fail(error))).rejects.toBe(error);
        const thenable = { then: (resolve) => resolve('then') };
        expect(await run(() => thenable)).toBe('then');
      }
    });
  });

  it('in the caller’s contexts changes nothing', () => {
    const hostile = new Proxy({}, { get: () => fail(new Error('no')) });
    expect(measurePipeline(collector, hostile, () => 1)).toBe(1);
    expect(measurePipeline(trace, hostile, () => 1)).toBe(1);
    expect(measureStage(collector, 'a', hostile, () => 1)).toBe(1);
    expect(measureStage(hostile, 'a', {}, () => 1)).toBe(1);
  });

  it('closes an execution that it opened for a stage that did not start', () => {
    const half = collectorFailingIn('startStageExecution');
    measureStage(half, 'a', {}, () => {});
    expect(half.isSettled).toBe(true);
  });
});
