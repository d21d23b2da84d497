'use strict';

/** Which executions are recorded where not all are. */

const { Draws } = require('../../js/recording/draws');

const SEEDS = 300;
const EXECUTIONS = 4000;
/** The executions after this one are thinned further. */
const CHANGE = 1000;
const PERIOD = 8;

const thinningOf = (nth) => (nth < CHANGE ? 1 : 4);
/** One in eight fails and takes longer; the later ones take longer, too. */
const failsAt = (nth) => nth % PERIOD === 0;
const durationOf = (nth) => (failsAt(nth) ? 50 : 10) + (nth < CHANGE ? 0 : 5);

/** What recorded executions, each counted 2^thinning times, say of all. */
function estimate(seed) {
  const draws = new Draws(seed);
  const sums = { count: 0, failed: 0, duration: 0 };
  for (let nth = 0; nth < EXECUTIONS; nth += 1) {
    const thinning = thinningOf(nth);
    if (!draws.next(thinning)) continue;
    const weight = 2 ** thinning;
    sums.count += weight;
    if (failsAt(nth)) sums.failed += weight;
    sums.duration += weight * durationOf(nth);
  }
  return sums;
}

function truth() {
  const sums = { count: EXECUTIONS, failed: 0, duration: 0 };
  const variance = { count: 0, failed: 0, duration: 0 };
  for (let nth = 0; nth < EXECUTIONS; nth += 1) {
    const spread = 2 ** thinningOf(nth) - 1;
    const failed = failsAt(nth) ? 1 : 0;
    sums.failed += failed;
    sums.duration += durationOf(nth);
    variance.count += spread;
    variance.failed += spread * failed;
    variance.duration += spread * durationOf(nth) ** 2;
  }
  return { sums, variance };
}

const seeds = Array.from({ length: SEEDS }, (_, i) => (i + 1) * 2654435761);
const meanOf = (values) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the executions that are recorded', () => {
  it('are all of them unless thinned', () => {
    const draws = new Draws();
    for (let nth = 0; nth < 1000; nth += 1) expect(draws.next(0)).toBe(true);
  });

  it('are the same ones every time', () => {
    const drawn = () => {
      const draws = new Draws();
      return Array.from({ length: 1000 }, () => draws.next(2));
    };
    expect(drawn()).toEqual(drawn());
  });

  it.each(['count', 'failed', 'duration'])(
    'estimate the %s of all, over many seeds, within four standard errors, where the thinning changes and the workload repeats',
    (figure) => {
      const { sums, variance } = truth();
      const estimates = seeds.map((seed) => estimate(seed)[figure]);
      const standardError = Math.sqrt(variance[figure] / SEEDS);
      expect(Math.abs(meanOf(estimates) - sums[figure])).toBeLessThan(
        4 * standardError,
      );
      // Independent draws: the estimates of single seeds scatter as much as those would.
      const scatter = meanOf(
        estimates.map((value) => (value - sums[figure]) ** 2),
      );
      expect(scatter / variance[figure]).toBeGreaterThan(0.6);
      expect(scatter / variance[figure]).toBeLessThan(1.6);
    },
  );

  it.each([2, 3, 5, 8, 16, 64])(
    'are spread evenly over a workload of period %i',
    (period) => {
      const draws = new Draws();
      const seen = new Array(period).fill(0);
      const count = 400_000;
      for (let nth = 0; nth < count; nth += 1)
        if (draws.next(3)) seen[nth % period] += 1;
      const even = count / 8 / period;
      for (const hits of seen)
        expect(Math.abs(hits - even)).toBeLessThan(5 * Math.sqrt(even));
    },
  );

  it('say nothing about the next one', () => {
    for (const thinning of [1, 2, 3, 6]) {
      const draws = new Draws();
      const count = 2 ** thinning * 20_000;
      let pairs = 0;
      let before = false;
      for (let nth = 0; nth < count; nth += 1) {
        const drawn = draws.next(thinning);
        if (drawn && before) pairs += 1;
        before = drawn;
      }
      const even = count / 4 ** thinning;
      expect(Math.abs(pairs - even)).toBeLessThan(5 * Math.sqrt(even));
    }
  });
});
