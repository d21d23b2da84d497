'use strict';

function ascending(values) {
  return [...values].sort((a, b) => a - b);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/** 0 for no values, like every figure here. */
function mean(values) {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

function median(values) {
  if (values.length === 0) return 0;
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Nearest rank: a value that occurred, `q` in (0, 1]. */
function quantile(values, q) {
  if (values.length === 0) return 0;
  return ascending(values)[Math.ceil(q * values.length) - 1];
}

/** Without spreading: a run may have more values than a call takes arguments. */
function max(values) {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** Cuts values into at most `count` runs of nearly one length, in order. */
function slices(values, count) {
  const parts = Math.min(count, values.length);
  return Array.from({ length: parts }, (_, nth) =>
    values.slice(
      Math.floor((nth * values.length) / parts),
      Math.floor(((nth + 1) * values.length) / parts),
    ),
  );
}

/**
 * Median with its 95 % interval from order statistics: the ranks n/2 ± 0.98 √n
 * bound the true median whatever the distribution, so that no pause of the machine
 * can stretch it. For fewer than six values no ranks do, and it is all of them.
 */
function medianInterval(values) {
  const sorted = ascending(values);
  const reach = 0.98 * Math.sqrt(sorted.length);
  const low = Math.max(0, Math.floor(sorted.length / 2 - reach));
  const high = Math.min(
    sorted.length - 1,
    Math.ceil(sorted.length / 2 + reach) - 1,
  );
  return {
    median: median(sorted),
    low: sorted[low] ?? 0,
    high: sorted[high] ?? 0,
  };
}

/** How many values lie in each of `count` equal steps from `low` to `high`. */
function histogram(values, { low, high, count }) {
  const bins = new Array(count).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * count);
    if (bin >= 0 && bin < count) bins[bin] += 1;
  }
  return bins;
}

module.exports = {
  histogram,
  max,
  mean,
  median,
  medianInterval,
  quantile,
  slices,
  sum,
};
