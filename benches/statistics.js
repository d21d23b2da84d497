'use strict';

/** Resamples of a bootstrap: the ends of a 95 % interval then move by less than a tenth of its width. */
const RESAMPLES = 1000;

function ascending(values) {
  return Float64Array.from(values).sort();
}

/** NaN for no values, like every figure here: a missing one must not read as a good one. */
function mean(values) {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function median(values) {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Mean of the middle half: as blind to outliers as a median, whichever side they are on,
 * and steadier where values fall into two heaps.
 */
function middleMean(values) {
  const cut = values.length >> 2;
  return mean(ascending(values).subarray(cut, values.length - cut));
}

/** Mean of the lower half: for times, which pauses only ever make longer. */
function lowerMean(values) {
  return mean(ascending(values).subarray(0, (values.length + 1) >> 1));
}

/** Nearest rank: a value that occurred. `q` in [0, 1]. */
function quantile(values, q) {
  if (values.length === 0) return NaN;
  const rank = Math.max(1, Math.ceil(q * values.length));
  return ascending(values)[rank - 1];
}

/** The middle half's width as a part of the median: how restless a series is. */
function spread(values) {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}

/** Uniform numbers in [0, 1), the same ones for the same seed. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled(values, random) {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

function resample(values, random) {
  return values.map(() => values[Math.floor(random() * values.length)]);
}

/**
 * @typedef {object} Group - what one process measured, all in µs a pipeline
 * @property {{ difference: number, deferred: number, bare: number }[]} samples - with less
 *   without the candidate, collections left out of both; what it put off until the end of
 *   a block; and without it
 * @property {number} garbage - collections with the candidate less those without
 */

/**
 * Statistics with their 95 % bootstrap intervals. Samples of one process resemble each
 * other more than those of two (placement of code and data differs), so processes are
 * drawn first and samples within them second. One process alone cannot show how much
 * processes differ: its interval is then too narrow.
 *
 * @template {string} K
 * @param {Group[]} groups
 * @param {(groups: Group[]) => Record<K, number>} statistics
 * @param {() => number} random
 * @returns {Record<K, { value: number, low: number, high: number }>}
 */
function bootstrapEach(groups, statistics, random) {
  const redrawn = (group) => ({
    ...group,
    samples: resample(group.samples, random),
  });
  const estimates = Array.from({ length: RESAMPLES }, () =>
    statistics(resample(groups, random).map(redrawn)),
  );
  return Object.fromEntries(
    Object.entries(statistics(groups)).map(([key, value]) => {
      const ofKey = estimates.map((estimate) => estimate[key]);
      const [low, high] = [quantile(ofKey, 0.025), quantile(ofKey, 0.975)];
      return [key, { value, low, high }];
    }),
  );
}

/**
 * One statistic, as `bootstrapEach` does several.
 *
 * @param {(groups: Group[]) => number} statistic
 */
function bootstrap(groups, statistic, random) {
  const only = (drawn) => ({ only: statistic(drawn) });
  return bootstrapEach(groups, only, random).only;
}

/**
 * Cost of a pipeline in µs. The median leaves out what the machine did. It would leave out
 * garbage collections and deferred work too, which fall into few blocks but belong to the
 * cost, so those come in as means of their own.
 *
 * @param {Group[]} groups
 */
function costOf(groups) {
  const samples = groups.flatMap((group) => group.samples);
  return (
    median(samples.map(({ difference }) => difference)) +
    mean(samples.map(({ deferred }) => deferred)) +
    mean(groups.map(({ garbage }) => garbage))
  );
}

/** One figure over another; the interval is the widest that the two allow. */
function ratioOf(figure, base) {
  return {
    value: figure.value / base.value,
    low: (figure.low ?? figure.value) / (base.high ?? base.value),
    high: (figure.high ?? figure.value) / (base.low ?? base.value),
  };
}

module.exports = {
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
};
