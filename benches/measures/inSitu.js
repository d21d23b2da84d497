'use strict';

const { performance } = require('node:perf_hooks');
const { candidateNamed } = require('../candidates');
const { EMPTY_BODIES, READINGS, timeBare, timeMeasured } = require('../driver');
const { GarbageLog } = require('../garbage');
const { bodyTimesOf, samplesOf } = require('../readings');
const { median } = require('../statistics');
const { Subject } = require('../subject');
const { ROUNDS, Work, resized } = require('../work');

/** Pipelines at the start of a run that do not count: they find the other loop's traces. */
const APPROACH = 1;
/** µs of one body over a run, and the least and most pipelines to it. */
const RUN_US = 500;
const LEAST_RUN = 3;
const MOST_RUN = 10;
/** Pipelines that the next stretch of work begins further on, for each in a run. */
const STRIDE = 97;
const LEAST_TURNS = 6;
/** Turns after which the process may report its collections: each time leaves caches cold. */
const TURNS_AT_ONCE = 16;
/** How long both loops run with real bodies before anything counts. */
const SETTLING_MS = 150;

/** Pipelines in a run that count, with bodies of a length. */
const runLength = (us) =>
  Math.min(MOST_RUN, Math.max(LEAST_RUN, Math.round(RUN_US / us)));

/** Short runs of both loops over the same stretches of work, with every reading stored. */
class Runs {
  #subject;
  #count;
  #work = new Work();
  #bodies = EMPTY_BODIES;
  #next = 0;

  /** @param {number} count - pipelines in a run that count */
  constructor(subject, count) {
    this.#subject = subject;
    this.#count = count;
  }

  #time(loop, position, count = APPROACH + this.#count) {
    this.#work.seek(position);
    const readings = new Float64Array(count * READINGS);
    const first = this.#next;
    this.#next += count;
    if (loop === 'bare') timeBare(this.#bodies, first, count, readings);
    else {
      const { candidate } = this.#subject;
      timeMeasured(candidate, this.#bodies, first, count, readings);
    }
    return readings;
  }

  /**
   * Lets the compiler see both loops, which fills every history as well, at last amid real bodies.
   * These get their length here: work that both loops see twice is in nearer caches than work
   * that is met once.
   *
   * @param {number} us - that a body lasts
   * @param {number[]} counts - entities a body that last about that long elsewhere
   */
  async warmUp(pipelines, us, counts) {
    const run = Math.min(this.#subject.most, 1000);
    for (let done = 0; done < pipelines; done += run) {
      this.#time('bare', 0, run);
      this.#time('measured', 0, run);
      await this.#subject.drain(run);
    }
    let sizes = counts;
    for (let round = 0; round < ROUNDS; round += 1) {
      this.#bodies = this.#work.bodies(sizes);
      sizes = resized(sizes, us, await this.settle());
    }
    this.#bodies = this.#work.bodies(sizes);
    await this.settle();
  }

  /** Takes turns for a while, which nothing counts; median µs of each body without the candidate. */
  async settle() {
    const times = [[], [], [], []];
    const end = performance.now() + SETTLING_MS;
    while (performance.now() < end) {
      const { runs } = await this.turn(this.#next);
      for (const { bare } of runs)
        bodyTimesOf(bare, (stage, took) => times[stage].push(took));
    }
    return times.map(median);
  }

  /**
   * Bare, measured, measured, bare, or the reverse, over two stretches of the work in turn:
   * both loops see each stretch once, neither right after the other, and slow changes and
   * warmer caches fall on both alike.
   *
   * @returns {Promise<import('../readings').Turn>}
   */
  async turn(nth) {
    const [outer, inner] =
      nth % 2 === 0 ? ['bare', 'measured'] : ['measured', 'bare'];
    const order = [
      [outer, 0],
      [inner, 1],
      [inner, 0],
      [outer, 1],
    ];
    const runs = [{}, {}];
    const all = APPROACH + this.#count;
    let deferredMs = 0;
    for (const [loop, stretch] of order) {
      const position = (2 * nth + stretch) * this.#count * STRIDE;
      const readings = this.#time(loop, position);
      runs[stretch][loop] = readings.subarray(APPROACH * READINGS);
      if (loop === 'measured') deferredMs += await this.#subject.drain(all);
    }
    return { runs, deferred: (deferredMs * 1000) / (2 * all) };
  }
}

/**
 * What one process finds of a candidate amid real bodies.
 *
 * @param {{ candidate: import('../candidates').Candidate, us: number, counts: number[],
 *   warmUp: number, budgetMs: number }} options - entities a body of `us` µs
 * @returns {Promise<{ samples: import('../readings').Sample[] }>}
 */
async function timeAmid({ candidate, us, counts, warmUp, budgetMs }) {
  const garbage = new GarbageLog();
  const subject = new Subject(candidate);
  const runs = new Runs(subject, runLength(us));
  await runs.warmUp(warmUp, us, counts);
  const turns = [];
  const until = performance.now() + budgetMs;
  while (turns.length < LEAST_TURNS || performance.now() < until) {
    turns.push(await runs.turn(turns.length));
    if (turns.length % TURNS_AT_ONCE === 0) await garbage.settle();
  }
  await garbage.settle();
  garbage.stop();
  return {
    samples: samplesOf(turns, (start, end) => garbage.touches(start, end)),
  };
}

function timeRuns({ name, ...options }) {
  const candidate = candidateNamed(name).create();
  return timeAmid({
    candidate: { ...candidate, ...candidate.amid },
    ...options,
  });
}

/** Samples of its own cost that a candidate has taken amid the bodies when it is asked for it. */
const OWN_SAMPLES = 64;

/**
 * The candidate's self-reported cost amid real bodies, in µs per pipeline. It samples itself more
 * often than usual, so the times measured here are used for nothing else.
 *
 * @param {{ name: string, us: number, counts: number[], warmUp: number }} options - as for {@link timeAmid}
 */
async function askOwnCost({ name, us, counts, warmUp }) {
  const candidate = candidateNamed(name).create();
  const subject = new Subject({ ...candidate, ...candidate.amid });
  const runs = new Runs(subject, runLength(us));
  await runs.warmUp(warmUp, us, counts);
  candidate.sampleOwnCostOften();
  // V8 recompiles code that had only seen the previous one.
  await runs.settle();
  const before = candidate.reportOwnCost().sampledExecutions;
  for (let nth = 0; ; nth += 1) {
    await runs.turn(nth);
    if (nth % TURNS_AT_ONCE !== 0) continue;
    const { nanosecondsPerStage, sampledExecutions } =
      candidate.reportOwnCost();
    if (sampledExecutions - before >= OWN_SAMPLES)
      return (nanosecondsPerStage * 4) / 1000;
  }
}

module.exports = { tasks: { askOwnCost, timeRuns }, timeAmid };
