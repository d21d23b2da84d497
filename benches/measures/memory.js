'use strict';

const { setImmediate: nextTurn } = require('node:timers/promises');
const { createCollector, reportTo } = require('../candidates/package');
const { EMPTY_BODIES, STAGES, runMeasured } = require('../driver');
const { QUERIES, queryFigures, record, timeQueries } = require('./queries');

/** Records in all collectors together at least, so that a page more or less does not count. */
const LEAST_RECORDS = 1_000_000;
/** Pipelines after which all pages of the young generation were used, and the code is compiled. */
const SETTLING = 50_000;
/**
 * For node: collections on request, and a young generation that has its full size from the start.
 * Otherwise its growth, which any program causes, would count as retained memory.
 */
const FRESH = { flags: ['--expose-gc', '--min-semi-space-size=16'] };

/** Resident and JavaScript bytes once nothing is left to collect. */
async function settledMemory() {
  for (let i = 0; i < 4; i += 1) {
    globalThis.gc();
    await nextTurn();
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heap: heapUsed, external: external + arrayBuffers };
}

const createHolding = (maxHistorySize) =>
  createCollector({ config: { maxHistorySize } });

/** Bytes retained per stage record, of `records`, including its share of everything else. */
async function measureRecords({ records, queries }) {
  const collectors = Math.max(1, Math.ceil(LEAST_RECORDS / records));
  const settling = createHolding(1);
  runMeasured(reportTo(settling), EMPTY_BODIES, 0, SETTLING);
  const before = await settledMemory();
  const held = Array.from({ length: collectors }, () => createHolding(records));
  for (const metrics of held)
    runMeasured(reportTo(metrics), EMPTY_BODIES, 0, records / 4);
  const after = await settledMemory();
  const per = (key) => (after[key] - before[key]) / (collectors * records);
  const first = held[0];
  const reporter = reportTo(first);
  const answers = timeQueries(first, STAGES, queries, QUERIES, (run) =>
    record(reporter, STAGES, run, 1),
  );
  settling.dispose();
  for (const metrics of held) metrics.dispose();
  return { rss: per('rss'), heap: per('heap'), answers };
}

async function run({ effort, runTask, progress }) {
  const figures = {};
  for (const records of effort.records) {
    progress(`memory: ${records} stage records`);
    const { rss, heap, answers } = await runTask(
      'memory/measureRecords',
      { records, queries: effort.queries },
      FRESH,
    );
    figures[`memory/${records}/rss`] = { value: rss, unit: 'B' };
    figures[`memory/${records}/heap`] = { value: heap, unit: 'B' };
    Object.assign(figures, queryFigures(`memory/${records}`, answers));
  }
  const largest = effort.records.map(
    (records) => figures[`memory/${records}/rss`].value,
  );
  figures['memory/most/rss'] = { value: Math.max(...largest), unit: 'B' };
  return figures;
}

module.exports = { FRESH, run, settledMemory, tasks: { measureRecords } };
