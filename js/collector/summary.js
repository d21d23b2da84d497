'use strict';

// A summary of stages and pipeline, the cost of measuring, and the counters of problems.

const { setOwn } = require('../boundary/decoders/set-own');
const { layout } = require('../boundary/native');
const { cached } = require('../queries/memoize');
const { baselineOf } = require('./stage-maps');

/**
 * @import { ContextBaseline } from '../../types/results'
 * @import { Diagnostics, Overhead, PerformanceSummary } from '../../types/summary'
 * @import { Core } from '../recording/core'
 */

const O = layout.overhead;
/** Numbers per stage: its number, executions, mean duration, share of success. */
const ROW = 4;

/**
 * @param {Pick<Core, 'native' | 'labels' | 'stages'>} core
 * @returns {Pick<PerformanceSummary, 'stages' | 'pipeline'>}
 */
function summarize(core) {
  const { native } = core;
  const [totalExecutions, averageDuration, successRate] =
    native.summarizePipeline();
  /** @type {PerformanceSummary['stages']} */
  const stages = {};
  const rows = native.summarizeStages();
  for (let at = 0; at < rows.length; at += ROW) {
    setOwn(stages, core.stages.names[rows[at]], {
      executionCount: rows[at + 1],
      averageDuration: rows[at + 2],
      successRate: rows[at + 3],
      baseline: baselineOf(core, rows[at]),
    });
  }
  return {
    stages,
    pipeline: { totalExecutions, averageDuration, successRate },
  };
}

/** @param {ContextBaseline} context */
const copyOfContext = (context) => ({
  ...context,
  inputSize: { ...context.inputSize },
});

/**
 * Field by field, which takes half as long as a generic deep copy; summaries are read often.
 * @param {ReturnType<typeof summarize>} summary
 */
function copyOfSummary({ stages, pipeline }) {
  /** @type {PerformanceSummary['stages']} */
  const copies = {};
  for (const name of Object.keys(stages)) {
    const row = { ...stages[name] };
    if (row.baseline !== undefined)
      row.baseline = {
        ...row.baseline,
        contexts: row.baseline.contexts.map(copyOfContext),
      };
    setOwn(copies, name, row);
  }
  return { stages: copies, pipeline: { ...pipeline } };
}

/** @param {Pick<Core, 'native' | 'labels' | 'stages'>} core */
const cachedSummary = (core) =>
  cached(core, () => summarize(core), copyOfSummary);

/** @param {Pick<Core, 'native' | 'config'>} core @returns {Overhead} */
function overheadOf({ native, config }) {
  const n = native.overhead();
  return {
    nanosecondsPerStage: n[O.STAGE_NS],
    interval:
      n[O.HIGH_NS] > 0 ? { low: n[O.LOW_NS], high: n[O.HIGH_NS] } : null,
    meanNanosecondsPerStage: n[O.MEAN_STAGE_NS],
    ratio: n[O.RATIO],
    samples: n[O.SAMPLES],
    sampledExecutions: n[O.SAMPLED],
    budget: config.overheadBudget,
  };
}

/**
 * @param {Pick<Core, 'native' | 'probes' | 'stages' | 'customLabels' | 'diagnostics' | 'notifier'>} core
 * @returns {Diagnostics}
 */
function diagnosticsOf(core) {
  const { notifier, probes } = core;
  const { counts } = core.diagnostics;
  const faulted = core.native.isFaulted();
  const [invalidNumbers, abandonedExecutions] = faulted
    ? [0, 0]
    : core.native.counters();
  return {
    ...counts,
    invalidNumbers: counts.invalidNumbers + invalidNumbers,
    listenerErrors: notifier.listenerErrors,
    loggerErrors: notifier.loggerErrors,
    droppedAlerts: notifier.droppedAlerts,
    samplerErrors: probes.samplerErrors,
    clockErrors: probes.clockErrors,
    abandonedExecutions,
    overflowedStages: core.stages.overflowed,
    droppedLabels: core.customLabels.dropped,
    faulted,
  };
}

module.exports = { cachedSummary, diagnosticsOf, overheadOf };
