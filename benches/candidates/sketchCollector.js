'use strict';

const { performance } = require('node:perf_hooks');

const MIB = 1024 * 1024;
const MAX_HISTORY = 10_000;
const RETENTION_MS = 24 * 60 * 60 * 1000;
const LIMITS = [
  ['component_filtering', 100, 50],
  ['prerequisite_evaluation', 200, 25],
  ['multi_target_resolution', 500, 100],
  ['action_formatting', 150, 30],
  ['pipeline_total', 1000, 200],
];

const heapUsed = () => process.memoryUsage().heapUsed;
const isoNow = () => new Date().toISOString();

/** Appends to the history of `key`, within its bound. */
function append(histories, key, entry) {
  if (!histories.has(key)) histories.set(key, []);
  const history = histories.get(key);
  history.push(entry);
  if (history.length > MAX_HISTORY)
    history.splice(0, history.length - MAX_HISTORY);
}

/**
 * A collector as one would write it in plain JavaScript for the same results: objects in
 * Maps and arrays, `process.memoryUsage()`, every formula evaluated as a run completes.
 */
class SketchCollector {
  #active = new Map();
  #completed = new Map();
  #stageHistory = new Map();
  #pipelineHistory = new Map();
  #baselines = new Map();
  #limits = new Map();
  #logger;
  #bus;

  constructor({ logger, eventBus }) {
    this.#logger = logger;
    this.#bus = eventBus;
    for (const [stage, maxDuration, mebibytes] of LIMITS) {
      const maxMemory = mebibytes * MIB;
      this.#limits.set(stage, { maxDuration, maxMemory, timestamp: isoNow() });
    }
  }

  startPipelineExecution(executionId, context = {}) {
    const execution = {
      executionId,
      startTime: performance.now(),
      startMemory: heapUsed(),
      context: {
        actionCount: context.actionCount || 0,
        traceVerbosity: context.traceVerbosity || 'basic',
        environment: context.environment || 'unknown',
      },
      stages: new Map(),
      completed: false,
    };
    this.#active.set(executionId, execution);
    this.#logger.debug(`Pipeline ${executionId} starts`, {
      actionCount: execution.context.actionCount,
      verbosity: execution.context.traceVerbosity,
    });
    return execution;
  }

  startStageExecution(executionId, stageName, context = {}) {
    const execution = this.#active.get(executionId);
    const stage = {
      stageName,
      startTime: performance.now(),
      startMemory: heapUsed(),
      context: {
        inputSize: context.inputSize || 0,
        expectedOutputSize: context.expectedOutputSize || 0,
        complexity: context.complexity || 'unknown',
      },
      completed: false,
    };
    execution.stages.set(stageName, stage);
    return stage;
  }

  completeStageExecution(executionId, stageName, result = {}) {
    const stage = this.#active.get(executionId).stages.get(stageName);
    stage.endTime = performance.now();
    stage.endMemory = heapUsed();
    stage.duration = stage.endTime - stage.startTime;
    stage.memoryDelta = stage.endMemory - stage.startMemory;
    stage.completed = true;
    stage.result = {
      success: result.success !== false,
      outputSize: result.outputSize || 0,
      itemsProcessed: result.itemsProcessed || 0,
      errorCount: result.errorCount || 0,
      warningCount: result.warningCount || 0,
    };
    stage.throughput = throughputOf(stage);
    stage.efficiency = efficiencyOf(stage);
    stage.resourceUtilization = utilizationOf(stage);
    this.#recordStage(executionId, stageName, stage);
    this.#checkStage(stageName, stage);
    const { duration, memoryDelta, throughput } = stage;
    this.#logger.debug(`Stage ${stageName} ends`, {
      duration,
      memoryDelta,
      throughput,
    });
    return stage;
  }

  completePipelineExecution(executionId, result = {}) {
    const execution = this.#active.get(executionId);
    execution.endTime = performance.now();
    execution.endMemory = heapUsed();
    execution.totalDuration = execution.endTime - execution.startTime;
    execution.totalMemoryDelta = execution.endMemory - execution.startMemory;
    execution.completed = true;
    execution.result = {
      success: result.success !== false,
      totalItemsProcessed: result.totalItemsProcessed || 0,
      finalOutputSize: result.finalOutputSize || 0,
      totalErrors: result.totalErrors || 0,
    };
    execution.overallThroughput = pipelineThroughputOf(execution);
    execution.stageBreakdown = breakdownOf(execution);
    execution.criticalPath = pathOf(execution);
    this.#completed.set(executionId, execution);
    this.#active.delete(executionId);
    this.#recordPipeline(execution);
    this.#bus.dispatch({
      type: 'PIPELINE_PERFORMANCE_ANALYSIS',
      payload: this.#analyze(execution),
    });
    this.#logger.info(`Pipeline ${executionId} ends`, {
      totalDuration: execution.totalDuration,
      stagesExecuted: execution.stages.size,
      overallThroughput: execution.overallThroughput,
    });
    this.#forgetOld();
    return execution;
  }

  #recordStage(executionId, stageName, stage) {
    append(this.#stageHistory, stageName, {
      timestamp: isoNow(),
      executionId,
      duration: stage.duration,
      memoryDelta: stage.memoryDelta,
      throughput: stage.throughput,
      efficiency: stage.efficiency,
      resourceUtilization: stage.resourceUtilization,
      success: stage.result.success,
      errorCount: stage.result.errorCount,
    });
  }

  #recordPipeline(execution) {
    append(this.#pipelineHistory, 'pipeline', {
      timestamp: isoNow(),
      executionId: execution.executionId,
      totalDuration: execution.totalDuration,
      totalMemoryDelta: execution.totalMemoryDelta,
      overallThroughput: execution.overallThroughput,
      stageBreakdown: execution.stageBreakdown,
      criticalPath: execution.criticalPath,
      success: execution.result.success,
      context: execution.context,
    });
  }

  #checkStage(stageName, stage) {
    const limit = this.#limits.get(stageName);
    if (limit === undefined) return;
    const raise = (type, actual, threshold, severity) => {
      const payload = { type, stage: stageName, actual, threshold, severity };
      this.#bus.dispatch({ type: 'PIPELINE_PERFORMANCE_ALERT', payload });
      this.#logger.warn(`Stage ${stageName} raised an alert`, payload);
    };
    const { duration, memoryDelta, result } = stage;
    const errorRate = result.errorCount / (result.itemsProcessed || 1);
    if (duration > limit.maxDuration)
      raise('duration_exceeded', duration, limit.maxDuration, 'warning');
    if (Math.abs(memoryDelta) > limit.maxMemory)
      raise('memory_exceeded', memoryDelta, limit.maxMemory, 'warning');
    if (errorRate > 0.05) raise('high_error_rate', errorRate, 0.05, 'error');
    this.#learn(stageName, stage, limit);
  }

  #learn(stageName, { duration, memoryDelta }, limit) {
    if (!this.#baselines.has(stageName)) {
      this.#baselines.set(stageName, {
        count: 0,
        totalDuration: 0,
        totalMemory: 0,
        avgDuration: 0,
        avgMemory: 0,
      });
    }
    const baseline = this.#baselines.get(stageName);
    baseline.count += 1;
    baseline.totalDuration += duration;
    baseline.totalMemory += Math.abs(memoryDelta);
    baseline.avgDuration = baseline.totalDuration / baseline.count;
    baseline.avgMemory = baseline.totalMemory / baseline.count;
    limit.baselineDuration = baseline.avgDuration;
    limit.baselineMemory = baseline.avgMemory;
    this.#limits.set(stageName, limit);
  }

  #analyze(execution) {
    return {
      executionId: execution.executionId,
      overallRating: ratingOf(execution),
      bottlenecks: bottlenecksOf(execution),
      recommendations: recommendationsOf(execution),
      trends: trendOf(execution, this.#pipelineHistory.get('pipeline')),
    };
  }

  #forgetOld() {
    const oldest = Date.now() - RETENTION_MS;
    for (const [executionId, { timestamp }] of this.#completed) {
      if (new Date(timestamp || 0).getTime() < oldest)
        this.#completed.delete(executionId);
    }
  }
}

function throughputOf({ duration, result, context }) {
  if (duration <= 0) return 0;
  const items = (result.itemsProcessed / duration) * 1000;
  const bytes =
    context.inputSize > 0 ? (context.inputSize / duration) * 1000 : 0;
  return {
    itemsPerSecond: items,
    bytesPerSecond: bytes,
    operationsPerSecond: items,
  };
}

function efficiencyOf({ throughput, memoryDelta }) {
  const throughputScore = Math.min(throughput.itemsPerSecond / 100, 1);
  const memoryEfficiency =
    memoryDelta > 0 ? Math.min(1_000_000 / memoryDelta, 1) : 1;
  return {
    overall: (throughputScore + memoryEfficiency) / 2,
    throughputScore,
    memoryEfficiency,
  };
}

function utilizationOf({ memoryDelta, duration, context, result }) {
  return {
    memoryUtilization: Math.abs(memoryDelta),
    timeUtilization: duration,
    ioEfficiency:
      context.inputSize > 0 ? result.outputSize / context.inputSize : 0,
  };
}

function pipelineThroughputOf({ totalDuration, result }) {
  if (totalDuration <= 0) return 0;
  const items = (result.totalItemsProcessed / totalDuration) * 1000;
  return {
    itemsPerSecond: items,
    actionsPerSecond: items,
    pipelineExecutionsPerHour: 3_600_000 / totalDuration,
  };
}

function breakdownOf(execution) {
  const rows = [];
  let total = 0;
  for (const [
    stageName,
    { completed, duration, throughput, efficiency },
  ] of execution.stages) {
    if (!completed) continue;
    total += duration;
    rows.push({ stageName, duration, percentage: 0, throughput, efficiency });
  }
  for (const row of rows)
    row.percentage = total > 0 ? (row.duration / total) * 100 : 0;
  return rows.sort((a, b) => b.duration - a.duration);
}

function pathOf({ stages, totalDuration }) {
  return [...stages.values()]
    .filter(({ completed }) => completed)
    .map(({ stageName, startTime, duration }) => ({
      stageName,
      startTime,
      duration,
      impact: duration / totalDuration,
    }))
    .sort((a, b) => a.startTime - b.startTime);
}

function bottlenecksOf({ stageBreakdown }) {
  const slow = stageBreakdown
    .filter(({ percentage }) => percentage > 30)
    .map(({ stageName, percentage }) => ({
      stageName,
      type: 'time_bottleneck',
      severity: percentage > 50 ? 'critical' : 'warning',
      impact: percentage,
      recommendation: `Make stage ${stageName} faster`,
    }));
  const wasteful = stageBreakdown
    .filter(({ efficiency }) => efficiency && efficiency.overall < 0.3)
    .map(({ stageName, efficiency }) => ({
      stageName,
      type: 'efficiency_bottleneck',
      severity: 'warning',
      impact: 1 - efficiency.overall,
      recommendation: `Let stage ${stageName} use less`,
    }));
  return [...slow, ...wasteful];
}

function recommendationsOf(execution) {
  const advice = bottlenecksOf(execution).map((bottleneck) => ({
    type: 'bottleneck_optimization',
    priority: bottleneck.severity === 'critical' ? 'high' : 'medium',
    stage: bottleneck.stageName,
    description: bottleneck.recommendation,
    estimatedImprovement: `${Math.round(bottleneck.impact * 20)}%`,
  }));
  if (execution.totalDuration > 2000) {
    advice.push({
      type: 'general_optimization',
      priority: 'medium',
      description: 'Run stages in parallel',
    });
  }
  if (execution.totalMemoryDelta > 100 * MIB) {
    advice.push({
      type: 'memory_optimization',
      priority: 'medium',
      description: 'Process in a stream',
    });
  }
  return advice;
}

function trendOf({ totalDuration }, history) {
  if (history.length < 5) return { trend: 'insufficient_data' };
  const recent = history.slice(-5);
  const average =
    recent.reduce((sum, entry) => sum + entry.totalDuration, 0) / recent.length;
  let trend = 'stable';
  if (totalDuration > average * 1.2) trend = 'degrading';
  else if (totalDuration < average * 0.8) trend = 'improving';
  return {
    trend,
    message: `Durations are ${trend}`,
    currentDuration: totalDuration,
    averageDuration: average,
    comparison: ((totalDuration - average) / average) * 100,
  };
}

function ratingOf({
  totalDuration,
  totalMemoryDelta,
  result,
  overallThroughput,
}) {
  const slow = Math.min(Math.max(0, (totalDuration - 1000) / 100), 30);
  const large = Math.min(
    Math.max(0, (totalMemoryDelta - 50 * MIB) / (10 * MIB)),
    20,
  );
  const wrong = Math.min(result.totalErrors * 10, 40);
  const fast = Math.min(overallThroughput.itemsPerSecond / 100, 10);
  return Math.max(0, Math.min(100, 100 - slow - large - wrong + fast));
}

module.exports = { SketchCollector };
