import type { ActiveRecommendation, Alert } from './findings';
import type { Baseline } from './results';

/** Figures over the last 100 entries of a stage. */
export interface Aggregate {
  /** Entries looked at, at most 100. */
  count: number;
  /** Milliseconds. */
  averageDuration: number;
  /** Milliseconds: mean of the middle two where `count` is even. */
  medianDuration: number;
  /** Milliseconds: nearest rank. */
  p95Duration: number;
  /** Items per second. */
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
  /** Entries looked at, at most 100. */
  executionCount: number;
  /** Milliseconds. */
  averageDuration: number;
  /** 0 to 1. */
  successRate: number;
  /** Undefined if its entries were put in manually. */
  baseline: Baseline | undefined;
}

/** Stages and pipeline at a glance. */
export interface PerformanceSummary {
  /** By stage name. */
  stages: Record<string, StageSummary>;
  pipeline: {
    /** Number of stored completed executions. */
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
 * The cost of measuring itself, by the machine's clock even if another one is injected. The figures
 * are of the latest 64 executions that were timed for it; all numbers are 0 before the first. They
 * leave out what following promises and carrying a context cost the pipeline's promises, and the
 * wrapper of an installation (docs/limits.md, "Figures"). An execution without stages counts as one
 * of one stage.
 */
export interface Overhead {
  /**
   * Nanoseconds per stage, with its share of the calls that start and complete the execution: the
   * median, which a garbage collection or an interruption inside a call does not move.
   */
  nanosecondsPerStage: number;
  /** 95 % interval of that median; null with fewer than six samples. */
  interval: { low: number; high: number } | null;
  /** Nanoseconds per stage: all the cost over all the stages, garbage collection in calls of the package included. */
  meanNanosecondsPerStage: number;
  /**
   * Cost over the duration of the same executions, both in real time, without the most expensive
   * sixteenth of them. Executions that overlap count with their whole duration each. Stages that do nothing
   * can lead to more than 1: the calls at both ends of an execution lie outside its duration.
   */
  ratio: number;
  /** Executions behind these figures, at most 64. */
  samples: number;
  /** Executions timed since the collector was made. */
  sampledExecutions: number;
  /** `config.overheadBudget`. */
  budget: number;
}

/** Counters of problems that raised no error, since the collector was created. */
export interface Diagnostics {
  /** Counts and sizes that were NaN, infinite, negative or no number, and read as 0. */
  invalidNumbers: number;
  /** Times the event bus threw or rejected. */
  listenerErrors: number;
  /** Times the logger threw or rejected. */
  loggerErrors: number;
  /** Alerts not dispatched: 1,000 others waited for an event bus that returns promises. */
  droppedAlerts: number;
  /** Times the memory sampler threw or returned no size; such a reading is 0. */
  samplerErrors: number;
  /** Times the clock threw or returned no number; the last good reading is used. */
  clockErrors: number;
  /** Callers' objects that threw when read, or could not be written. */
  hostileInputs: number;
  /** Executions that never completed: another of their id started, too many ran, or `config.retentionPeriod` was over. */
  abandonedExecutions: number;
  /** Stages recorded as `(overflow)`. */
  overflowedStages: number;
  /** Custom labels beyond the bounds of {@link CustomLabels}, or of an unsupported type. */
  droppedLabels: number;
  /** Completions of stages that had completed before. */
  duplicateCompletions: number;
  /** Calls that named an unknown execution or stage. */
  unknownReferences: number;
  /** Stages that ended after their execution; each is in its stage's history, marked `late`. */
  lateStages: number;
  /** Stages of an installed engine that ran outside of any measured pipeline. */
  stagesOutsidePipelines: number;
  /** Whether an internal failure closed the collector. */
  faulted: boolean;
}
