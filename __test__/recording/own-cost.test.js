'use strict';

/** What the collector reports of its own cost, for measured executions. */

const { performance } = require('node:perf_hooks');
const { measurePipeline, measureStage } = require('../..');
const { OwnCost } = require('../../js/recording/own-cost');
const { newCollector } = require('../fixtures/collector');

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

  it('counts a replay in which others had the core like a long one of its own', () => {
    const notes = [];
    const cost = new OwnCost({ noteOwnCost: (own) => notes.push(own) });
    cost.begin();
    const timing = { taken: 0, stretches: 0, observed: 60, counts: true };
    for (let i = 0; i < 100; i += 1) cost.noteReplay(0.032, 32);
    cost.noteReplay(76, 32);
    cost.finish(timing, 4);
    expect(notes[0]).toBeGreaterThan(0.001);
    expect(notes[0]).toBeLessThan(0.0011);
  });

  it('counts replays that come to take long', () => {
    const notes = [];
    const cost = new OwnCost({ noteOwnCost: (own) => notes.push(own) });
    cost.begin();
    const timing = { taken: 0, stretches: 0, observed: 60, counts: true };
    cost.noteReplay(0.032, 32);
    for (let i = 0; i < 2000; i += 1) cost.noteReplay(3.2, 32);
    cost.finish(timing, 4);
    expect(notes[0]).toBeCloseTo(0.1, 2);
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
