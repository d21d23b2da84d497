import type {
  ChangePoint,
  Gain,
  ScalingLaw,
  SlownessAttribute,
} from './insight';
/** Rates of a stage. All 0 where its duration is 0. */
export interface Throughput {
  /** Items a second. */
  itemsPerSecond: number;
  /** `inputSize` a second. */
  bytesPerSecond: number;
  /** The same as `itemsPerSecond`. */
  operationsPerSecond: number;
}

/** Work done for the resources used; each from 0 to 1. */
export interface Efficiency {
  /** Mean of the other two. */
  overall: number;
  /** Items a second over 100, at most 1. */
  throughputScore: number;
  /** 1,000,000 over the bytes the heap grew by, at most 1; 1 where it did not grow. */
  memoryEfficiency: number;
}

/** What a stage used. */
export interface ResourceUtilization {
  /** Bytes by which the heap changed, without its sign. */
  memoryUtilization: number;
  /** Milliseconds. */
  timeUtilization: number;
  /** Output size over input size; 0 without input. */
  ioEfficiency: number;
}

/** Rates of an execution. All 0 where its duration is 0. */
export interface PipelineThroughput {
  /** Items a second. */
  itemsPerSecond: number;
  /** The same as `itemsPerSecond`. */
  actionsPerSecond: number;
  /** How many such runs fit into an hour. */
  pipelineExecutionsPerHour: number;
}

/** What the process runs on; kept with each stage at `verbose` where the caller gives nothing else. */
export interface EnvironmentInfo {
  /** Version of Node.js, such as `'v20.20.2'`. */
  node: string;
  /** `process.platform`. */
  platform: string;
  /** `process.arch`. */
  arch: string;
  /** Threads that can run at once. */
  parallelism: number;
}

/**
 * A stage, and the handle that completes exactly it. Completion fills it in place; until then the
 * fields of {@link CompletedStage} are there with value undefined.
 */
export interface Stage {
  /** As given, or `(overflow)` beyond `config.maxStages`. */
  stageName: string;
  executionId: string;
  /** Milliseconds on the scale of `performance.now()`. */
  startTime: number;
  /** Bytes in use at the start; 0 at `minimal`, without a sampler, or where it failed. */
  startMemory: number;
  context: {
    /** As given. Default 0. */
    inputSize: number;
    /** As given. Default 0. */
    expectedOutputSize: number;
    /** As given. Default `'unknown'`. */
    complexity: string;
    /** Only where given. */
    configurationHash?: string;
    /** Of this run of the stage. Only in what is read back, and only where given. */
    labels?: KeptLabels;
  };
  /** Whether the fields of the completion are there. */
  completed: boolean;
  endTime: number | undefined;
  endMemory: number | undefined;
  duration: number | undefined;
  memoryDelta: number | undefined;
  result: CompletedStage['result'] | undefined;
  throughput: Throughput | undefined;
  efficiency: Efficiency | undefined;
  resourceUtilization: ResourceUtilization | undefined;
  timestamp: string | undefined;
  /** At `verbose`: what the caller gave, else {@link EnvironmentInfo}. Not part of stored copies. */
  environmentInfo?: unknown;
  /** On completion, at `detailed` and above on Linux: milliseconds of CPU time of the thread. */
  cpuTime?: number;
  /** On completion, at `detailed` and above on Linux: block reads and writes of the thread. */
  ioOperations?: number;
  /** On completion, only where the result had it. */
  bytesProcessed?: number;
  /** Only with `config.sampling: 'adaptive'`: it is left out, so that every measured field reads 0. */
  sampled?: false;
}

/** A stage that has completed. */
export interface CompletedStage extends Stage {
  completed: true;
  /** Milliseconds on the scale of `performance.now()`. */
  endTime: number;
  /** Bytes in use at the end; 0 where they were not read. */
  endMemory: number;
  /** Milliseconds. */
  duration: number;
  /** Bytes; negative where the heap shrank. */
  memoryDelta: number;
  result: {
    success: boolean;
    outputSize: number;
    itemsProcessed: number;
    errorCount: number;
    warningCount: number;
    retryCount: number;
  };
  throughput: Throughput;
  efficiency: Efficiency;
  resourceUtilization: ResourceUtilization;
  /** Wall clock at completion: ISO 8601, UTC. */
  timestamp: string;
}

/**
 * Labels of a caller's own, as they were given and kept. What a start or a completion hands out does
 * not have them: they are read back from the live Maps and the queries.
 */
export interface KeptLabels {
  /** A text that was one too many to be told apart reads `'(other)'`. */
  [name: string]: string | number | boolean;
}

/** What is known of an execution from its start. */
export interface ExecutionContext {
  /** As given. Default 0. */
  actionCount: number;
  /** As given. Default `'basic'`. */
  traceVerbosity: string;
  /** As given. Default `'unknown'`. */
  environment: string;
  /** Of the whole execution. Only in what is read back, and only where given. */
  labels?: KeptLabels;
}

/** A row of a breakdown: all stages of one name in an execution. */
export interface BreakdownRow {
  stageName: string;
  /** Milliseconds, summed. */
  duration: number;
  /** Share of the time of all stages, 0 to 100. */
  percentage: number;
  throughput: Throughput;
  efficiency: Efficiency;
  /** Stages of that name. */
  count: number;
}

/** A stage on the critical path: without it, the execution would have ended earlier. */
export interface CriticalPathStep {
  stageName: string;
  /** Milliseconds on the scale of `performance.now()`. */
  startTime: number;
  /** Milliseconds. */
  duration: number;
  /** Share of the execution's duration, 0 to 1. */
  impact: number;
}

/**
 * An execution. Completion fills it in place; until then the fields of {@link CompletedExecution}
 * are there with value undefined.
 */
export interface Execution {
  executionId: string;
  /** Milliseconds on the scale of `performance.now()`. */
  startTime: number;
  /** Bytes in use at the start; 0 where they were not read. */
  startMemory: number;
  context: ExecutionContext;
  /** The latest stage of each name. */
  stages: Map<string, Stage>;
  /** Whether the fields of the completion are there. */
  completed: boolean;
  endTime: number | undefined;
  endMemory: number | undefined;
  totalDuration: number | undefined;
  totalMemoryDelta: number | undefined;
  result: CompletedExecution['result'] | undefined;
  overallThroughput: PipelineThroughput | undefined;
  stageBreakdown: BreakdownRow[] | undefined;
  criticalPath: CriticalPathStep[] | undefined;
  timestamp: string | undefined;
  /** Only with `config.sampling: 'adaptive'`: it is left out, so that every measured field reads 0. */
  sampled?: false;
}

/** An execution that has completed. */
export interface CompletedExecution extends Execution {
  completed: true;
  /** Milliseconds on the scale of `performance.now()`. */
  endTime: number;
  /** Bytes in use at the end; 0 where they were not read. */
  endMemory: number;
  /** Milliseconds. */
  totalDuration: number;
  /** Bytes; negative where the heap shrank. */
  totalMemoryDelta: number;
  result: {
    success: boolean;
    totalItemsProcessed: number;
    finalOutputSize: number;
    totalErrors: number;
  };
  overallThroughput: PipelineThroughput;
  /** One row a stage name, longest first. */
  stageBreakdown: BreakdownRow[];
  /** In the order they started. */
  criticalPath: CriticalPathStep[];
  /** Wall clock at completion: ISO 8601, UTC. */
  timestamp: string;
}

/** An entry of a stage's history. One that was put in by hand has the fields it was given. */
export interface StageEntry {
  /** Wall clock at completion: ISO 8601, UTC. */
  timestamp: string;
  /** Missing where a stage was recorded by hand without one. */
  executionId?: string | null;
  /** Milliseconds. */
  duration: number;
  /** Bytes; negative where the heap shrank. */
  memoryDelta: number;
  throughput: Throughput;
  efficiency: Efficiency;
  resourceUtilization: ResourceUtilization;
  success: boolean;
  errorCount: number;
  warningCount?: number;
  retryCount?: number;
  itemsProcessed?: number;
  /** As given by the stage's context. */
  inputSize?: number;
  /** As given by the stage's result. */
  outputSize?: number;
  /** At `detailed` and above on Linux: milliseconds of CPU time of the thread. */
  cpuTime?: number;
  /** At `detailed` and above on Linux: block reads and writes of the thread. */
  ioOperations?: number;
  /** Only where the result had it. */
  bytesProcessed?: number;
  /** As given by the stage's context. Missing where it was recorded by hand. */
  complexity?: string;
  /** Only where given. */
  configurationHash?: string;
  /** Only where a stage was recorded by hand with one. */
  environmentInfo?: unknown;
  /** Only where this run of the stage was given labels, and once its execution has completed. */
  context?: { labels: KeptLabels };
}

/** An entry of the pipeline history. One that was put in by hand has the fields it was given. */
export interface PipelineEntry {
  /** Wall clock at completion: ISO 8601, UTC. */
  timestamp: string;
  /** Missing where an execution was recorded by hand without one. */
  executionId?: string | null;
  /** Milliseconds. */
  totalDuration: number;
  /** Bytes; negative where the heap shrank. */
  totalMemoryDelta: number;
  overallThroughput: PipelineThroughput;
  stageBreakdown: BreakdownRow[];
  criticalPath: CriticalPathStep[];
  success: boolean;
  context: ExecutionContext;
}

/** What is normal for a stage, or for whole pipelines under `pipeline_total`. */
export interface Baseline {
  /** Completions seen. */
  count: number;
  /** Milliseconds, summed. */
  totalDuration: number;
  /** Bytes the heap changed by, without sign, summed over the completions whose heap was read. */
  totalMemory: number;
  /** Milliseconds: the mean of all completions. */
  avgDuration: number;
  /** Bytes: the mean of the completions whose heap was read; 0 before the first. */
  avgMemory: number;
  /** Milliseconds: follows a lasting change, and no outlier drags it. */
  medianDuration: number;
  /** Milliseconds: a standard deviation that outliers do not widen; 0 until warm. */
  durationSpread: number;
  /** Whether enough runs were seen (20) to raise `baseline_exceeded`. */
  isWarm: boolean;
  /**
   * The same by context, the smallest inputs first, at most 32, the least recently met replaced;
   * empty while all runs have one context. A run is judged by its own context once that is warm.
   */
  contexts: ContextBaseline[];
}

/** What runs are like that are compared with each other. */
export interface RunContext {
  complexity: string;
  /** Of a whole execution: its action count. Two classes double the size: 1 to 1.5, 1.5 to 2, 2 to 3. */
  inputSize: {
    from: number;
    /** Sizes are less than this. */
    below: number;
  };
}

/** What is normal for a stage in one context. */
export interface ContextBaseline extends RunContext {
  /** Completions seen since it was last met anew. */
  count: number;
  /** Milliseconds. */
  medianDuration: number;
  /** Milliseconds; 0 until warm. */
  durationSpread: number;
  /** Whether enough runs of it were seen (20) to judge by it. */
  isWarm: boolean;
}

/** Limits and baseline of a stage, as `alertThresholds` shows them. */
export interface StageThreshold {
  /** Milliseconds. Only where set. */
  maxDuration?: number;
  /** Bytes by which the heap may grow. Only where set. */
  maxMemory?: number;
  /** When the limits were set: ISO 8601, UTC. Missing where only a baseline is there. */
  timestamp?: string;
  /** Milliseconds: mean of all completions. Missing before the first. */
  baselineDuration?: number;
  /** Bytes: mean of the completions whose heap was read, 0 without any. Missing before the first. */
  baselineMemory?: number;
}

/**
 * Which limit was crossed: the configured duration (ms), the configured heap growth (bytes),
 * 5 % errors an item, or what the stage normally takes (ms).
 */
export type AlertType =
  | 'duration_exceeded'
  | 'memory_exceeded'
  | 'high_error_rate'
  | 'baseline_exceeded';

/** A limit that was crossed. */
export interface Alert {
  type: AlertType;
  /** The stage; `pipeline_total` for a whole execution. */
  stage: string;
  /** Milliseconds, bytes, or errors an item. */
  actual: number;
  /** The limit, in the same unit. */
  threshold: number;
  /**
   * `'error'` for `high_error_rate`, and for a `baseline_exceeded` beyond twice its threshold or the
   * third run in a row, or later, beyond it.
   */
  severity: 'warning' | 'error';
  /** Null where a stage was recorded by hand without one. */
  executionId: string | null;
  /** Wall clock: ISO 8601, UTC. */
  timestamp: string;
  /** With whose baseline the run was compared; missing where with that of all runs of the stage. */
  context?: RunContext;
  /** Alerts like it that were not raised since the last one that was. Only where above 0. */
  suppressed?: number;
  /** When it was over: ISO 8601, UTC. Only with `config.alertResolved`, and not while it lasts. */
  resolvedAt?: string;
  /** Milliseconds from the first run beyond the limit until then. Only beside `resolvedAt`. */
  lasted?: number;
  /** Runs beyond the limit until then. Only beside `resolvedAt`. */
  runs?: number;
}

/** That an alert is over: `actual` and `executionId` of the run that ended it, `timestamp` of that run. */
export interface ResolvedAlert extends Alert {
  /** The same as `timestamp`. */
  resolvedAt: string;
  lasted: number;
  runs: number;
}

/** A stage that holds a run back. */
export interface Bottleneck {
  stageName: string;
  /**
   * `time_bottleneck`: more than 30 % of the stage time, and more than its even share;
   * `efficiency_bottleneck`: an overall efficiency below 0.3.
   */
  type: 'time_bottleneck' | 'efficiency_bottleneck';
  /** `'critical'` above 50 % of the stage time. */
  severity: 'critical' | 'warning';
  /** For time the share in per cent, for efficiency what is missing to 1. */
  impact: number;
  recommendation: string;
}

/** What to do about a run. */
export interface Recommendation {
  /**
   * `general_optimization` for a run over 2 s, `memory_optimization` for one over 100 MiB,
   * `bottleneck_optimization` for each bottleneck.
   */
  type:
    'bottleneck_optimization' | 'general_optimization' | 'memory_optimization';
  priority: 'high' | 'medium';
  /** Only where it is about a stage. */
  stage?: string;
  description: string;
  /** Such as `'30% performance gain'`: of the whole run, if the stage took half its time. */
  estimatedImprovement: string;
}

/** What would make the pipeline faster now, with the evidence for it. */
export interface ActiveRecommendation {
  /**
   * `bottleneck_optimization` for a stage that takes the largest part of the time or gets little
   * done, `regression` for one that lastingly takes longer than before, `slow_circumstances` for
   * one that is slow under an environment, a configuration, retries or errors.
   */
  type: 'bottleneck_optimization' | 'regression' | 'slow_circumstances';
  priority: 'high' | 'medium';
  stage: string;
  description: string;
  /** Such as `'30% performance gain'`: of a whole execution. */
  estimatedImprovement: string;
  /** Null where no time is claimed: for an efficiency. */
  gain: Gain | null;
  evidence: {
    /** Executions that the gain is from, at most 100. */
    executions: number;
    stageName: string;
    type: 'time_bottleneck' | 'efficiency_bottleneck' | 'regression' | 'cause';
    severity: 'critical' | 'warning';
    /** Per cent of the stage time; for an efficiency what is missing to 1. */
    impact: number;
    recommendation: string;
    /** Since when it is slower; only of a regression. */
    change: ChangePoint | null;
    /** What most surely goes along with the stage being slow. */
    cause: SlownessAttribute | null;
    /** Only where it grows faster than what it is given. */
    scaling: ScalingLaw | null;
  };
}

/** A run against the mean of the last five. */
export type Trend =
  | { trend: 'insufficient_data'; message: string }
  | {
      /** More than 20 % above the mean is degrading, more than 20 % below improving. */
      trend: 'stable' | 'degrading' | 'improving';
      message: string;
      /** Milliseconds. */
      currentDuration: number;
      /** Milliseconds. */
      averageDuration: number;
      /** Per cent above the mean; negative below. */
      comparison: number;
    };

/** What one execution shows. */
export interface Analysis {
  executionId: string;
  /** 0 (worst) to 100. */
  overallRating: number;
  bottlenecks: Bottleneck[];
  recommendations: Recommendation[];
  trends: Trend;
}

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
 * One execution in 64, in no fixed rhythm, has each of its four kinds of calls timed, without what
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

/** A run out of the ordinary for its series. */
export interface Anomaly {
  /** Place in the entries that have a duration. */
  index: number;
  /** Milliseconds. */
  duration: number;
  /** Milliseconds: the median around it. */
  typicalDuration: number;
  /** Standard deviations from it, on a logarithmic scale; positive if slow. */
  zScore: number;
}

/** Trend, anomalies and the next duration of a series. */
export interface PerformancePattern {
  /** Also `'stable'` with fewer than 8 entries. */
  trend: 'stable' | 'degrading' | 'improving';
  anomalies: Anomaly[];
  /** As `forecast` tells the next run; empty with fewer than 20 entries. */
  predictions: {
    /** Milliseconds: the middle of what is expected. */
    nextDuration?: number;
    /** Milliseconds: the lower end of the range. */
    low?: number;
    /** Milliseconds: the upper end of the range. */
    high?: number;
    /** Chance that the next one lies in the range, 0 to 1. */
    confidence?: number;
  };
  evidence: {
    /** Entries with a duration. */
    runs: number;
    /** Milliseconds a run. Missing with fewer than 8 entries. */
    slopePerRun?: number;
    /** Chance of such a trend without cause, 0 to 1. Missing with fewer than 8 entries. */
    pValue?: number;
  };
}

/** A stage that somebody else timed, in the flat form. */
export interface CapturedStage {
  stageName: string;
  /** As given. */
  startTime: number | undefined;
  /** As given. */
  endTime: number | undefined;
  /** Milliseconds. */
  duration: number;
  /** As given, else what was given in the nested form. */
  resourceUsage:
    | number
    | {
        /** Bytes. */
        memoryUsage?: number | undefined;
        /** Milliseconds. */
        cpuTime?: number | undefined;
        ioOperations?: number | undefined;
      };
  throughput: Throughput;
  /** Errors an item. */
  errorRate: number;
}

/** What went wrong quietly, counted since the collector was made; 0 at first. */
export interface Diagnostics {
  /** Counts and sizes that were NaN, infinite, negative or no number, and read as 0. */
  invalidNumbers: number;
  /** Times the event bus threw or rejected. */
  listenerErrors: number;
  /** Times the logger threw or rejected. */
  loggerErrors: number;
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
