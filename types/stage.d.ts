import type { ExecutionRecorder } from './collector';
import type {
  NamedPipelineContext,
  CustomLabels,
  NamedStageContext,
} from './inputs';
import type { EventBus, Logger } from './options';
import type { MeasureTarget } from './trace';

/**
 * Measures `fn` as a stage of the target's current execution, else of the one that `stageContext` names, else of
 * the only one that was started directly, else of one of its own. Returns, throws and rejects exactly what `fn`
 * does, a promise one microtask later; a synchronous `fn` stays synchronous. A trace without a collector, and what
 * is neither a trace nor a collector, measures nothing. It throws an error of its own only for an `fn` that is no
 * function: `ERR_PPM_INVALID_ARG`.
 *
 * The stage ends when the result of `fn` does:
 * - a plain value at once; a promise when it settles;
 * - a subclass of Promise, which is listened to and returned itself, when it settles;
 * - any other thenable (a query builder), returned itself, when it settles after its caller has called `then`;
 * - a generator, an asynchronous iterator, a stream of Node's or a web `ReadableStream`, returned itself or
 *   resolved to, when it ends, fails or is closed early. Its items are what it yielded.
 *
 * Stages measured during the work of the last two belong to it. If the work has not begun by the end
 * of the execution, the result is a plain value.
 *
 * A result with `success: false`, or with `errors` that are not empty, is a failed stage.
 */
export function measureStage<T>(
  target: MeasureTarget,
  stageName: string,
  stageContext: NamedStageContext | null | undefined,
  fn: () => T,
): T;

/**
 * Measures `fn` as a pipeline: stages measured inside it belong to it, at any depth and across
 * asynchronous calls. Targets, results and errors are those of {@link measureStage}.
 */
export function measurePipeline<T>(
  target: MeasureTarget,
  pipelineContext: NamedPipelineContext | null | undefined,
  fn: () => T,
): T;

/** A class with `execute`, such as an engine's pipeline or stage. */
export type ExecutableClass = abstract new (...args: any[]) => {
  execute(...args: any[]): unknown;
};

/** What `describe` may return about a pipeline or a stage; all optional. */
export interface Description {
  /** Of either. */
  labels?: CustomLabels | undefined;
  /** Of a pipeline. Default: candidates in its context, else actions. */
  actionCount?: number | undefined;
  /** Of a pipeline. Default: `NODE_ENV`. */
  environment?: string | undefined;
  /** Of a stage. */
  inputSize?: number | undefined;
  /** Of a stage. */
  complexity?: string | undefined;
  /** Of a stage. */
  configurationHash?: string | undefined;
}

/** Options of {@link installPipelineMetrics}. */
export interface InstallOptions {
  /** Its prototype's `execute(context)` becomes an execution. */
  Pipeline: ExecutableClass;
  /** Its prototype's `execute(context)` becomes a stage, named by {@link canonicalStageName}. */
  PipelineStage: ExecutableClass;
  /** Further classes, or objects, whose `execute(context)` becomes an execution. Default none. */
  pipelines?:
    | readonly (ExecutableClass | { execute(...args: any[]): unknown })[]
    | undefined;
  /** Further classes, or objects, whose `execute(context)` becomes a stage. Default none. */
  stages?:
    | readonly (ExecutableClass | { execute(...args: any[]): unknown })[]
    | undefined;
  /** The collector. */
  metrics: ExecutionRecorder;
  /** Whether to record the JSON sizes of contexts and results, at a bounded cost. Default false. */
  estimateSizes?: boolean | undefined;
  /**
   * Whether all measured code is taken to belong to the only execution in flight, so that it need not be
   * carried through every promise. `true`: always; a stage that then runs outside a pipeline, or after
   * its end, counts for the running pipeline. `false`: never. `'auto'`: if carrying slows every promise
   * of the process, that is before Node 24 (or without `--experimental-async-context-frame`). Executions
   * that overlap are always carried. Default `'auto'`.
   */
  contained?: boolean | 'auto' | undefined;
  /**
   * Called once for each pipeline (`stage` is undefined) and each stage, before it starts. Errors
   * are counted in `getDiagnostics().hostileInputs`; fields read before an error count. A promise is
   * not awaited. Default none.
   */
  describe?:
    ((context: any, stage: any) => Description | null | undefined) | undefined;
}

/**
 * Measures every pipeline and stage of an engine, without a trace and without touching contexts. A stage
 * that does not call the `execute` of `PipelineStage` is measured only if it is among `stages`, and a
 * pipeline with its own `execute` only if it is among `pipelines`. Several installations may share
 * classes: a stage reports to the collector of the pipeline that it runs in, a pipeline to the one
 * installed last; uninstalling one leaves the others working.
 *
 * Throws `ERR_PPM_INVALID_ARG` for a class or stage without a method `execute`, one that cannot be replaced, an
 * unknown option, or a collector that lacks a method; then nothing is installed.
 *
 * @returns `uninstall` restores every `execute`
 */
export function installPipelineMetrics(options: InstallOptions): {
  uninstall(): void;
};

/** Size estimates and counts of a stage. A subclass may override each; one that throws counts as 0. */
export interface StageEstimators {
  /** Default: JSON length of the context's actions, entities and components. */
  calculateInputSize(context: any): number;
  /** Default: the input size. */
  estimateOutputSize(context: any): number;
  /** Default: JSON length of the result. */
  calculateOutputSize(result: any): number;
  /** Default: the result's actions, else the longest list in its data, else its candidateActions, entities or components; 1 without any list. */
  countProcessedItems(result: any): number;
  /** Default: `'low'`, above 20 items in the context `'medium'`, above 100 `'high'`. */
  assessComplexity(context: any): string;
}

/** A class whose instances measure their `execute`. */
export type MeasuredClass<
  Base extends abstract new (...args: any[]) => object,
> = Base &
  (new (
    ...args: any[]
  ) => Base extends ExecutableClass
    ? StageEstimators
    : StageEstimators & { execute(context: any): unknown });

/**
 * A class whose `execute` is measured, over any base class: around the base's `execute`, even if that is a
 * field of each instance, or without one around `executeInternal`. It reports to the trace in `context.trace`,
 * else to the execution that it runs in; without either it is not measured. The base's estimators are used.
 *
 * Throws `ERR_PPM_INVALID_ARG` for anything but a class.
 */
export function withStageMetrics<
  Base extends abstract new (...args: any[]) => object,
>(Base: Base): MeasuredClass<Base>;

/** A stage that measures itself. Subclasses implement `executeInternal`. */
export class BasePipelineStage<
  Context = any,
  Result = any,
> implements StageEstimators {
  /** Throws `ERR_PPM_INVALID_ARG` if the logger or the bus lacks a method. */
  constructor(dependencies: { logger: Logger; eventBus: EventBus });
  logger: Logger;
  eventBus: EventBus;
  /** Runs `executeInternal`, measured: settles exactly as it does. */
  execute(context: Context): Promise<Result>;
  /** The work of the stage; rejects unless overridden. */
  executeInternal(context: Context): Promise<Result>;
  calculateInputSize(context: Context): number;
  estimateOutputSize(context: Context): number;
  calculateOutputSize(result: Result): number;
  countProcessedItems(result: Result): number;
  assessComplexity(context: Context): string;
}

/**
 * The name under which a stage is recorded: `stageName`, else `name`, else the name of its class,
 * without the suffix `Stage`, in snake_case; `'anonymous'` for one without any. Never throws.
 *
 * `ComponentFilteringStage`, `ComponentFiltering` and `component_filtering` are one stage.
 */
export function canonicalStageName(stageOrName: unknown): string;
