'use strict';

const { READINGS } = require('../driver');
const { touches } = require('../garbage');
const { bareOf, partsOf, samplesOf } = require('../readings');
const { figuresInSitu } = require('../measures/sideBySide');
const { randomFrom } = require('../statistics');

const STAGES = [0, 1, 2, 3];
const never = () => false;

/**
 * Readings of one run, in ms, whose pipelines take `calls` µs outside of their bodies, in
 * five equal parts, and `body(pipeline, stage)` µs in each of those.
 */
function readingsOf(pipelines, calls, body, start = 0) {
  const readings = new Float64Array(pipelines * READINGS);
  let [now, at] = [start, 0];
  const read = () => (readings[at++] = now);
  for (let pipeline = 0; pipeline < pipelines; pipeline += 1) {
    read();
    for (const stage of STAGES) {
      now += calls(pipeline) / 5000;
      read();
      now += body(pipeline, stage) / 1000;
      read();
    }
    now += calls(pipeline) / 5000;
    read();
  }
  return readings;
}

/**
 * A process on a restless machine: every body is up to a tenth longer than its work, which
 * differs from pipeline to pipeline; the loop that comes second finds it in the caches; now
 * and then, in either loop, a core is taken away for some ms, in a body or in a call.
 */
function madeUp({ calls = 0, slower = 0, deferred = 0, turns = 60, random }) {
  const pause = (odds) => (random() < odds ? 4000 : 0);
  const run = (work, isSecond, measured) =>
    readingsOf(
      10,
      () => 0.5 + pause(0.0004) + (measured ? calls * (0.9 + random() / 5) : 0),
      (pipeline, stage) =>
        (work[pipeline] + 5 * stage - (isSecond ? 3 : 0)) *
          (1 + random() / 10) +
        pause(0.02) +
        (measured ? slower / 4 : 0),
    );
  return Array.from({ length: turns }, (_, nth) => ({
    deferred,
    runs: [0, 1].map((stretch) => {
      const work = Array.from({ length: 10 }, () => 45 + 10 * random());
      const bareIsSecond = (nth + stretch) % 2 === 0;
      return {
        bare: run(work, bareIsSecond, false),
        measured: run(work, !bareIsSecond, true),
      };
    }),
  }));
}

/** Figures of three such processes. */
function figuresOf({ garbage = 0, ...cost }) {
  const random = randomFrom(11);
  const groups = STAGES.slice(0, 3).map(() => ({
    own: [],
    samples: samplesOf(madeUp({ ...cost, random }), never),
  }));
  return figuresInSitu(50, 'made-up', groups, garbage, randomFrom(12));
}

const expectAround = ({ low, high }, cost, width) => {
  expect(low).toBeLessThanOrEqual(cost);
  expect(high).toBeGreaterThanOrEqual(cost);
  expect(high - low).toBeLessThan(width);
};

describe('the cost amid real bodies', () => {
  it('of nothing is 0 within a narrow interval, whatever the machine does', () => {
    const figures = figuresOf({});
    expectAround(figures['calls/50/made-up'], 0, 0.2);
    expectAround(figures['bodies/50/made-up'], 0, 1.4);
    expectAround(figures['overhead/50/made-up'], 0, 0.7);
  });

  it('finds calls of a known length', () => {
    const figures = figuresOf({ calls: 12 });
    expectAround(figures['calls/50/made-up'], 12, 1);
    expectAround(figures['bodies/50/made-up'], 0, 1.4);
    expectAround(figures['cost/50/made-up'], 12, 2);
  });

  it('finds how much slower the bodies become', () => {
    const figures = figuresOf({ calls: 12, slower: 8 });
    expectAround(figures['calls/50/made-up'], 12, 1);
    expectAround(figures['bodies/50/made-up'], 8, 1.4);
    expectAround(figures['cost/50/made-up'], 20, 2);
  });

  it('has work put off and collections in it, and is the sum of its parts', () => {
    const figures = figuresOf({ calls: 3, deferred: 2, garbage: 0.5 });
    const [calls, bodies, cost] = ['calls', 'bodies', 'cost'].map(
      (kind) => figures[`${kind}/50/made-up`].value,
    );
    expect(cost).toBeCloseTo(calls + bodies + 2.5);
  });

  it('is a share of the bodies without the candidate', () => {
    const figures = figuresOf({ calls: 12 });
    const [cost, bare, overhead] = ['cost', 'bare', 'overhead'].map(
      (kind) => figures[`${kind}/50/made-up`].value,
    );
    expect(overhead).toBeCloseTo((cost / bare) * 100);
  });
});

describe('samples of readings', () => {
  const still = (calls, bodies, start) =>
    readingsOf(
      4,
      () => calls,
      (_, stage) => bodies[stage],
      start,
    );
  const turn = (measured, bare) => ({
    deferred: 0,
    runs: [{ bare, measured }],
  });

  it('part each pipeline into calls and bodies', () => {
    const bare = still(1, [50, 60, 70, 80]);
    const measured = still(6, [51, 62, 73, 84], 100);
    const [sample] = samplesOf([turn(measured, bare)], never);
    expect(sample.calls).toBeCloseTo(5);
    sample.bodies.forEach((slower, stage) =>
      expect(slower).toBeCloseTo(stage + 1),
    );
    expect(bareOf([sample])).toBeCloseTo(260);
    expect(partsOf([{ samples: [sample] }], 0).cost).toBeCloseTo(15);
  });

  it('have the median of the bodies without the candidate, however long some of them are', () => {
    const lengths = [40, 50, 90, 400];
    const run = (start) =>
      readingsOf(
        4,
        () => 1,
        (pipeline) => lengths[pipeline],
        start,
      );
    const [sample] = samplesOf([turn(run(100), run(0))], never);
    expect(bareOf([sample])).toBeCloseTo(4 * 70);
  });

  it('leave out of both loops what a collection fell into', () => {
    const bare = still(1, [50, 50, 50, 50]);
    const slow = (pipeline) => (pipeline === 2 ? 3000 : 0);
    const measured = readingsOf(
      4,
      () => 6,
      (pipeline, stage) => 50 + (stage === 1 ? slow(pipeline) : 0),
      100,
    );
    const asked = [];
    const [sample] = samplesOf([turn(measured, bare)], (start, end) => {
      asked.push([start, end]);
      return end - start > 1;
    });
    expect(sample.bodies[1]).toBeCloseTo(0);
    // Five spans of calls and four bodies, of four pipelines, in two loops.
    expect(asked).toHaveLength(9 * 4 * 2);
  });

  it('are none where collections left no pair of a kind', () => {
    const bare = still(1, [50, 50, 50, 50]);
    const isFirstBody = (start, end) => end - start > 0.04 && start < 0.001;
    const one = turn(bare.subarray(0, READINGS), bare.subarray(0, READINGS));
    expect(samplesOf([one], isFirstBody)).toEqual([]);
    expect(samplesOf([one], never)).toHaveLength(1);
  });

  it('leave calls out that were interrupted in either loop, but none that took long', () => {
    const body = () => 50;
    const calls = (first, others) => (pipeline) =>
      pipeline === 0 ? first : others;
    const found = (measured, bare) =>
      samplesOf(
        [turn(readingsOf(10, measured, body), readingsOf(10, bare, body))],
        never,
      )[0].calls;
    expect(found(calls(10, 10), calls(1, 0))).toBeCloseTo(9.9);
    expect(found(calls(110, 10), calls(0, 0))).toBeCloseTo(20);
    expect(found(calls(9000, 10), calls(0, 0))).toBeCloseTo(10);
    expect(found(calls(10, 10), calls(9000, 0))).toBeCloseTo(10);
  });
});

describe('a collection', () => {
  const collections = [10, 20, 30].map((startTime) => ({
    startTime,
    duration: 2,
  }));
  const isHit = ([start, end]) => touches(collections, start, end);

  it('falls into what it begins in, ends in, fills, or lies in', () => {
    const spans = [
      [9, 10.5],
      [21, 25],
      [30.5, 31],
      [19, 23],
      [5, 40],
    ];
    expect(spans.map(isHit)).toEqual(new Array(5).fill(true));
  });

  it('falls into nothing before, between or after', () => {
    const spans = [
      [5, 10],
      [12, 20],
      [22.5, 29],
      [32, 50],
    ];
    expect(spans.map(isHit)).toEqual(new Array(4).fill(false));
    expect(touches([], 0, 1)).toBe(false);
  });
});
