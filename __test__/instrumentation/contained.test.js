'use strict';

/**
 * Executions of an engine that runs every stage inside of a pipeline: one that runs alone is not
 * carried along, others are, and whichever way they overlap no stage lands in a wrong one.
 */

const { AsyncLocalStorage } = require('node:async_hooks');
const nodeTimers = require('node:timers');
const {
  ActionAwareStructuredTrace,
  BasePipelineStage,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
} = require('../..');
const { seeded } = require('../differential/calls');
const { newCollector } = require('../fixtures/collector');
const {
  PipelineResult,
  makeHost,
  makeLogger,
  makeStage,
} = require('../fixtures/host');
const { turnOfLoop } = require('../fixtures/followedResults');
const { RecordingCollector } = require('../fixtures/recordingCollector');

class Trace extends ActionAwareStructuredTrace(class {}) {}

const mockClock = { now: 0 };
jest.mock('../../js/recording/monotonic', () => ({
  ...jest.requireActual('../../js/recording/monotonic'),
  performanceNow: () => mockClock.now,
}));

let host;
let collector;
let carry;
beforeEach(() => {
  host = makeHost();
  collector = new RecordingCollector();
  carry = jest.spyOn(AsyncLocalStorage.prototype, 'run');
  const { Pipeline, PipelineStage } = host;
  installPipelineMetrics({
    Pipeline,
    PipelineStage,
    metrics: collector,
    contained: true,
  });
});
afterEach(() => carry.mockRestore());

/** How often an execution was carried. */
const carriedExecutions = () =>
  carry.mock.calls.filter(([span]) => span.execution === span).length;

/** A stage's result, which shows the run it belongs to by its number of items. */
const resultOf = (run) =>
  PipelineResult.success({ data: { items: Array(run).fill(0) } });

const stage = (name, work) => makeStage(host.PipelineStage, name, work);

/** Runs stages for run number `run`, which its execution has as its number of actions. */
const execute = (run, stages) =>
  new host.Pipeline(stages, makeLogger()).execute({
    run,
    candidateActions: Array(run).fill(0),
  });

/** What each run's execution holds: the stages, each with the number of the run it did work for. */
const recorded = () =>
  new Map(
    [...collector.executions.values()].map(({ context, stages }) => [
      context.actionCount,
      stages.map(({ stageName, result }) => [
        stageName,
        result?.itemsProcessed,
      ]),
    ]),
  );

/** Merges of two sequences that keep the order of each. */
function mergesOf(left, right) {
  if (left.length === 0 || right.length === 0) return [[...left, ...right]];
  return [
    ...mergesOf(left.slice(1), right).map((rest) => [left[0], ...rest]),
    ...mergesOf(left, right.slice(1)).map((rest) => [right[0], ...rest]),
  ];
}

describe('an execution that runs alone', () => {
  it('is not carried along, nor are its stages, one run after the other', async () => {
    const stages = ['A', 'B'].map((name) =>
      stage(name, async ({ run }) => {
        await turnOfLoop();
        return resultOf(run);
      }),
    );
    for (const run of [1, 2, 3]) await execute(run, stages);
    const own = (run) => [
      ['a', run],
      ['b', run],
    ];
    expect(recorded()).toEqual(new Map([1, 2, 3].map((n) => [n, own(n)])));
    expect(collector.isSettled).toBe(true);
    expect(carry).not.toHaveBeenCalled();
  });

  it('has what its stages measure, however deep, late or parallel', async () => {
    class Own extends BasePipelineStage {
      async executeInternal({ run }) {
        return resultOf(run);
      }
    }
    const own = new Own({
      logger: makeLogger(),
      eventBus: { dispatch() {} },
    });
    const deep = stage('Deep', async ({ run }) => {
      await new Promise((resolve) =>
        nodeTimers.setTimeout(() => {
          measureStage(collector, 'timer', {}, () => resultOf(run));
          resolve();
        }, 0),
      );
      await Promise.all([own.execute({ run }), own.execute({ run })]);
      return resultOf(run);
    });
    await execute(3, [deep]);
    expect(recorded()).toEqual(
      new Map([[3, ['deep', 'timer', 'own', 'own'].map((name) => [name, 3])]]),
    );
    expect(carry).not.toHaveBeenCalled();
  });

  it('ends where its pipeline throws or rejects, and makes room for the next', async () => {
    const fail = () => {
      throw new Error('own');
    };
    const broken = new host.Pipeline([{}], makeLogger());
    await expect(broken.execute(undefined)).rejects.toThrow(TypeError);
    await execute(1, [stage('A', fail)]);
    await execute(2, [stage('B', ({ run }) => resultOf(run))]);
    expect(recorded().get(2)).toEqual([['b', 2]]);
    expect(collector.isSettled).toBe(true);
    expect(carry).not.toHaveBeenCalled();
  });

  it('leaves a stage that runs when no execution does one of its own', async () => {
    const single = stage('Single', () => resultOf(1));
    await execute(5, [single]);
    await single.execute({});
    await execute(6, [single]);
    expect(collector.shape).toEqual([['single'], ['single'], ['single']]);
    expect(collector.isSettled).toBe(true);
  });

  it('is the only one of its collector that its stages are looked for in', async () => {
    const other = new RecordingCollector();
    const both = stage('Both', async ({ run }) => {
      await turnOfLoop();
      measureStage(other, 'foreign', {}, () => {});
      await measurePipeline(other, {}, async () => {
        await turnOfLoop();
        measureStage(collector, 'inner', {}, () => resultOf(run));
        measureStage(other, 'nested', {}, () => {});
      });
      return resultOf(run);
    });
    await execute(4, [both]);
    expect(collector.shape).toEqual([['both', 'inner']]);
    expect(other.shape).toEqual([['foreign'], ['nested']]);
    expect(collector.isSettled && other.isSettled).toBe(true);
  });
});

describe('an execution that overlaps one that was not carried along', () => {
  const steps = (run) => ['start', 'first', 'second'].map((at) => [run, at]);
  const schedules = mergesOf(steps(1), steps(2));

  it.each(schedules.map((schedule) => [schedule.join(' '), schedule]))(
    'keeps its stages apart: %s',
    async (_, schedule) => {
      const gates = new Map();
      const gate = (key) => new Promise((open) => gates.set(key, open));
      const stages = ['First', 'Second'].map((name) =>
        stage(name, async ({ run }) => {
          await gate(`${run},${name.toLowerCase()}`);
          measureStage(collector, `in ${name}`, {}, () => resultOf(run));
          return resultOf(run);
        }),
      );
      const runs = [];
      for (const [run, at] of schedule) {
        if (at === 'start') runs.push(execute(run, stages));
        else gates.get(`${run},${at}`)();
        await turnOfLoop();
      }
      await Promise.all(runs);
      const own = (run) =>
        ['first', 'in First', 'second', 'in Second'].map((name) => [name, run]);
      expect([...recorded()].sort(([a], [b]) => a - b)).toEqual([
        [1, own(1)],
        [2, own(2)],
      ]);
      expect(collector.isSettled).toBe(true);
    },
  );

  it('does so where one outlasts many others', async () => {
    let open;
    const gate = new Promise((resolve) => {
      open = resolve;
    });
    const stages = ['A', 'B'].map((name) =>
      stage(name, async ({ run }) => {
        await (run === 1 ? gate : turnOfLoop());
        return resultOf(run);
      }),
    );
    const first = execute(1, stages);
    for (let run = 2; run < 20; run += 2)
      await Promise.all([execute(run, stages), execute(run + 1, stages)]);
    expect(recorded().get(1)).toEqual([['a', undefined]]);
    open();
    await first;
    const own = (run) => ['a', 'b'].map((name) => [name, run]);
    expect([...recorded()]).toEqual(
      Array.from({ length: 19 }, (_, i) => [i + 1, own(i + 1)]),
    );
    expect(collector.isSettled).toBe(true);
  });

  it('is the last that needs a context: it is switched off once others have run alone for 5 ms', async () => {
    const one = stage('One', async ({ run }) => {
      await turnOfLoop();
      return resultOf(run);
    });
    await execute(1, [one]);
    const off = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
    await Promise.all([execute(2, [one]), execute(3, [one])]);
    expect(carriedExecutions()).toBe(1);
    await execute(4, [one]);
    mockClock.now += 5;
    await execute(5, [one]);
    expect(off).not.toHaveBeenCalled();
    mockClock.now += 1;
    await execute(6, [one]);
    await execute(7, [one]);
    expect(off).toHaveBeenCalledTimes(1);
    expect(carriedExecutions()).toBe(1);
    off.mockRestore();
    await Promise.all([execute(8, [one]), execute(9, [one])]);
    expect(recorded()).toEqual(
      new Map([1, 2, 3, 4, 5, 6, 7, 8, 9].map((run) => [run, [['one', run]]])),
    );
  });

  it('leaves the context on for those that follow at once, and overlap again', async () => {
    const one = stage('One', async ({ run }) => {
      await turnOfLoop();
      return resultOf(run);
    });
    const off = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
    for (let run = 1; run < 9; run += 2) {
      await Promise.all([execute(run, [one]), execute(run + 1, [one])]);
      mockClock.now += 3;
    }
    expect(off).not.toHaveBeenCalled();
    off.mockRestore();
  });

  it.each([
    ['a collector', (metrics) => metrics],
    [
      'a trace',
      (metrics) => new Trace({ traceId: 't', performanceMetrics: metrics }),
    ],
  ])(
    'needs none for one of %s that never ended and was abandoned',
    async (_, targetOf) => {
      const { metrics, clock } = newCollector({
        config: { retentionPeriod: 1000 },
      });
      measurePipeline(targetOf(metrics), {}, () => new Promise(() => {}));
      clock.advance(2000);
      metrics.cleanupOldExecutions();
      expect(metrics.activeExecutions.size).toBe(0);
      const off = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
      const one = stage('One', ({ run }) => resultOf(run));
      for (let run = 1; run < 4; run += 1) {
        await execute(run, [one]);
        mockClock.now += 6;
      }
      expect(off).toHaveBeenCalledTimes(1);
      off.mockRestore();
    },
  );

  it('stays on for those that another collector has carried along', async () => {
    const other = new RecordingCollector();
    const foreign = measurePipeline(other, {}, async () => {
      await turnOfLoop();
      await turnOfLoop();
      measureStage(other, 'late', {}, () => {});
    });
    await execute(1, [stage('One', ({ run }) => resultOf(run))]);
    await foreign;
    expect(other.shape).toEqual([['late']]);
    expect(recorded()).toEqual(new Map([[1, [['one', 1]]]]));
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'keeps all apart that start, nest and wait by chance, seed %i',
    async (seed) => {
      const random = seeded(seed);
      const ways = [
        (resolve) => queueMicrotask(resolve),
        (resolve) => process.nextTick(resolve),
        (resolve) => nodeTimers.setImmediate(resolve),
        (resolve) => resolve(),
      ];
      const giveWay = async () => {
        for (let i = random.int(4); i > 0; i -= 1)
          await new Promise(random.oneOf(ways));
      };
      const expected = new Map();
      let runs = 0;
      const working = (run, name, depth) =>
        stage(name, async () => {
          await giveWay();
          if (depth < 2 && random.chance(0.15)) await start(depth + 1);
          if (random.chance(0.3)) {
            expected.get(run).push('within');
            measureStage(collector, 'within', {}, () => resultOf(run));
          }
          await giveWay();
          if (random.chance(0.1)) throw new Error('own');
          return resultOf(run);
        });
      /** A run of one to four stages, at once where chance says so; a failure ends it early. */
      function start(depth = 0) {
        runs += 1;
        const run = runs;
        expected.set(run, []);
        const stages = Array.from({ length: 1 + random.int(4) }, (_, i) => {
          const inner = working(run, `step${i}`, depth);
          const counted = (context) => {
            expected.get(run).push(inner.name);
            return inner.execute(context);
          };
          return { name: inner.name, execute: counted };
        });
        if (random.chance(0.2)) {
          const together = {
            name: 'together',
            execute: async (context) => {
              await Promise.allSettled(stages.map((s) => s.execute(context)));
              return resultOf(run);
            },
          };
          return execute(run, [together]);
        }
        return execute(run, stages);
      }
      for (let wave = 0; wave < 150; wave += 1) {
        const size = random.oneOf([1, 1, 2, 5]);
        await Promise.all(
          Array.from({ length: size }, async () => {
            await giveWay();
            await start();
          }),
        );
      }
      const names = [...recorded()].map(([run, stages]) => {
        const foreign = stages.filter(
          ([, items]) => items > 0 && items !== run,
        );
        expect(foreign).toEqual([]);
        return [run, stages.map(([name]) => name)];
      });
      expect(new Map(names)).toEqual(expected);
      expect(collector.isSettled).toBe(true);
      // Some ran alone and some did not, or nothing would have been shown.
      expect(carriedExecutions()).toBeGreaterThan(100);
      expect(carriedExecutions()).toBeLessThan(runs);
    },
  );
});
