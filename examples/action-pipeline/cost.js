'use strict';

const { histogram, median, medianInterval, quantile } = require('./statistics');

const HISTOGRAM_STEPS = 32;

/**
 * Measures what the instrumentation costs: the same block of pipelines with it and
 * without it, many times by turns. The machine's slow changes fall on both sides
 * of a pair alike, and which side goes first alternates, so the differences within
 * pairs are left with the cost and the noise.
 *
 * @param {object} options
 * @param {(pair: number) => Promise<number>} options.on - runs the block of a pair
 *   with the instrumentation and answers how many pipelines that were
 * @param {(pair: number) => Promise<number>} options.off - the same block without
 * @param {number} options.pairs - counted pairs, at least 1
 * @param {number} options.warmup - pairs run first and not counted
 * @param {() => number} options.now - milliseconds
 * @param {(done: number, all: number) => void} [options.onPair]
 */
async function measureCost(options) {
  const { pairs, warmup, onPair = () => {} } = options;
  const samples = [];
  for (let pair = 0; pair < warmup + pairs; pair += 1) {
    const sample = await measurePair(options, pair);
    if (pair >= warmup) samples.push(sample);
    onPair(pair + 1, warmup + pairs);
  }
  return summarizeCost(samples);
}

async function measurePair({ on, off, now }, pair) {
  const sample = { pipelines: 0 };
  const sides = [
    ['on', on],
    ['off', off],
  ];
  if (pair % 2 === 1) sides.reverse();
  for (const [side, runBlock] of sides) {
    const start = now();
    sample.pipelines = await runBlock(pair);
    sample[side] = (now() - start) / sample.pipelines;
  }
  return sample;
}

/**
 * @param {{ pipelines: number, on: number, off: number }[]} samples - milliseconds
 *   a pipeline, one sample a pair
 */
function summarizeCost(samples) {
  const offMs = median(samples.map(({ off }) => off));
  const differences = samples.map(({ on, off }) => (on - off) * 1000);
  const microseconds = medianInterval(differences);
  const percent = Object.fromEntries(
    Object.entries(microseconds).map(([name, us]) => [
      name,
      offMs === 0 ? 0 : us / (offMs * 10),
    ]),
  );
  return {
    pairs: samples.length,
    pipelines: samples.reduce((all, { pipelines }) => all + 2 * pipelines, 0),
    onMs: median(samples.map(({ on }) => on)),
    offMs,
    microseconds,
    percent,
    spread: spread(differences),
  };
}

/** The differences around 0, as far as twice the farther quartile. */
function spread(differences) {
  const quartiles = [0.25, 0.75].map((q) => quantile(differences, q));
  const reach = 2 * Math.max(...quartiles.map(Math.abs));
  const edges = { low: -reach, high: reach, count: HISTOGRAM_STEPS };
  return { reachUs: reach, bins: histogram(differences, edges) };
}

module.exports = { measureCost, summarizeCost };
