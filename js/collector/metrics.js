'use strict';

const { setInterval, clearInterval } = require('node:timers');
const { MetricsAggregator } = require('./aggregator');
const { PerformanceAnalyzer } = require('./analyzer');
const { DEFAULT_THRESHOLDS } = require('../config/thresholds');
const { toAsked, toId } = require('../recording/names');
const { nameIn } = require('../recording/interner');
const { invalidArg } = require('../errors');
const { capture } = require('./manual-recording');
const { PipelineInsight } = require('../queries/analysis-queries');
const { isoTime } = require('../boundary/iso-time');
const { copyStages, cached } = require('../queries/memoize');
const { expositionOf } = require('../queries/texts-for-tools');
const { layout, native } = require('../boundary/native');
const { asked, sinceOf } = require('../boundary/call-native');
const { CORE, SINK } = require('../recording/direct-recorder');
const records = require('../boundary/decoders');
const {
  bottlenecksFrom,
  recommendationsFrom,
  trendFrom,
} = require('../boundary/analysis-decoders');
const entries = require('./given-entries');
const views = require('./live-maps');

const O = layout.overhead;
const MIB = 1024 * 1024;
const HOUR = 60 * 60 * 1000;

const numeric = (value) => (Number.isFinite(value) ? value : 0);

/**
 * Collects what every execution and stage of a pipeline costs, raises alerts, and answers
 * what got slower and what to do about it. See index.d.ts for every shape.
 */
class PipelinePerformanceMetrics extends PipelineInsight {
  #timer;
  #alerts;
  #figures = cached(
    this[CORE],
    () => this.#summarize(),
    ({ stages, pipeline }) => ({
      stages: copyStages(stages),
      pipeline: { ...pipeline },
    }),
  );

  constructor(options) {
    if (typeof options !== 'object' || options === null) {
      throw invalidArg('options must be an object with logger and eventBus');
    }
    super(options);
    const core = this[CORE];
    this.stageMetrics = new views.StageMetrics(core);
    this.pipelineExecutions = new views.PipelineExecutions(core);
    this.activeExecutions = new views.ActiveExecutions(core, this);
    this.performanceBaselines = new views.PerformanceBaselines(core);
    this.alertThresholds = new views.AlertThresholds(core);
    this.performanceHistory = new views.PerformanceHistory(core);
    this.metricsAggregator = new MetricsAggregator(core);
    this.performanceAnalyzer = new PerformanceAnalyzer(this.logger);
    core.onConfig = () => this.#timer && this.startPerformanceMonitoring();
    this.initializeDefaultThresholds();
    this.startPerformanceMonitoring();
  }

  initializeDefaultThresholds() {
    for (const [stageName, maxDuration, mebibytes] of DEFAULT_THRESHOLDS) {
      this.setStageThreshold(stageName, {
        maxDuration,
        maxMemory: mebibytes * MIB,
      });
    }
  }

  setStageThreshold(stageName, thresholds) {
    this.alertThresholds.set(stageName, thresholds);
  }

  // Manual recording.

  captureStageExecution(stageName, executionData) {
    return capture(this, nameIn(toAsked(stageName)), executionData);
  }

  recordStageMetrics(stageName, stageData) {
    const core = this[CORE];
    const { result, ...figures } = requireObject(stageData, 'stageData');
    if (core.closed) return;
    const entry = {
      timestamp: isoTime(core.wallNow()),
      executionId: figures.executionId,
      duration: figures.duration,
      memoryDelta: figures.memoryDelta,
      throughput: figures.throughput,
      efficiency: figures.efficiency,
      resourceUtilization: figures.resourceUtilization,
      success: result?.success ?? true,
      errorCount: result?.errorCount ?? 0,
      ...measuredFurther(figures, result),
    };
    asked(() => entries.putEntries(core, stageName, [entry], false));
  }

  recordPipelineMetrics(execution) {
    const core = this[CORE];
    const of = requireObject(execution, 'execution');
    if (core.closed) return;
    const entry = {
      timestamp: isoTime(core.wallNow()),
      executionId: of.executionId,
      totalDuration: of.totalDuration,
      totalMemoryDelta: of.totalMemoryDelta,
      overallThroughput: of.overallThroughput,
      stageBreakdown: of.stageBreakdown,
      criticalPath: of.criticalPath,
      success: of.result?.success,
      context: of.context,
    };
    asked(() => entries.putPipeline(core, [entry], false));
  }

  updatePerformanceBaseline(stageName, stageData) {
    const core = this[CORE];
    if (core.closed) return;
    const id = core.stages.admitAsked(toAsked(stageName));
    asked(() => core.native.learn(id, figuresOf(core, stageData)));
  }

  // Analysis. Execution and stage objects made manually serve as well as our own.

  analyzeStagePerformance(stageName, stageData) {
    const core = this[CORE];
    const about = toAsked(stageName);
    const executionId = stageData.executionId ?? null;
    if (core.closed) return [];
    const numbers = asked(() =>
      core.native.judge(
        core.stages.admitAsked(about),
        figuresOf(core, stageData),
        core.now(),
        core.wallNow(),
        executionId === null ? undefined : toId(executionId),
      ),
    );
    const count = numbers.length / layout.alert.LEN;
    const alerts = records.alertsFrom(
      numbers,
      0,
      count,
      executionId,
      core.stages.names,
      core.labels.names,
      core.engine,
    );
    this[SINK].raise(nameIn(about), alerts);
    return alerts.filter((alert) => alert.resolvedAt === undefined);
  }

  /** The architecture section's name for the same, over flat metrics. */
  analyzePerformance(stageName, metrics) {
    return this.analyzeStagePerformance(stageName, metrics);
  }

  analyzePipelinePerformance(execution) {
    const analysis = {
      executionId: execution.executionId,
      overallRating: this.calculatePerformanceRating(execution),
      bottlenecks: this.identifyBottlenecks(execution),
      recommendations: this.generateOptimizationRecommendations(execution),
      trends: this.analyzeTrends(execution),
    };
    if (!this[CORE].closed)
      this[SINK].dispatch(this[SINK].names.analysis, analysis);
    return analysis;
  }

  calculateThroughput(stageData) {
    const { duration, result, context } = stageData;
    const [items, bytes] = native.throughput(
      numeric(result?.itemsProcessed),
      numeric(context?.inputSize),
      numeric(duration),
    );
    return records.throughputOf(items, bytes);
  }

  calculateEfficiency(stageData) {
    const rate = numeric(stageData.throughput?.itemsPerSecond);
    return records.efficiencyOf(
      ...native.efficiency(rate, numeric(stageData.memoryDelta)),
    );
  }

  calculateResourceUtilization(stageData) {
    const { memoryDelta, duration, context, result } = stageData;
    return records.utilizationOf(
      ...native.resourceUtilization(
        numeric(memoryDelta),
        numeric(duration),
        numeric(context?.inputSize),
        numeric(result?.outputSize),
      ),
    );
  }

  calculatePipelineThroughput(execution) {
    const items = numeric(execution.result?.totalItemsProcessed);
    const rates = native.pipelineThroughput(
      items,
      numeric(execution.totalDuration),
    );
    return records.pipelineThroughputOf(...rates);
  }

  calculateStageBreakdown(execution) {
    const { names, spans } = packSpans(execution);
    const numbers = native.breakdownOf(spans);
    const rows = records.rowsFrom(
      numbers,
      0,
      numbers.length / layout.row.LEN,
      names,
    );
    // A stage made manually may carry rates without the counts that they would follow from.
    for (const row of rows) {
      const { throughput, efficiency } = execution.stages.get(row.stageName);
      if (throughput !== undefined) row.throughput = throughput;
      if (efficiency !== undefined) row.efficiency = efficiency;
    }
    return rows;
  }

  identifyCriticalPath(execution) {
    const { names, spans } = packSpans(execution);
    const numbers = native.pathOf(spans, numeric(execution.totalDuration));
    return records.stepsFrom(
      numbers,
      0,
      numbers.length / layout.step.LEN,
      names,
    );
  }

  identifyBottlenecks(execution) {
    const { rows, numbers } = bottlenecksOf(execution);
    const count = numbers.length / layout.bottleneck.LEN;
    return bottlenecksFrom(numbers, 0, count, (row) => rows[row].stageName);
  }

  generateOptimizationRecommendations(execution) {
    const { rows, numbers } = bottlenecksOf(execution);
    const count = numbers.length / layout.bottleneck.LEN;
    const found = bottlenecksFrom(
      numbers,
      0,
      count,
      (row) => rows[row].stageName,
    );
    const [isLong, isMemoryHeavy] = native.runTraits(
      numeric(execution.totalDuration),
      numeric(execution.totalMemoryDelta),
    );
    return recommendationsFrom(numbers, 0, found, isLong, isMemoryHeavy);
  }

  analyzeTrends(execution) {
    const current = numeric(execution.totalDuration);
    return trendFrom(
      asked(() => this[CORE].native.trend(current)),
      0,
    );
  }

  calculatePerformanceRating(execution) {
    return native.rating(
      numeric(execution.totalDuration),
      numeric(execution.totalMemoryDelta),
      numeric(execution.result?.totalErrors),
      numeric(execution.overallThroughput?.itemsPerSecond),
    );
  }

  // Queries.

  getStageMetrics(stageName, timeRange = null) {
    const core = this[CORE];
    const since = sinceOf(core, timeRange);
    const id = core.stages.findStage(toAsked(stageName));
    return id < 0 ? [] : asked(() => entries.entriesOf(core, id, since));
  }

  getPipelineMetrics(timeRange = null) {
    const core = this[CORE];
    const since = sinceOf(core, timeRange);
    return asked(() => entries.pipelineEntriesOf(core, since));
  }

  getPerformanceSummary() {
    return asked(() => {
      const { stages, pipeline } = this.#figures();
      return {
        stages,
        pipeline,
        alerts: this.getRecentAlerts(),
        recommendations: this.getActiveRecommendations(),
        overhead: overheadOf(this[CORE]),
      };
    });
  }

  #summarize() {
    const core = this[CORE];
    const [totalExecutions, averageDuration, successRate] =
      core.native.summarizePipeline();
    const stages = {};
    const rows = core.native.summarizeStages();
    for (let at = 0; at < rows.length; at += 4) {
      const stageName = core.stages.names[rows[at]];
      records.setOwn(stages, stageName, {
        executionCount: rows[at + 1],
        averageDuration: rows[at + 2],
        successRate: rows[at + 3],
        baseline: this.performanceBaselines.read(rows[at]),
      });
    }
    return {
      stages,
      pipeline: { totalExecutions, averageDuration, successRate },
    };
  }

  /** Alerts of the last hour, or of the last `timeRange` ms, oldest first. */
  getRecentAlerts(timeRange = HOUR) {
    const since = sinceOf(this[CORE], timeRange);
    return asked(() => {
      const version = this[CORE].native.version();
      if (!this.#alerts?.answers(version, since))
        this.#alerts = new RecentAlerts(this[CORE], version, since);
      return this.#alerts.copy();
    });
  }

  /** What went wrong quietly, counted. */
  getDiagnostics() {
    const core = this[CORE];
    const sink = this[SINK];
    const faulted = core.native.isFaulted();
    const [invalidNumbers, abandonedExecutions] = faulted
      ? [0, 0]
      : core.native.counters();
    return {
      invalidNumbers: core.invalidNumbers + invalidNumbers,
      listenerErrors: sink.listenerErrors,
      loggerErrors: sink.loggerErrors,
      droppedAlerts: sink.droppedAlerts,
      samplerErrors: core.probes.samplerErrors,
      clockErrors: core.probes.clockErrors,
      hostileInputs: core.hostileInputs,
      abandonedExecutions,
      overflowedStages: core.stages.overflowed,
      droppedLabels: core.customLabels.dropped,
      duplicateCompletions: core.duplicateCompletions,
      unknownReferences: core.unknownReferences,
      lateStages: core.lateStages,
      stagesOutsidePipelines: core.stagesOutsidePipelines,
      faulted,
    };
  }

  /** Everything that Prometheus scrapes, as text. */
  toOpenMetrics(options) {
    return expositionOf(this[CORE], this.getDiagnostics(), options);
  }

  // Periodic work.

  aggregateMetrics() {
    if (this[CORE].closed) return;
    const aggregated = asked(() =>
      this.metricsAggregator.aggregate(this.stageMetrics),
    );
    this[SINK].dispatch(this[SINK].names.aggregated, aggregated);
  }

  /** Cleans up and aggregates every `config.aggregationInterval` ms, until stopped. */
  startPerformanceMonitoring() {
    this.stopPerformanceMonitoring();
    if (this[CORE].closed) return;
    // Held weakly, so that a collector that is no longer used can go; unref'd, so that the
    // timer keeps no process alive.
    const weak = new WeakRef(this);
    const timer = setInterval(() => {
      const collector = weak.deref();
      if (collector === undefined) clearInterval(timer);
      else collector.#runPeriodically();
    }, this.config.aggregationInterval);
    timer.unref();
    this.#timer = timer;
  }

  #runPeriodically() {
    try {
      this.cleanupOldExecutions();
      this.aggregateMetrics();
    } catch (error) {
      this.stopPerformanceMonitoring();
      this[SINK].error(
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
   * Brings all that was measured into the history at once, and dispatches the analysis of it. What
   * is asked of the collector does the first by itself; before `process.exit` nothing else does.
   */
  flush() {
    this[CORE].journal.flush();
  }

  /**
   * Stops the timer, releases what runs, and records and dispatches nothing more;
   * queries keep answering from what is stored.
   */
  dispose() {
    this.stopPerformanceMonitoring();
    const core = this[CORE];
    core.journal.close();
    core.closed = true;
    this[SINK].close();
    core.dispose();
  }
}

if (Symbol.dispose !== undefined) {
  Object.defineProperty(PipelinePerformanceMetrics.prototype, Symbol.dispose, {
    value() {
      this.dispose();
    },
    configurable: true,
    writable: true,
  });
}

/** What measuring costs. */
function overheadOf({ native: of, config }) {
  const n = of.overhead();
  return {
    nanosecondsPerStage: n[O.STAGE_NS],
    interval:
      n[O.HIGH_NS] > 0 ? { low: n[O.LOW_NS], high: n[O.HIGH_NS] } : null,
    meanNanosecondsPerStage: n[O.MEAN_STAGE_NS],
    ratio: n[O.RATIO],
    samples: n[O.SAMPLES],
    sampledExecutions: n[O.SAMPLED],
    budget: config.overheadBudget,
  };
}

/** A completion of a stage as the native side judges it. */
function figuresOf(core, { duration, memoryDelta, result, context }) {
  const complexity = context?.complexity;
  const isSaid = typeof complexity === 'string' && complexity !== '';
  return Float64Array.of(
    numeric(duration),
    memoryDelta === null ? NaN : numeric(memoryDelta),
    numeric(result?.itemsProcessed),
    numeric(result?.errorCount),
    isSaid ? core.labels.admit(complexity) : 0,
    numeric(context?.inputSize),
  );
}

/** The alerts raised since some moment, as of one version of the collector. */
class RecentAlerts {
  #version;
  #since;
  /** When the first of them was raised, by the monotonic clock. */
  #oldest;
  #alerts;
  /** Whether none says more than every alert does. */
  #areBare;

  constructor(core, version, since) {
    const { numbers, text } = core.native.alerts(since);
    this.#version = version;
    this.#since = since;
    this.#oldest = numbers.at(-1);
    const ids = JSON.parse(text);
    const rows = Array.from({ length: ids.length / 2 }, (_, row) => row);
    this.#alerts = rows.map((row) => {
      const at = row * layout.alert.LEN;
      return records.alertFrom(
        numbers,
        at,
        ids[2 * row],
        core.stages.names,
        core.labels.names,
        () => ids[2 * row + 1],
      );
    });
    this.#areBare = this.#alerts.every(records.isBareAlert);
  }

  /** Whether these are all since `since`, too: none has passed out of the range. */
  answers(version, since) {
    return (
      version === this.#version && since >= this.#since && since <= this.#oldest
    );
  }

  /**
   * Element by element: there may be thousands, and a callback costs as much as a copy. What is
   * left of the cost is that of the memory which the copies need.
   */
  copy() {
    const alerts = this.#alerts;
    const copyOf = this.#areBare
      ? records.copyOfBareAlert
      : records.copyOfAlert;
    const copies = new Array(alerts.length);
    for (let i = 0; i < alerts.length; i += 1) copies[i] = copyOf(alerts[i]);
    return copies;
  }
}

/** What a stage's data says beyond what every entry has; nothing that it does not say. */
function measuredFurther(
  { cpuTime, ioOperations, bytesProcessed, context, environmentInfo },
  result,
) {
  const further = {
    warningCount: result?.warningCount,
    retryCount: result?.retryCount,
    itemsProcessed: result?.itemsProcessed,
    inputSize: context?.inputSize,
    complexity: context?.complexity,
    outputSize: result?.outputSize,
    cpuTime,
    ioOperations,
    bytesProcessed,
    configurationHash: context?.configurationHash,
    environmentInfo,
  };
  return Object.fromEntries(
    Object.entries(further).filter(([, value]) => value !== undefined),
  );
}

function requireObject(value, name) {
  if (typeof value !== 'object' || value === null)
    throw invalidArg(`${name} must be an object`);
  return value;
}

/** The completed stages of an execution as the native calculations take them. */
function packSpans(execution) {
  const names = [];
  const packed = [];
  for (const [stageName, stage] of execution.stages ?? []) {
    if (!stage.completed) continue;
    const parent = names.lastIndexOf(stage.parent);
    names.push(stageName);
    packed.push(
      names.indexOf(stageName),
      numeric(stage.startTime),
      numeric(stage.duration),
      numeric(stage.result?.itemsProcessed),
      numeric(stage.context?.inputSize),
      numeric(stage.memoryDelta),
      parent,
    );
  }
  return { names, spans: Float64Array.from(packed) };
}

/** Bottlenecks of an execution's breakdown, and the rows they name. */
function bottlenecksOf(execution) {
  const rows = execution.stageBreakdown ?? [];
  const packed = rows.flatMap((row) => [
    numeric(row.percentage),
    row.efficiency?.overall ?? NaN,
  ]);
  return { rows, numbers: native.bottlenecksOf(Float64Array.from(packed)) };
}

module.exports = { PipelinePerformanceMetrics };
