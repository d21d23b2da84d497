'use strict';

const assert = require('node:assert');
const test = require('node:test');
const {
  PipelinePerformanceMetrics,
  measureStage,
} = require('pipeline-performance-metrics');

test('a stage is recorded', () => {
  const metrics = new PipelinePerformanceMetrics({
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
    eventBus: { dispatch() {} },
  });
  measureStage(metrics, 'parse', null, () => 1);
  assert.ok('parse' in metrics.getPerformanceSummary().stages);
});
