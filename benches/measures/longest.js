'use strict';

const { performance } = require('node:perf_hooks');
const { setImmediate: nextTurn } = require('node:timers/promises');
const { createCollector } = require('../candidates/package');
const { STAGES } = require('../driver');
const { GarbageLog } = require('../garbage');
const { interruptions } = require('../interruptions');
const { Pipeline, PipelineStage, makePipeline } = require('./asyncEngine');

/** Pipelines between two looks at whether the core was taken away. */
const BLOCK = 100;
/** Blocks after which the process may report its collections. */
const BLOCKS_AT_ONCE = 50;
/** Pipelines first: what a process does once is not looked for here. */
const WARM_UP = 20_000;
/** Longest steps stored per block: one of them may have been a collection. */
const MOST_STEPS = 4;

/** The longest step between readings of the clock, without those caused by others. */
class Longest {
  #garbage = new GarbageLog();
  #steps = [];
  #block = [];
  #before = 0;
  #began = 0;
  #spentMs = 0;
  blocks = 0;
  calm = 0;

  /** @param {number} now */
  begin(now) {
    this.#began = now;
    this.#block = [];
    this.#before = interruptions();
  }

  note(start, end) {
    const block = this.#block;
    if (
      block.length === MOST_STEPS &&
      end - start <= block[MOST_STEPS - 1].took
    )
      return;
    block.push({ start, end, took: end - start });
    block.sort((a, b) => b.took - a.took);
    block.length = Math.min(block.length, MOST_STEPS);
  }

  end(now) {
    this.blocks += 1;
    if (interruptions() > this.#before) return;
    this.calm += 1;
    this.#spentMs += now - this.#began;
    this.#steps.push(...this.#block);
  }

  async settle() {
    await this.#garbage.settle();
    const ofOurs = this.#steps.filter(
      ({ start, end }) => !this.#garbage.touches(start, end),
    );
    this.#steps = ofOurs.sort((a, b) => b.took - a.took).slice(0, MOST_STEPS);
  }

  /** µs, the part of the blocks in which the core was taken away, and ms that one takes else. */
  report() {
    this.#garbage.stop();
    return {
      longest: (this.#steps[0]?.took ?? NaN) * 1000,
      disturbed: 1 - this.calm / this.blocks,
      blockMs: this.#spentMs / Math.max(1, this.calm),
    };
  }
}

/**
 * Runs `pipelines` of them by `run(note)`, which reports each step outside of the stages' bodies; more
 * where a block has to last `blockMs`.
 */
async function look(pipelines, run, blockMs = 0) {
  for (let done = 0; done < WARM_UP; done += 1) await run(() => {});
  const longest = new Longest();
  const note = (start, end) => longest.note(start, end);
  for (let done = 0; done < pipelines; done += BLOCK) {
    const began = performance.now();
    longest.begin(began);
    for (let i = 0; i < BLOCK; i += 1) await run(note);
    while (performance.now() < began + blockMs) await run(note);
    longest.end(performance.now());
    await nextTurn();
    if ((done / BLOCK) % BLOCKS_AT_ONCE === 0) await longest.settle();
  }
  await longest.settle();
  return longest.report();
}

/** Four synchronous stages; a step is all that happens between two bodies. */
async function timeSync({ stages }) {
  const { measurePipeline, measureStage } = require('../..');
  const metrics = createCollector();
  let at = 0;
  let note;
  const body = () => {
    const now = performance.now();
    note(at, now);
    at = performance.now();
    return null;
  };
  const pipeline = () => {
    for (const stage of STAGES) measureStage(metrics, stage, null, body);
  };
  return look(stages / STAGES.length, (take) => {
    note = take;
    at = performance.now();
    measurePipeline(metrics, null, pipeline);
    note(at, performance.now());
  });
}

/**
 * The same without the package, for as long: functions that do nothing. What a step takes here is
 * what this machine does by itself, in interrupts and to its guests. It is printed beside the others,
 * and subtracted from none.
 */
async function timeBare({ stages, blockMs }) {
  let at = 0;
  let note;
  const body = () => {
    const now = performance.now();
    note(at, now);
    at = performance.now();
    return null;
  };
  const take = (next) => {
    note = next;
    at = performance.now();
    for (let stage = 0; stage < STAGES.length; stage += 1) body();
    note(at, performance.now());
  };
  return look(stages / STAGES.length, take, blockMs);
}

/**
 * Five asynchronous stages, installed. A step is all that happens between two bodies, which is what
 * the engine's own promises take as well: it can only be too long.
 */
async function timeAsync({ stages }) {
  const { installPipelineMetrics } = require('../..');
  const metrics = createCollector();
  let at = 0;
  let note;
  const pipeline = makePipeline();
  for (const stage of pipeline.stages) {
    const { executeInternal } = stage;
    stage.executeInternal = function (context) {
      note(at, performance.now());
      const result = executeInternal.call(this, context);
      at = performance.now();
      return result;
    };
  }
  installPipelineMetrics({ Pipeline, PipelineStage, metrics });
  return look(stages / pipeline.stages.length, async (take) => {
    note = take;
    at = performance.now();
    await pipeline.execute({ candidateActions: [1, 2, 3] });
    note(at, performance.now());
  });
}

/** The longest call in very many wired stages: a replay that falls into one is a part of it. */
async function run({ effort, runTask, progress }) {
  const figures = {};
  const stages = effort.longest;
  let blockMs = 0;
  for (const [kind, task] of [
    ['sync', 'longest/timeSync'],
    ['async', 'longest/timeAsync'],
    ['bare', 'longest/timeBare'],
  ]) {
    progress(`the longest call in ${stages} stages, ${kind}`);
    const reported = await runTask(task, { stages, blockMs });
    if (kind === 'sync') blockMs = reported.blockMs;
    figures[`longest/${kind}`] = { value: reported.longest, unit: 'µs' };
    figures[`longest/${kind}/disturbed`] = {
      value: reported.disturbed * 100,
      unit: '%',
    };
  }
  const both = ['sync', 'async'].map((kind) => figures[`longest/${kind}`]);
  const longest = Math.max(...both.map(({ value }) => value));
  return { ...figures, longest: { value: longest, unit: 'µs' } };
}

module.exports = { run, tasks: { timeAsync, timeBare, timeSync } };
