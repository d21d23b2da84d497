'use strict';

const { MetricsAggregator } = require('./aggregator');
const { PerformanceAnalyzer } = require('./analyzer');
const { checkOptions } = require('../config/settings');
const { DEFAULT_THRESHOLDS } = require('../config/thresholds');
const { toAsked, toId } = require('../recording/names');
const { nameIn } = require('../recording/interner');
const { requireObject } = require('../errors');
const { rehearse } = require('../instrumentation/rehearsal');
const { AnalysisQueries } = require('../queries/analysis-queries');
const { register } = require('../queries/prom-client');
const { expositionOf } = require('../queries/texts-for-tools');
const { layout } = require('../boundary/native');
const { asked, sinceOf } = require('../boundary/call-native');
const {
  CORE,
  NOTIFIER,
  ExecutionRecorder,
} = require('../recording/direct-recorder');
const { alertsFrom } = require('../boundary/decoders');
const { trendFrom } = require('../boundary/analysis-decoders');
const calculations = require('./calculations');
const { entriesOf, pipelineEntriesOf } = require('./history-entries');
const executionMaps = require('./execution-maps');
const manual = require('./manual-recording');
const { PeriodicWork } = require('./periodic-work');
const { RecentAlerts } = require('./recent-alerts');
const stageMaps = require('./stage-maps');
const { cachedSummary, diagnosticsOf, overheadOf } = require('./summary');

/**
 * @typedef {import('../../types/collector').PipelinePerformanceMetrics} Collector
 * @typedef {import('../../types/findings').Analysis} Analysis
 * @typedef {import('../../types/insight').PipelineInsight} Insight
 */

const MIB = 1024 * 1024;
const HOUR = 60 * 60 * 1000;

/**
 * Collects what every execution and stage of a pipeline costs, raises alerts, and answers
 * what got slower and what to do about it. See index.d.ts for every shape.
 */
class PipelinePerformanceMetrics extends ExecutionRecorder {
  #periodic = new PeriodicWork();
  #alerts = new RecentAlerts(this.#core);
  #figures = cachedSummary(this.#core);
  #queries = new AnalysisQueries(this.#core);

  /** @returns {import('../recording/core').Core} */
  get #core() {
    return Reflect.get(/** @type {object} */ (this), CORE);
  }

  /** @returns {import('../recording/notifier').Notifier} */
  get #notifier() {
    return Reflect.get(/** @type {object} */ (this), NOTIFIER);
  }

  /** @param {import('../../types/options').CollectorOptions} options */
  constructor(options) {
    checkOptions(options);
    super(options);
    const core = this.#core;
    this.stageMetrics = stageMaps.stageMetricsMap(core);
    this.pipelineExecutions = executionMaps.pipelineExecutionsMap(core);
    this.activeExecutions = executionMaps.activeExecutionsMap(core, this);
    this.performanceBaselines = stageMaps.performanceBaselinesMap(core);
    this.alertThresholds = stageMaps.alertThresholdsMap(core);
    this.performanceHistory = executionMaps.performanceHistoryMap(core);
    this.metricsAggregator = new MetricsAggregator(core, this.stageMetrics);
    this.performanceAnalyzer = new PerformanceAnalyzer(this.logger);
    core.onConfigChange(() => {
      if (this.#periodic.isRunning) this.startPerformanceMonitoring();
    });
    this.initializeDefaultThresholds();
    this.startPerformanceMonitoring();
    rehearse(!core.probes.hasSampler);
  }

  initializeDefaultThresholds() {
    for (const [stageName, maxDuration, mebibytes] of DEFAULT_THRESHOLDS) {
      this.setStageThreshold(stageName, {
        maxDuration,
        maxMemory: mebibytes * MIB,
      });
    }
  }

  /** @type {Collector['setStageThreshold']} */
  setStageThreshold(stageName, thresholds) {
    this.alertThresholds.set(stageName, thresholds);
  }

  // Manual recording.

  /** @type {Collector['captureStageExecution']} */
  captureStageExecution(stageName, executionData) {
    return manual.capture(
      this,
      this.#core,
      nameIn(toAsked(stageName)),
      executionData,
    );
  }

  /** @type {Collector['recordStageMetrics']} */
  recordStageMetrics(stageName, stageData) {
    manual.recordStage(this.#core, stageName, stageData);
  }

  /** @type {Collector['recordPipelineMetrics']} */
  recordPipelineMetrics(execution) {
    manual.recordPipeline(this.#core, execution);
  }

  /** @type {Collector['updatePerformanceBaseline']} */
  updatePerformanceBaseline(stageName, stageData) {
    const core = this.#core;
    requireObject(stageData, 'stageData');
    if (core.closed) return;
    const id = core.stages.admitAsked(toAsked(stageName));
    asked(() => core.native.learn(id, manual.figuresOf(core, stageData)));
  }

  // Analysis. Execution and stage objects made manually serve as well as our own.

  /** @type {Collector['analyzeStagePerformance']} */
  analyzeStagePerformance(stageName, stageData) {
    const core = this.#core;
    const about = toAsked(stageName);
    const executionId = /** @type {string | null} */ (
      requireObject(stageData, 'stageData').executionId ?? null
    );
    if (core.closed) return [];
    const numbers = asked(() =>
      core.native.judge(
        core.stages.admitAsked(about),
        manual.figuresOf(core, stageData),
        core.now(),
        core.wallNow(),
        executionId === null ? undefined : toId(executionId),
      ),
    );
    const count = numbers.length / layout.alert.LEN;
    const alerts = alertsFrom(
      numbers,
      0,
      count,
      executionId,
      core.stages.names,
      core.labels.names,
      core.engine,
    );
    this.#notifier.raise(nameIn(about), alerts);
    return alerts.filter((alert) => alert.resolvedAt === undefined);
  }

  /**
   * The architecture section's name for the same, over flat metrics.
   *
   * @type {Collector['analyzePerformance']}
   */
  analyzePerformance(stageName, metrics) {
    return this.analyzeStagePerformance(stageName, metrics);
  }

  /** @type {Collector['analyzePipelinePerformance']} */
  analyzePipelinePerformance(execution) {
    const analysis = /** @type {Analysis} */ ({
      executionId: requireObject(execution, 'execution').executionId,
      overallRating: this.calculatePerformanceRating(execution),
      bottlenecks: this.identifyBottlenecks(execution),
      recommendations: this.generateOptimizationRecommendations(execution),
      trends: this.analyzeTrends(execution),
    });
    if (!this.#core.closed)
      this.#notifier.dispatch(this.#notifier.names.analysis, analysis);
    return analysis;
  }

  /** @type {Collector['calculateThroughput']} */
  calculateThroughput(stageData) {
    return calculations.throughputOf(stageData);
  }

  /** @type {Collector['calculateEfficiency']} */
  calculateEfficiency(stageData) {
    return calculations.efficiencyOf(stageData);
  }

  /** @type {Collector['calculateResourceUtilization']} */
  calculateResourceUtilization(stageData) {
    return calculations.utilizationOf(stageData);
  }

  /** @type {Collector['calculatePipelineThroughput']} */
  calculatePipelineThroughput(execution) {
    return calculations.pipelineThroughputOf(execution);
  }

  /** @type {Collector['calculateStageBreakdown']} */
  calculateStageBreakdown(execution) {
    return calculations.breakdownOf(execution);
  }

  /** @type {Collector['identifyCriticalPath']} */
  identifyCriticalPath(execution) {
    return calculations.criticalPathOf(execution);
  }

  /** @type {Collector['identifyBottlenecks']} */
  identifyBottlenecks(execution) {
    return calculations.bottlenecksOf(execution);
  }

  /** @type {Collector['generateOptimizationRecommendations']} */
  generateOptimizationRecommendations(execution) {
    return calculations.recommendationsOf(execution);
  }

  /** @type {Collector['analyzeTrends']} */
  analyzeTrends(execution) {
    const current = calculations.numeric(execution.totalDuration);
    return trendFrom(
      asked(() => this.#core.native.trend(current)),
      0,
    );
  }

  /** @type {Collector['calculatePerformanceRating']} */
  calculatePerformanceRating(execution) {
    return calculations.ratingOf(execution);
  }

  // Queries.

  /** @type {Collector['getStageMetrics']} */
  getStageMetrics(stageName, timeRange = null) {
    const core = this.#core;
    const since = sinceOf(core, timeRange);
    const id = core.stages.findStage(toAsked(stageName));
    return id < 0 ? [] : asked(() => entriesOf(core, id, since));
  }

  /** @type {Collector['getPipelineMetrics']} */
  getPipelineMetrics(timeRange = null) {
    const core = this.#core;
    const since = sinceOf(core, timeRange);
    return asked(() => pipelineEntriesOf(core, since));
  }

  /** @type {Collector['getPerformanceSummary']} */
  getPerformanceSummary() {
    return asked(() => ({
      ...this.#figures(),
      alerts: this.getRecentAlerts(),
      recommendations: this.getActiveRecommendations(),
      overhead: overheadOf(this.#core),
    }));
  }

  /**
   * Alerts of the last hour, or of the last `timeRange` ms, oldest first.
   *
   * @type {Collector['getRecentAlerts']}
   */
  getRecentAlerts(timeRange = HOUR) {
    const since = sinceOf(this.#core, timeRange);
    return asked(() => this.#alerts.since(since));
  }

  /** What went wrong quietly, counted. */
  getDiagnostics() {
    return diagnosticsOf(this.#core, this.#notifier);
  }

  /**
   * Everything that Prometheus scrapes, as text.
   *
   * @type {Collector['toOpenMetrics']}
   */
  toOpenMetrics(options) {
    return expositionOf(this.#core, this.getDiagnostics(), options);
  }

  /**
   * Adds the same to a registry of prom-client; what it returns takes it out again.
   *
   * @type {Collector['registerWith']}
   */
  registerWith(registry) {
    return register(this.#core, () => this.getDiagnostics(), registry);
  }

  /** @type {Insight['getQuantiles']} */
  getQuantiles(stageName, options) {
    return this.#queries.getQuantiles(stageName, options);
  }

  /** @type {Insight['analyzeTrend']} */
  analyzeTrend(stageName, options) {
    return this.#queries.analyzeTrend(stageName, options);
  }

  /** @type {Insight['detectChangePoints']} */
  detectChangePoints(stageName, options) {
    return this.#queries.detectChangePoints(stageName, options);
  }

  /** @type {Insight['detectAnomalies']} */
  detectAnomalies(stageName, options) {
    return this.#queries.detectAnomalies(stageName, options);
  }

  /** @type {Insight['forecast']} */
  forecast(stageName, options) {
    return this.#queries.forecast(stageName, options);
  }

  /** @type {Insight['analyzeCriticalPaths']} */
  analyzeCriticalPaths(options) {
    return this.#queries.analyzeCriticalPaths(options);
  }

  /** @type {Insight['whatIf']} */
  whatIf(stageName, fraction, options) {
    return this.#queries.whatIf(stageName, fraction, options);
  }

  /** @type {Insight['explainSlowness']} */
  explainSlowness(stageName, options) {
    return this.#queries.explainSlowness(stageName, options);
  }

  /** @type {Insight['analyzeScaling']} */
  analyzeScaling(stageName, options) {
    return this.#queries.analyzeScaling(stageName, options);
  }

  /** @type {Insight['compare']} */
  compare(before, after, options) {
    return this.#queries.compare(before, after, options);
  }

  /** @type {Insight['exportHistory']} */
  exportHistory() {
    return this.#queries.exportHistory();
  }

  /** @type {Insight['exportTrace']} */
  exportTrace(options) {
    return this.#queries.exportTrace(options);
  }

  /** @type {Insight['getActiveRecommendations']} */
  getActiveRecommendations() {
    return this.#queries.getActiveRecommendations();
  }

  /** @type {Insight['generateReport']} */
  generateReport(options) {
    return this.#queries.generateReport(this, options);
  }

  // Periodic work.

  aggregateMetrics() {
    if (this.#core.closed) return;
    const aggregated = asked(() =>
      this.metricsAggregator.aggregate(this.stageMetrics),
    );
    this.#notifier.dispatch(this.#notifier.names.aggregated, aggregated);
  }

  /** Cleans up and aggregates every `config.aggregationInterval` ms, until stopped. */
  startPerformanceMonitoring() {
    this.stopPerformanceMonitoring();
    if (this.#core.closed) return;
    this.#periodic.start(
      this,
      (collector) => collector.#cleanUpAndAggregate(),
      this.config.aggregationInterval,
    );
  }

  #cleanUpAndAggregate() {
    try {
      this.cleanupOldExecutions();
      this.aggregateMetrics();
    } catch (error) {
      this.stopPerformanceMonitoring();
      this.#notifier.error(
        'Periodic aggregation stopped after an internal failure',
        error,
      );
    }
  }

  stopPerformanceMonitoring() {
    this.#periodic.stop();
  }

  /**
   * Brings all that was measured into the history at once, and dispatches the analysis of it. What
   * is asked of the collector does the first by itself; before `process.exit` nothing else does.
   */
  flush() {
    this.#core.journal.flush();
  }

  /**
   * Stops the timer, releases what runs, and records and dispatches nothing more;
   * queries keep answering from what is stored.
   */
  dispose() {
    this.stopPerformanceMonitoring();
    this.#core.dispose();
  }
}

if (Symbol.dispose !== undefined) {
  Object.defineProperty(PipelinePerformanceMetrics.prototype, Symbol.dispose, {
    /** @this {PipelinePerformanceMetrics} */
    value() {
      this.dispose();
    },
    configurable: true,
    writable: true,
  });
}

module.exports = { PipelinePerformanceMetrics };
