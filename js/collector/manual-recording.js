'use strict';

const { invalidArg, requireObject } = require('../errors');
const { asked } = require('../boundary/call-native');
const { isoTime } = require('../boundary/iso-time');
const { numeric } = require('./calculations');
const {
  countIn,
  putEntries,
  putPipeline,
  read,
  succeeded,
} = require('./history-entries');

/**
 * @import { PipelinePerformanceMetrics as Collector } from '../../types/collector'
 * @import { ExecutionFigures, FlatStageData } from '../../types/inputs'
 * @import { NestedStageData, StageFigures, StageName } from '../../types/inputs'
 * @import { CapturedStage, Throughput } from '../../types/results'
 * @import { Core } from '../recording/core'
 * @import { Store } from './history-entries'
 * @typedef {Pick<Collector, 'calculateThroughput' | 'calculateEfficiency' | 'calculateResourceUtilization' | 'recordStageMetrics' | 'analyzePerformance'>} Calculations
 * @typedef {FlatStageData | NestedStageData} StageData
 * @typedef {Omit<FlatStageData, 'throughput'> &
 *   Partial<Omit<NestedStageData, 'throughput' | 'quality'>> & {
 *     quality?: NestedStageData['quality'] & { success?: boolean },
 *     throughput?: number | NestedStageData['throughput'],
 *     successRate?: number,
 *   }} EitherForm - as far as it is read
 * @typedef {ReturnType<typeof flatten>} Flat
 */

/** @param {...unknown} values @returns {number | undefined} */
const first = (...values) =>
  /** @type {number | undefined} */ (
    values.find((value) => typeof value === 'number' && Number.isFinite(value))
  );

/** @param {unknown} value */
const isNumber = (value) => typeof value === 'number';

/**
 * A view of a caller's object: a getter that throws is counted, and its field reads as not given.
 * @template T
 * @param {Pick<Core, 'diagnostics'>} core
 * @param {T} value
 * @returns {Partial<Extract<NonNullable<T>, object>>}
 */
function guarded(core, value) {
  return new Proxy(
    {},
    {
      get: (_, key) =>
        read(core, value, (of) => /** @type {any} */ (of)?.[key]),
    },
  );
}

/**
 * The nested form groups its figures; the flat form has them side by side.
 * @param {Pick<Core, 'diagnostics'>} core
 * @param {EitherForm} given
 */
function flatten(core, given) {
  const data = guarded(core, given);
  const execution = guarded(core, data.execution);
  const throughput = guarded(core, data.throughput);
  const quality = guarded(core, data.quality);
  const context = guarded(core, data.context);
  const { resourceUsage } = data;
  const used = guarded(core, resourceUsage);
  const startTime = first(execution.startTime, data.startTime);
  const endTime = first(execution.endTime, data.endTime);
  const between =
    startTime !== undefined && endTime !== undefined
      ? endTime - startTime
      : undefined;
  const isTimed =
    isNumber(execution.duration) ||
    isNumber(data.duration) ||
    (isNumber(execution.startTime ?? data.startTime) &&
      isNumber(execution.endTime ?? data.endTime));
  return {
    executionId: data.executionId,
    startTime,
    endTime,
    resourceUsage,
    // NaN where what is given is no number of ms.
    duration:
      first(execution.duration, data.duration, between) ??
      (isTimed ? NaN : undefined),
    memory: first(
      execution.memoryUsage,
      used.memoryUsage,
      used.memory,
      used.memoryDelta,
      resourceUsage,
    ),
    cpuTime: first(execution.cpuTime, used.cpuTime),
    ioOperations: first(execution.ioOperations, used.ioOperations),
    items: first(throughput.itemsProcessed, data.itemsProcessed),
    bytes: first(throughput.bytesProcessed, data.bytesProcessed),
    itemsPerSecond: first(throughput.itemsPerSecond, data.throughput),
    bytesPerSecond: first(throughput.bytesPerSecond),
    errors: first(quality.errorCount, data.errorCount),
    warnings: first(quality.warningCount, data.warningCount),
    retries: first(quality.retryCount, data.retryCount),
    success: [data.success, quality.success].find(
      (value) => typeof value === 'boolean',
    ),
    successRate: first(quality.successRate, data.successRate),
    errorRate: first(data.errorRate),
    inputSize: first(context.inputSize),
    outputSize: first(context.outputSize),
    complexity: context.complexity,
    configurationHash: context.configurationHash,
    environmentInfo: context.environmentInfo,
  };
}

/** @param {Flat} flat */
function errorsOf(flat) {
  if (flat.errors !== undefined) return flat.errors;
  return flat.errorRate === undefined ? 0 : flat.errorRate * (flat.items || 1);
}

/**
 * Records a stage that was timed elsewhere, in the flat form of the architecture section or
 * the nested one of the metrics data structure, checks it against thresholds and baseline, and
 * learns from it.
 * @param {Calculations} collector
 * @param {Store} core
 * @param {string} stageName
 * @param {StageData} data
 * @returns {CapturedStage}
 */
function capture(collector, core, stageName, data) {
  requireObject(data, 'executionData');
  const { duration, ...others } = flatten(core, data);
  if (duration === undefined) {
    throw invalidArg(
      'executionData must have a duration in milliseconds, or startTime and endTime',
    );
  }
  const isValid = duration >= 0;
  // The caller's clock went back or returned no number; its pipeline must not get an error.
  if (!isValid) core.diagnostics.count('invalidNumbers');
  const flat = { ...others, duration: isValid ? duration : 0 };
  const stageData = stageDataOf(flat);
  const throughput = throughputOf(collector, stageData, flat);
  const withRates = { ...stageData, throughput };
  const efficiency = collector.calculateEfficiency(withRates);
  const measured = {
    ...withRates,
    efficiency,
    resourceUtilization: collector.calculateResourceUtilization({
      ...withRates,
      efficiency,
    }),
  };
  collector.recordStageMetrics(stageName, measured);
  collector.analyzePerformance(core.stages.asStage(stageName), measured);
  return captured(stageName, flat, stageData, throughput);
}

/** @param {Flat} flat */
function stageDataOf(flat) {
  return {
    executionId: flat.executionId,
    duration: flat.duration,
    memoryDelta: flat.memory ?? 0,
    cpuTime: flat.cpuTime,
    ioOperations: flat.ioOperations,
    bytesProcessed: flat.bytes,
    environmentInfo: flat.environmentInfo,
    context: {
      inputSize: flat.inputSize ?? flat.bytes ?? 0,
      complexity: flat.complexity,
      configurationHash: flat.configurationHash,
    },
    result: {
      success: succeeded(flat.success, flat.successRate, flat.items),
      outputSize: flat.outputSize ?? 0,
      itemsProcessed: flat.items ?? 0,
      errorCount: errorsOf(flat),
      warningCount: flat.warnings,
      retryCount: flat.retries,
    },
  };
}

/** @param {Calculations} collector @param {StageFigures} stageData @param {Flat} flat */
function throughputOf(collector, stageData, flat) {
  const computed = collector.calculateThroughput(stageData);
  const itemsPerSecond = flat.itemsPerSecond ?? computed.itemsPerSecond;
  return {
    itemsPerSecond,
    bytesPerSecond: flat.bytesPerSecond ?? computed.bytesPerSecond,
    operationsPerSecond: itemsPerSecond,
  };
}

/**
 * @param {string} stageName
 * @param {Flat & { duration: number }} flat
 * @param {ReturnType<typeof stageDataOf>} stageData
 * @param {Throughput} throughput
 * @returns {CapturedStage}
 */
function captured(stageName, flat, stageData, throughput) {
  const { errorCount, itemsProcessed } = stageData.result;
  return {
    stageName,
    startTime: flat.startTime,
    endTime: flat.endTime,
    duration: flat.duration,
    resourceUsage: flat.resourceUsage ?? {
      cpuTime: flat.cpuTime,
      memoryUsage: flat.memory,
      ioOperations: flat.ioOperations,
    },
    throughput,
    errorRate: flat.errorRate ?? errorCount / (itemsProcessed || 1),
  };
}

/** @param {Store} core @param {StageName} stageName @param {StageFigures} stageData */
function recordStage(core, stageName, stageData) {
  const figures = guarded(core, requireObject(stageData, 'stageData'));
  const result = guarded(core, figures.result);
  const context = guarded(core, figures.context);
  const entry = {
    timestamp: isoTime(core.wallNow()),
    executionId: figures.executionId,
    duration: figures.duration,
    memoryDelta: figures.memoryDelta,
    throughput: figures.throughput,
    efficiency: figures.efficiency,
    resourceUtilization: figures.resourceUtilization,
    success: succeeded(
      result.success,
      result.successRate,
      result.itemsProcessed,
    ),
    errorCount: result.errorCount ?? 0,
    warningCount: result.warningCount,
    retryCount: result.retryCount,
    itemsProcessed: result.itemsProcessed,
    inputSize: context.inputSize,
    complexity: context.complexity,
    outputSize: result.outputSize,
    cpuTime: figures.cpuTime,
    ioOperations: figures.ioOperations,
    bytesProcessed: figures.bytesProcessed,
    configurationHash: context.configurationHash,
    environmentInfo: figures.environmentInfo,
  };
  asked(() => putEntries(core, stageName, [entry], false));
}

/** @param {Store} core @param {ExecutionFigures} execution */
function recordPipeline(core, execution) {
  const of = guarded(core, requireObject(execution, 'execution'));
  const entry = {
    timestamp: isoTime(core.wallNow()),
    executionId: of.executionId,
    totalDuration: of.totalDuration,
    totalMemoryDelta: of.totalMemoryDelta,
    overallThroughput: of.overallThroughput,
    stageBreakdown: of.stageBreakdown,
    criticalPath: of.criticalPath,
    success: guarded(core, of.result).success,
    context: of.context,
  };
  asked(() => putPipeline(core, [entry], false));
}

/** @param {Pick<Core, 'diagnostics' | 'labels'>} core @param {StageFigures} stageData */
function figuresOf(core, { duration, memoryDelta, result, context }) {
  const complexity = context?.complexity;
  const isSaid = typeof complexity === 'string' && complexity !== '';
  return Float64Array.of(
    countIn(core, duration),
    memoryDelta === null ? NaN : numeric(memoryDelta),
    countIn(core, result?.itemsProcessed),
    countIn(core, result?.errorCount),
    isSaid ? core.labels.admit(complexity) : 0,
    countIn(core, context?.inputSize),
  );
}

module.exports = { capture, figuresOf, recordPipeline, recordStage };
