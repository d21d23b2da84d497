'use strict';

const { clearInterval, setInterval } = require('node:timers');
const { ignorePromise } = require('../config/ignore-promise');
const { MetricsAggregator } = require('./aggregator');
const { PerformanceAnalyzer } = require('./analyzer');
const { checkOptions } = require('../config/settings');
const { DEFAULT_THRESHOLDS, PIPELINE_TOTAL } = require('../config/thresholds');
const { toAsked, toId } = require('../recording/names');
const { nameIn } = require('../recording/interner');
const { requireObject } = require('../errors');
const { rehearse } = require('../instrumentation/rehearsal');
const queries = require('../queries/analysis-queries');
const { register } = require('../queries/prom-client');
const { expositionOf, traceOf } = require('../queries/texts-for-tools');
const { layout } = require('../boundary/native');
const { asked, sinceOf } = require('../boundary/call-native');
const { ExecutionRecorder, coreOf } = require('../recording/direct-recorder');
const { alertsFrom } = require('../boundary/decoders/alerts');
const { trendFrom } = require('../boundary/analysis-decoders');
const calculations = require('./calculations');
const { entriesOf, pipelineEntriesOf } = require('./history-entries');
const executionMaps = require('./execution-maps');
const manual = require('./manual-recording');
const { RecentAlerts } = require('./recent-alerts');
const stageMaps = require('./stage-maps');
const { cachedSummary, diagnosticsOf, overheadOf } = require('./summary');

/**
 * @import { PipelinePerformanceMetrics as Collector } from '../../types/collector'
 * @import { Analysis } from '../../types/findings'
 * @import { PipelineInsight as Insight } from '../../types/insight'
 * @import { CollectorOptions } from '../../types/options'
 */

const MIB = 1024 * 1024;
const HOUR = 60 * 60 * 1000;

/** Properties that read and write the store: replacing one would disconnect it silently. */
const LIVE = [
  'config',
  'stageMetrics',
  'pipelineExecutions',
  'activeExecutions',
  'performanceBaselines',
  'alertThresholds',
  'performanceHistory',
];
const READ_ONLY = { writable: false };

/**
 * Collects what every execution and stage of a pipeline costs, raises alerts, and answers
 * what got slower and what to do about it. See index.d.ts for every shape.
 */
class PipelinePerformanceMetrics extends ExecutionRecorder {
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #alerts = new RecentAlerts(this.#core);
  #figures = cachedSummary(this.#core);
  #advice = queries.cachedAdvice(this.#core);

  get #core() {
    return coreOf(this);
  }

  get #notifier() {
    return this.#core.notifier;
  }

  /** @param {CollectorOptions} options */
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
    for (const name of LIVE) Object.defineProperty(this, name, READ_ONLY);
    this.metricsAggregator = new MetricsAggregator(core, this.stageMetrics);
    this.performanceAnalyzer = new PerformanceAnalyzer(this.logger);
    core.onConfigChange(() => {
      if (this.#timer !== undefined) this.startPerformanceMonitoring();
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
    manual.recordStage(this.#core, toAsked(stageName), stageData);
  }

  /** @type {Collector['recordPipelineMetrics']} */
  recordPipelineMetrics(execution) {
    manual.recordPipeline(this.#core, execution);
  }

  /** @type {Collector['updatePerformanceBaseline']} */
  updatePerformanceBaseline(stageName, stageData) {
    const core = this.#core;
    const about = toAsked(stageName);
    requireObject(stageData, 'stageData');
    if (core.closed) return;
    const id = core.stages.admitAsked(about);
    asked(() => core.native.learn(id, manual.figuresOf(core, stageData)));
  }

  // Analysis. Accepts execution and stage objects built manually as well as our own.

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
    const alerts = alertsFrom(numbers, 0, count, executionId, core);
    this.#notifier.raise(nameIn(about), alerts);
    return alerts.filter((alert) => alert.resolvedAt === undefined);
  }

  /** @type {Collector['analyzePerformance']} - the same, over flat metrics */
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
    const { totalDuration } = requireObject(execution, 'execution');
    const current = calculations.amount(totalDuration);
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
    const about = toAsked(stageName);
    const since = sinceOf(core, timeRange);
    const id = core.stages.findStage(about);
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

  /** @type {Collector['getRecentAlerts']} - of the last `timeRange` ms, oldest first */
  getRecentAlerts(timeRange = HOUR) {
    const since = sinceOf(this.#core, timeRange);
    return asked(() => this.#alerts.since(since));
  }

  /** Counters of problems that raised no error. */
  getDiagnostics() {
    return diagnosticsOf(this.#core);
  }

  /** @type {Collector['toOpenMetrics']} - everything that Prometheus scrapes, as text */
  toOpenMetrics(options) {
    return expositionOf(this.#core, this.getDiagnostics(), options);
  }

  /** @type {Collector['registerWith']} - the same in prom-client; returns what takes it out again */
  registerWith(registry) {
    return register(this.#core, () => this.getDiagnostics(), registry);
  }

  /** @type {Insight['getQuantiles']} - quantiles of a stage, or of `'pipeline_total'`, within 1 % */
  getQuantiles(stageName, options) {
    return queries.askStage(this.#core, 'quantiles', stageName, options);
  }

  /** @type {Insight['analyzeTrend']} - whether a stage gets slower, and how fast */
  analyzeTrend(stageName, options) {
    return queries.askStage(this.#core, 'trend', stageName, options);
  }

  /** @type {Insight['detectChangePoints']} - since when a stage lastingly takes another time */
  detectChangePoints(stageName, options) {
    return queries.askStage(this.#core, 'changePoints', stageName, options);
  }

  /** @type {Insight['detectAnomalies']} - single runs that do not belong */
  detectAnomalies(stageName, options) {
    return queries.anomaliesOf(this.#core, stageName, options);
  }

  /** @type {Insight['forecast']} - what the next runs take, and when they cross the threshold */
  forecast(stageName, options) {
    return queries.forecastOf(this.#core, stageName, options);
  }

  /** @type {Insight['analyzeCriticalPaths']} - which stages bound the end of the last executions */
  analyzeCriticalPaths(options) {
    return queries.criticalPathsOf(this.#core, options);
  }

  /** @type {Insight['whatIf']} - the gain if a stage took `fraction` (0 to 1) less time */
  whatIf(stageName, fraction, options) {
    return queries.gainOf(this.#core, stageName, fraction, options);
  }

  /** @type {Insight['explainSlowness']} - what slow runs of a stage, or whole executions, share */
  explainSlowness(stageName, options) {
    return queries.askStage(
      this.#core,
      'explain',
      stageName ?? PIPELINE_TOTAL,
      options,
    );
  }

  /** @type {Insight['analyzeScaling']} - how a stage's duration grows with its input and its items */
  analyzeScaling(stageName, options) {
    return queries.askStage(this.#core, 'scaling', stageName, options);
  }

  /** @type {Insight['compare']} - what became slower or faster from `before` to `after` */
  compare(before, after, options) {
    return queries.comparisonOf(this.#core, before, after, options);
  }

  /** @type {Insight['exportHistory']} - JSON text that `compare` and the command line take */
  exportHistory() {
    return queries.historyOf(this.#core);
  }

  /** @type {Insight['exportTrace']} - the newest executions, for trace viewers */
  exportTrace(options) {
    return traceOf(this.#core, options);
  }

  /** @type {Insight['getActiveRecommendations']} - the largest gain first */
  getActiveRecommendations() {
    return asked(this.#advice);
  }

  /** @type {Insight['generateReport']} - one page on the state of the pipeline, most important first */
  generateReport(options) {
    return queries.reportOf(this.#core, this, options);
  }

  // Periodic work.

  aggregateMetrics() {
    if (this.#core.closed) return;
    const aggregated = asked(() =>
      this.metricsAggregator.aggregate(this.stageMetrics),
    );
    this.#notifier.dispatch(this.#notifier.names.aggregated, aggregated);
  }

  /**
   * Cleans up and aggregates every `config.aggregationInterval` ms, until stopped. The timer holds
   * neither the process nor an unused collector alive.
   */
  startPerformanceMonitoring() {
    this.stopPerformanceMonitoring();
    if (this.#core.closed) return;
    const weak = new WeakRef(this);
    const timer = setInterval(() => {
      const collector = weak.deref();
      if (collector === undefined) clearInterval(timer);
      else collector.#cleanUpAndAggregate();
    }, this.config.aggregationInterval);
    timer.unref();
    this.#timer = timer;
  }

  #cleanUpAndAggregate() {
    try {
      // A subclass may have made them asynchronous.
      ignorePromise(this.cleanupOldExecutions());
      ignorePromise(this.aggregateMetrics());
    } catch (error) {
      this.stopPerformanceMonitoring();
      this.#notifier.error(
        'Periodic aggregation stopped after an internal failure',
        error,
      );
    }
  }

  stopPerformanceMonitoring() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Moves everything measured into the history now, and dispatches its analysis. Queries do the
   * former by themselves; before `process.exit`, only this does.
   */
  flush() {
    this.#core.journal.flush();
  }

  /**
   * Stops the timer, releases running executions, and ends recording and dispatching; queries still
   * answer from what is stored.
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
