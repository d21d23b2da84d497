'use strict';

const { performance } = require('node:perf_hooks');
const { GarbageLog } = require('../garbage');
const { interruptions, undisturbed } = require('../interruptions');
const { bootstrap, costOf, median } = require('../statistics');

const LEAST_SAMPLES = 6;
const STAGES = 5;
/** Pipelines first: on Node 24, V8 has compiled asynchronous ones only after some 10,000. */
const SETTLING = 20_000;
/** Pipelines that overlap, where they do. */
const GROUP = 4;

/** What this process measures: set up once, then a block at a time. */
let pipeline;
let atOnce;
let metrics;
let garbage;
const blocks = [];

/** An engine in a process of its own, measured or bare. */
async function setUp({ measured, overlapping }) {
  atOnce = overlapping ? GROUP : 1;
  const engine = require('./asyncEngine');
  if (measured) {
    const { installPipelineMetrics } = require('../..');
    metrics = require('../candidates/package').createCollector();
    installPipelineMetrics({
      Pipeline: engine.Pipeline,
      PipelineStage: engine.PipelineStage,
      metrics,
    });
  }
  pipeline = engine.makePipeline();
  await runPipelines(SETTLING);
  garbage = new GarbageLog();
}

async function runPipelines(count) {
  const context = { actor: 'actor', candidateActions: [1, 2, 3], trace: null };
  if (atOnce === 1) {
    for (let i = 0; i < count; i += 1) await pipeline.execute(context);
    return;
  }
  for (let i = 0; i < count; i += atOnce)
    await Promise.all(
      Array.from({ length: atOnce }, () => pipeline.execute(context)),
    );
}

/** Runs a block; how long it took is reported at the end, with the collections left out. */
async function runBlock({ count }) {
  const before = interruptions();
  const start = performance.now();
  await runPipelines(count);
  const end = performance.now();
  blocks.push({ start, end, disturbed: interruptions() > before });
}

/**
 * @returns {Promise<{ blocks: object[], garbage: number, own: number }>} µs a pipeline, by block, in
 *   all, and as the package says
 */
async function tellBlocks({ count }) {
  await garbage.settle();
  garbage.stop();
  const reported = blocks.map((block) => ({
    took: (garbage.withoutCollections(block) * 1000) / count,
    disturbed: block.disturbed,
  }));
  return {
    blocks: reported,
    garbage: (garbage.costOf(blocks) * 1000) / (count * blocks.length),
    own: ownCost(),
  };
}

function ownCost() {
  if (metrics === undefined) return 0;
  const { nanosecondsPerStage } = metrics.getPerformanceSummary().overhead;
  return (nanosecondsPerStage * STAGES) / 1000;
}

/**
 * Five asynchronous stages that do nothing, through `installPipelineMetrics` as it comes, and bare: one
 * pipeline after the other, and four at once.
 * Carrying executions along makes every promise of a process slower, those of bare
 * pipelines too, so the two sides are processes of their own that run blocks by turns.
 */
async function run({ effort, Worker, random, progress }) {
  const groups = { basic: [], overlapping: [] };
  for (let round = 1; round <= effort.rounds; round += 1) {
    progress(`asynchronous pipeline, round ${round} of ${effort.rounds}`);
    for (const kind of Object.keys(groups)) {
      const overlapping = kind === 'overlapping';
      groups[kind].push(await groupOfRound(effort, Worker, overlapping));
    }
  }
  const bare = median(
    Object.values(groups)
      .flat()
      .flatMap(({ samples }) => samples.map((sample) => sample.bare)),
  );
  const { basic, overlapping } = groups;
  const ownOf = (kind) => ({
    value: median(kind.map(({ own }) => own)),
    unit: 'µs',
  });
  return {
    'install/basic': { ...bootstrap(basic, costOf, random), unit: 'µs' },
    'install/overlapping': {
      ...bootstrap(overlapping, costOf, random),
      unit: 'µs',
    },
    'install/bare': { value: bare, unit: 'µs' },
    'install/basic/own': ownOf(basic),
    'install/overlapping/own': ownOf(overlapping),
  };
}

async function groupOfRound({ install }, Worker, overlapping) {
  const sides = { bare: new Worker(), measured: new Worker() };
  try {
    for (const [side, worker] of Object.entries(sides)) {
      await worker.ask('install/setUp', {
        measured: side === 'measured',
        overlapping,
      });
    }
    for (let at = 0; at < install.pairs; at += 1) {
      const order = at % 2 === 0 ? ['bare', 'measured'] : ['measured', 'bare'];
      for (const side of order)
        await sides[side].ask('install/runBlock', { count: install.block });
    }
    const bare = await sides.bare.ask('install/tellBlocks', {
      count: install.block,
    });
    const measured = await sides.measured.ask('install/tellBlocks', {
      count: install.block,
    });
    return groupOf(bare, measured);
  } finally {
    for (const worker of Object.values(sides)) worker.stop();
  }
}

function groupOf(bare, measured) {
  const samples = bare.blocks.map(({ took, disturbed }, at) => ({
    bare: took,
    difference: measured.blocks[at].took - took,
    deferred: 0,
    disturbed: disturbed || measured.blocks[at].disturbed,
  }));
  return {
    ...undisturbed(samples, LEAST_SAMPLES),
    garbage: measured.garbage - bare.garbage,
    own: measured.own,
  };
}

module.exports = { run, tasks: { runBlock, setUp, tellBlocks } };
