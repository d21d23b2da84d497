'use strict';

const {
  checkEventBus,
  checkLogger,
  liveConfig,
} = require('../config/settings');
const { checkVerbosity } = require('../config/capture-level');
const { PipelineInsight } = require('./insight');

const NO_RATES = {
  itemsPerSecond: 0,
  bytesPerSecond: 0,
  operationsPerSecond: 0,
};
const NO_ERRORS = {
  invalidNumbers: 0,
  listenerErrors: 0,
  loggerErrors: 0,
  droppedAlerts: 0,
  samplerErrors: 0,
  clockErrors: 0,
  hostileInputs: 0,
  abandonedExecutions: 0,
  overflowedStages: 0,
  droppedLabels: 0,
  duplicateCompletions: 0,
  unknownReferences: 0,
  lateStages: 0,
  stagesOutsidePipelines: 0,
  faulted: false,
};
const NO_OVERHEAD = {
  nanosecondsPerStage: 0,
  interval: null,
  meanNanosecondsPerStage: 0,
  ratio: 0,
  samples: 0,
  sampledExecutions: 0,
  budget: 0,
};
const NO_TREND = {
  trend: 'insufficient_data',
  message: 'Too few executions yet to tell a trend: five are needed',
};
const UNRATED = 100;

const now = () => new Date().toISOString();

class MetricsAggregator {
  aggregate(stageMetrics) {
    return {};
  }

  aggregateStageMetrics(metrics) {
    return {
      count: 0,
      averageDuration: 0,
      medianDuration: 0,
      p95Duration: 0,
      averageThroughput: 0,
      successRate: 0,
      timestamp: now(),
    };
  }

  calculateAverage(metrics, field) {
    return 0;
  }

  calculateMedian(metrics, field) {
    return 0;
  }

  calculatePercentile(metrics, field, percentile) {
    return 0;
  }

  getNestedValue(object, path) {
    return undefined;
  }
}

class PerformanceAnalyzer {
  constructor(logger) {
    this.logger = logger;
  }

  analyzePerformancePattern(metrics) {
    return {
      trend: 'stable',
      anomalies: [],
      predictions: {},
      evidence: { runs: 0 },
    };
  }
}

/**
 * The collector of a browser: records nothing, and answers as one that has seen nothing.
 * Logger, event bus, verbosity and config are checked as elsewhere.
 */
class PipelinePerformanceMetrics extends PipelineInsight {
  constructor(options) {
    super();
    const { logger, eventBus, verbosityConfig = null, config } = options ?? {};
    this.logger = checkLogger(logger);
    this.eventBus = checkEventBus(eventBus);
    checkVerbosity(verbosityConfig);
    this.verbosityConfig = verbosityConfig;
    this.config = liveConfig(config, () => {});
    this.stageMetrics = new Map();
    this.pipelineExecutions = new Map();
    this.activeExecutions = new Map();
    this.performanceBaselines = new Map();
    this.alertThresholds = new Map();
    this.performanceHistory = new Map();
    this.metricsAggregator = new MetricsAggregator();
    this.performanceAnalyzer = new PerformanceAnalyzer(logger);
  }

  startPipelineExecution(executionId, context) {
    return null;
  }

  startStageExecution(executionId, stageName, stageContext) {
    return null;
  }

  completeStageExecution(executionId, stageNameOrHandle, stageResult) {
    return undefined;
  }

  completePipelineExecution(executionId, pipelineResult) {
    return undefined;
  }

  captureStageExecution(stageName, executionData) {
    return {
      stageName,
      startTime: undefined,
      endTime: undefined,
      duration: 0,
      resourceUsage: {},
      throughput: { ...NO_RATES },
      errorRate: 0,
    };
  }

  recordStageMetrics(stageName, stageData) {}

  recordPipelineMetrics(execution) {}

  updatePerformanceBaseline(stageName, stageData) {}

  setStageThreshold(stageName, thresholds) {}

  initializeDefaultThresholds() {}

  analyzeStagePerformance(stageName, stageData) {
    return [];
  }

  analyzePerformance(stageName, metrics) {
    return [];
  }

  analyzePipelinePerformance(execution) {
    return {
      executionId: execution.executionId,
      overallRating: UNRATED,
      bottlenecks: [],
      recommendations: [],
      trends: { ...NO_TREND },
    };
  }

  calculateThroughput(stageData) {
    return { ...NO_RATES };
  }

  calculateEfficiency(stageData) {
    return { overall: 0.5, throughputScore: 0, memoryEfficiency: 1 };
  }

  calculateResourceUtilization(stageData) {
    return { memoryUtilization: 0, timeUtilization: 0, ioEfficiency: 0 };
  }

  calculatePipelineThroughput(execution) {
    return {
      itemsPerSecond: 0,
      actionsPerSecond: 0,
      pipelineExecutionsPerHour: 0,
    };
  }

  calculateStageBreakdown(execution) {
    return [];
  }

  calculatePerformanceRating(execution) {
    return UNRATED;
  }

  identifyCriticalPath(execution) {
    return [];
  }

  identifyBottlenecks(execution) {
    return [];
  }

  generateOptimizationRecommendations(execution) {
    return [];
  }

  analyzeTrends(execution) {
    return { ...NO_TREND };
  }

  getStageMetrics(stageName, timeRange = null) {
    return [];
  }

  getPipelineMetrics(timeRange = null) {
    return [];
  }

  getPerformanceSummary() {
    return {
      stages: {},
      pipeline: { totalExecutions: 0, averageDuration: 0, successRate: 0 },
      alerts: [],
      recommendations: [],
      overhead: { ...NO_OVERHEAD, budget: this.config.overheadBudget },
    };
  }

  getRecentAlerts(timeRange = null) {
    return [];
  }

  getDiagnostics() {
    return { ...NO_ERRORS };
  }

  toOpenMetrics(options) {
    return options?.format === 'prometheus' ? '' : '# EOF\n';
  }

  getCurrentMemoryUsage() {
    return 0;
  }

  aggregateMetrics() {}

  cleanupOldExecutions() {}

  startPerformanceMonitoring() {}

  stopPerformanceMonitoring() {}

  flush() {}

  dispose() {}
}

if (Symbol.dispose !== undefined) {
  Object.defineProperty(PipelinePerformanceMetrics.prototype, Symbol.dispose, {
    value() {},
    configurable: true,
    writable: true,
  });
}

module.exports = { PipelinePerformanceMetrics };
