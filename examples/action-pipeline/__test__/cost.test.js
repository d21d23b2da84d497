/** @jest-environment node */
'use strict';

const { measureCost, summarizeCost } = require('../cost');
const {
  histogram,
  medianInterval,
  quantile,
  slices,
} = require('../statistics');

/** A clock, and blocks whose pipelines take 10 ms without and 10.5 ms with. */
function fakeGame() {
  const game = { time: 0, order: [] };
  const block = (side, ms) => async (pair) => {
    game.order.push(`${pair} ${side}`);
    game.time += 5 * ms;
    return 5;
  };
  game.options = {
    pairs: 4,
    warmup: 2,
    now: () => game.time,
    on: block('on', 10.5),
    off: block('off', 10),
  };
  return game;
}

describe('measuring the cost', () => {
  test('runs the same blocks on and off, the first side alternating', async () => {
    const game = fakeGame();
    await measureCost({ ...game.options, pairs: 1, warmup: 1 });
    expect(game.order).toEqual(['0 on', '0 off', '1 off', '1 on']);
  });

  test('reports what a pipeline costs, warm-up left out', async () => {
    const game = fakeGame();
    const seen = [];
    const cost = await measureCost({
      ...game.options,
      onPair: (done, all) => seen.push(`${done}/${all}`),
    });
    expect(cost).toMatchObject({ pairs: 4, pipelines: 40 });
    expect(cost.onMs).toBeCloseTo(10.5, 9);
    expect(cost.offMs).toBeCloseTo(10, 9);
    expect(cost.microseconds.median).toBeCloseTo(500, 6);
    expect(cost.percent.median).toBeCloseTo(5, 9);
    expect(seen).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
  });

  test('does not count what is slow only at first', async () => {
    const game = fakeGame();
    const { off } = game.options;
    const cost = await measureCost({
      ...game.options,
      off: async (pair) => {
        if (pair < 2) game.time += 1000;
        return off(pair);
      },
    });
    expect(cost.offMs).toBeCloseTo(10, 9);
  });

  test('is not dragged by a pair in which the machine paused', () => {
    const pair = (on, off) => ({ pipelines: 1, on, off });
    const samples = Array.from({ length: 99 }, (_, nth) =>
      pair(1.01 + (nth % 5) / 1000, 1),
    );
    const calm = summarizeCost(samples);
    const paused = summarizeCost([...samples, pair(900, 1)]);
    expect(paused.microseconds.median).toBeCloseTo(calm.microseconds.median, 6);
    expect(paused.microseconds.high).toBeLessThan(15);
  });

  test('can be negative, and says so', () => {
    const cost = summarizeCost([{ pipelines: 1, on: 0.9, off: 1 }]);
    expect(cost.microseconds.median).toBeCloseTo(-100, 6);
    expect(cost.percent.median).toBeCloseTo(-10, 6);
  });
});

describe('the statistics', () => {
  test('take the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, nth) => 100 - nth);
    expect(quantile(values, 0.95)).toBe(95);
    expect(quantile(values, 0.05)).toBe(5);
    expect(quantile([3], 0.95)).toBe(3);
  });

  test('bound the median by order statistics', () => {
    const values = Array.from({ length: 100 }, (_, nth) => nth + 1);
    // Ranks 41 and 60 enclose the median with 95 % (binomial, n = 100).
    expect(medianInterval(values)).toEqual({ median: 50.5, low: 41, high: 60 });
    expect(medianInterval([5, 1])).toEqual({ median: 3, low: 1, high: 5 });
    expect(medianInterval([])).toEqual({ median: 0, low: 0, high: 0 });
  });

  test('slice in order, with nothing lost', () => {
    expect(slices([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([
      [1, 2],
      [3, 4],
      [5, 6, 7],
    ]);
    expect(slices([1, 2], 5)).toEqual([[1], [2]]);
    expect(slices([], 5)).toEqual([]);
  });

  test('count values in steps', () => {
    const edges = { low: -2, high: 2, count: 4 };
    expect(histogram([-2, -1.5, 0, 0.5, 1.9, 7], edges)).toEqual([2, 0, 2, 1]);
  });
});
