'use strict';

const v8 = require('node:v8');
const { CORE } = require('../../js/recording/direct-recorder');
const { layout } = require('../../js/boundary/native');
const {
  executionEnd,
  fillExecution,
  startedExecution,
} = require('../../js/boundary/decoders/executions');
const {
  fillStage,
  startedStage,
} = require('../../js/boundary/decoders/stages');
const { analysisFrom } = require('../../js/boundary/analysis-decoders');
const { STAGES, runMeasured } = require('../driver');
const { createCollector, reportTo } = require('./package');

/** The cost of a mere boundary amid real work says nothing about a collector there. */
const EMPTY_ONLY = [0];

const { NOW } = layout.slab;
const { SPAN_AT, PIPELINE_AT } = layout.at;

/** Numbers of a pipeline of ours, for the objects to be filled from. */
function filledCore() {
  const metrics = createCollector();
  const bodies = STAGES.map(() => () => 0);
  runMeasured(reportTo(metrics), bodies, 0, 8);
  return metrics[CORE];
}

/**
 * The lower bound for a collector of this build with our results: the readings of clock and heap,
 * as many empty crossings into native code as ours makes, and the objects a caller gets. Nothing is
 * checked, computed or stored.
 */
function createBoundary(readsHeap) {
  const { slab, hot, stages } = filledCore();
  const heap = readsHeap
    ? () => v8.getHeapStatistics().used_heap_size
    : () => 0;

  function start(target) {
    target.startMemory = heap();
    hot.tick();
    target.startTime = slab[NOW];
    return target;
  }

  function end() {
    hot.tick();
    if (!readsHeap) return;
    heap();
    hot.tick();
  }

  return {
    startPipeline(executionId) {
      const context = {
        actionCount: 20,
        traceVerbosity: 'basic',
        environment: 'unknown',
      };
      return start(startedExecution(executionId, context));
    },
    startStage(execution, stage, inputSize) {
      const name = STAGES[stage];
      const context = {
        inputSize,
        expectedOutputSize: 0,
        complexity: 'unknown',
      };
      const started = startedStage(name, execution.executionId, context);
      execution.stages.set(name, started);
      return start(started);
    },
    completeStage(execution, stage, started) {
      end();
      fillStage(started, slab, SPAN_AT);
    },
    completePipeline(execution) {
      end();
      const { executionId, stages: byName } = execution;
      fillExecution(execution, slab, PIPELINE_AT, stages.names, byName);
      const rest = executionEnd(slab, PIPELINE_AT);
      analysisFrom(slab, rest, executionId, execution.stageBreakdown);
    },
  };
}

module.exports = [
  {
    name: 'boundary',
    label: 'our boundary alone',
    captures: 'time, heap',
    ours: false,
    bodies: EMPTY_ONLY,
    create: () => createBoundary(true),
  },
  {
    name: 'boundary-no-heap',
    label: 'our boundary alone, no heap',
    captures: 'time',
    ours: false,
    bodies: EMPTY_ONLY,
    create: () => createBoundary(false),
  },
];
