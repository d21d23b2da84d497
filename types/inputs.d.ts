import type {
  Baseline,
  BreakdownRow,
  CriticalPathStep,
  Efficiency,
  PipelineThroughput,
  ResourceUtilization,
  Stage,
  StageThreshold,
  Throughput,
} from './results';

/**
 * An execution id; one that is no string is used as `String(id)`. One of more than 256 bytes is stored as its
 * beginning and 16 digits that distinguish it; either form finds it.
 */
export type ExecutionId = string | number;

/**
 * Milliseconds to look back from now; null or 0 for everything stored. Anything else throws
 * `ERR_PPM_INVALID_ARG`.
 */
export type TimeRange = number | null;

/** A timestamp of a manual entry: ISO 8601, ms since 1970 UTC, or a Date. */
export type Timestamp = string | number | Date;

/**
 * Custom labels: names and values that `explainSlowness` ranks with the other attributes as
 * `labels.<name>`: texts and booleans as categories, numbers by range. At most 16 per call, 32 names
 * and 1,000 texts in all, each up to 256 characters; labels beyond that, or of another type, are
 * counted in {@link Diagnostics.droppedLabels}.
 */
export interface CustomLabels {
  readonly [name: string]: string | number | boolean | null | undefined;
}

/** Context of an execution, given at its start. */
export interface PipelineContext {
  /** Number of actions to process. Default 0. */
  actionCount?: number | null | undefined;
  /** Level of the caller's trace, stored as given. Default `'basic'`. */
  traceVerbosity?: string | null | undefined;
  /** Where it runs, such as `'production'`. Default `'unknown'`. */
  environment?: string | null | undefined;
  /** Labels of the execution, and of each of its stages without one of the same name. Default none. */
  labels?: CustomLabels | null | undefined;
}

/** The same, including the id. */
export interface NamedPipelineContext extends PipelineContext {
  /** Default: an id that is unique in the process. */
  executionId?: ExecutionId | null | undefined;
}

/** Context of a stage, given at its start. */
export interface StageContext {
  /** Bytes, or another measure of the input. Default 0. */
  inputSize?: number | null | undefined;
  /** Expected output in the same measure. Default 0. */
  expectedOutputSize?: number | null | undefined;
  /** Such as `'low'`, `'medium'`, `'high'`. Default `'unknown'`. */
  complexity?: string | null | undefined;
  /** Distinguishes configurations. Default none. */
  configurationHash?: string | null | undefined;
  /**
   * The running parent stage in the same execution, as returned by its start. The parent's own time
   * excludes this stage. Default none: overlapping stages are siblings. Anything else is ignored,
   * and counted in `hostileInputs`.
   */
  parent?: Stage | null | undefined;
  /** Labels of this run of the stage, effective once its execution has completed. Default none. */
  labels?: CustomLabels | null | undefined;
  /** Attached to the stage at `verbose`. Default there: {@link EnvironmentInfo} of the process. */
  environmentInfo?: unknown;
}

/** The same, for a measured stage. */
export interface NamedStageContext extends StageContext {
  /** A running execution that the stage belongs to if none surrounds it. Default none. */
  executionId?: ExecutionId | null | undefined;
}

/** The result of a stage. Counts that are NaN, infinite, negative or no number read as 0 and are counted. */
export interface StageResult {
  /** Default true. */
  success?: boolean | undefined;
  /** Bytes, or another measure of what came out. Default 0. */
  outputSize?: number | null | undefined;
  /** Default 0. */
  itemsProcessed?: number | null | undefined;
  /** Default 0. More than 5 % of the items raises `high_error_rate`. */
  errorCount?: number | null | undefined;
  /** Default 0. */
  warningCount?: number | null | undefined;
  /** Default 0. */
  retryCount?: number | null | undefined;
  /** Bytes moved. Default none. */
  bytesProcessed?: number | null | undefined;
}

/** The result of an execution. */
export interface PipelineResult {
  /** Default true. */
  success?: boolean | undefined;
  /** Default 0. */
  totalItemsProcessed?: number | null | undefined;
  /** Bytes, or another measure of what came out at the end. Default 0. */
  finalOutputSize?: number | null | undefined;
  /** Default 0. Each takes 10 points off the rating, at most 40. */
  totalErrors?: number | null | undefined;
}

/** Thresholds of a stage, or of whole pipelines under `pipeline_total`. */
export interface StageThresholds {
  /** Milliseconds, at least 0. Default none. */
  maxDuration?: number | undefined;
  /** Bytes by which the heap may grow, at least 0. Default none. */
  maxMemory?: number | undefined;
}

/** A stage built manually: a missing or invalid figure reads as 0. Our own stages have this shape, too. */
export interface StageFigures {
  executionId?: ExecutionId | null | undefined;
  /** Name of its parent stage. Default none. */
  parent?: string | undefined;
  /** On the scale of `performance.now()`, ms. */
  startTime?: number | undefined;
  completed?: boolean | undefined;
  /** Milliseconds. */
  duration?: number | undefined;
  /** Bytes. */
  memoryDelta?: number | null | undefined;
  context?:
    | {
        inputSize?: number | undefined;
        /** Such as `'low'`; with the input size, it says which runs to compare with. */
        complexity?: string | undefined;
        configurationHash?: string | undefined;
      }
    | null
    | undefined;
  result?:
    | {
        /** Default: false where `successRate` is below 100 and no item was processed, else true. */
        success?: boolean | undefined;
        /** Per cent. */
        successRate?: number | undefined;
        outputSize?: number | undefined;
        itemsProcessed?: number | undefined;
        errorCount?: number | undefined;
        warningCount?: number | undefined;
        retryCount?: number | undefined;
      }
    | null
    | undefined;
  throughput?: Partial<Throughput> | undefined;
  efficiency?: Partial<Efficiency> | undefined;
  resourceUtilization?: Partial<ResourceUtilization> | undefined;
  /** Milliseconds. */
  cpuTime?: number | undefined;
  ioOperations?: number | undefined;
  bytesProcessed?: number | undefined;
  environmentInfo?: unknown;
}

/**
 * An execution built manually: a missing or invalid figure reads as 0. Our own executions have this shape, too.
 */
export interface ExecutionFigures {
  executionId?: ExecutionId | null | undefined;
  /** Milliseconds. */
  totalDuration?: number | undefined;
  /** Bytes. */
  totalMemoryDelta?: number | null | undefined;
  /** By stage name; those without `completed` are left out. */
  stages?: ReadonlyMap<string, StageFigures> | undefined;
  result?:
    | {
        success?: boolean | undefined;
        totalItemsProcessed?: number | undefined;
        totalErrors?: number | undefined;
      }
    | null
    | undefined;
  overallThroughput?: Partial<PipelineThroughput> | undefined;
  stageBreakdown?: readonly RowFigures[] | undefined;
  criticalPath?: readonly Partial<CriticalPathStep>[] | undefined;
  context?: object | undefined;
}

/** A row of a breakdown built manually. */
export type RowFigures = Pick<BreakdownRow, 'stageName'> &
  Partial<Omit<BreakdownRow, 'efficiency'>> & {
    efficiency?: Partial<Efficiency> | undefined;
  };

/**
 * An entry of a stage's history put in manually; stored as it is, except what JSON cannot represent. An
 * invalid duration, count or size becomes 0, and is counted in `invalidNumbers`.
 */
export interface StageEntryFigures
  extends
    Omit<StageFigures, 'result' | 'context'>,
    NonNullable<StageFigures['result']>,
    NonNullable<StageFigures['context']> {
  /** Default: when it is put in. */
  timestamp?: Timestamp | undefined;
  context?: { labels?: CustomLabels | undefined } | undefined;
}

/** An entry of the pipeline history put in manually. */
export interface PipelineEntryFigures extends Omit<ExecutionFigures, 'result'> {
  success?: boolean | undefined;
  /** Default: when it is put in. */
  timestamp?: Timestamp | undefined;
}

/** A completed execution put in manually. */
export interface CompletedExecutionFigures extends ExecutionFigures {
  /** Default: when it is put in. */
  timestamp?: Timestamp | undefined;
}

/** A running execution put in manually. */
export interface RunningExecutionFigures {
  /** On the scale of `performance.now()`, ms. Default now. */
  startTime?: number | undefined;
  /** Bytes. Default 0. */
  startMemory?: number | null | undefined;
  context?: PipelineContext | null | undefined;
}

/** A baseline put in manually; the averages follow from the sums. */
export interface BaselineFigures extends Partial<Baseline> {
  /** Completions seen. Default 0. */
  count?: number;
  /** Milliseconds. Default 0. */
  totalDuration?: number;
  /** Bytes. Default 0. */
  totalMemory?: number;
}

/** Thresholds put in manually; an entry of `alertThresholds` can be put back. */
export interface ThresholdFigures
  extends
    StageThresholds,
    Omit<StageThreshold, keyof StageThresholds | 'timestamp'> {
  /** When they were set. Default now. */
  timestamp?: Timestamp | undefined;
}

/** Resources used by a stage that was timed elsewhere. */
export interface CapturedUsage {
  /** Bytes by which the heap grew. Default 0. Also as `memory` or `memoryDelta`. */
  memoryUsage?: number | undefined;
  memory?: number | undefined;
  memoryDelta?: number | null | undefined;
  /** Milliseconds. */
  cpuTime?: number | undefined;
  ioOperations?: number | undefined;
}

/** A stage that was timed elsewhere, figures side by side. */
export interface FlatStageData {
  executionId?: ExecutionId | undefined;
  /** Milliseconds, on any scale. */
  startTime?: number | undefined;
  /** Milliseconds, on the same. */
  endTime?: number | undefined;
  /** Milliseconds; below 0 reads as 0, and is counted. Default `endTime - startTime`. */
  duration?: number | undefined;
  /** Used memory in bytes, or an object with all that was used. */
  resourceUsage?: number | CapturedUsage | null | undefined;
  /** Items per second. Default: items over duration. */
  throughput?: number | undefined;
  /** From 0 to 1. Default: errors per item. */
  errorRate?: number | undefined;
  itemsProcessed?: number | undefined;
  bytesProcessed?: number | undefined;
  errorCount?: number | undefined;
  warningCount?: number | undefined;
  retryCount?: number | undefined;
  /** Per cent. */
  successRate?: number | undefined;
  /** Default: false where `successRate` is below 100 and no item was processed, else true. */
  success?: boolean | undefined;
}

/** The same, figures in groups. */
export interface NestedStageData {
  executionId?: ExecutionId | undefined;
  /** Default: as for {@link FlatStageData.success}. */
  success?: boolean | undefined;
  /** Not recorded: the call names the stage. */
  stage?: string | undefined;
  execution: {
    /** Milliseconds, on any scale. */
    startTime?: number | undefined;
    /** Milliseconds, on the same. */
    endTime?: number | undefined;
    /** Milliseconds; below 0 reads as 0, and is counted. Default `endTime - startTime`. */
    duration?: number | undefined;
    /** Milliseconds. */
    cpuTime?: number | undefined;
    /** Bytes by which the heap grew. Default 0. */
    memoryUsage?: number | undefined;
    ioOperations?: number | undefined;
  };
  throughput?:
    | {
        /** Default 0. */
        itemsProcessed?: number | undefined;
        /** Default: items over duration. */
        itemsPerSecond?: number | undefined;
        /** Default 0. */
        bytesProcessed?: number | undefined;
        /** Default: input size over duration. */
        bytesPerSecond?: number | undefined;
      }
    | undefined;
  quality?:
    | {
        /** Default 0. */
        errorCount?: number | undefined;
        warningCount?: number | undefined;
        /** Per cent; what it means for `success`: {@link FlatStageData.success}. */
        successRate?: number | undefined;
        retryCount?: number | undefined;
      }
    | undefined;
  context?:
    | {
        /** Bytes. Default `throughput.bytesProcessed`, else 0. */
        inputSize?: number | undefined;
        /** Bytes. Default 0. */
        outputSize?: number | undefined;
        /** Such as `'low'`. Default none. */
        complexity?: string | undefined;
        configurationHash?: string | undefined;
        environmentInfo?: unknown;
      }
    | undefined;
}

/**
 * The subject of a query or a threshold: a stage by name, or whole executions as
 * `'pipeline_total'`. `{ stage: 'pipeline_total' }` is a stage of that name. Queries throw
 * `ERR_PPM_INVALID_ARG` for anything else; recording methods, the Maps and `getStageMetrics`
 * convert it to a string.
 */
export type StageName = string | { stage: string };
