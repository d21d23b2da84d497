import type {
  ExecutionRecorder,
  PipelinePerformanceMetrics,
} from './collector';
import type {
  NamedPipelineContext,
  PipelineResult,
  StageContext,
  StageResult,
  TimeRange,
} from './inputs';
import type { EventBus, Logger, VerbosityConfig } from './options';
import type {
  CompletedExecution,
  CompletedStage,
  Execution,
  PipelineEntry,
  Stage,
  StageEntry,
} from './results';
import type { PerformanceSummary } from './summary';

/**
 * The fields that a trace reads of its constructor's first argument with any of them other than
 * `logger` and `verbosityConfig`.
 */
export interface TraceOptions {
  /** Prefix of its execution ids; not blank. Default `'trace'`. */
  traceId?: string | null | undefined;
  /** Level in each execution's context. Default: that of `actionTraceFilter`, else `'basic'`. */
  verbosity?: string | undefined;
  /** For the collector that is made for a bus. */
  logger?: Logger | null | undefined;
  /** Without `performanceMetrics`, the trace reports to the one collector of this bus. */
  eventBus?: EventBus | null | undefined;
  /** False for a trace without metrics. Default true. */
  enablePerformanceMetrics?: boolean | undefined;
  /** The collector to report to. Default: that of `eventBus`, else that of {@link ActionAwareStructuredTraceMixin.applyTo}. */
  performanceMetrics?: PipelinePerformanceMetrics | null | undefined;
  /** For the collector that is made for a bus. Default `actionTraceFilter`, else null. */
  verbosityConfig?: VerbosityConfig | undefined;
  /** Provides the verbosity if none is given. */
  actionTraceFilter?: { getVerbosityLevel(): string } | null | undefined;
}

/** Options of a trace without a base class. */
export interface PlainTraceOptions extends TraceOptions {
  traceId: string;
}

/** How data is captured. */
export interface CaptureOptions {
  /** Adds `_performanceContext` to the data. Default false. */
  includePerformanceContext?: boolean | undefined;
  /** Part of that context. */
  currentStage?: string | undefined;
  /** Milliseconds on the scale of `performance.now()`; part of that context. */
  stageStartTime?: number | undefined;
}

/**
 * Methods of every trace with metrics. Without a collector, each returns its empty value. The four
 * methods that start and complete never throw.
 */
export interface TraceMetrics {
  /** The collector it reports to; undefined for none. Assigning what is no collector throws `ERR_PPM_INVALID_ARG`. */
  get performanceMetrics(): PipelinePerformanceMetrics | undefined;
  set performanceMetrics(
    collector: PipelinePerformanceMetrics | null | undefined,
  );
  /**
   * Id of the execution that the running code belongs to, else of its latest; before the first, the id
   * that the first will have. Without a collector undefined.
   */
  pipelineExecutionId: string | undefined;

  /** Starts an execution, by default with a generated id. Without a collector null. */
  startPipelineExecution(
    context?: NamedPipelineContext | null,
  ): Execution | null;
  /**
   * Starts a stage of that execution; without one, of the execution of its collector around the running
   * code. Without a collector null.
   */
  startStageExecution(
    stageName: string,
    stageContext?: StageContext | null,
  ): Stage | null;
  /** Completes a stage by handle, or the latest of that name. Without a collector undefined. */
  completeStageExecution(
    stage: Stage,
    stageResult?: StageResult | null,
  ): CompletedStage | undefined;
  completeStageExecution(
    stageName: string,
    stageResult?: StageResult | null,
  ): CompletedStage | undefined;
  completeStageExecution(
    stage: Stage | string,
    stageResult?: StageResult | null,
  ): CompletedStage | undefined;
  /**
   * Completes that execution, and captures a summary of it as action data
   * `performance`, `pipeline_execution`. Without a collector undefined.
   */
  completePipelineExecution(
    pipelineResult?: PipelineResult | null,
  ): CompletedExecution | undefined;

  /** The collector's summary. Without a collector a message that says so. */
  getPerformanceMetrics(): PerformanceSummary | { message: string };
  /** A stage's entries, oldest first; `timeRange` in ms. Without a collector []. Throws `ERR_PPM_INVALID_ARG`. */
  getStagePerformanceData(
    stageName: string,
    timeRange?: TimeRange,
  ): StageEntry[];
  /** The pipeline's entries, oldest first; `timeRange` in ms. Without a collector []. Throws `ERR_PPM_INVALID_ARG`. */
  getPipelinePerformanceData(timeRange?: TimeRange): PipelineEntry[];
  /** Passes the data to the base class and returns its result; without one, stores it in `actionData`. */
  captureActionData(
    category: string,
    type: string,
    data: object,
    options?: CaptureOptions,
  ): unknown;
}

/** Properties that a trace has unless its base class has its own of that name. */
export interface TraceData {
  /** Level named in each execution's context. Default `'basic'`. */
  verbosity: string;
  /** Captured data that no base class took, by category, then by type. */
  actionData: Record<string, Record<string, unknown>>;
}

type AnyClass = abstract new (...args: any[]) => object;

/** A class whose instances also have metrics. Its constructor passes all arguments on. */
export type TracedClass<Base extends AnyClass> = Base &
  (new (
    ...args: any[]
  ) => TraceMetrics & Omit<TraceData, keyof InstanceType<Base>>);

/** A trace with metrics. */
export interface ActionAwareStructuredTrace extends TraceMetrics, TraceData {}

/** The mixin; see {@link ActionAwareStructuredTrace}. */
export interface ActionAwareStructuredTraceMixin {
  /**
   * A trace without a base class; other classes may extend it.
   *
   * Throws `ERR_PPM_INVALID_ARG` for a blank `traceId`, or a logger, bus or collector that lacks a method.
   */
  new (
    options: PlainTraceOptions,
  ): ActionAwareStructuredTrace & { logger?: Logger };
  readonly prototype: ActionAwareStructuredTrace;
  /**
   * A subclass of `Base` whose instances have metrics. Throws `ERR_PPM_INVALID_ARG` for anything but a
   * class; its constructor throws as that above does.
   */
  <Base extends AnyClass>(Base: Base): TracedClass<Base>;
  /**
   * Gives a class metrics in place, including existing instances. Applied again, it only sets the
   * collector, if one is given. Throws `ERR_PPM_INVALID_ARG` for anything but a class or a collector.
   *
   * @returns `restore` makes the class what it was
   */
  applyTo(
    HostTrace: AnyClass,
    options?: {
      /** The collector of every instance that is given no other. Default none. */
      performanceMetrics?: PipelinePerformanceMetrics | null | undefined;
    } | null,
  ): { restore(): void };
  /** True for instances of every class this made, or was applied to. */
  [Symbol.hasInstance](value: unknown): value is ActionAwareStructuredTrace;
}

/**
 * `class Trace extends ActionAwareStructuredTrace(Base) {}`: a trace with metrics over any base class.
 */
export const ActionAwareStructuredTrace: ActionAwareStructuredTraceMixin;

/** The target of a measured stage or pipeline; without one, `fn` simply runs. */
export type MeasureTarget = ExecutionRecorder | TraceMetrics | null | undefined;
