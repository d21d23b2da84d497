'use strict';

const {
  checkEventBus,
  checkLogger,
  checkOptions,
  liveConfig,
} = require('../config/settings');
const { checkVerbosity } = require('../config/capture-level');
const { NO_TREND } = require('../texts/recommendation-texts');
const { QUERIES } = require('./insight');

/**
 * @import { MetricsAggregator as Aggregator } from '../../types/collector'
 * @import { PipelinePerformanceMetrics as Collector } from '../../types/collector'
 * @import { CollectorOptions } from '../../types/options'
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
const UNRATED = 100;

/** @type {Aggregator} */
const AGGREGATOR = {
  aggregate: (stageMetrics) => ({}),
  aggregateStageMetrics: (metrics) => ({
    count: 0,
    averageDuration: 0,
    medianDuration: 0,
    p95Duration: 0,
    averageThroughput: 0,
    successRate: 0,
    timestamp: new Date().toISOString(),
  }),
  calculateAverage: (metrics, field) => 0,
  calculateMedian: (metrics, field) => 0,
  calculatePercentile: (metrics, field, percentile) => 0,
  getNestedValue: (object, path) => undefined,
};

/** @type {Partial<Collector> & ThisType<Collector>} - of one that has seen nothing */
const METHODS = {
  startPipelineExecution: (executionId, context) => null,
  startStageExecution: (executionId, stageName, stageContext) => null,
  completeStageExecution: (executionId, stage, stageResult) => undefined,
  completePipelineExecution: (executionId, pipelineResult) => undefined,
  captureStageExecution: (stageName, executionData) => ({
    stageName,
    startTime: undefined,
    endTime: undefined,
    duration: 0,
    resourceUsage: {},
    throughput: { ...NO_RATES },
    errorRate: 0,
  }),
  recordStageMetrics(stageName, stageData) {},
  recordPipelineMetrics(execution) {},
  updatePerformanceBaseline(stageName, stageData) {},
  setStageThreshold(stageName, thresholds) {},
  initializeDefaultThresholds() {},
  analyzeStagePerformance: (stageName, stageData) => [],
  analyzePerformance: (stageName, metrics) => [],
  analyzePipelinePerformance: (execution) => ({
    executionId: /** @type {string} */ (execution?.executionId),
    overallRating: UNRATED,
    bottlenecks: [],
    recommendations: [],
    trends: { ...NO_TREND },
  }),
  calculateThroughput: (stageData) => ({ ...NO_RATES }),
  calculateEfficiency: (stageData) => ({
    overall: 0.5,
    throughputScore: 0,
    memoryEfficiency: 1,
  }),
  calculateResourceUtilization: (stageData) => ({
    memoryUtilization: 0,
    timeUtilization: 0,
    ioEfficiency: 0,
  }),
  calculatePipelineThroughput: (execution) => ({
    itemsPerSecond: 0,
    actionsPerSecond: 0,
    pipelineExecutionsPerHour: 0,
  }),
  calculateStageBreakdown: (execution) => [],
  calculatePerformanceRating: (execution) => UNRATED,
  identifyCriticalPath: (execution) => [],
  identifyBottlenecks: (execution) => [],
  generateOptimizationRecommendations: (execution) => [],
  analyzeTrends: (execution) => ({ ...NO_TREND }),
  getStageMetrics: (stageName, timeRange = null) => [],
  getPipelineMetrics: (timeRange = null) => [],
  getPerformanceSummary() {
    return {
      stages: {},
      pipeline: { totalExecutions: 0, averageDuration: 0, successRate: 0 },
      alerts: [],
      recommendations: [],
      overhead: { ...NO_OVERHEAD, budget: this.config.overheadBudget },
    };
  },
  getRecentAlerts: (timeRange = null) => [],
  getDiagnostics: () => ({ ...NO_ERRORS }),
  toOpenMetrics: (options) =>
    options?.format === 'prometheus' ? '' : '# EOF\n',
  registerWith: (registry) => () => {},
  getCurrentMemoryUsage: () => 0,
  aggregateMetrics() {},
  cleanupOldExecutions() {},
  startPerformanceMonitoring() {},
  stopPerformanceMonitoring() {},
  flush() {},
  dispose() {},
  ...(Symbol.dispose && { [Symbol.dispose]() {} }),
};

/**
 * The collector in a browser: it records nothing and answers like an empty collector. Logger, event
 * bus, verbosity and config are checked as elsewhere.
 */
class PipelinePerformanceMetrics {
  /** @param {CollectorOptions} options */
  constructor(options) {
    checkOptions(options);
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
    this.metricsAggregator = { ...AGGREGATOR };
    this.performanceAnalyzer = {
      logger,
      analyzePerformancePattern: (/** @type {unknown} */ metrics) => ({
        trend: 'stable',
        anomalies: [],
        predictions: {},
        evidence: { runs: 0 },
      }),
    };
  }
}

for (const methods of [METHODS, QUERIES])
  for (const key of Reflect.ownKeys(methods))
    Object.defineProperty(PipelinePerformanceMetrics.prototype, key, {
      value: Reflect.get(methods, key),
      configurable: true,
      writable: true,
    });

module.exports = {
  PipelinePerformanceMetrics:
    /** @type {typeof import('../../types/collector').PipelinePerformanceMetrics} */ (
      /** @type {unknown} */ (PipelinePerformanceMetrics)
    ),
};
