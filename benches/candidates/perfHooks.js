'use strict';

const { createHistogram, performance } = require('node:perf_hooks');
const { STAGES } = require('../driver');

const PIPELINE = 4;

/** A histogram a stage, in whole nanoseconds, as `record` takes them. */
function createHistograms() {
  const histograms = Array.from({ length: 5 }, () => createHistogram());
  const starts = new Float64Array(5);

  function complete(span) {
    const nanoseconds = Math.round((performance.now() - starts[span]) * 1e6);
    histograms[span].record(nanoseconds > 0 ? nanoseconds : 1);
  }

  return {
    startPipeline() {
      starts[PIPELINE] = performance.now();
    },
    startStage(pipeline, stage) {
      starts[stage] = performance.now();
    },
    completeStage(pipeline, stage) {
      complete(stage);
    },
    completePipeline() {
      complete(PIPELINE);
    },
  };
}

/** A mark at each start, a measure at each end; the timeline is emptied as one must. */
function createMarks() {
  return {
    startPipeline() {
      performance.mark('pipeline');
    },
    startStage(pipeline, stage, inputSize) {
      performance.mark(STAGES[stage], { detail: { inputSize } });
    },
    completeStage(
      pipeline,
      stage,
      handle,
      outputSize,
      items,
      errors,
      warnings,
    ) {
      const detail = { success: true, outputSize, items, errors, warnings };
      performance.measure(STAGES[stage], { start: STAGES[stage], detail });
    },
    completePipeline(pipeline, items, outputSize, errors) {
      const detail = { success: true, outputSize, items, errors };
      performance.measure('pipeline', { start: 'pipeline', detail });
    },
    async drain() {
      performance.clearMarks();
      performance.clearMeasures();
    },
    drainEvery: 100,
  };
}

module.exports = [
  {
    name: 'perf-histogram',
    label: 'perf_hooks createHistogram',
    captures: 'time',
    ours: false,
    create: createHistograms,
  },
  {
    name: 'perf-marks',
    label: 'perf_hooks mark and measure',
    captures: 'time, counts',
    ours: false,
    create: createMarks,
  },
];
