'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const {
  PipelinePerformanceMetrics,
  measurePipeline,
  measureStage,
} = require('pipeline-performance-metrics');

const events = [];
const metrics = new PipelinePerformanceMetrics({
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
  eventBus: { dispatch: ({ type }) => events.push(type) },
});

async function run(input) {
  const parsed = await measureStage(metrics, 'parse', null, async () =>
    JSON.parse(input),
  );
  return measureStage(metrics, 'format', null, () => parsed.map(String));
}

measurePipeline(metrics, { actionCount: 3 }, () => run('[1, 2, 3]')).then(
  (result) => {
    assert.deepStrictEqual(result, ['1', '2', '3']);
    const { stages, pipeline } = metrics.getPerformanceSummary();
    assert.deepStrictEqual(Object.keys(stages), ['parse', 'format']);
    assert.strictEqual(pipeline.totalExecutions, 1);
    metrics.flush();
    assert.deepStrictEqual(events, ['PIPELINE_PERFORMANCE_ANALYSIS']);
    fs.writeFileSync('history.json', metrics.exportHistory());
  },
);
