'use strict';

const { performance } = require('node:perf_hooks');
const { GarbageLog } = require('../garbage');
const { bootstrap, costOfPairs, median } = require('../statistics');

/** What this process measures: set up once, then a block at a time. */
let pipeline;
let garbage;
let warmed;

/** An engine in a process of its own, measured or bare. */
async function setUp({ measured, warmUp }) {
  const engine = require('./asyncEngine');
  if (measured) {
    const { installPipelineMetrics } = require('../..');
    const metrics = require('../candidates/package').createCollector();
    installPipelineMetrics({ ...engine, metrics });
  }
  pipeline = engine.makePipeline();
  garbage = new GarbageLog();
  await runPipelines(warmUp);
  warmed = true;
}

async function runPipelines(count) {
  const context = { actor: 'actor', candidateActions: [1, 2, 3], trace: null };
  for (let i = 0; i < count; i += 1) await pipeline.execute(context);
}

/** @returns {Promise<{ took: number, collected: number }>} µs a pipeline, collections apart */
async function timeBlock({ count }) {
  if (!warmed) throw new Error('a block was asked for before the engine was set up');
  const start = performance.now();
  await runPipelines(count);
  const end = performance.now();
  await garbage.settle();
  const collected = garbage.during(start, end);
  return {
    took: ((end - start - collected) * 1000) / count,
    collected: (collected * 1000) / count,
  };
}

/**
 * Five asynchronous stages that do nothing, through `installPipelineMetrics` and bare.
 * Carrying the execution along makes every promise of a process dearer, those of bare
 * pipelines too, so the two sides are processes of their own that run blocks by turns.
 */
async function run({ effort, Worker, random, progress }) {
  const groups = [];
  for (let round = 1; round <= effort.rounds; round += 1) {
    progress(`asynchronous pipeline, round ${round} of ${effort.rounds}`);
    groups.push(await pairsOfRound(effort, Worker));
  }
  const bare = median(groups.flat().map((pair) => pair.bare));
  return {
    'install/basic': { ...bootstrap(groups, costOfPairs, random), unit: 'µs' },
    'install/bare': { value: bare, unit: 'µs' },
  };
}

async function pairsOfRound({ install, warmUp }, Worker) {
  const sides = { bare: new Worker(), measured: new Worker() };
  try {
    for (const [side, worker] of Object.entries(sides)) {
      await worker.ask('install/setUp', { measured: side === 'measured', warmUp });
    }
    const pairs = [];
    for (let at = 0; at < install.pairs; at += 1) pairs.push(await timePair(sides, at, install.block));
    return pairs;
  } finally {
    for (const worker of Object.values(sides)) worker.stop();
  }
}

async function timePair(sides, at, count) {
  const order = at % 2 === 0 ? ['bare', 'measured'] : ['measured', 'bare'];
  const blocks = {};
  for (const side of order) blocks[side] = await sides[side].ask('install/timeBlock', { count });
  const { bare, measured } = blocks;
  return {
    bare: bare.took,
    difference: measured.took - bare.took,
    garbage: measured.collected - bare.collected,
    deferred: 0,
  };
}

module.exports = { run, tasks: { setUp, timeBlock } };
