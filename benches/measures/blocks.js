'use strict';

const { performance } = require('node:perf_hooks');
const { candidateNamed } = require('../candidates');
const { EMPTY_BODIES, runBare, runMeasured } = require('../driver');
const { GarbageLog } = require('../garbage');
const { interruptions, undisturbed } = require('../interruptions');
const { Subject } = require('../subject');

/** Blocks shorter than this would be timed no better than the clock's own cost allows. */
const LEAST_BLOCK_MS = 0.5;
const LEAST_SAMPLES = 6;
/** Trials of a size: one that was disturbed would make blocks too short to hold deferred work. */
const TRIALS = 3;
/** Pipelines before each timed block: they find the other loop's traces in the caches. */
const APPROACH = 1;
/** Samples after which the process may report its collections: each time leaves caches cold. */
const SAMPLES_A_TURN = 16;

/** Both loops over empty bodies, as blocks that can be timed. */
class Blocks {
  #subject;
  #next = 0;

  constructor(subject) {
    this.#subject = subject;
    this.most = subject.most - APPROACH;
  }

  /** Runs `count` pipelines; returns when, and whether disturbed. */
  time(loop, count) {
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
    if (loop === 'bare') runBare(EMPTY_BODIES, first, count);
    else runMeasured(this.#subject.candidate, EMPTY_BODIES, first, count);
  }

  /** Lets the candidate do its deferred work, once due; returns the ms it took. */
  drain(count) {
    return this.#subject.drain(count + APPROACH);
  }

  async warmUp(pipelines) {
    const count = Math.min(this.most, 1000);
    for (let done = 0; done < pipelines; done += count) {
      this.time('bare', count);
      this.time('measured', count);
      await this.drain(count);
    }
  }

  /** The least ms that a block of `count` pipelines takes. */
  async #least(count) {
    let least = Infinity;
    for (let trial = 0; trial < TRIALS; trial += 1) {
      const { start, end } = this.time('measured', count);
      await this.drain(count);
      least = Math.min(least, end - start);
    }
    return least;
  }

  /** Pipelines that fill a block of about `blockMs`. */
  async size(blockMs) {
    for (let count = 1; ; count *= 2) {
      const took = await this.#least(Math.min(count, this.most));
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
 * Times blocks of both loops over empty bodies by turns, in a process of its own: bare,
 * measured, measured, bare, or the reverse, so that slow changes fall on both alike.
 *
 * @returns {Promise<import('../statistics').Group & { collected: number, disturbed: number,
 *   own: number[] }>} the part of the measured time that went to collections, and of the
 *   samples disturbed; what the candidate says it cost
 */
async function timeBlocks({ name, warmUp, blockMs, budgetMs }) {
  const garbage = new GarbageLog();
  const subject = new Subject(candidateNamed(name).create());
  const blocks = new Blocks(subject);
  await blocks.warmUp(warmUp);
  const count = await blocks.size(blockMs);
  const timed = [];
  const reported = [];
  const until = performance.now() + budgetMs;
  while (timed.length < LEAST_SAMPLES || performance.now() < until) {
    timed.push(...(await timeTwoPairs(blocks, count, timed.length)));
    if (timed.length % SAMPLES_A_TURN !== 0) continue;
    await garbage.settle();
    reported.push(subject.reportOwnCost());
  }
  await garbage.settle();
  garbage.stop();
  return {
    ...groupOf(timed, count, garbage),
    own: reported.filter((own) => own !== null),
  };
}

/** A block of each loop, and another of each. */
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
  for (const [loop, which] of turns) {
    const pair = pairs[which];
    pair[loop] = blocks.time(loop, count);
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

module.exports = { Blocks, tasks: { timeBlocks } };
