import type { TraceExportOptions } from './export';
import type { ActiveRecommendation } from './findings';
import type { StageName } from './inputs';

/**
 * Queries of a collector's history. Durations are milliseconds, times ISO 8601 in UTC, shares 0 to
 * 1. Every answer comes from the records stored at the time of the call; a figure with too few runs
 * is null, an empty list or a word for that, never an error. Methods throw `ERR_PPM_INVALID_ARG`
 * for arguments of the wrong shape. As a stage, `'pipeline_total'` represents whole executions and
 * `{ stage: 'pipeline_total' }` a stage of that name; a stage that never ran has no runs.
 */
export interface PipelineInsight {
  /** Quantiles of all completions so far, or of the windows that reach into the last `range` ms. */
  getQuantiles(stageName: StageName, options?: RangeOptions): Quantiles;
  /** Whether a stage gets slower from run to run: Theil-Sen slope, Mann-Kendall test. */
  analyzeTrend(stageName: StageName, options?: RangeOptions): StageTrend;
  /** Since when a stage takes lastingly more or less time. At least 16 runs; examines the last 10,000. */
  detectChangePoints(
    stageName: StageName,
    options?: RangeOptions,
  ): StageChanges;
  /** Runs far from the others on their level. At least 20 runs; examines the last 10,000. */
  detectAnomalies(stageName: StageName, options?: RangeOptions): StageAnomalies;
  /**
   * How long the next runs will take. At least 20 runs; uses the last 400, or those since the last lasting
   * change.
   */
  forecast(stageName: StageName, options?: ForecastOptions): StageForecast;
  /** Which stages bound the end of the last executions. */
  analyzeCriticalPaths(options?: LastOptions): CriticalPaths;
  /**
   * What an execution would gain if a stage's own work, without its child stages, took `fraction`
   * (0 to 1) less: from the critical path, not from the stage's share.
   */
  whatIf(stageName: StageName, fraction: number, options?: LastOptions): WhatIf;
  /** Which attributes set slow runs apart; without a stage, those of whole executions. */
  explainSlowness(
    stageName?: StageName | null,
    options?: RangeOptions,
  ): SlownessExplanation;
  /** How a stage's duration grows with its input size and its items. At least 20 runs. */
  analyzeScaling(stageName: StageName, options?: RangeOptions): StageScaling;
  /** What became slower or faster from one side to the other. */
  compare(
    before: ComparisonSide,
    after: ComparisonSide,
    options?: ComparisonOptions,
  ): Comparison;
  /**
   * The stored durations, and the newest executions with their stages, as JSON text
   * for `compare` and for `pipeline-metrics compare`, `report` and `trace`.
   */
  exportHistory(): string;
  /**
   * The newest executions as JSON text: one track each, with the stages nested. Stages that overlap
   * without nesting get further tracks.
   */
  exportTrace(options?: TraceExportOptions): string;
  /** What would make the pipeline faster now, largest gain first. */
  getActiveRecommendations(): ActiveRecommendation[];
  /**
   * One page, most important first; the same for the same records and clock. Default `'text'`.
   * `'html'` is a file that opens from disk: the page of {@link serveMetrics} with its data inside.
   */
  generateReport(options?: ReportOptions): string;
}

export interface RangeOptions {
  /** Milliseconds to look back; default null for everything stored. */
  range?: number | null;
}

export interface LastOptions {
  /** Executions to look back on; default 100. */
  last?: number;
}

export interface ForecastOptions {
  /** Runs to look ahead, 1 to 10,000; default 100. */
  horizon?: number;
  /** The threshold to be crossed, in ms; default the stage's own `maxDuration`. */
  threshold?: number;
  /** Of the intervals, above 0 and below 1; default 0.8. */
  confidence?: number;
}

export interface ReportOptions {
  format?: 'text' | 'markdown' | 'json' | 'html';
}

/** Quantiles of a stage; null without a completion. */
export interface Quantiles {
  stage: string;
  /** Completions counted. */
  count: number;
  min: number | null;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  p999: number | null;
  max: number | null;
  /** Greatest relative error of a quantile; `min` and `max` are exact. */
  relativeError: number;
  /** Start of the oldest window counted; null for all-time. */
  from: string | null;
  /** The newest stored run at each high quantile, within its error; exactly at the maximum. */
  exemplars: QuantileExemplar[];
}

export interface QuantileExemplar {
  quantile: 'p90' | 'p95' | 'p99' | 'p999' | 'max';
  executionId: string;
  duration: number;
  timestamp: string;
}

/** The period of the runs examined, of a trend and a forecast without warm-up; null without any. */
export interface ExaminedRuns {
  stage: string;
  runs: number;
  /** Completion of the oldest run. */
  from: string | null;
  /** Completion of the newest run. */
  to: string | null;
}

export interface StageTrend extends ExaminedRuns {
  /**
   * Degrading or improving if the test is significant (p < 0.01), the slope's interval excludes 0,
   * and the change is above 5 %; insufficient below 8 runs, with null figures.
   */
  direction: 'insufficient_data' | 'stable' | 'degrading' | 'improving';
  /** Milliseconds from run to run. */
  slope: number | null;
  slopeLow: number | null;
  slopeHigh: number | null;
  /** Of the slope's interval. */
  confidence: number;
  /** Chance of such a trend by coincidence. */
  pValue: number | null;
  /** Kendall's tau, -1 to 1. */
  tau: number | null;
  /**
   * Level of the last quarter of these runs over that of the first, less 1; null where the first
   * is 0. A level is the mean of the middle half.
   */
  change: number | null;
  warmUp: WarmUp | null;
}

/**
 * The slow first runs of a process, left out of trend, changes, anomalies and forecast. Adjusted to
 * the same work, if durations depend on it.
 */
export interface WarmUp {
  /** Number of runs. */
  runs: number;
  /** Level of the first of them, in ms. */
  first: number;
  /** Level after them, in ms. */
  steady: number;
}

/** A lasting change of level. */
export interface ChangePoint {
  /** First run of the new level, from 0 in the runs examined. */
  index: number;
  /** Of that run; null where it was put in manually. */
  executionId: string | null;
  timestamp: string;
  /** With 95 % probability the change lies from this run ... */
  earliest: number;
  /** ... to this one. */
  latest: number;
  runsBefore: number;
  runsAfter: number;
  /** Mean of the middle half of the last 500 runs before, or fewer. */
  before: number;
  /** Mean of the middle half of the first 500 runs after, or fewer. */
  after: number;
  /** `after / before - 1`: 0.2 is 20 % slower. Of a level of 0 ms, as if that were 1 ns. */
  change: number;
  /** Lower end of its 95 % interval. */
  changeLow: number;
  /** Upper end of its 95 % interval. */
  changeHigh: number;
  /** Chance of so clear a change anywhere in a series without one. */
  pValue: number;
}

/** A lasting change of a stage's work, which is no change of the stage. */
export interface WorkChange {
  /** The measure that durations depend on; they are judged as for the same work. */
  measure: 'inputSize' | 'itemsProcessed';
  /** First run of the new level, from 0 in the runs examined. */
  index: number;
  /** Of that run; null where it was put in manually. */
  executionId: string | null;
  timestamp: string;
  runsBefore: number;
  runsAfter: number;
  /** Mean of the middle half of the last 500 runs before, or fewer. */
  before: number;
  /** Mean of the middle half of the first 500 runs after, or fewer. */
  after: number;
  /** 3 is three times as much. */
  factor: number;
}

export interface StageChanges extends ExaminedRuns {
  /** Of the durations adjusted to the same work, if they depend on input size or items. */
  changes: ChangePoint[];
  /** Of the work, oldest first. */
  work: WorkChange[];
  warmUp: WarmUp | null;
}

export interface StageAnomalies extends ExaminedRuns {
  anomalies: {
    /** From 0 in the runs examined. */
    index: number;
    executionId: string | null;
    timestamp: string;
    duration: number;
    /** Median of the runs on its level. */
    typicalDuration: number;
    /** Robust deviations from it; positive if slow. */
    zScore: number;
    /** Number of the examined runs expected as far out by chance. */
    expectedByChance: number;
  }[];
}

export interface PredictedRun {
  /** Runs after the last one. */
  ahead: number;
  expected: number;
  low: number;
  high: number;
}

export interface StageForecast extends ExaminedRuns {
  model: 'insufficient_data' | 'stationary' | 'linear_trend' | 'random_walk';
  /** Milliseconds from run to run. */
  slope: number | null;
  /** Of every interval here. */
  confidence: number;
  next: PredictedRun | null;
  atHorizon: PredictedRun | null;
  /**
   * Runs until the level reaches the threshold; 0 if it has, null if not within the horizon, or if
   * the level does not move significantly.
   */
  crossing: {
    threshold: number;
    expected: number | null;
    earliest: number | null;
    latest: number | null;
  } | null;
}

export interface CriticalPaths {
  /** Executions with a wall time. */
  executions: number;
  /** Of all of them; `gapTime` and every `pathTime` sum to it. */
  wallTime: number;
  /** On the path, and in no stage. */
  gapTime: number;
  gapShare: number;
  /** By time on the path, longest first. */
  stages: {
    stage: string;
    /** In which it ran. */
    executions: number;
    /** In which it bounded the end. */
    onPath: number;
    shareOfExecutions: number;
    /** Own time of all its spans, without child stages. */
    duration: number;
    /** Of its spans on the path. */
    pathTime: number;
    shareOfTime: number;
    /** Median slack: how much longer a span could have taken without delaying the end. */
    slack: number | null;
    /** The newest execution whose end it bounded. */
    executionId: string | null;
  }[];
}

export interface WhatIf {
  stage: string;
  fraction: number;
  executions: number;
  /** Mean per execution; null if the stage did not run. */
  gain: number | null;
  /** Lower end of its 95 % interval. */
  low: number | null;
  /** Upper end of its 95 % interval. */
  high: number | null;
  /** Of the mean wall time, in per cent. */
  percent: number | null;
  /** The stage's mean own time times the fraction, the largest possible gain. */
  bound: number | null;
}

/** An attribute associated with slowness. */
export interface SlownessAttribute {
  attribute:
    | 'complexity'
    | 'inputSize'
    | 'itemsProcessed'
    | 'actionCount'
    | 'environment'
    | 'configurationHash'
    | 'retries'
    | 'errors'
    | `labels.${string}`;
  /** Runs examined. */
  runs: number;
  /** Share of the variance of the durations' ranks. */
  effect: number;
  /** Corrected for the number of attributes. */
  pValue: number;
  /** Below 0.01. */
  significant: boolean;
  /**
   * Whether it is also significant beside complexity, input size, items and time; for the first
   * three the same as `significant`. An attribute that only follows the work does not hold, and is
   * not recommended.
   */
  holds: boolean;
  slow: {
    /** The text they share; null for a range, and for rare texts together. */
    value: string | null;
    /** The range they share; null for a text. */
    low: number | null;
    high: number | null;
    runs: number;
    median: number;
    othersMedian: number;
    /** Their share of the slowest tenth. */
    shareOfSlowest: number;
    /** The newest of them. */
    executionId: string | null;
  };
}

export interface SlownessExplanation extends ExaminedRuns {
  /** Largest effect first: the eight attributes, and every custom label. */
  attributes: SlownessAttribute[];
}

/**
 * Duration = coefficient · size ^ exponent, or if that does not describe the runs, a fixed cost
 * plus such a term, or two such laws that meet at a size.
 */
export interface ScalingLaw {
  runs: number;
  /** That of the larger sizes, if it is not the same for all sizes. */
  exponent: number;
  /** Lower end of its 95 % interval. */
  low: number;
  /** Upper end of its 95 % interval. */
  high: number;
  /** Spread about the law: 0.15 is about 15 %. */
  noise: number;
  /** Milliseconds of the fixed cost; null without one. */
  fixed: number | null;
  /** The size from which the exponent holds; null if it is the same for all sizes. */
  fromSize: number | null;
  /** The exponent below that size. */
  exponentBelow: number | null;
  /** Whether durations follow the law everywhere in the range of sizes. */
  holds: boolean;
  /** `unclear` if the law does not hold. */
  growth: 'sub_linear' | 'linear' | 'super_linear' | 'unclear';
  /** At the largest size seen. */
  largest: PredictedCost;
  /** At twice that: extrapolated, not measured. */
  twice: PredictedCost;
}

export interface PredictedCost {
  size: number;
  duration: number;
  low: number;
  high: number;
}

export interface StageScaling {
  stage: string;
  runs: number;
  /** Null below 20 runs with a size, where sizes hardly differ, or nearly all are one of two. */
  inputSize: ScalingLaw | null;
  /** Null likewise. */
  itemsProcessed: ScalingLaw | null;
}

/** An exported history, as `exportHistory` writes it. */
export interface ExportedHistory {
  format: 'pipeline-performance-metrics/history';
  version: 1;
  stages: {
    stage: string;
    /** Milliseconds, oldest first. */
    durations: number[];
    /** Input size of each run in bytes, 0 if unknown. Only if any is known. */
    inputSize?: number[];
    /** Items that each run processed, 0 if unknown. Only if any is known. */
    itemsProcessed?: number[];
  }[];
  /** The input of `pipeline-metrics trace`. */
  executions?: ExportedExecutions;
}

/**
 * The newest executions that were measured, oldest first: at most 10,000, of at most 100,000 stages
 * together. Manual entries are left out.
 */
export interface ExportedExecutions {
  /** Names of stages, each once. */
  stageNames: string[];
  list: ExportedExecution[];
}

/** One execution; times in milliseconds on the scale of `performance.now()`, heap in bytes. */
export interface ExportedExecution {
  id: string;
  start: number;
  duration: number;
  /** Milliseconds since 1970. */
  completedAt: number;
  success: boolean;
  items: number;
  errors: number;
  /** At its start, and how much it grew; only where it was read. */
  heap?: [start: number, growth: number];
  /** In the order of their starts. */
  stages: ExportedSpan[];
}

/** One stage of an execution. */
export type ExportedSpan = [
  /** Place in `stageNames`. */
  name: number,
  start: number,
  /** Null if it did not complete. */
  duration: number | null,
  /** Place of its parent stage among those of the execution. */
  parent: number | null,
  success: boolean,
  items: number,
  errors: number,
  inputSize: number,
  heap: [start: number, growth: number] | null,
];

/** Runs stored in this collector. */
export interface StoredRuns {
  /** One stage; default the one that the other side names, else every stage and the whole pipeline. */
  stage?: StageName;
  /** Milliseconds to look back; ignored if `from` is given. */
  range?: number | null;
  /** Completed at this or later: Date, ISO 8601 or milliseconds since 1970. */
  from?: Date | string | number;
  /** Completed before this. */
  to?: Date | string | number;
  /** Stages that ran with this configuration. */
  configurationHash?: string;
}

/** A string is an exported history; a list has several, one per process. */
export type ComparisonSide =
  StoredRuns | ExportedHistory | string | (ExportedHistory | string)[];

export interface ComparisonOptions {
  /** Chance of any false verdict, above 0 and below 1; default 0.01. */
  significance?: number;
  /** Relative change below which a difference is none; default 0.02. */
  leastChange?: number;
  /**
   * Relative change that two processes of the same code may show; default 0.1. Applies if a side is
   * an exported history and both are of one process.
   */
  threshold?: number;
}

export type Verdict =
  'faster' | 'slower' | 'no_difference_found' | 'too_few_runs';

export interface Comparison {
  significance: number;
  leastChange: number;
  threshold: number;
  /** Processes on that side: 1 for runs of this collector, else the number of histories. */
  processesBefore: number;
  processesAfter: number;
  /** `slower` if any stage is, else `faster` if any is. */
  verdict: Verdict;
  stages: {
    /** As given in the query, even if it never ran. */
    stageBefore: string;
    stageAfter: string;
    /** `too_few_runs` also if a side has none. */
    verdict: Verdict;
    /** 0 where the stage did not run on that side. */
    runsBefore: number;
    runsAfter: number;
    /** Processes with runs of the stage. */
    processesBefore: number;
    processesAfter: number;
    /** Runs left out because their process was still warming up. */
    warmUpBefore: number;
    warmUpAfter: number;
    /**
     * Of the ranks of the runs, not of the medians: 1 if these point in different directions, or the
     * difference does not exceed `explainable`. Corrected for the number of stages.
     */
    pValue: number;
    /**
     * The figure in `before` and `after`: the median, or the first decile if that shows the
     * difference of several processes better.
     */
    level: 'median' | 'fastest_tenth';
    /**
     * Relative change that differences between processes may explain; null with several processes,
     * which show it, and if both sides are one process.
     */
    explainable: number | null;
    /**
     * If durations depend on the work within each process: how much work the runs of either side
     * had. `before` and `after`, and all that follows, are then adjusted to the same work.
     */
    work: WorkOfSides | null;
    /**
     * Milliseconds, of several processes the geometric mean; null where a side has no runs, as all
     * that follows.
     */
    before: number | null;
    after: number | null;
    /** Milliseconds; positive if slower. */
    shift: number | null;
    /** Lower end of its 95 % interval. */
    shiftLow: number | null;
    shiftHigh: number | null;
    /** `shift / before`: 0.2 is 20 % slower, never below -1; null, too, where `before` alone is 0. */
    change: number | null;
    changeLow: number | null;
    changeHigh: number | null;
    /** Chance that a run after takes longer than one before. */
    chanceSlower: number | null;
  }[];
}

/** The work of the runs on either side of a comparison. */
export interface WorkOfSides {
  measure: 'inputSize' | 'itemsProcessed';
  /** Median before, in bytes or items. */
  before: number;
  /** Median after. */
  after: number;
  /** `after / before`. */
  factor: number;
}

/** The average gain of an execution, limited by its critical path. */
export interface Gain {
  /** Milliseconds. */
  time: number;
  /** Lower end of its 95 % interval. */
  low: number;
  /** Upper end of its 95 % interval. */
  high: number;
  /** Of the mean wall time, in per cent. */
  percent: number;
  percentLow: number;
  percentHigh: number;
}
