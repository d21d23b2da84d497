'use strict';

const { invalidArg } = require('../errors');
const { CORE } = require('../recording/direct-recorder');

const first = (...values) =>
  values.find((value) => typeof value === 'number' && Number.isFinite(value));

/** The nested form groups its figures; the flat form has them side by side. */
function flatten(data) {
  const execution = data.execution ?? {};
  const throughput = data.throughput ?? {};
  const quality = data.quality ?? {};
  const context = data.context ?? {};
  const used =
    typeof data.resourceUsage === 'object' && data.resourceUsage !== null
      ? data.resourceUsage
      : {};
  const startTime = first(execution.startTime, data.startTime);
  const endTime = first(execution.endTime, data.endTime);
  const between =
    startTime !== undefined && endTime !== undefined
      ? endTime - startTime
      : undefined;
  return {
    startTime,
    endTime,
    duration: first(execution.duration, data.duration, between),
    memory: first(
      execution.memoryUsage,
      used.memoryUsage,
      used.memory,
      used.memoryDelta,
      data.resourceUsage,
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

/** Errors as counted, else what an error rate says of the items. */
function errorsOf(flat) {
  if (flat.errors !== undefined) return flat.errors;
  return flat.errorRate === undefined ? 0 : flat.errorRate * (flat.items || 1);
}

/** As it says; else it failed where not all succeeded and nothing was done. */
function succeeded({ success, successRate, items }) {
  return success ?? !(successRate < 100 && !(items > 0));
}

/**
 * Records a stage that was timed elsewhere, in the flat form of the architecture section or
 * the nested one of the metrics data structure, checks it against limits and baseline, and
 * learns from it.
 *
 * @returns {object} the metrics in the flat form, completed by what follows from them
 */
function capture(collector, stageName, data) {
  if (typeof data !== 'object' || data === null)
    throw invalidArg('executionData must be an object');
  const flat = flatten(data);
  if (flat.duration === undefined) {
    throw invalidArg(
      'executionData must have a duration in milliseconds, or startTime and endTime',
    );
  }
  if (flat.duration < 0) {
    // Its clock went back: the pipeline around it must not notice.
    collector[CORE].invalidNumbers += 1;
    flat.duration = 0;
  }
  const errors = errorsOf(flat);
  const stageData = {
    executionId: data.executionId,
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
      success: succeeded(flat),
      outputSize: flat.outputSize ?? 0,
      itemsProcessed: flat.items ?? 0,
      errorCount: errors,
      warningCount: flat.warnings,
      retryCount: flat.retries,
    },
  };
  stageData.throughput = throughputOf(collector, stageData, flat);
  stageData.efficiency = collector.calculateEfficiency(stageData);
  stageData.resourceUtilization =
    collector.calculateResourceUtilization(stageData);
  collector.recordStageMetrics(stageName, stageData);
  const { stages } = collector[CORE];
  collector.analyzePerformance(stages.asStage(stageName), stageData);
  return captured(stageName, data, flat, stageData);
}

/** Rates as given, else what items, bytes and duration make of them. */
function throughputOf(collector, stageData, flat) {
  const computed = collector.calculateThroughput(stageData);
  const itemsPerSecond = flat.itemsPerSecond ?? computed.itemsPerSecond;
  return {
    itemsPerSecond,
    bytesPerSecond: flat.bytesPerSecond ?? computed.bytesPerSecond,
    operationsPerSecond: itemsPerSecond,
  };
}

function captured(stageName, data, flat, stageData) {
  const { errorCount, itemsProcessed } = stageData.result;
  return {
    stageName,
    startTime: flat.startTime,
    endTime: flat.endTime,
    duration: flat.duration,
    resourceUsage: data.resourceUsage ?? {
      cpuTime: flat.cpuTime,
      memoryUsage: flat.memory,
      ioOperations: flat.ioOperations,
    },
    throughput: stageData.throughput,
    errorRate: flat.errorRate ?? errorCount / (itemsProcessed || 1),
  };
}

module.exports = { capture };
