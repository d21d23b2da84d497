'use strict';

const { performance } = require('node:perf_hooks');
const { STAGES } = require('../driver');

/** Histograms with the default buckets, observed with labels as its own guide shows. */
function create() {
  const { Histogram, Registry } = require('prom-client');
  const registers = [new Registry()];
  const stages = new Histogram({
    name: 'stage_duration_seconds',
    help: 'Duration of a stage',
    labelNames: ['stage', 'success'],
    registers,
  });
  const pipelines = new Histogram({
    name: 'pipeline_duration_seconds',
    help: 'Duration of a pipeline',
    labelNames: ['success'],
    registers,
  });

  return {
    startPipeline() {
      return performance.now();
    },
    startStage() {
      return performance.now();
    },
    completeStage(pipeline, stage, started) {
      const seconds = (performance.now() - started) / 1000;
      stages.observe({ stage: STAGES[stage], success: 'true' }, seconds);
    },
    completePipeline(started) {
      pipelines.observe(
        { success: 'true' },
        (performance.now() - started) / 1000,
      );
    },
  };
}

module.exports = [
  {
    name: 'prom-client',
    label: 'prom-client histograms',
    captures: 'time',
    ours: false,
    create,
  },
];
