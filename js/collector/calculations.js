'use strict';

// Figures computed from one execution or stage alone, whether measured or built manually.

const { calculate, layout, native } = require('../boundary/native');
const { invalidArg, requireObject } = require('../errors');
const { rowsFrom, stepsFrom } = require('../boundary/decoders/executions');
const rates = require('../boundary/decoders/rates');
const {
  bottlenecksFrom,
  recommendationsFrom,
} = require('../boundary/analysis-decoders');

/** @import { ExecutionFigures, RowFigures, StageFigures } from '../../types/inputs' */

/** @param {unknown} value */
const numeric = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : 0;

/** @param {unknown} value @returns a duration, a count, a size or a rate; none is below 0 */
const amount = (value) => Math.max(numeric(value), 0);

/** @param {StageFigures} stage */
const stageIn = (stage) => requireObject(stage, 'stageData');

/** @param {ExecutionFigures} execution */
const executionIn = (execution) => requireObject(execution, 'execution');

/** @param {StageFigures} stage */
function throughputOf(stage) {
  const { duration, result, context } = stageIn(stage);
  const [items, bytes] = calculate('throughput', [
    amount(result?.itemsProcessed),
    amount(context?.inputSize),
    amount(duration),
  ]);
  return rates.throughputOf(items, bytes);
}

/** @param {StageFigures} stage */
function efficiencyOf(stage) {
  const { throughput, memoryDelta } = stageIn(stage);
  const rate = amount(throughput?.itemsPerSecond);
  const [overall, ofTime, ofMemory] = calculate('efficiency', [
    rate,
    numeric(memoryDelta),
  ]);
  return rates.efficiencyOf(overall, ofTime, ofMemory);
}

/** @param {StageFigures} stage */
function utilizationOf(stage) {
  const { memoryDelta, duration, context, result } = stageIn(stage);
  const [memory, time, io] = calculate('utilization', [
    numeric(memoryDelta),
    amount(duration),
    amount(context?.inputSize),
    amount(result?.outputSize),
  ]);
  return rates.utilizationOf(memory, time, io);
}

/** @param {ExecutionFigures} execution */
function pipelineThroughputOf(execution) {
  const { result, totalDuration } = executionIn(execution);
  const [items, perHour] = calculate('pipelineThroughput', [
    amount(result?.totalItemsProcessed),
    amount(totalDuration),
  ]);
  return rates.pipelineThroughputOf(items, perHour);
}

/** @param {unknown} value @returns {value is object} */
const isObject = (value) => typeof value === 'object' && value !== null;

/** @param {unknown} value @returns {value is RowFigures[]} */
const isRows = (value) => Array.isArray(value) && value.every(isObject);

/** @param {ExecutionFigures} execution */
function stagesIn(execution) {
  const { stages } = executionIn(execution);
  if (stages === undefined || stages === null) return [];
  const pairs =
    isObject(stages) && Symbol.iterator in stages ? [...stages] : null;
  if (!pairs?.every((pair) => isObject(pair) && isObject(pair[1])))
    throw invalidArg('execution.stages must be a Map of stages', stages);
  return pairs;
}

/** @param {ExecutionFigures} execution */
function rowsIn(execution) {
  const rows = executionIn(execution).stageBreakdown ?? [];
  if (!isRows(rows))
    throw invalidArg('execution.stageBreakdown must be an array of rows', rows);
  return rows;
}

/** @param {ExecutionFigures} execution */
function packSpans(execution) {
  /** @type {string[]} */
  const names = [];
  /** @type {number[]} */
  const packed = [];
  for (const [stageName, stage] of stagesIn(execution)) {
    if (!stage.completed) continue;
    const parent =
      stage.parent === undefined ? -1 : names.lastIndexOf(stage.parent);
    names.push(stageName);
    packed.push(
      names.indexOf(stageName),
      numeric(stage.startTime),
      amount(stage.duration),
      amount(stage.result?.itemsProcessed),
      amount(stage.context?.inputSize),
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
  const rows = rowsFrom(numbers, 0, count, names);
  // A stage built manually may have rates without the counts behind them.
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
  const numbers = native.pathOf(spans, amount(execution.totalDuration));
  const count = numbers.length / layout.step.LEN;
  return stepsFrom(numbers, 0, count, names);
}

/** @param {ExecutionFigures} execution */
function bottlenecksIn(execution) {
  const rows = rowsIn(execution);
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
    amount(execution.totalDuration),
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
function ratingOf(execution) {
  const { totalDuration, totalMemoryDelta, result, overallThroughput } =
    executionIn(execution);
  return calculate('rating', [
    amount(totalDuration),
    numeric(totalMemoryDelta),
    amount(result?.totalErrors),
    amount(overallThroughput?.itemsPerSecond),
  ])[0];
}

module.exports = {
  amount,
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
