'use strict';

const { setImmediate: nextTurn } = require('node:timers/promises');
const { createCollector, reportTo } = require('../candidates/package');
const { EMPTY_BODIES, runMeasured } = require('../driver');
const { FRESH, settledMemory } = require('./memory');

/** Created first, so that memory the process retains for one is not counted. */
const SETTLING = 200;
/** Collectors in one turn of the loop: Node-API frees native memory between two turns only. */
const A_TURN = 10;
/** Pipelines that each has seen when it is dropped or disposed. */
const PIPELINES = 2;

function makeUsed() {
  const metrics = createCollector();
  runMeasured(reportTo(metrics), EMPTY_BODIES, 0, PIPELINES);
  return metrics;
}

/** Resident bytes that `count` collectors add, each of which `release` gets. */
async function memoryOf(count, release) {
  await makeAll(SETTLING, release);
  const before = await settledMemory();
  await makeAll(count, release);
  const after = await settledMemory();
  return after.rss - before.rss;
}

async function makeAll(count, release) {
  for (let at = 0; at < count; at += 1) {
    release(makeUsed());
    if (at % A_TURN === 0) await nextTurn();
  }
}

/** Collectors that are dropped, and collected only by V8. */
const dropAll = ({ count }) => memoryOf(count, () => {});

/** Collectors that are disposed but still referenced. */
function disposeAll({ count }) {
  const held = [];
  return memoryOf(count, (metrics) => {
    metrics.dispose();
    held.push(metrics);
  });
}

async function run({ effort, runTask, progress }) {
  const { dropped, disposed } = effort.collectors;
  progress(`${dropped} collectors made and dropped, ${disposed} disposed`);
  const [ofDropped, ofDisposed] = [
    await runTask('collectors/dropAll', { count: dropped }, FRESH),
    await runTask('collectors/disposeAll', { count: disposed }, FRESH),
  ];
  return {
    'collectors/dropped': { value: ofDropped / 2 ** 20, unit: 'MiB' },
    'collectors/disposed': { value: ofDisposed / 2 ** 20, unit: 'MiB' },
  };
}

module.exports = { run, tasks: { disposeAll, dropAll } };
