'use strict';

/** What the collector reports of its own cost, for measured executions. */

const { performance } = require('node:perf_hooks');
const { measurePipeline, measureStage } = require('../..');
const { CORE } = require('../../js/recording/direct-recorder');
const { HeapSchedule } = require('../../js/recording/heap-schedule');
const { OwnCost } = require('../../js/recording/own-cost');
const { disposeAll, newCollector } = require('../fixtures/collector');

afterEach(disposeAll);

const NAMES = ['a', 'b', 'c'];

function run(metrics, count) {
  for (let i = 0; i < count; i += 1)
    measurePipeline(metrics, null, () => {
      for (const name of NAMES) measureStage(metrics, name, null, () => i);
    });
}

describe('the cost of measuring', () => {
  it('is 0 of no samples before an execution was timed', () => {
    const { metrics } = newCollector();
    expect(metrics.getPerformanceSummary().overhead).toMatchObject({
      samples: 0,
      sampledExecutions: 0,
      nanosecondsPerStage: 0,
      ratio: 0,
    });
  });

  it('is sampled from some executions of many, and every one is recorded', () => {
    const { metrics } = newCollector();
    run(metrics, 2000);
    const { overhead, pipeline } = metrics.getPerformanceSummary();
    expect(pipeline.totalExecutions).toBe(2000);
    expect(overhead.sampledExecutions).toBeGreaterThan(5);
    expect(overhead.sampledExecutions).toBeLessThan(200);
    expect(overhead.nanosecondsPerStage).toBeGreaterThan(0);
    expect(overhead.ratio).toBeGreaterThan(0);
  });

  it('is sampled from asynchronous executions and from stages without a pipeline', async () => {
    const { metrics } = newCollector();
    for (let i = 0; i < 600; i += 1) {
      await measurePipeline(metrics, null, async () => {
        await measureStage(metrics, 'a', null, async () => i);
      });
      measureStage(metrics, 'alone', null, () => i);
    }
    const { overhead } = metrics.getPerformanceSummary();
    expect(overhead.sampledExecutions).toBeGreaterThan(2);
  });

  it('counts what failed as well, and ends no timing twice', async () => {
    const { metrics } = newCollector();
    const fail = () => {
      throw new Error('own');
    };
    for (let i = 0; i < 400; i += 1)
      expect(() =>
        measurePipeline(metrics, null, () =>
          measureStage(metrics, 'a', null, fail),
        ),
      ).toThrow('own');
    const { overhead } = metrics.getPerformanceSummary();
    expect(overhead.sampledExecutions).toBeGreaterThan(1);
    expect(overhead.sampledExecutions).toBeLessThan(400 / 8);
  });

  it('leaves out what the measured code does, in its call and later', async () => {
    const { metrics } = newCollector();
    let spentMs = 0;
    const spend = () => {
      const from = performance.now();
      while (performance.now() - from < 1);
      spentMs += performance.now() - from;
    };
    const stages = 300;
    for (let i = 0; i < stages; i += 1)
      await measurePipeline(metrics, null, async () =>
        measureStage(metrics, 'a', null, async () => {
          spend();
          await null;
          spend();
        }),
      );
    const { overhead } = metrics.getPerformanceSummary();
    expect(overhead.sampledExecutions).toBeGreaterThan(0);
    const spentNs = (spentMs / stages) * 1e6;
    expect(overhead.nanosecondsPerStage).toBeLessThan(spentNs / 2);
  });

  it('goes to the engine as the timed calls and the replays', () => {
    const notes = [];
    const cost = new OwnCost(
      { noteOwnCost: (...figures) => notes.push(figures) },
      () => 0,
    );
    cost.noteReplay(64, 32);
    expect([cost.takeTurn(), cost.takeTurn()]).toEqual([false, true]);
    cost.begin();
    const timing = { taken: 3, stretches: 0, observed: 60 };
    cost.finish({ ...timing, counts: false }, 4);
    cost.finish({ ...timing, counts: true }, 4);
    expect(notes).toEqual([[5, 4, 60]]);
  });

  it('counts the second of two in a row that are timed', () => {
    const cost = new OwnCost({ noteOwnCost() {} }, () => 0);
    const turns = Array.from({ length: 6 }, () =>
      cost.takeTurn() ? cost.begin().counts : null,
    );
    expect(turns).toEqual([null, false, true, null, false, true]);
  });

  it('never throws into what is measured, whatever the engine does', () => {
    const cost = new OwnCost({
      noteOwnCost() {
        throw new Error('faulted');
      },
    });
    expect(() =>
      cost.finish({ taken: 1, stretches: 0, observed: 1, counts: true }, 1),
    ).not.toThrow();
  });
});

describe('the heap, read automatically', () => {
  /** Executions of `ms` with `readings` boundaries that read the heap in `cost` ms each. */
  function scheduleOf({ ms, cost, readings = 5, budget = 0.01, atOnce = 1 }) {
    const schedule = new HeapSchedule(() => 0.5);
    schedule.budget = budget;
    schedule.noteReading(cost);
    schedule.noteExecution(ms, readings, atOnce);
    return schedule;
  }

  const shareOf = (schedule, count) =>
    Array.from({ length: count }, () => schedule.takeTurn()).filter(Boolean)
      .length / count;

  it('is read in every execution before anything is known', () => {
    const schedule = new HeapSchedule();
    expect([schedule.takeTurn(), schedule.takeTurn()]).toEqual([true, true]);
  });

  it('is read in every execution of a millisecond, and in fewer of shorter ones', () => {
    expect(scheduleOf({ ms: 1, cost: 0.0003 }).oneIn).toBe(1);
    expect(scheduleOf({ ms: 0.2, cost: 0.0003 }).oneIn).toBe(3);
    expect(scheduleOf({ ms: 0.002, cost: 0.0003 }).oneIn).toBe(225);
  });

  it('is read in as many times fewer executions as run at once', () => {
    const alone = scheduleOf({ ms: 0.2, cost: 0.0005 });
    const amongFour = scheduleOf({ ms: 0.8, cost: 0.0005, atOnce: 4 });
    expect(amongFour.oneIn).toBe(alone.oneIn);
  });

  it('counts how often an execution read it, and how many ran at once', async () => {
    const { metrics, clock } = newCollector({
      config: { memorySampling: 'auto', overheadBudget: Infinity },
    });
    const noteExecution = jest.spyOn(metrics[CORE].probes, 'noteExecution');
    const stage = (gap) =>
      measureStage(metrics, 'a', null, async () => clock.advance(gap));
    const pipeline = (gap) =>
      measurePipeline(metrics, null, async () => {
        await stage(gap);
        await stage(gap);
      });
    await Promise.all([pipeline(0), pipeline(0)]);
    await pipeline(5);
    expect(noteExecution.mock.calls.map(([, ...rest]) => rest)).toEqual([
      [3, 2],
      [3, 2],
      [3, 1],
    ]);
  });

  it('takes a third of the budget at most', () => {
    for (const ms of [0.01, 0.1, 0.37, 1, 5]) {
      const schedule = scheduleOf({ ms, cost: 0.0005 });
      const share = shareOf(schedule, 200_000);
      expect((share * 5 * 0.0005) / ms).toBeLessThan((0.01 / 3) * 1.01);
      expect(share).toBeGreaterThan(0.9 / schedule.oneIn);
    }
  });

  it('is read always where there is no budget, and at times where nothing takes any time', () => {
    expect(scheduleOf({ ms: 0.01, cost: 1, budget: Infinity }).oneIn).toBe(1);
    expect(scheduleOf({ ms: 0, cost: 1 }).oneIn).toBe(4096);
  });

  it('has no figure where it was not read: null in an entry, in no mean', () => {
    const { metrics } = newCollector({
      memorySampler: undefined,
      config: { memorySampling: 'off' },
    });
    run(metrics, 3);
    expect(metrics.getStageMetrics('a')[0].memoryDelta).toBeNull();
    expect(metrics.getPipelineMetrics()[0].totalMemoryDelta).toBeNull();
    expect(metrics.performanceBaselines.get('a').avgMemory).toBe(0);
  });
});
