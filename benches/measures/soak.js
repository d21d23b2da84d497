'use strict';

const { setImmediate: nextTurn } = require('node:timers/promises');
const { createCollector, reportTo } = require('../candidates/package');
const { EMPTY_BODIES, runMeasured } = require('../driver');
const { FRESH, settledMemory } = require('./memory');

/** Pipelines first: every history is full, and all of the young generation was used. */
const WARM_UP = 50_000;
const CHUNK = 10_000;

async function soak({ pipelines }) {
  const metrics = createCollector();
  const reporter = reportTo(metrics);
  await runAll(reporter, 0, WARM_UP);
  const before = await settledMemory();
  await runAll(reporter, WARM_UP, pipelines);
  const after = await settledMemory();
  const stored = metrics.getPipelineMetrics().length;
  return {
    rss: after.rss - before.rss,
    heap: after.heap - before.heap,
    stored,
  };
}

async function runAll(reporter, first, count) {
  for (let done = 0; done < count; done += CHUNK) {
    runMeasured(reporter, EMPTY_BODIES, first + done, CHUNK);
    await nextTurn();
  }
}

/** What a long run adds to a process whose histories were full before. */
async function run({ effort, runTask, progress }) {
  progress(`soak: ${effort.soak} pipelines`);
  const { rss, heap } = await runTask(
    'soak/soak',
    { pipelines: effort.soak },
    FRESH,
  );
  return {
    'soak/rss': { value: rss / 2 ** 20, unit: 'MiB' },
    'soak/heap': { value: heap / 2 ** 20, unit: 'MiB' },
  };
}

module.exports = { run, tasks: { soak } };
