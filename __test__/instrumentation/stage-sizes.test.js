'use strict';

/** The default size estimates: exact where small, bounded in cost, and unable to throw. */

const { BasePipelineStage, estimateJsonSize } = require('../..');
const {
  newCollector,
  disposeAll,
  objectBus,
  recordingLogger,
} = require('../fixtures/collector');

afterEach(disposeAll);

const exact = (value) => JSON.stringify(value).length;

const thrower = () => {
  throw new Error('hands off');
};
const hostileProxy = () =>
  new Proxy(
    {},
    {
      get: thrower,
      has: thrower,
      ownKeys: thrower,
      getOwnPropertyDescriptor: thrower,
      getPrototypeOf: thrower,
    },
  );

function cyclic() {
  const value = { name: 'root', children: [] };
  value.children.push({ parent: value });
  return value;
}

describe('the size of a value as JSON', () => {
  it.each([
    [{}],
    [[]],
    [{ a: 1, b: 'two', c: [true, false, null], d: { e: -1.5e300 } }],
    [[1, 22, 333, 'four', { five: 5 }]],
    ['plain "quoted" \\ and \n controlled \u0001'],
    ['Ünïcode ✓'],
    [0],
    [null],
    [true],
    [{ skipped: undefined, alsoSkipped: () => 1, kept: 1 }],
    [[undefined, () => 1, Symbol('s'), NaN, Infinity]],
    [{ when: new Date(0) }],
    [{ toJSON: () => ({ short: 1 }) }],
  ])('is exact while it is small: %j', (value) => {
    expect(estimateJsonSize(value)).toBe(exact(value));
  });

  it('is near for a large regular value', () => {
    const large = Array.from({ length: 50_000 }, (_, i) => ({
      id: 10_000 + i,
      name: `entity ${10_000 + i}`,
      tags: ['a', 'b'],
    }));
    const truth = exact(large);
    const estimate = estimateJsonSize(large);
    expect(estimate).toBeGreaterThan(truth * 0.5);
    expect(estimate).toBeLessThan(truth * 2);
  });

  it('is a finite number of at least 0 for everything', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const values = [
      undefined,
      Symbol('s'),
      10n,
      { deep: [{ big: 10n }] },
      () => 1,
      NaN,
      cyclic(),
      hostileProxy(),
      { inner: hostileProxy() },
      revoked.proxy,
      {
        get boom() {
          return thrower();
        },
      },
      { toJSON: thrower },
      Object.create(null),
      new Map([[1, 2]]),
      new Uint8Array(1000),
      'x'.repeat(5_000_000),
    ];
    for (const value of values) {
      const size = estimateJsonSize(value);
      expect(Number.isFinite(size)).toBe(true);
      expect(size).toBeGreaterThanOrEqual(0);
    }
  });

  it('is 0 where there is no JSON', () => {
    expect(estimateJsonSize(undefined)).toBe(0);
  });

  it('survives nesting that would overflow a stack', () => {
    let deep = {};
    for (let i = 0; i < 200_000; i += 1) deep = { deep };
    expect(estimateJsonSize(deep)).toBeGreaterThan(0);
  });

  it('reads a bounded number of places, however many there are', () => {
    const readsFor = (length) => {
      let reads = 0;
      const counting = Array.from({ length }, (_, i) => ({
        get value() {
          reads += 1;
          return i;
        },
      }));
      estimateJsonSize(counting);
      return reads;
    };
    const few = readsFor(20_000);
    const many = readsFor(200_000);
    expect(few).toBeLessThan(20_000);
    expect(many).toBeLessThanOrEqual(2 * few + 100);
  });
});

describe('the estimators of a stage', () => {
  const stage = () =>
    new BasePipelineStage({ logger: recordingLogger(), eventBus: objectBus() });

  it('read actions, entities and components of the context as the ticket does', () => {
    const context = {
      actions: [{ id: 1 }, { id: 2 }],
      entities: [{ id: 'x' }],
      components: [],
      ignored: 'x'.repeat(1000),
    };
    const size = exact(context.actions) + exact(context.entities) + exact([]);
    expect(stage().calculateInputSize(context)).toBe(size);
    expect(stage().estimateOutputSize(context)).toBe(size);
    expect(stage().calculateOutputSize({ a: 1 })).toBe(7);
  });

  it('count the ticket’s items and complexity', () => {
    const s = stage();
    expect(s.countProcessedItems({ actions: [1, 2, 3] })).toBe(3);
    expect(s.countProcessedItems({ entities: [1, 2] })).toBe(2);
    expect(s.countProcessedItems({ components: [1] })).toBe(1);
    expect(s.countProcessedItems({})).toBe(1);
    const many = (n) => ({ actions: Array.from({ length: n }, () => 1) });
    expect(s.assessComplexity(many(101))).toBe('high');
    expect(s.assessComplexity(many(21))).toBe('medium');
    expect(s.assessComplexity(many(20))).toBe('low');
    expect(s.assessComplexity({})).toBe('low');
  });

  it('do not throw on what they cannot read', () => {
    const s = stage();
    const wrong = [
      undefined,
      null,
      5,
      cyclic(),
      { actions: 10n },
      hostileProxy(),
    ];
    for (const value of wrong) {
      for (const method of [
        'calculateInputSize',
        'estimateOutputSize',
        'calculateOutputSize',
        'countProcessedItems',
      ]) {
        expect(Number.isFinite(s[method](value))).toBe(true);
      }
      expect(typeof s.assessComplexity(value)).toBe('string');
    }
  });
});

describe('a stage that overrides its estimators', () => {
  const { ActionAwareStructuredTrace } = require('../..');
  class Trace extends ActionAwareStructuredTrace(Object) {}
  const run = async (methods) => {
    const world = newCollector();
    const { metrics, logger, eventBus } = world;
    class OverridingStage extends BasePipelineStage {
      async executeInternal() {
        return 'the result';
      }
    }
    Object.assign(OverridingStage.prototype, methods);
    const options = { logger, eventBus };
    const trace = new Trace({
      ...options,
      traceId: 't',
      performanceMetrics: metrics,
    });
    const result = await new OverridingStage(options).execute({ trace });
    const [[, execution]] = metrics.pipelineExecutions;
    return { result, stage: execution.stages.get('overriding') };
  };

  it('has its own figures recorded', async () => {
    const { stage } = await run({
      calculateInputSize: () => 111,
      estimateOutputSize: () => 222,
      calculateOutputSize: () => 333,
      countProcessedItems: () => 44,
      assessComplexity: () => 'baroque',
    });
    expect(stage).toMatchObject({
      context: {
        inputSize: 111,
        expectedOutputSize: 222,
        complexity: 'baroque',
      },
      result: { outputSize: 333, itemsProcessed: 44 },
    });
  });

  it('returns its result though every one of them throws', async () => {
    const { result, stage } = await run({
      calculateInputSize: thrower,
      estimateOutputSize: thrower,
      calculateOutputSize: thrower,
      countProcessedItems: thrower,
      assessComplexity: thrower,
    });
    expect(result).toBe('the result');
    expect(stage).toMatchObject({ completed: true, result: { success: true } });
  });
});
