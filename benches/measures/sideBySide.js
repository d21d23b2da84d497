'use strict';

const { performance } = require('node:perf_hooks');
const { candidateNamed } = require('../candidates');
const { EMPTY_BODIES, runBare, runMeasured } = require('../driver');
const { GarbageLog } = require('../garbage');
const { bootstrap, costOfPairs, mean, median, shuffled, spread } = require('../statistics');
const { Work } = require('../work');

/** Blocks shorter than this would be timed no better than the clock's own cost allows. */
const LEAST_BLOCK_MS = 0.5;
const MOST_PIPELINES = 20_000;
const LEAST_PAIRS = 8;
/** How long both loops run with real bodies before anything counts. */
const SETTLING_MS = 150;

/** The two loops over one kind of bodies, as blocks that can be timed. */
class Blocks {
  #candidate;
  #work;
  #bodies;
  #undrained = 0;
  #next = 0;

  constructor(candidate, counts) {
    this.#candidate = candidate;
    this.#work = counts === null ? null : new Work();
    this.#bodies = counts === null ? EMPTY_BODIES : this.#work.bodies(counts);
    this.most = candidate.drainEvery ?? MOST_PIPELINES;
  }

  /** Runs `count` pipelines on work from `position` on; answers when that began and ended. */
  time(loop, count, position) {
    this.#work?.seek(position);
    const first = this.#next;
    this.#next += count;
    const start = performance.now();
    if (loop === 'bare') runBare(this.#bodies, first, count);
    else runMeasured(this.#candidate, this.#bodies, first, count);
    return { start, end: performance.now() };
  }

  /** Lets the candidate do what it put off, once that is due; answers the ms it took. */
  async drain(count) {
    if (this.#candidate.drain === undefined) return 0;
    this.#undrained += count;
    if (this.#undrained < this.#candidate.drainEvery) return 0;
    this.#undrained = 0;
    const start = performance.now();
    await this.#candidate.drain();
    return performance.now() - start;
  }

  async warmUp(pipelines) {
    const bodies = this.#bodies;
    this.#bodies = EMPTY_BODIES;
    for (let done = 0; done < pipelines; done += Math.min(this.most, 1000)) {
      await this.#both(Math.min(this.most, 1000));
    }
    this.#bodies = bodies;
    const end = performance.now() + (this.#work === null ? 0 : SETTLING_MS);
    while (performance.now() < end) await this.#both(4);
  }

  async #both(count) {
    this.time('bare', count, this.#next);
    this.time('measured', count, this.#next);
    await this.drain(count);
  }

  /** Pipelines that fill a block of about `blockMs`. */
  async size(blockMs) {
    for (let count = 2; ; count *= 2) {
      const { start, end } = this.time('measured', Math.min(count, this.most), 0);
      await this.drain(Math.min(count, this.most));
      const took = end - start;
      if (count >= this.most) return this.most;
      if (took > LEAST_BLOCK_MS) {
        return Math.max(2, Math.min(this.most, Math.round((count * blockMs) / took)));
      }
    }
  }
}

/**
 * Times blocks of both loops by turns, in a process of its own. Which goes first
 * alternates, so that slow changes of the machine fall on both alike.
 *
 * @returns {Promise<{ pairs: object[] }>} µs a pipeline
 */
async function timePairs({ name, counts, warmUp, blockMs, budgetMs }) {
  const garbage = new GarbageLog();
  const blocks = new Blocks(candidateNamed(name).create(), counts);
  await blocks.warmUp(warmUp);
  const count = await blocks.size(blockMs);
  const timed = [];
  const until = performance.now() + budgetMs;
  while (timed.length < LEAST_PAIRS || performance.now() < until) {
    const position = timed.length * count * 97;
    const order = timed.length % 2 === 0 ? ['bare', 'measured'] : ['measured', 'bare'];
    const pair = {};
    for (const loop of order) pair[loop] = blocks.time(loop, count, position);
    pair.deferredMs = await blocks.drain(count);
    timed.push(pair);
    await garbage.settle();
  }
  garbage.stop();
  return { pairs: timed.map((pair) => pairOf(pair, count, garbage)) };
}

function pairOf({ bare, measured, deferredMs }, count, garbage) {
  const perPipeline = 1000 / count;
  const collected = (block) => garbage.during(block.start, block.end);
  const took = (block) => block.end - block.start - collected(block);
  return {
    bare: took(bare) * perPipeline,
    difference: (took(measured) - took(bare)) * perPipeline,
    garbage: (collected(measured) - collected(bare)) * perPipeline,
    deferred: deferredMs * perPipeline,
    collectedPart: collected(measured) / (measured.end - measured.start),
  };
}

/** Figures of one candidate with one kind of bodies, from the pairs of its processes. */
function figuresOf(name, bodyUs, groups, random) {
  const all = groups.flat();
  const bare = median(all.map((pair) => pair.bare));
  const cost = bootstrap(groups, costOfPairs, random);
  const percent = Object.fromEntries(
    Object.entries(cost).map(([key, value]) => [key, (value / bare) * 100]),
  );
  return {
    [`cost/${bodyUs}/${name}`]: { ...cost, unit: 'µs' },
    [`overhead/${bodyUs}/${name}`]: { ...percent, unit: '%' },
    [`best/${bodyUs}/${name}`]: {
      value: Math.min(...all.map((pair) => pair.difference)),
      unit: 'µs',
    },
    [`garbage/${bodyUs}/${name}`]: { value: mean(all.map((pair) => pair.garbage)), unit: 'µs' },
    [`collected/${bodyUs}/${name}`]: {
      value: mean(all.map((pair) => pair.collectedPart)) * 100,
      unit: '%',
    },
    [`bare/${bodyUs}/${name}`]: { value: bare, unit: 'µs' },
    [`spread/${bodyUs}/${name}`]: {
      value: median(groups.map((pairs) => spread(pairs.map((pair) => pair.bare)))) * 100,
      unit: '%',
    },
  };
}

/** Every candidate against the bare loop, for each length of the bodies. */
async function run({ effort, names, bodies, runTask, random, progress }) {
  const targets = bodies.filter((us) => us > 0);
  const sizes = targets.length === 0 ? {} : await runTask('sideBySide/calibrate', { targets, ms: effort.calibrationMs });
  const groups = new Map();
  for (let round = 1; round <= effort.rounds; round += 1) {
    const cells = names(0).map((name) => [0, name]);
    for (const us of targets) cells.push(...names(us).map((name) => [us, name]));
    for (const [us, name] of shuffled(cells, random)) {
      progress(`round ${round} of ${effort.rounds}: ${name}, ${us === 0 ? 'empty' : `${us} µs`}`);
      const { pairs } = await runTask('sideBySide/timePairs', {
        name,
        counts: us === 0 ? null : sizes[us],
        warmUp: effort.warmUp,
        ...(us === 0 ? effort.empty : effort.inSitu),
      });
      const key = `${us}/${name}`;
      groups.set(key, [...(groups.get(key) ?? []), pairs]);
    }
  }
  const figures = {};
  for (const [key, pairs] of groups) {
    const [us, name] = key.split('/');
    Object.assign(figures, figuresOf(name, us, pairs, random));
  }
  return figures;
}

module.exports = {
  run,
  tasks: { timePairs, calibrate: (args) => require('../work').calibrate(args) },
};
