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
 * @param {(pair: number) => Promise<number>} options.runBlock - answers how many
 *   pipelines it ran; the same for a pair's number each time
 * @param {() => { uninstall(): void }} options.install
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

async function measurePair({ runBlock, install, now }, pair) {
  const sides = pair % 2 === 0 ? ['on', 'off'] : ['off', 'on'];
  const sample = { pipelines: 0, on: 0, off: 0 };
  for (const side of sides) {
    const installed = side === 'on' ? install() : undefined;
    try {
      const start = now();
      sample.pipelines = await runBlock(pair);
      sample[side] = (now() - start) / sample.pipelines;
    } finally {
      installed?.uninstall();
    }
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

/** The middle nine tenths of the differences, around 0 alike on both sides. */
function spread(differences) {
  const reach = Math.max(
    Math.abs(quantile(differences, 0.05)),
    Math.abs(quantile(differences, 0.95)),
  );
  const edges = { low: -reach, high: reach, count: HISTOGRAM_STEPS };
  return { reachUs: reach, bins: histogram(differences, edges) };
}

module.exports = { measureCost, summarizeCost };
