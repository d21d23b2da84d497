'use strict';

// Prints what measuring adds to a pipeline of two stages, in µs: the median of batches with and
// without it, by turns.

const {
  PipelinePerformanceMetrics,
  measurePipeline,
  measureStage,
} = require('pipeline-performance-metrics');

const BATCHES = 60;
const PIPELINES = 200;

const metrics = new PipelinePerformanceMetrics({
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  eventBus: { dispatch() {} },
});
const stage = () => 1;
const bare = () => stage() + stage();
const measured = () =>
  measureStage(metrics, 'one', null, stage) +
  measureStage(metrics, 'two', null, stage);
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

function batch(run) {
  const started = process.hrtime.bigint();
  for (let i = 0; i < PIPELINES; i += 1) run();
  return Number(process.hrtime.bigint() - started) / 1000 / PIPELINES;
}

const differences = [];
async function main() {
  for (let i = 0; i < BATCHES; i += 1) {
    const without = batch(bare);
    differences.push(
      batch(() => measurePipeline(metrics, null, measured)) - without,
    );
    await new Promise((resolve) => setImmediate(resolve));
  }
  console.log('µs a pipeline:', median(differences).toFixed(2));
}
main();
