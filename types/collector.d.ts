/// <reference lib="esnext.disposable" />

import type {
  BaselineFigures,
  CompletedExecutionFigures,
  ExecutionFigures,
  ExecutionId,
  FlatStageData,
  NestedStageData,
  PipelineContext,
  PipelineEntryFigures,
  PipelineResult,
  RunningExecutionFigures,
  StageContext,
  StageEntryFigures,
  StageFigures,
  StageThresholds,
  StageName,
  StageResult,
  ThresholdFigures,
  TimeRange,
} from './inputs';
import type { ExpositionOptions, PromClientRegistry } from './export';
import type { PipelineInsight } from './insight';
import type {
  CollectorOptions,
  Config,
  EventBus,
  Logger,
  VerbosityConfig,
} from './options';
import type {
  Alert,
  Analysis,
  Bottleneck,
  PerformancePattern,
  Recommendation,
  Trend,
} from './findings';
import type {
  Baseline,
  BreakdownRow,
  CapturedStage,
  CompletedExecution,
  CompletedStage,
  CriticalPathStep,
  Efficiency,
  Execution,
  PipelineEntry,
  PipelineThroughput,
  ResourceUtilization,
  Stage,
  StageEntry,
  StageThreshold,
  Throughput,
} from './results';
import type {
  Aggregate,
  Aggregates,
  Diagnostics,
  PerformanceSummary,
} from './summary';

/**
 * A Map over the collector's store: `get` and the iterators return copies made at the call, `set` writes
 * through. Iterates in insertion order. `new Map(map)` copies it; `structuredClone` gives an empty Map.
 *
 * Every method throws `ERR_PPM_INTERNAL` on a faulted collector.
 */
export interface LiveMap<Value extends Given, Given> extends Map<
  string,
  Value
> {
  /** Throws `ERR_PPM_INVALID_ARG`, for thresholds `ERR_PPM_INVALID_CONFIG`, where `value` is of the wrong shape. */
  set(key: string, value: Given): this;
}

/** Figures over entries of a stage, at most the last 100 of them. Wrong arguments throw `ERR_PPM_INVALID_ARG`. */
export interface MetricsAggregator {
  /** An aggregate for each stage that has entries. Takes the live Map, or pairs of name and entries. */
  aggregate(
    stageMetrics: Iterable<readonly [string, readonly StageEntryFigures[]]>,
  ): Aggregates;
  /** The aggregate of one stage's entries. A missing figure is left out. */
  aggregateStageMetrics(metrics: readonly StageEntryFigures[]): Aggregate;
  /** Mean of a field, such as `'throughput.itemsPerSecond'`; 0 without any. */
  calculateAverage(metrics: readonly object[], field: string): number;
  /** Median of a field: the mean of the middle two where their number is even; 0 without any. */
  calculateMedian(metrics: readonly object[], field: string): number;
  /** Nearest-rank percentile of a field, `percentile` from 0 to 100; 0 without any. */
  calculatePercentile(
    metrics: readonly object[],
    field: string,
    percentile: number,
  ): number;
  /** The value at a dotted path, or undefined. */
  getNestedValue(object: unknown, path: string): unknown;
}

/** Patterns in a stage's entries. */
export interface PerformanceAnalyzer {
  logger: Logger;
  /** Trend, anomalies and expected next duration, from entries oldest first; empty for anything but an array. */
  analyzePerformancePattern(
    metrics: readonly StageEntryFigures[],
  ): PerformancePattern;
}

/**
 * Records the cost of every execution and stage of a pipeline, raises alerts, and answers what got
 * slower and what to do about it.
 *
 * Times are milliseconds with a fraction, memory is bytes, timestamps are ISO 8601 in UTC. The four
 * methods that start and complete never throw, whatever the arguments, clock, sampler, logger or
 * bus do. All others throw `ERR_PPM_INTERNAL` on a faulted collector.
 */
export class PipelinePerformanceMetrics {
  /**
   * Starts with the thresholds of {@link initializeDefaultThresholds}, and with periodic aggregation on a
   * timer that does not hold the process alive.
   *
   * Throws `ERR_PPM_INVALID_ARG` if the logger, the bus or the clock lacks a method, or the sampler is no
   * function, `ERR_PPM_INVALID_CONFIG` for any other option out of range.
   */
  constructor(options: CollectorOptions);

  /** Read at each message. */
  logger: Logger;
  /** Read at each event; its style is determined when the collector is created. */
  eventBus: EventBus;
  /** Read as an execution starts. Default null, which is `basic`. */
  verbosityConfig: VerbosityConfig;
  /** Live: assigning takes effect at the next call, a bad value throws `ERR_PPM_INVALID_CONFIG`. */
  readonly config: Config;

  /** Each stage's entries, oldest first; at most `config.maxHistorySize` of them. */
  readonly stageMetrics: LiveMap<StageEntry[], readonly StageEntryFigures[]>;
  /** Completed executions younger than `config.retentionPeriod`, by id. */
  readonly pipelineExecutions: LiveMap<
    CompletedExecution,
    CompletedExecutionFigures
  >;
  /** Running executions, by id. Setting one starts it; deleting one closes it without a record. */
  readonly activeExecutions: LiveMap<Execution, RunningExecutionFigures>;
  /** What is normal, by stage name. */
  readonly performanceBaselines: LiveMap<Baseline, BaselineFigures>;
  /** Thresholds and baselines, by stage name. */
  readonly alertThresholds: LiveMap<StageThreshold, ThresholdFigures>;
  /** Under `'pipeline'`, the entries of whole executions, oldest first. */
  readonly performanceHistory: LiveMap<
    PipelineEntry[],
    readonly PipelineEntryFigures[]
  >;

  readonly metricsAggregator: MetricsAggregator;
  readonly performanceAnalyzer: PerformanceAnalyzer;

  /**
   * Starts an execution. A running one of the same id is closed as abandoned, with one warning.
   *
   * @returns the execution, filled in place as it completes; null once disposed or faulted
   */
  startPipelineExecution(
    executionId: ExecutionId,
    context?: PipelineContext | null,
  ): Execution | null;

  /**
   * Starts a stage, under its name as given.
   *
   * @returns the stage, a handle that completes exactly this one; null, with one warning, if no such
   *   execution runs, and once disposed or faulted
   */
  startStageExecution(
    executionId: ExecutionId | Execution,
    stageName: string,
    stageContext?: StageContext | null,
  ): Stage | null;

  /**
   * Ends a stage, records it, and raises its alerts before it returns.
   *
   * A stage completed after its execution is recorded only in the stage's history, marked `late`.
   *
   * @param executionId - or the object returned by the start; not needed with a handle
   * @param stage - the handle, or a name, which means the last one started under it
   * @returns the same object completed; undefined, with one warning, if there is no such stage or it
   *   has completed before, and once disposed or faulted
   */
  completeStageExecution(
    executionId: ExecutionId | Execution | null | undefined,
    stage: Stage,
    stageResult?: StageResult | null,
  ): CompletedStage | undefined;
  completeStageExecution(
    executionId: ExecutionId | Execution | null | undefined,
    stageName: string,
    stageResult?: StageResult | null,
  ): CompletedStage | undefined;
  completeStageExecution(
    executionId: ExecutionId | Execution | null | undefined,
    stage: Stage | string,
    stageResult?: StageResult | null,
  ): CompletedStage | undefined;

  /**
   * Ends an execution, records it, and dispatches its alerts and its analysis before it returns. Its
   * running stages are listed as unfinished.
   *
   * @returns the object returned by the start, completed; undefined, with one warning, if none of that
   *   id runs, and once disposed or faulted
   */
  completePipelineExecution(
    executionId: ExecutionId | Execution,
    pipelineResult?: PipelineResult | null,
  ): CompletedExecution | undefined;

  /**
   * Records a stage that was timed elsewhere, raises its alerts and learns from it.
   *
   * A duration below 0 reads as 0, and is counted. Throws `ERR_PPM_INVALID_ARG` without one, or a start and an end.
   */
  captureStageExecution(
    stageName: string,
    executionData: FlatStageData | NestedStageData,
  ): CapturedStage;

  /**
   * Adds an entry to a stage's history; raises nothing and learns nothing.
   *
   * Throws `ERR_PPM_INVALID_ARG` where `stageData` is no object.
   */
  recordStageMetrics(stageName: string, stageData: StageFigures): void;

  /**
   * Adds an entry to the pipeline history.
   *
   * Throws `ERR_PPM_INVALID_ARG` where `execution` is no object.
   */
  recordPipelineMetrics(execution: ExecutionFigures): void;

  /** Learns what is normal for a stage from one completion: `duration` in ms, `memoryDelta` in bytes. */
  updatePerformanceBaseline(
    stageName: StageName,
    stageData: StageFigures,
  ): void;

  /**
   * Thresholds of a stage, in ms and bytes, or of whole executions under `pipeline_total`; replaces those set
   * before, and leaves the baseline. An entry of `alertThresholds` is put back whole, with its baseline.
   *
   * Throws `ERR_PPM_INVALID_CONFIG` for a threshold that is no finite number of at least 0, or for a field that no
   * entry has.
   */
  setStageThreshold(stageName: StageName, thresholds: StageThresholds): void;

  /**
   * Sets the thresholds every collector starts with: `component_filtering` 100 ms and 50 MiB,
   * `prerequisite_evaluation` 200 ms and 25 MiB, `multi_target_resolution` 500 ms and 100 MiB,
   * `action_formatting` 150 ms and 30 MiB, `pipeline_total` 1,000 ms and 200 MiB.
   */
  initializeDefaultThresholds(): void;

  /** Raises the alerts of a stage and learns from it; returns the alerts. */
  analyzeStagePerformance(
    stageName: StageName,
    stageData: StageFigures,
  ): Alert[];
  /** The same under another name. */
  analyzePerformance(stageName: StageName, metrics: StageFigures): Alert[];
  /** Analyses an execution and dispatches what it found. */
  analyzePipelinePerformance(execution: ExecutionFigures): Analysis;

  // Figures computed from one stage or execution. A missing or invalid figure reads as 0. All throw
  // `ERR_PPM_INVALID_ARG` without an object, for `stages` that are no Map of objects, or for a
  // `stageBreakdown` that is no array of objects.

  /** Items and input size per second. */
  calculateThroughput(stageData: StageFigures): Throughput;
  /** From the stage's throughput and `memoryDelta`. */
  calculateEfficiency(stageData: StageFigures): Efficiency;
  calculateResourceUtilization(stageData: StageFigures): ResourceUtilization;
  calculatePipelineThroughput(execution: ExecutionFigures): PipelineThroughput;
  /**
   * One row per stage name, largest `selfDuration` first. Of several stages of one name, `stages` holds the latest.
   */
  calculateStageBreakdown(execution: ExecutionFigures): BreakdownRow[];
  /** 0 (worst) to 100. */
  calculatePerformanceRating(execution: ExecutionFigures): number;
  /** The stages that bound the end of the execution, in the order they started. */
  identifyCriticalPath(execution: ExecutionFigures): CriticalPathStep[];
  /** From `stageBreakdown`: time bottlenecks first. */
  identifyBottlenecks(execution: ExecutionFigures): Bottleneck[];
  generateOptimizationRecommendations(
    execution: ExecutionFigures,
  ): Recommendation[];
  /** `totalDuration` compared with the mean of the last five executions. */
  analyzeTrends(execution: ExecutionFigures): Trend;

  /** A stage's entries, oldest first; `timeRange` in ms, default null for all. Throws `ERR_PPM_INVALID_ARG`. */
  getStageMetrics(stageName: StageName, timeRange?: TimeRange): StageEntry[];
  /** The pipeline's entries, oldest first; `timeRange` in ms, default null for all. Throws `ERR_PPM_INVALID_ARG`. */
  getPipelineMetrics(timeRange?: TimeRange): PipelineEntry[];
  /** Stages and pipeline over their last 100 entries, alerts of the last hour, recommendations. */
  getPerformanceSummary(): PerformanceSummary;
  /** Alerts, oldest first; `timeRange` in ms, default 3,600,000 (1 h). Throws `ERR_PPM_INVALID_ARG`. */
  getRecentAlerts(timeRange?: TimeRange): Alert[];
  /** Never throws. */
  getDiagnostics(): Diagnostics;
  /** The text for Prometheus to scrape. Throws `ERR_PPM_INVALID_ARG`, faulted `ERR_PPM_INTERNAL`. */
  toOpenMetrics(options?: ExpositionOptions): string;
  /**
   * Adds the same to a registry of prom-client, which writes it with its own metrics. Returns a function
   * that removes it. Throws `ERR_PPM_INVALID_ARG` for another object, or if a name is taken.
   */
  registerWith(registry: PromClientRegistry): () => void;
  /** Heap in use, in bytes; 0 where it cannot be read. The memory of stages is read with it. */
  getCurrentMemoryUsage(): number;

  /** Dispatches the aggregates of all stages. */
  aggregateMetrics(): void;
  /** Drops everything older than `config.retentionPeriod`, and abandons executions running for longer. */
  cleanupOldExecutions(): void;
  /** Cleans up and aggregates every `config.aggregationInterval` ms, until stopped. Runs from the start. */
  startPerformanceMonitoring(): void;
  stopPerformanceMonitoring(): void;

  /**
   * Moves the records of measured code into the history now, and dispatches the waiting analysis
   * event. Every query and `dispose()` move records by themselves; call this before `process.exit`.
   * Cost: some 0.7 µs for each waiting execution, at most 64 of them.
   */
  flush(): void;

  /**
   * Stops for good: starts and completions do nothing, queries answer from what is stored. A running measured
   * pipeline continues unmeasured.
   */
  dispose(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

export interface PipelinePerformanceMetrics extends PipelineInsight {}

/** The four methods of a collector that measuring needs; any object with them will do. */
export type ExecutionRecorder = Pick<
  PipelinePerformanceMetrics,
  | 'startPipelineExecution'
  | 'startStageExecution'
  | 'completeStageExecution'
  | 'completePipelineExecution'
>;
