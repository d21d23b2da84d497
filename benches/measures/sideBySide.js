'use strict';

const { performance } = require('node:perf_hooks');
const { candidateNamed } = require('../candidates');
const { EMPTY_BODIES, runBare, runMeasured } = require('../driver');
const { GarbageLog } = require('../garbage');
const { interruptions, undisturbed } = require('../interruptions');
const {
  bootstrap,
  costOf,
  mean,
  median,
  shuffled,
  spread,
} = require('../statistics');
const { Work } = require('../work');

/** Blocks shorter than this would be timed no better than the clock's own cost allows. */
const LEAST_BLOCK_MS = 0.5;
const MOST_PIPELINES = 20_000;
const LEAST_SAMPLES = 6;
/** Pipelines before each timed block: they find the other loop's traces in the caches. */
const APPROACH = 1;
/** Samples after which the process may tell of its collections: each time leaves caches cold. */
const SAMPLES_A_TURN = 16;
/** Pipelines that the next stretch of work begins further on, for each in a block. */
const STRIDE = 97;
/** Executions that its own cost must have been sampled from, to be held against ours. */
const LEAST_OWN = 16;
/** How long both loops run with real bodies before anything counts. */
const SETTLING_MS = 150;

/** The two loops over one kind of bodies, as blocks that can be timed. */
class Blocks {
  #candidate;
  #work;
  #bodies;
  #undrained = 0;
  #next = 0;
  #sampledBefore = 0;

  constructor(candidate, counts) {
    this.#candidate = candidate;
    this.#work = counts === null ? null : new Work();
    this.#bodies = counts === null ? EMPTY_BODIES : this.#work.bodies(counts);
    this.most = (candidate.drainEvery ?? MOST_PIPELINES) - APPROACH;
  }

  /** Runs `count` pipelines on work from `position` on; answers when, and whether disturbed. */
  time(loop, count, position) {
    this.#work?.seek(position);
    this.#run(loop, APPROACH);
    const before = interruptions();
    const start = performance.now();
    this.#run(loop, count);
    const end = performance.now();
    return { start, end, disturbed: interruptions() > before };
  }

  #run(loop, count) {
    const first = this.#next;
    this.#next += count;
    if (loop === 'bare') runBare(this.#bodies, first, count);
    else runMeasured(this.#candidate, this.#bodies, first, count);
  }

  /** Lets the candidate do what it put off, once that is due; answers the ms it took. */
  async drain(count) {
    if (this.#candidate.drain === undefined) return 0;
    this.#undrained += count + APPROACH;
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
    if (this.#work !== null) this.#sampledBefore = this.#sampled();
    this.#candidate.beginSettling?.();
    const settled = this.#next + (this.#candidate.settlesAfter ?? 0);
    while (this.#next < settled) this.#run('measured', 64);
    const end = performance.now() + (this.#work === null ? 0 : SETTLING_MS);
    while (performance.now() < end) await this.#both(4);
  }

  #sampled() {
    return this.#candidate.tellOwnCost?.().sampledExecutions;
  }

  /** µs a pipeline that the candidate says it cost with these bodies; null without an answer. */
  tellOwnCost() {
    const own = this.#candidate.tellOwnCost?.();
    if (own === undefined) return null;
    const since = own.sampledExecutions - this.#sampledBefore;
    return own.samples >= LEAST_OWN && since >= own.samples
      ? (own.nanosecondsPerStage * 4) / 1000
      : null;
  }

  async #both(count) {
    this.time('bare', count, this.#next);
    this.time('measured', count, this.#next);
    await this.drain(count);
  }

  /** Pipelines that fill a block of about `blockMs`. */
  async size(blockMs) {
    for (let count = 1; ; count *= 2) {
      const { start, end } = this.time(
        'measured',
        Math.min(count, this.most),
        0,
      );
      await this.drain(Math.min(count, this.most));
      const took = end - start;
      if (count >= this.most) return this.most;
      if (took > LEAST_BLOCK_MS) {
        return Math.max(
          1,
          Math.min(this.most, Math.round((count * blockMs) / took)),
        );
      }
    }
  }
}

/**
 * Times blocks of both loops by turns, in a process of its own: bare, measured, measured,
 * bare, or the reverse, over two stretches of the work in turn. So both loops see each
 * stretch once, neither right after the other, and slow changes fall on both alike.
 *
 * @returns {Promise<import('../statistics').Group & { collected: number, disturbed: number,
 *   own: number[] }>} the part of the measured time that went to collections, and of the
 *   samples disturbed; what the candidate says it cost
 */
async function timeBlocks({ name, counts, warmUp, blockMs, budgetMs }) {
  const garbage = new GarbageLog();
  const blocks = new Blocks(candidateNamed(name).create(), counts);
  await blocks.warmUp(warmUp);
  const count = await blocks.size(blockMs);
  const timed = [];
  const told = [];
  const until = performance.now() + budgetMs;
  while (timed.length < LEAST_SAMPLES || performance.now() < until) {
    timed.push(...(await timeTwoPairs(blocks, count, timed.length)));
    if (timed.length % SAMPLES_A_TURN !== 0) continue;
    await garbage.settle();
    told.push(blocks.tellOwnCost());
  }
  await garbage.settle();
  garbage.stop();
  return {
    ...groupOf(timed, count, garbage),
    own: told.filter((own) => own !== null),
  };
}

/** The block of each loop over one stretch of the work, and over the next. */
async function timeTwoPairs(blocks, count, nth) {
  const [outer, inner] =
    nth % 4 === 0 ? ['bare', 'measured'] : ['measured', 'bare'];
  const pairs = [{ deferredMs: 0 }, { deferredMs: 0 }];
  const turns = [
    [outer, 0],
    [inner, 1],
    [inner, 0],
    [outer, 1],
  ];
  for (const [loop, stretch] of turns) {
    const pair = pairs[stretch];
    pair[loop] = blocks.time(loop, count, (nth + stretch) * count * STRIDE);
    if (loop === 'measured') pair.deferredMs = await blocks.drain(count);
  }
  return pairs;
}

function groupOf(timed, count, garbage) {
  const perPipeline = 1000 / count;
  const took = (block) => garbage.withoutCollections(block) * perPipeline;
  const samples = timed.map((pair) => ({
    bare: took(pair.bare),
    difference: took(pair.measured) - took(pair.bare),
    deferred: pair.deferredMs * perPipeline,
    disturbed: pair.bare.disturbed || pair.measured.disturbed,
  }));
  const bare = timed.map((pair) => pair.bare);
  const measured = timed.map((pair) => pair.measured);
  const collectedMs = garbage.costOf(measured);
  const garbageMs = collectedMs - garbage.costOf(bare);
  const totalMs = measured.reduce(
    (total, { start, end }) => total + end - start,
    0,
  );
  return {
    ...undisturbed(samples, LEAST_SAMPLES),
    garbage: (garbageMs * perPipeline) / timed.length,
    collected: collectedMs / totalMs,
  };
}

/**
 * Figures of one candidate with one kind of bodies, from all of its processes.
 *
 * @param {number | null} garbage - what its garbage costs, where that is known from empty
 *   bodies: real ones make so much of their own that a difference would be all noise
 */
function figuresOf(name, bodyUs, groups, garbage, random) {
  const samples = groups.flatMap((group) => group.samples);
  const known =
    garbage === null ? groups : groups.map((group) => ({ ...group, garbage }));
  const bare = median(samples.map((sample) => sample.bare));
  const cost = bootstrap(known, costOf, random);
  const percent = Object.fromEntries(
    Object.entries(cost).map(([key, value]) => [key, (value / bare) * 100]),
  );
  const restless = groups.map((group) =>
    spread(group.samples.map((sample) => sample.bare)),
  );
  const plain = {
    best: [Math.min(...samples.map(({ difference }) => difference)), 'µs'],
    garbage: [mean(known.map((group) => group.garbage)), 'µs'],
    collected: [mean(groups.map(({ collected }) => collected)) * 100, '%'],
    bare: [bare, 'µs'],
    spread: [median(restless) * 100, '%'],
    disturbed: [mean(groups.map(({ disturbed }) => disturbed)) * 100, '%'],
  };
  const figures = {
    [`cost/${bodyUs}/${name}`]: { ...cost, unit: 'µs' },
    [`overhead/${bodyUs}/${name}`]: { ...percent, unit: '%' },
  };
  const told = groups.flatMap(({ own }) => own);
  if (told.length > 0) {
    const between = known.map((group) => ({ ...group, garbage: 0 }));
    figures[`own/${bodyUs}/${name}`] = { value: median(told), unit: 'µs' };
    figures[`own/measured/${bodyUs}/${name}`] = {
      value: costOf(between),
      unit: 'µs',
    };
  }
  for (const [kind, [value, unit]] of Object.entries(plain)) {
    figures[`${kind}/${bodyUs}/${name}`] = { value, unit };
  }
  return figures;
}

/** Every candidate against the bare loop, for each length of the bodies. */
async function run({ effort, names, sizes, runTask, random, progress }) {
  const groups = new Map();
  for (let round = 1; round <= effort.rounds; round += 1) {
    const cells = effort.bodies.flatMap((us) =>
      names.atLength(us).map((name) => [us, name]),
    );
    for (const [us, name] of shuffled(cells, random)) {
      progress(
        `round ${round} of ${effort.rounds}: ${name}, ${us === 0 ? 'empty' : `${us} µs`}`,
      );
      const group = await runTask('sideBySide/timeBlocks', {
        name,
        counts: us === 0 ? null : sizes[us],
        warmUp: effort.warmUp,
        ...(us === 0 ? effort.empty : effort.inSitu),
      });
      const key = `${us}/${name}`;
      groups.set(key, [...(groups.get(key) ?? []), group]);
    }
  }
  return figuresOfAll(groups, random);
}

function figuresOfAll(groups, random) {
  const figures = {};
  const byLength = [...groups].sort(
    ([a], [b]) => parseInt(a, 10) - parseInt(b, 10),
  );
  for (const [key, ofKey] of byLength) {
    const [us, name] = key.split('/');
    const garbage =
      us === '0' ? null : (figures[`garbage/0/${name}`]?.value ?? null);
    Object.assign(figures, figuresOf(name, us, ofKey, garbage, random));
  }
  return figures;
}

module.exports = {
  run,
  tasks: {
    timeBlocks,
    calibrate: (args) => require('../work').calibrate(args),
  },
};
