import type { ActiveRecommendation, Alert } from './findings';
import type { Baseline } from './results';

/** Figures over the last 100 entries of a stage. */
export interface Aggregate {
  /** Entries looked at, at most 100; where some were one in many, as many as those. */
  count: number;
  /** Milliseconds. */
  averageDuration: number;
  /** Milliseconds: mean of the middle two where `count` is even. */
  medianDuration: number;
  /** Milliseconds: nearest rank. */
  p95Duration: number;
  /** Items a second. */
  averageThroughput: number;
  /** 0 to 1. */
  successRate: number;
  /** When it was aggregated: ISO 8601, UTC. */
  timestamp: string;
}

/** An aggregate for each stage that has entries, by name. */
export type Aggregates = Record<string, Aggregate>;

/** A stage in the summary: its last 100 entries. */
export interface StageSummary {
  /** Entries looked at, at most 100; where some were one in many, as many as those. */
  executionCount: number;
  /** Milliseconds. */
  averageDuration: number;
  /** 0 to 1. */
  successRate: number;
  /** Undefined where its entries were put in by hand. */
  baseline: Baseline | undefined;
}

/**
 * Everything at a glance.
 *
 * Where `config.sampling` left executions out, counts are estimates of all executions, and means,
 * medians and success rates those of all: each recorded execution and its stages count as often as the
 * executions that it was one of when it started. So they do in {@link Aggregate}, unless it is made of
 * entries that were handed in.
 */
export interface PerformanceSummary {
  /** By stage name. */
  stages: Record<string, StageSummary>;
  pipeline: {
    /** Completed executions that are kept, and those left out that they stand for. */
    totalExecutions: number;
    /** Milliseconds: mean of the last 100. */
    averageDuration: number;
    /** 0 to 1, of the last 100. */
    successRate: number;
  };
  /** Those of the last hour, oldest first. */
  alerts: Alert[];
  recommendations: ActiveRecommendation[];
  overhead: Overhead;
}

/**
 * What is captured beyond times and counts: `'cpu'` everything that `verbosityConfig` asks for,
 * CPU time and I/O included; `'exact'` the heap at every boundary; `'shared'` the heap once for
 * boundaries within 50 µs of each other; `'off'` no heap. Each leaves out what those before it
 * add; what is left out reads as at verbosity `minimal` and with `memorySampling: 'off'`.
 */
export type CaptureDetail = 'cpu' | 'exact' | 'shared' | 'off';

/**
 * What measuring itself costs, read from the machine's clock even where another one is injected.
 *
 * One execution in 256, and one in 64 until 64 were, in no fixed rhythm, has each of its four kinds
 * of calls timed, without what
 * the caller's logger and event bus take and without the timing itself. What `memorySampler`, an
 * injected clock and getters of the caller's objects take is part of the cost; what
 * `installPipelineMetrics`, `measureStage` and a trace add around the calls is not. The figures are of the
 * latest 64 such executions at the detail in force: after a change of detail they start anew. All
 * numbers are 0 before the first. An execution without stages counts as one of one stage. The stages
 * of a timed execution themselves read some 0.1 µs longer.
 */
export interface Overhead {
  /**
   * Nanoseconds a stage, the calls that start and complete its execution shared out: the median,
   * which a collection of garbage or an interruption inside a call does not move.
   */
  nanosecondsPerStage: number;
  /** 95 % interval of that median; null with fewer than six samples. */
  interval: { low: number; high: number } | null;
  /** Nanoseconds a stage: all the cost over all the stages, garbage collection in our calls included. */
  meanNanosecondsPerStage: number;
  /**
   * Cost over the duration of the same executions, or, where only some are recorded, of as many as
   * those stand for, which count as free: real time both, without the dearest sixteenth
   * of them. Executions that overlap count with their whole duration each. Stages that do nothing
   * can lead to more than 1: the calls at both ends of an execution lie outside its duration.
   */
  ratio: number;
  /** Executions behind these figures, at most 64. */
  samples: number;
  /** Executions sampled since the collector was made. */
  sampledExecutions: number;
  /** `config.overheadBudget`. */
  budget: number;
  /** What executions that start now capture. Less than `requested` where the budget demands it. */
  detail: CaptureDetail;
  /** What the verbosity of the latest execution and `config.memorySampling` ask for. */
  requested: CaptureDetail;
  /** The latest change of detail and why; null before the first. */
  lastChange: {
    from: CaptureDetail;
    to: CaptureDetail;
    /** The ratio before a step down; the one expected after a step up. */
    ratio: number;
    /** The budget then. */
    budget: number;
    /** Nanoseconds a stage before the step, without the dearest sixteenth. */
    nanosecondsPerStage: number;
    /** ISO 8601. */
    timestamp: string;
  } | null;
  sampling: Sampling;
}

/** Which executions are recorded, and how many were left out. */
export interface Sampling {
  /** `config.sampling`. */
  mode: 'all' | 'adaptive';
  /** One in so many executions that start now is recorded: 1, 2, 4, up to 64. */
  oneIn: number;
  /**
   * Completed executions that were left out since the collector was made, and their completed stages,
   * by how many executions one was recorded of when they started. Exact, whatever the history keeps.
   */
  unrecorded: { oneIn: number; executions: number; stages: number }[];
  /** The latest change of `oneIn` and why; null before the first. */
  lastChange: {
    from: number;
    to: number;
    /** Of all executions: before a step to fewer; the one expected after a step to more. */
    ratio: number;
    /** The budget then. */
    budget: number;
    /** Nanoseconds a recorded stage before the step, without the dearest sixteenth. */
    nanosecondsPerStage: number;
    /** ISO 8601. */
    timestamp: string;
  } | null;
}

/** What went wrong quietly, counted since the collector was made; 0 at first. */
export interface Diagnostics {
  /** Counts and sizes that were NaN, infinite, negative or no number, and read as 0. */
  invalidNumbers: number;
  /** Times the event bus threw or rejected. */
  listenerErrors: number;
  /** Times the logger threw or rejected. */
  loggerErrors: number;
  /** Alerts not dispatched: 1,000 others waited for an event bus that answers with promises. */
  droppedAlerts: number;
  /** Times the memory sampler threw or answered no size; such a reading is 0. */
  samplerErrors: number;
  /** Times the clock threw or answered no number; the last good reading stands in. */
  clockErrors: number;
  /** Objects of the caller's that threw as they were read, or would not be written. */
  hostileInputs: number;
  /** Executions that never completed: started again, or older than `config.retentionPeriod`. */
  abandonedExecutions: number;
  /** Stages recorded as `(overflow)`. */
  overflowedStages: number;
  /** Labels of callers' own beyond the limits in {@link OwnLabels}, or of no type for one. */
  droppedLabels: number;
  /** Stages completed that had completed before. */
  duplicateCompletions: number;
  /** Calls that named an unknown execution or stage. */
  unknownReferences: number;
  /** Whether an internal failure closed the collector. */
  faulted: boolean;
}
