'use strict';

const {
  checkEventBus,
  checkLogger,
  checkOptions,
  liveConfig,
} = require('../config/settings');
const { checkVerbosity } = require('../config/capture-level');
const { PipelineInsight } = require('./insight');

/**
 * @typedef {import('../../types/collector').PipelinePerformanceMetrics} Collector
 * @typedef {import('../../types/collector').MetricsAggregator} Aggregator
 * @typedef {import('../../types/findings').Trend} Trend
 */

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
/** @type {Trend} */
const NO_TREND = {
  trend: 'insufficient_data',
  message: 'Too few executions yet to tell a trend: five are needed',
};
const UNRATED = 100;

const now = () => new Date().toISOString();

class MetricsAggregator {
  /** @type {Aggregator['aggregate']} */
  aggregate(stageMetrics) {
    return {};
  }

  /** @type {Aggregator['aggregateStageMetrics']} */
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

  /** @type {Aggregator['calculateAverage']} */
  calculateAverage(metrics, field) {
    return 0;
  }

  /** @type {Aggregator['calculateMedian']} */
  calculateMedian(metrics, field) {
    return 0;
  }

  /** @type {Aggregator['calculatePercentile']} */
  calculatePercentile(metrics, field, percentile) {
    return 0;
  }

  /** @type {Aggregator['getNestedValue']} */
  getNestedValue(object, path) {
    return undefined;
  }
}

class PerformanceAnalyzer {
  /** @param {import('../../types/options').Logger} logger */
  constructor(logger) {
    this.logger = logger;
  }

  /** @type {import('../../types/collector').PerformanceAnalyzer['analyzePerformancePattern']} */
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
  /** @param {import('../../types/options').CollectorOptions} options */
  constructor(options) {
    checkOptions(options);
    super();
    const { logger, eventBus, verbosityConfig = null, config } = options;
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

  /** @type {Collector['startPipelineExecution']} */
  startPipelineExecution(executionId, context) {
    return null;
  }

  /** @type {Collector['startStageExecution']} */
  startStageExecution(executionId, stageName, stageContext) {
    return null;
  }

  /**
   * @param {unknown} executionId
   * @param {unknown} stageNameOrHandle
   * @param {unknown} [stageResult]
   */
  completeStageExecution(executionId, stageNameOrHandle, stageResult) {
    return undefined;
  }

  /** @type {Collector['completePipelineExecution']} */
  completePipelineExecution(executionId, pipelineResult) {
    return undefined;
  }

  /** @type {Collector['captureStageExecution']} */
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

  /** @type {Collector['recordStageMetrics']} */
  recordStageMetrics(stageName, stageData) {}

  /** @type {Collector['recordPipelineMetrics']} */
  recordPipelineMetrics(execution) {}

  /** @type {Collector['updatePerformanceBaseline']} */
  updatePerformanceBaseline(stageName, stageData) {}

  /** @type {Collector['setStageThreshold']} */
  setStageThreshold(stageName, thresholds) {}

  initializeDefaultThresholds() {}

  /** @type {Collector['analyzeStagePerformance']} */
  analyzeStagePerformance(stageName, stageData) {
    return [];
  }

  /** @type {Collector['analyzePerformance']} */
  analyzePerformance(stageName, metrics) {
    return [];
  }

  /** @type {Collector['analyzePipelinePerformance']} */
  analyzePipelinePerformance(execution) {
    return {
      executionId: /** @type {string} */ (execution?.executionId),
      overallRating: UNRATED,
      bottlenecks: [],
      recommendations: [],
      trends: { ...NO_TREND },
    };
  }

  /** @type {Collector['calculateThroughput']} */
  calculateThroughput(stageData) {
    return { ...NO_RATES };
  }

  /** @type {Collector['calculateEfficiency']} */
  calculateEfficiency(stageData) {
    return { overall: 0.5, throughputScore: 0, memoryEfficiency: 1 };
  }

  /** @type {Collector['calculateResourceUtilization']} */
  calculateResourceUtilization(stageData) {
    return { memoryUtilization: 0, timeUtilization: 0, ioEfficiency: 0 };
  }

  /** @type {Collector['calculatePipelineThroughput']} */
  calculatePipelineThroughput(execution) {
    return {
      itemsPerSecond: 0,
      actionsPerSecond: 0,
      pipelineExecutionsPerHour: 0,
    };
  }

  /** @type {Collector['calculateStageBreakdown']} */
  calculateStageBreakdown(execution) {
    return [];
  }

  /** @type {Collector['calculatePerformanceRating']} */
  calculatePerformanceRating(execution) {
    return UNRATED;
  }

  /** @type {Collector['identifyCriticalPath']} */
  identifyCriticalPath(execution) {
    return [];
  }

  /** @type {Collector['identifyBottlenecks']} */
  identifyBottlenecks(execution) {
    return [];
  }

  /** @type {Collector['generateOptimizationRecommendations']} */
  generateOptimizationRecommendations(execution) {
    return [];
  }

  /** @type {Collector['analyzeTrends']} */
  analyzeTrends(execution) {
    return { ...NO_TREND };
  }

  /** @type {Collector['getStageMetrics']} */
  getStageMetrics(stageName, timeRange = null) {
    return [];
  }

  /** @type {Collector['getPipelineMetrics']} */
  getPipelineMetrics(timeRange = null) {
    return [];
  }

  /** @type {Collector['getPerformanceSummary']} */
  getPerformanceSummary() {
    return {
      stages: {},
      pipeline: { totalExecutions: 0, averageDuration: 0, successRate: 0 },
      alerts: [],
      recommendations: [],
      overhead: { ...NO_OVERHEAD, budget: this.config.overheadBudget },
    };
  }

  /** @type {Collector['getRecentAlerts']} */
  getRecentAlerts(timeRange = null) {
    return [];
  }

  getDiagnostics() {
    return { ...NO_ERRORS };
  }

  /** @type {Collector['toOpenMetrics']} */
  toOpenMetrics(options) {
    return options?.format === 'prometheus' ? '' : '# EOF\n';
  }

  /** @param {import('../../types/export').PromClientRegistry} registry */
  registerWith(registry) {
    return () => {};
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
