'use strict';

/** Which executions read the heap, where `config.memorySampling` is `auto`. */

const { measurePipeline, measureStage } = require('../..');
const { CORE } = require('../../js/recording/direct-recorder');
const { HeapSchedule } = require('../../js/recording/heap-schedule');
const { newCollector } = require('../fixtures/collector');

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

  it('is read as often after a reading in which others had the core', () => {
    const schedule = scheduleOf({ ms: 1, cost: 0.0003 });
    schedule.noteReading(20);
    expect(schedule.oneIn).toBe(1);
  });

  it('is read less often where readings come to take longer', () => {
    const schedule = scheduleOf({ ms: 1, cost: 0.0003 });
    for (let i = 0; i < 100; i += 1) schedule.noteReading(0.003);
    expect(schedule.oneIn).toBe(5);
  });

  it('learns from the first sixteen executions that read it, and from one in eight later', () => {
    const schedule = new HeapSchedule();
    const learned = Array.from({ length: 80 }, () => {
      schedule.takeTurn();
      return schedule.isLearning;
    });
    expect(learned.slice(0, 16)).not.toContain(false);
    expect(learned.filter(Boolean)).toHaveLength(16 + 8);
  });

  it('learns from each that reads it where few do, so that a new budget counts from the next on', () => {
    const schedule = scheduleOf({ ms: 0.002, cost: 0.0003 });
    for (let turns = 0; turns < 20;) if (schedule.takeTurn()) turns += 1;
    schedule.budget = Infinity;
    while (!schedule.takeTurn());
    expect(shareOf(schedule, 100)).toBe(1);
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

  it('is read in fewer executions where the rest of measuring leaves less of the budget', () => {
    const oneIn = (rest, readings = 5) => {
      const schedule = scheduleOf({ ms: 1, cost: 0.0003 });
      schedule.noteOwnCost(rest + readings * 0.0003, readings);
      return schedule.oneIn;
    };
    expect([0, 0.006, 0.009, 0.0095].map((rest) => oneIn(rest))).toEqual([
      1, 1, 2, 3,
    ]);
    expect([0.006, 0.009].map((rest) => oneIn(rest, 0))).toEqual([1, 2]);
  });

  it('is read at least within a sixteenth of that third, whatever the rest takes', () => {
    const schedule = scheduleOf({ ms: 1, cost: 0.0003 });
    schedule.noteOwnCost(0.5, 0);
    expect(schedule.oneIn).toBe(Math.ceil((5 * 0.0003) / (0.01 / 3 / 16)));
    schedule.budget = Infinity;
    expect(schedule.oneIn).toBe(1);
  });

  it('is read as often after an execution in which others had the core', () => {
    const schedule = scheduleOf({ ms: 1, cost: 0.0003 });
    schedule.noteOwnCost(0.004, 0);
    schedule.noteOwnCost(20, 0);
    expect(schedule.oneIn).toBe(1);
  });

  it('learns what the rest takes from the executions that are timed', () => {
    const { metrics } = newCollector({
      config: { memorySampling: 'auto', overheadBudget: Infinity },
    });
    const noteOwnCost = jest.spyOn(metrics[CORE].probes, 'noteOwnCost');
    for (let i = 0; i < 400; i += 1)
      measurePipeline(metrics, null, () =>
        measureStage(metrics, 'a', null, () => i),
      );
    const { sampledExecutions } = metrics.getPerformanceSummary().overhead;
    expect(noteOwnCost).toHaveBeenCalledTimes(sampledExecutions);
    expect(sampledExecutions).toBeGreaterThan(0);
    for (const [ms, readings] of noteOwnCost.mock.calls) {
      expect(ms).toBeGreaterThan(0);
      expect(readings).toBeGreaterThan(0);
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
    for (let i = 0; i < 3; i += 1)
      measurePipeline(metrics, null, () =>
        measureStage(metrics, 'a', null, () => i),
      );
    expect(metrics.getStageMetrics('a')[0].memoryDelta).toBeNull();
    expect(metrics.getPipelineMetrics()[0].totalMemoryDelta).toBeNull();
    expect(metrics.performanceBaselines.get('a').avgMemory).toBe(0);
  });
});
