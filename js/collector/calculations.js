'use strict';

// What follows from an execution or a stage alone, whether it was measured or made manually.

const { calculate, layout, native } = require('../boundary/native');
const decoders = require('../boundary/decoders');
const {
  bottlenecksFrom,
  recommendationsFrom,
} = require('../boundary/analysis-decoders');

/**
 * @typedef {import('../../types/inputs').StageFigures} StageFigures
 * @typedef {import('../../types/inputs').ExecutionFigures} ExecutionFigures
 */

/** @param {unknown} value */
const numeric = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : 0;

/** @param {StageFigures} stage */
function throughputOf({ duration, result, context }) {
  const [items, bytes] = calculate('throughput', [
    numeric(result?.itemsProcessed),
    numeric(context?.inputSize),
    numeric(duration),
  ]);
  return decoders.throughputOf(items, bytes);
}

/** @param {StageFigures} stage */
function efficiencyOf({ throughput, memoryDelta }) {
  const rate = numeric(throughput?.itemsPerSecond);
  const [overall, ofTime, ofMemory] = calculate('efficiency', [
    rate,
    numeric(memoryDelta),
  ]);
  return decoders.efficiencyOf(overall, ofTime, ofMemory);
}

/** @param {StageFigures} stage */
function utilizationOf({ memoryDelta, duration, context, result }) {
  const [memory, time, io] = calculate('utilization', [
    numeric(memoryDelta),
    numeric(duration),
    numeric(context?.inputSize),
    numeric(result?.outputSize),
  ]);
  return decoders.utilizationOf(memory, time, io);
}

/** @param {ExecutionFigures} execution */
function pipelineThroughputOf({ result, totalDuration }) {
  const [items, perHour] = calculate('pipelineThroughput', [
    numeric(result?.totalItemsProcessed),
    numeric(totalDuration),
  ]);
  return decoders.pipelineThroughputOf(items, perHour);
}

/** @param {ExecutionFigures} execution */
function packSpans({ stages }) {
  /** @type {string[]} */
  const names = [];
  /** @type {number[]} */
  const packed = [];
  for (const [stageName, stage] of stages ?? []) {
    if (!stage.completed) continue;
    const parent =
      stage.parent === undefined ? -1 : names.lastIndexOf(stage.parent);
    names.push(stageName);
    packed.push(
      names.indexOf(stageName),
      numeric(stage.startTime),
      numeric(stage.duration),
      numeric(stage.result?.itemsProcessed),
      numeric(stage.context?.inputSize),
      numeric(stage.memoryDelta),
      parent,
    );
  }
  return { names, spans: Float64Array.from(packed) };
}

/** @param {ExecutionFigures} execution */
function breakdownOf(execution) {
  const { names, spans } = packSpans(execution);
  const numbers = calculate('breakdown', spans);
  const count = numbers.length / layout.row.LEN;
  const rows = decoders.rowsFrom(numbers, 0, count, names);
  // A stage made manually may carry rates without the counts that they would follow from.
  for (const row of rows) {
    const stage = execution.stages?.get(row.stageName);
    const { throughput, efficiency } = /** @type {Partial<typeof row>} */ (
      stage ?? {}
    );
    if (throughput !== undefined) row.throughput = throughput;
    if (efficiency !== undefined) row.efficiency = efficiency;
  }
  return rows;
}

/** @param {ExecutionFigures} execution */
function criticalPathOf(execution) {
  const { names, spans } = packSpans(execution);
  const numbers = native.pathOf(spans, numeric(execution.totalDuration));
  const count = numbers.length / layout.step.LEN;
  return decoders.stepsFrom(numbers, 0, count, names);
}

/** @param {ExecutionFigures} execution */
function bottlenecksIn({ stageBreakdown }) {
  const rows = stageBreakdown ?? [];
  const packed = rows.flatMap((row) => [
    numeric(row.percentage),
    row.efficiency?.overall ?? NaN,
  ]);
  const numbers = calculate('bottlenecks', packed);
  const count = numbers.length / layout.bottleneck.LEN;
  const nameOf = (/** @type {number} */ row) => rows[row].stageName;
  return { found: bottlenecksFrom(numbers, 0, count, nameOf), numbers };
}

/** @param {ExecutionFigures} execution */
const bottlenecksOf = (execution) => bottlenecksIn(execution).found;

/** @param {ExecutionFigures} execution */
function recommendationsOf(execution) {
  const { found, numbers } = bottlenecksIn(execution);
  const [isLong, isMemoryHeavy] = calculate('traits', [
    numeric(execution.totalDuration),
    numeric(execution.totalMemoryDelta),
  ]);
  return recommendationsFrom(
    numbers,
    0,
    found,
    isLong === 1,
    isMemoryHeavy === 1,
  );
}

/** @param {ExecutionFigures} execution */
const ratingOf = (execution) =>
  calculate('rating', [
    numeric(execution.totalDuration),
    numeric(execution.totalMemoryDelta),
    numeric(execution.result?.totalErrors),
    numeric(execution.overallThroughput?.itemsPerSecond),
  ])[0];

module.exports = {
  bottlenecksOf,
  breakdownOf,
  criticalPathOf,
  efficiencyOf,
  numeric,
  pipelineThroughputOf,
  ratingOf,
  recommendationsOf,
  throughputOf,
  utilizationOf,
};
