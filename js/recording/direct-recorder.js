'use strict';

const { asked } = require('../boundary/call-native');
const { checkEventBus, checkLogger } = require('../config/settings');
const { invalidArg } = require('../errors');
const { Core } = require('./core');
const {
  completeExecution,
  startExecution,
} = require('./direct-execution-calls');
const { completeStage, startStage } = require('./direct-stage-calls');
const { Notifier } = require('./notifier');

/**
 * @import { PipelinePerformanceMetrics as Collector } from '../../types/collector'
 * @import { StageResult } from '../../types/inputs'
 * @import { CollectorOptions } from '../../types/options'
 */

/** Key of a collector's private {@link Core}. */
const CORE = Symbol('core');

/**
 * @param {any} metrics - a collector of this package
 * @returns {Core}
 */
const coreIn = (metrics) => metrics[CORE];

/**
 * @throws {TypeError} `INVALID_ARG` for what is no collector of this package
 * @param {any} metrics
 * @returns {Core}
 */
function coreOf(metrics) {
  const core = metrics?.[CORE];
  if (core === undefined)
    throw invalidArg('metrics must be a PipelinePerformanceMetrics', metrics);
  return core;
}

/**
 * Starts and completes executions and stages for direct calls. Nothing here throws, whatever the
 * arguments, the clock, the sampler, the logger or the event bus do.
 */
class ExecutionRecorder {
  /** @param {CollectorOptions} options */
  constructor(options) {
    const { logger, eventBus, verbosityConfig = null } = options;
    this.logger = checkLogger(logger);
    this.eventBus = checkEventBus(eventBus);
    this.verbosityConfig = verbosityConfig;
    const notifier = new Notifier(this, options);
    const core = new Core(
      this,
      ownReading,
      notifier,
      { ...options, verbosityConfig },
      () => this.#cleanupQuietly(),
    );
    Object.defineProperty(this, CORE, { value: core });
    this.config = core.config;
  }

  /** Heap in use, in bytes; 0 where it cannot be read. */
  getCurrentMemoryUsage() {
    return coreIn(this).probes.heapInUse();
  }

  /** @type {Collector['startPipelineExecution']} - in place of one of that id, which is abandoned */
  startPipelineExecution(executionId, context) {
    const core = coreIn(this);
    return core.closed
      ? null
      : startExecution(core, executionId, context, this.verbosityConfig);
  }

  /** @type {Collector['startStageExecution']} - null, with a warning, where no such execution runs */
  startStageExecution(executionId, stageName, stageContext) {
    const core = coreIn(this);
    return core.closed
      ? null
      : startStage(core, executionId, stageName, stageContext);
  }

  /**
   * Alerts are dispatched before it returns.
   * @param {unknown} executionId
   * @param {unknown} stageNameOrHandle
   * @param {StageResult | null} [stageResult]
   */
  completeStageExecution(executionId, stageNameOrHandle, stageResult) {
    const core = coreIn(this);
    return core.closed
      ? undefined
      : completeStage(core, executionId, stageNameOrHandle, stageResult);
  }

  /** @type {Collector['completePipelineExecution']} - alerts and the analysis go out before it returns */
  completePipelineExecution(executionId, pipelineResult) {
    const core = coreIn(this);
    return core.closed
      ? undefined
      : completeExecution(core, executionId, pipelineResult);
  }

  /** Removes what is older than `config.retentionPeriod`. */
  cleanupOldExecutions() {
    const core = coreIn(this);
    const abandoned = asked(() => core.native.cleanup(core.now()));
    if (abandoned.length === 0) return;
    const gone = new Set(abandoned);
    for (const execution of core.executions.all()) {
      if (gone.has(execution.slot)) core.executions.abandoned(execution);
    }
    core.journal.abandoned(abandoned);
  }

  #cleanupQuietly() {
    try {
      this.cleanupOldExecutions();
    } catch {
      // Only a faulted collector refuses; its next call reports that.
    }
  }
}

// Taken once: tests replace the method of the prototype.
const { getCurrentMemoryUsage: ownReading } = ExecutionRecorder.prototype;

module.exports = { CORE, ExecutionRecorder, coreOf };
