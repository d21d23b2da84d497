'use strict';

const {
  bootstrap,
  bootstrapEach,
  costOf,
  lowerMean,
  mean,
  median,
  middleMean,
  quantile,
  randomFrom,
  ratioOf,
  shuffled,
  spread,
} = require('../statistics');

const sample = (difference, deferred = 0) => ({
  difference,
  deferred,
  bare: 1,
});

/** Differences of `cost`, give or take a quarter, with a pause of the machine in every tenth. */
function noisyGroup(cost, random, garbage = 0) {
  const samples = Array.from({ length: 200 }, (_, nth) =>
    sample(cost + (random() - 0.5) / 2 + (nth % 10 === 0 ? 500 : 0)),
  );
  return { samples, garbage };
}

describe('medians and quantiles', () => {
  it('take the middle of an odd number of values and the mean of the middle two of an even one', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
  });

  it('have means beside them, of the middle half and of the lower', () => {
    expect(middleMean([1000, 4, 2, 3, 5, -900, 6, 1])).toBe(3.5);
    expect(lowerMean([1000, 4, 2])).toBe(3);
    expect([middleMean([7]), lowerMean([7])]).toEqual([7, 7]);
  });

  it('sort by size, not as text', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  it('answer a value that occurred, at the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0, 0.5, 0.99, 1].map((q) => quantile(values, q))).toEqual([
      1, 50, 99, 100,
    ]);
  });

  it('have no answer without values', () => {
    const answers = [median, mean, middleMean, lowerMean].map((of) => of([]));
    expect([...answers, quantile([], 0.5)]).toEqual(new Array(5).fill(NaN));
  });

  it('measure restlessness by the middle half, blind to single outliers', () => {
    expect(spread([10, 10, 10, 10, 1000])).toBe(0);
    expect(spread([8, 9, 10, 11, 12])).toBeCloseTo(0.2);
  });
});

describe('randomness', () => {
  it('repeats for a seed, and differs between seeds', () => {
    const draw = (seed) => Array.from({ length: 5 }, randomFrom(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('is spread evenly over the unit interval', () => {
    const random = randomFrom(3);
    const bins = new Array(10).fill(0);
    for (let i = 0; i < 10_000; i += 1) bins[Math.floor(random() * 10)] += 1;
    for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('shuffles without losing or doubling anything, and leaves the original alone', () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8];
    const order = shuffled(values, randomFrom(4));
    expect(order).not.toEqual(values);
    expect([...order].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(values).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('the cost of a pipeline', () => {
  it('ignores pauses of the machine, but no collection and no deferred work', () => {
    const samples = [
      sample(2),
      sample(2),
      sample(2),
      sample(900),
      sample(2, 5),
    ];
    expect(costOf([{ samples, garbage: 0.5 }])).toBe(2 + 1 + 0.5);
  });

  it('averages collections over processes', () => {
    const groups = [0.2, 0.4].map((garbage) => ({
      samples: [sample(3)],
      garbage,
    }));
    expect(costOf(groups)).toBeCloseTo(3.3);
  });
});

describe('the bootstrap interval', () => {
  const groupsOf = (costs) => {
    const random = randomFrom(5);
    return costs.map((cost) => noisyGroup(cost, random));
  };

  it('encloses the cost that was put in, and is narrow despite outliers', () => {
    const { value, low, high } = bootstrap(
      groupsOf([4, 4, 4]),
      costOf,
      randomFrom(6),
    );
    expect(low).toBeLessThanOrEqual(value);
    expect(value).toBeLessThanOrEqual(high);
    expect(low).toBeLessThan(4.03);
    expect(high).toBeGreaterThan(4);
    expect(high - low).toBeLessThan(0.2);
  });

  it('is wide where the processes disagree, however many samples each has', () => {
    const { low, high } = bootstrap(groupsOf([3, 4, 5]), costOf, randomFrom(6));
    expect(low).toBeLessThan(3.5);
    expect(high).toBeGreaterThan(4.5);
  });

  it('of several statistics has them from the same samples', () => {
    const both = (groups) => ({
      once: costOf(groups),
      twice: 2 * costOf(groups),
    });
    const { once, twice } = bootstrapEach(
      groupsOf([3, 4]),
      both,
      randomFrom(6),
    );
    for (const end of ['value', 'low', 'high'])
      expect(twice[end]).toBe(2 * once[end]);
  });

  it('is the same for the same seed', () => {
    const groups = groupsOf([3, 4]);
    expect(bootstrap(groups, costOf, randomFrom(7))).toEqual(
      bootstrap(groups, costOf, randomFrom(7)),
    );
  });
});

describe('a ratio of figures', () => {
  it('has the widest interval that both allow', () => {
    const ratio = ratioOf(
      { value: 6, low: 5, high: 8 },
      { value: 3, low: 2, high: 4 },
    );
    expect(ratio).toEqual({ value: 2, low: 5 / 4, high: 4 });
  });

  it('takes figures without an interval as exact', () => {
    expect(ratioOf({ value: 6 }, { value: 3 })).toEqual({
      value: 2,
      low: 2,
      high: 2,
    });
  });
});
