'use strict';

/**
 * A small model of the collector, written from the ticket as DECISIONS changes it, to be compared
 * with the real one call by call. It has the same methods and plain Maps, keeps everything, and
 * takes clock and heap from the test. It leaves out what is analysis beyond the ticket's formulas:
 * the robust baseline, `baseline_exceeded`, and what active recommendations say.
 *
 * Decisions where the specification is silent:
 * - An abandoned execution leaves `activeExecutions` and enters no history; its completed stages stay.
 * - `high_error_rate` needs no configured limit: it holds for stages that no threshold names, too.
 * - Completed executions are bounded by `maxHistorySize` as the histories are.
 * - Ages go by the monotonic clock. A time range includes its edge; an entry exactly `retentionPeriod` old stays.
 */

const formulas = require('./formulas');
const { ANY, OracleStore, countFrom } = require('./oracleStore');

const COUNTS = [
  'outputSize',
  'itemsProcessed',
  'errorCount',
  'warningCount',
  'retryCount',
];
const TOTALS = ['totalItemsProcessed', 'finalOutputSize', 'totalErrors'];

const pick = (object, names) =>
  Object.fromEntries(names.map((name) => [name, object[name]]));

class Oracle extends OracleStore {
  /** Absent reads 0; what is not a finite number of at least 0 reads 0 and is counted. */
  count(value) {
    if (value === undefined || value === null) return 0;
    if (Number.isFinite(value) && value >= 0) return value;
    this.diagnostics.invalidNumbers += 1;
    return 0;
  }

  counts(source, names) {
    return Object.fromEntries(
      names.map((name) => [name, this.count(source[name])]),
    );
  }

  /** One warning for a call that names what is not there, or is over. */
  refuse(answer) {
    this.warnings += 1;
    this.diagnostics.refusedCalls += 1;
    return answer;
  }

  startPipelineExecution(executionId, context) {
    if (this.activeExecutions.has(executionId)) {
      this.abandon(executionId);
      this.warnings += 1;
    }
    const given = context ?? {};
    const execution = {
      executionId,
      startTime: this.clock.now(),
      startMemory: this.heap(),
      context: {
        actionCount: this.count(given.actionCount),
        traceVerbosity: given.traceVerbosity || 'basic',
        environment: given.environment || 'unknown',
      },
      stages: new Map(),
      completed: false,
    };
    Object.defineProperty(execution, 'spans', { value: [] });
    this.activeExecutions.set(executionId, execution);
    return execution;
  }

  abandon(executionId) {
    this.activeExecutions.delete(executionId);
    this.diagnostics.abandonedExecutions += 1;
  }

  startStageExecution(executionId, stageName, context) {
    const execution = this.activeExecutions.get(executionId);
    if (!execution) return this.refuse(null);
    const given = context ?? {};
    const stage = {
      stageName,
      executionId,
      startTime: this.clock.now(),
      startMemory: this.heap(),
      context: {
        inputSize: this.count(given.inputSize),
        expectedOutputSize: this.count(given.expectedOutputSize),
        complexity: given.complexity || 'unknown',
      },
      completed: false,
      endTime: undefined,
      duration: undefined,
      result: undefined,
    };
    execution.spans.push(stage);
    execution.stages.set(stageName, stage);
    return stage;
  }

  /** @param {string | object} which - a name means the latest open span of it, a handle itself */
  openSpan(execution, which) {
    if (typeof which === 'object') {
      return execution.spans.find((span) => span === which && !span.completed);
    }
    return execution.spans.findLast(
      (span) => span.stageName === which && !span.completed,
    );
  }

  completeStageExecution(executionId, which, result) {
    const execution = this.activeExecutions.get(executionId);
    const stage = execution && this.openSpan(execution, which);
    if (!stage) return this.refuse(undefined);
    const given = result ?? {};
    stage.endTime = this.clock.now();
    stage.endMemory = this.heap();
    stage.duration = stage.endTime - stage.startTime;
    stage.memoryDelta = stage.endMemory - stage.startMemory;
    stage.completed = true;
    stage.result = {
      success: given.success !== false,
      ...this.counts(given, COUNTS),
    };
    stage.throughput = formulas.throughput(stage);
    stage.efficiency = formulas.efficiency(stage);
    stage.resourceUtilization = formulas.resourceUtilization(stage);
    stage.timestamp = this.iso();
    this.recordStageMetrics(stage.stageName, stage);
    this.analyzeStagePerformance(stage.stageName, stage);
    return stage;
  }

  completePipelineExecution(executionId, result) {
    const execution = this.activeExecutions.get(executionId);
    if (!execution) return this.refuse(undefined);
    const given = result ?? {};
    execution.endTime = this.clock.now();
    execution.endMemory = this.heap();
    execution.totalDuration = execution.endTime - execution.startTime;
    execution.totalMemoryDelta = execution.endMemory - execution.startMemory;
    execution.completed = true;
    execution.result = {
      success: given.success !== false,
      ...this.counts(given, TOTALS),
    };
    execution.overallThroughput = formulas.pipelineThroughput(execution);
    execution.stageBreakdown = formulas.breakdown(execution.spans);
    execution.criticalPath = formulas.criticalPath(
      execution.spans,
      execution.totalDuration,
    );
    execution.timestamp = this.iso();
    this.activeExecutions.delete(executionId);
    this.pipelineExecutions.set(
      executionId,
      countFrom(execution, execution.endTime),
    );
    this.recordPipelineMetrics(execution);
    this.checkPipelineThreshold(execution);
    this.analyzePipelinePerformance(execution);
    this.trimExecutions();
    return execution;
  }

  recordStageMetrics(stageName, data) {
    const { success, errorCount } = data.result;
    this.append(this.stageMetrics, stageName, {
      timestamp: this.iso(),
      ...pick(data, ['executionId', 'duration', 'memoryDelta']),
      ...pick(data, ['throughput', 'efficiency', 'resourceUtilization']),
      success,
      errorCount,
    });
  }

  recordPipelineMetrics(execution) {
    this.append(this.performanceHistory, 'pipeline', {
      timestamp: this.iso(),
      ...pick(execution, ['executionId', 'totalDuration', 'totalMemoryDelta']),
      ...pick(execution, ['overallThroughput', 'stageBreakdown']),
      ...pick(execution, ['criticalPath', 'context']),
      success: execution.result.success,
    });
  }

  /** The flat and the nested form of one captured run; both carry extremes only (see the calls). */
  captureStageExecution(stageName, data) {
    const nested = data.execution !== undefined;
    const items = nested ? data.throughput.itemsProcessed : 0;
    const failed = nested && data.quality.successRate < 100 && !(items > 0);
    const memoryDelta = nested ? data.execution.memoryUsage : 0;
    const duration = nested ? data.execution.duration : data.duration;
    const { itemsPerSecond, bytesPerSecond } = data.throughput;
    const stage = {
      executionId: ANY,
      duration,
      memoryDelta,
      throughput: { itemsPerSecond, bytesPerSecond },
      efficiency: ANY,
      resourceUtilization: ANY,
      result: {
        success: !failed,
        errorCount: nested ? data.quality.errorCount : ANY,
      },
    };
    const errorRate = nested
      ? data.quality.errorCount / (data.throughput.itemsProcessed || 1)
      : data.errorRate;
    this.recordStageMetrics(stageName, stage);
    this.raise(stageName, stage, errorRate);
    this.updatePerformanceBaseline(stageName, stage);
  }

  analyzeStagePerformance(stageName, stage) {
    const { errorCount, itemsProcessed } = stage.result;
    this.raise(stageName, stage, errorCount / (itemsProcessed || 1));
    this.updatePerformanceBaseline(stageName, stage);
  }

  checkPipelineThreshold(execution) {
    const { totalErrors, totalItemsProcessed } = execution.result;
    const whole = {
      executionId: execution.executionId,
      duration: execution.totalDuration,
      memoryDelta: execution.totalMemoryDelta,
    };
    const errorRate = totalErrors / (totalItemsProcessed || 1);
    this.raise('pipeline_total', whole, errorRate);
  }

  raise(stage, { executionId, duration, memoryDelta }, errorRate) {
    const limits = this.alertThresholds.get(stage) ?? {};
    const checks = [
      ['duration_exceeded', duration, limits.maxDuration, 'warning'],
      ['memory_exceeded', memoryDelta, limits.maxMemory, 'warning'],
      ['high_error_rate', errorRate, 0.05, 'error'],
    ];
    for (const [type, actual, threshold, severity] of checks) {
      if (threshold === undefined || !(actual > threshold)) continue;
      const payload = { type, stage, actual, threshold, severity };
      payload.executionId = executionId;
      payload.timestamp = this.iso();
      this.alerts.push(countFrom(payload, this.clock.now()));
      this.events.push({ type: 'PIPELINE_PERFORMANCE_ALERT', payload });
      this.warnings += 1;
    }
  }

  analyzePipelinePerformance(execution) {
    const payload = {
      executionId: execution.executionId,
      overallRating: formulas.rating(execution),
      bottlenecks: formulas.bottlenecks(execution.stageBreakdown),
      recommendations: formulas.recommendations(execution),
      trends: this.analyzeTrends(execution),
    };
    this.events.push({ type: 'PIPELINE_PERFORMANCE_ANALYSIS', payload });
    return payload;
  }

  updatePerformanceBaseline(stageName, { duration, memoryDelta }) {
    const before = this.performanceBaselines.get(stageName);
    const count = (before?.count ?? 0) + 1;
    const totalDuration = (before?.totalDuration ?? 0) + duration;
    const totalMemory = (before?.totalMemory ?? 0) + Math.abs(memoryDelta);
    const baseline = {
      count,
      totalDuration,
      totalMemory,
      avgDuration: totalDuration / count,
      avgMemory: totalMemory / count,
    };
    this.performanceBaselines.set(stageName, baseline);
    this.alertThresholds.set(stageName, {
      ...this.alertThresholds.get(stageName),
      baselineDuration: baseline.avgDuration,
      baselineMemory: baseline.avgMemory,
    });
  }
}

module.exports = { ANY, Oracle };
