'use strict';

// A summary of stages and pipeline, the cost of measuring, and the counters of problems.

const { setOwn } = require('../boundary/decoders/set-own');
const { cached } = require('../queries/memoize');
const { baselineFrom } = require('./stage-maps');

/**
 * @import { ContextBaseline } from '../../types/results'
 * @import { Diagnostics, Overhead, PerformanceSummary } from '../../types/summary'
 * @import { Core } from '../recording/core'
 */

/**
 * @param {Pick<Core, 'native' | 'labels' | 'stages'>} core
 * @returns {Pick<PerformanceSummary, 'stages' | 'pipeline'>}
 */
function summarize(core) {
  /** @type {PerformanceSummary['stages']} */
  const stages = {};
  const { stages: rows, pipeline } = JSON.parse(core.native.summarize());
  for (const { stage, baseline, ...figures } of rows)
    setOwn(stages, core.stages.names[stage], {
      ...figures,
      baseline: baseline === null ? undefined : baselineFrom(core, baseline),
    });
  return { stages, pipeline };
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
const overheadOf = ({ native, config }) => ({
  ...JSON.parse(native.overhead()),
  budget: config.overheadBudget,
});

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
