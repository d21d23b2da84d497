/** Rates of a stage. All 0 where its duration is 0. */
export interface Throughput {
  /** Items per second. */
  itemsPerSecond: number;
  /** `inputSize` per second. */
  bytesPerSecond: number;
  /** The same as `itemsPerSecond`. */
  operationsPerSecond: number;
}

/** Work done for the resources used; each from 0 to 1. */
export interface Efficiency {
  /** Mean of the other two. */
  overall: number;
  /** Items per second over 100, at most 1. */
  throughputScore: number;
  /**
   * 1,000,000 over the bytes the heap grew by, at most 1; 1 where it did not grow; null in stored
   * copies if the heap was not read.
   */
  memoryEfficiency: number | null;
}

/** Resources used by a stage. */
export interface ResourceUtilization {
  /** Bytes by which the heap changed, without its sign; null as in {@link Efficiency}. */
  memoryUtilization: number | null;
  /** Milliseconds. */
  timeUtilization: number;
  /** Output size over input size; 0 without input. */
  ioEfficiency: number;
}

/** Rates of an execution. All 0 where its duration is 0. */
export interface PipelineThroughput {
  /** Items per second. */
  itemsPerSecond: number;
  /** The same as `itemsPerSecond`. */
  actionsPerSecond: number;
  /** Number of such runs per hour. */
  pipelineExecutionsPerHour: number;
}

/** The platform of the process; on each stage at `verbose` unless the caller gives something else. */
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
 * A stage, and the handle that completes exactly this one. Completion fills it in place; until then
 * the fields of {@link CompletedStage} are undefined.
 */
export interface Stage {
  /** As given, or `(overflow)` beyond `config.maxStages`. */
  stageName: string;
  executionId: string;
  /** Name of its parent stage. Only if there is one. */
  parent?: string;
  /** Milliseconds on the scale of `performance.now()`. */
  startTime: number;
  /**
   * Bytes in use at the start; 0 if not read (at `minimal`, without a sampler, or if it failed), null
   * in stored copies of such a stage; likewise the other memory figures.
   */
  startMemory: number | null;
  context: {
    /** As given. Default 0. */
    inputSize: number;
    /** As given. Default 0. */
    expectedOutputSize: number;
    /** As given. Default `'unknown'`. */
    complexity: string;
    /** Only where given. */
    configurationHash?: string;
    /** Of this run of the stage. Only in stored copies, and only if given. */
    labels?: RecordedLabels;
  };
  /** Whether the fields of the completion are there. */
  completed: boolean;
  endTime: number | undefined;
  endMemory: number | null | undefined;
  duration: number | undefined;
  memoryDelta: number | null | undefined;
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
  /** On completion, if its execution had completed before, and does not include it. */
  late?: true;
}

/** A stage that has completed. */
export interface CompletedStage extends Stage {
  completed: true;
  /** Milliseconds on the scale of `performance.now()`. */
  endTime: number;
  /** Bytes in use at the end; 0 if not read (null in stored copies). */
  endMemory: number | null;
  /** Milliseconds. */
  duration: number;
  /** Bytes; negative if the heap shrank; 0 if not read (null in stored copies). */
  memoryDelta: number | null;
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
 * Custom labels, as given and stored. Only in the live Maps and the queries, not in what a start or
 * a completion returns.
 */
export interface RecordedLabels {
  /** A text after the first 1,000 different ones reads `'(other)'`. */
  [name: string]: string | number | boolean;
}

/** Context of an execution from its start. */
export interface ExecutionContext {
  /** As given. Default 0. */
  actionCount: number;
  /** As given. Default `'basic'`. */
  traceVerbosity: string;
  /** As given. Default `'unknown'`. */
  environment: string;
  /** Of the whole execution. Only in stored copies, and only if given. */
  labels?: RecordedLabels;
}

/** A row of a breakdown: all stages of one name in an execution. */
export interface BreakdownRow {
  stageName: string;
  /** Milliseconds, summed, including child stages. */
  duration: number;
  /** Milliseconds, summed, without child stages; equal to `duration` if there are none. */
  selfDuration: number;
  /** Share of `selfDuration` in that of all stages, 0 to 100: these sum to 100. */
  percentage: number;
  throughput: Throughput;
  efficiency: Efficiency;
  /** Stages of that name. */
  count: number;
}

/**
 * A stage on the critical path: without it, the execution would have ended earlier. For a stage
 * with children, each piece of its own work is a step.
 */
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
 * are undefined.
 */
export interface Execution {
  executionId: string;
  /** Milliseconds on the scale of `performance.now()`. */
  startTime: number;
  /** Bytes in use at the start; 0 if not read (null in stored copies). */
  startMemory: number | null;
  context: ExecutionContext;
  /** The latest stage of each name. */
  stages: Map<string, Stage>;
  /** Whether the fields of the completion are there. */
  completed: boolean;
  endTime: number | undefined;
  endMemory: number | null | undefined;
  totalDuration: number | undefined;
  totalMemoryDelta: number | null | undefined;
  result: CompletedExecution['result'] | undefined;
  overallThroughput: PipelineThroughput | undefined;
  stageBreakdown: BreakdownRow[] | undefined;
  criticalPath: CriticalPathStep[] | undefined;
  timestamp: string | undefined;
}

/** An execution that has completed. */
export interface CompletedExecution extends Execution {
  completed: true;
  /** Milliseconds on the scale of `performance.now()`. */
  endTime: number;
  /** Bytes in use at the end; 0 if not read (null in stored copies). */
  endMemory: number | null;
  /** Milliseconds. */
  totalDuration: number;
  /** Bytes; negative if the heap shrank; 0 if not read (null in stored copies). */
  totalMemoryDelta: number | null;
  result: {
    success: boolean;
    totalItemsProcessed: number;
    finalOutputSize: number;
    totalErrors: number;
  };
  overallThroughput: PipelineThroughput;
  /** One row per stage name, the largest `selfDuration` first. */
  stageBreakdown: BreakdownRow[];
  /** In the order they started. */
  criticalPath: CriticalPathStep[];
  /** Wall clock at completion: ISO 8601, UTC. */
  timestamp: string;
}

/** An entry of a stage's history. One that was put in manually has the fields it was given. */
export interface StageEntry {
  /** Wall clock at completion: ISO 8601, UTC. */
  timestamp: string;
  /** Missing where a stage was recorded manually without one. */
  executionId?: string | null;
  /** Milliseconds. */
  duration: number;
  /** Bytes; negative where the heap shrank; null where it was not read. */
  memoryDelta: number | null;
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
  /** As given by the stage's context. Missing where it was recorded manually. */
  complexity?: string;
  /** True if it ended after its execution. */
  late?: true;
  /** Only where given. */
  configurationHash?: string;
  /** Only where a stage was recorded manually with one. */
  environmentInfo?: unknown;
  /** Only where this run of the stage was given labels, and once its execution has completed. */
  context?: { labels: RecordedLabels };
}

/** An entry of the pipeline history. One that was put in manually has the fields it was given. */
export interface PipelineEntry {
  /** Wall clock at completion: ISO 8601, UTC. */
  timestamp: string;
  /** Missing where an execution was recorded manually without one. */
  executionId?: string | null;
  /** Milliseconds. */
  totalDuration: number;
  /** Bytes; negative where the heap shrank; null where it was not read. */
  totalMemoryDelta: number | null;
  overallThroughput: PipelineThroughput;
  stageBreakdown: BreakdownRow[];
  criticalPath: CriticalPathStep[];
  success: boolean;
  context: ExecutionContext;
}

/** What is normal for a stage, or for whole pipelines under `pipeline_total`. */
export interface Baseline {
  /** Completions so far. */
  count: number;
  /** Milliseconds, summed. */
  totalDuration: number;
  /** Bytes the heap changed by, without sign, summed over the completions whose heap was read. */
  totalMemory: number;
  /** Milliseconds: the mean of all completions. */
  avgDuration: number;
  /** Bytes: the mean of the completions whose heap was read; 0 before the first. */
  avgMemory: number;
  /** Milliseconds: follows lasting changes, and is robust against outliers. */
  medianDuration: number;
  /** Milliseconds: a standard deviation that outliers do not widen; 0 until warm. */
  durationSpread: number;
  /** Whether enough runs were seen (20) to raise `baseline_exceeded`. */
  isWarm: boolean;
  /**
   * The same by context, smallest inputs first, at most 32, of which the least recently used is
   * replaced; empty while all runs have one context. A run is judged by its own context once that
   * is warm.
   */
  contexts: ContextBaseline[];
}

/** The common context of runs that are compared with each other. */
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
  /** Completions seen since the context was last added. */
  count: number;
  /** Milliseconds. */
  medianDuration: number;
  /** Milliseconds; 0 until warm. */
  durationSpread: number;
  /** Whether enough runs of it were seen (20) to judge by it. */
  isWarm: boolean;
}

/** Thresholds and baseline of a stage, as `alertThresholds` shows them. */
export interface StageThreshold {
  /** Milliseconds. Only where set. */
  maxDuration?: number;
  /** Bytes by which the heap may grow. Only where set. */
  maxMemory?: number;
  /** When the thresholds were set: ISO 8601, UTC. Missing if there is only a baseline. */
  timestamp?: string;
  /** Milliseconds: mean of all completions. Missing before the first. */
  baselineDuration?: number;
  /** Bytes: mean of the completions whose heap was read, 0 without any. Missing before the first. */
  baselineMemory?: number;
}

/** A stage that was timed elsewhere, in the flat form. */
export interface CapturedStage {
  stageName: string;
  /** As given. */
  startTime: number | undefined;
  /** As given. */
  endTime: number | undefined;
  /** Milliseconds. */
  duration: number;
  /** As given, else as given in the nested form. */
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
  /** Errors per item. */
  errorRate: number;
}
