import type { Alert, Analysis, ResolvedAlert } from './findings';
import type { Aggregates } from './summary';

/**
 * Stable codes of the errors this package throws, in `error.code`. Codes are API, messages are not.
 *
 * - `ERR_PPM_INVALID_ARG` (TypeError): an argument of the wrong shape; the message names what is missing.
 * - `ERR_PPM_INVALID_CONFIG` (TypeError, or RangeError where only the number is out of range): a setting,
 *   a threshold or an option; the message names field, value and what is allowed.
 * - `ERR_PPM_INTERNAL` (Error): the collector is faulted. Queries throw it; what runs on every execution
 *   never throws, and records nothing more.
 * - `ERR_PPM_NOT_IMPLEMENTED` (Error): a stage over BasePipelineStage without executeInternal.
 * - `ERR_PPM_NATIVE_LOAD` (Error): the native addon does not load; the first line of the message says why. Thrown
 *   by `require` or `import`.
 */
export type ErrorCode =
  | 'ERR_PPM_INVALID_ARG'
  | 'ERR_PPM_INVALID_CONFIG'
  | 'ERR_PPM_NOT_IMPLEMENTED'
  | 'ERR_PPM_INTERNAL'
  | 'ERR_PPM_NATIVE_LOAD';

/** What every error of this package looks like. */
export interface MetricsError extends Error {
  code: ErrorCode;
}

/**
 * Where messages go. A logger that throws or rejects is counted in {@link Diagnostics.loggerErrors}.
 * One that has `isLevelEnabled(level)`, `isDebugEnabled()` and `isInfoEnabled()`, or a `level` of text
 * is asked as each execution starts, and gets no debug or info line that it would not print.
 */
export interface Logger {
  debug(message: string, details?: unknown): unknown;
  info(message: string, details?: unknown): unknown;
  warn(message: string, details?: unknown): unknown;
  error(message: string, details?: unknown): unknown;
}

/** The payload of each event, by its default name. */
export interface EventPayloads {
  /** As a threshold is crossed: one event per alert, before the completion returns. */
  PIPELINE_PERFORMANCE_ALERT: Alert;
  /** As an alert is over, only with `config.alertResolved`: once for all alerts of a condition. */
  PIPELINE_PERFORMANCE_ALERT_RESOLVED: ResolvedAlert;
  /** As a direct execution completes; of measured ones about the latest, at most once per `config.analysisInterval`. */
  PIPELINE_PERFORMANCE_ANALYSIS: Analysis;
  /** Every `config.aggregationInterval` ms, and at each `aggregateMetrics()`. */
  PIPELINE_METRICS_AGGREGATED: Aggregates;
}

/** The payload of any event. */
export type EventPayload = EventPayloads[keyof EventPayloads];

/** An event as {@link ObjectEventBus} gets it, under its default name: `dispatch(event: MetricsEvent)`. */
export type MetricsEvent = {
  [Name in keyof EventPayloads]: { type: Name; payload: EventPayloads[Name] };
}[keyof EventPayloads];

/** A bus that takes one object. */
export interface ObjectEventBus {
  dispatch(
    event: MetricsEvent | { type: string; payload: EventPayload },
  ): unknown;
}

/** A bus that takes name and payload, synchronous or asynchronous. */
export interface NamedEventBus {
  dispatch(name: string, payload: EventPayload): unknown;
}

/**
 * Either shape. A listener that throws or rejects is counted in {@link Diagnostics.listenerErrors}.
 * A bus that answers with a promise gets one dispatch of a name at a time, the next when that has
 * settled. Until then up to 1,000 alerts wait ({@link Diagnostics.droppedAlerts} counts those
 * beyond), of aggregates the latest, and of analyses the latest beyond as many.
 */
export type EventBus = ObjectEventBus | NamedEventBus;

/**
 * How `dispatch` is called: `'object'` with `{ type, payload }`, `'name-payload'` with two arguments,
 * `'auto'` with two where `dispatch.length` is at least 2 when the collector is made.
 */
export type DispatchStyle = 'auto' | 'object' | 'name-payload';

/** Other names for the events. */
export interface EventNames {
  /** Default `'PIPELINE_PERFORMANCE_ALERT'`. */
  alert?: string | undefined;
  /** Default `'PIPELINE_PERFORMANCE_ANALYSIS'`. */
  analysis?: string | undefined;
  /** Default `'PIPELINE_METRICS_AGGREGATED'`. */
  aggregated?: string | undefined;
  /** Default `'PIPELINE_PERFORMANCE_ALERT_RESOLVED'`. */
  resolved?: string | undefined;
}

/**
 * What is captured: `minimal` time; `basic` and `standard` also heap; `detailed` also CPU time and I/O
 * of the thread; `verbose` also the environment.
 */
export type VerbosityLevel =
  'minimal' | 'basic' | 'standard' | 'detailed' | 'verbose';

/**
 * A level, an object that has one, or an object that is asked for one whenever an execution starts; null
 * is `basic`. An answer that is no {@link VerbosityLevel} reads as `basic`.
 */
export type VerbosityConfig =
  | VerbosityLevel
  | { level: VerbosityLevel }
  | { getVerbosityLevel(): string }
  | null;

/** Where times come from instead of the machine, so that a test is exact. */
export interface Clock {
  /** Milliseconds with a fraction, never going back, from any origin. Kept to 1 ns. */
  now(): number;
  /** Milliseconds since 1970 UTC. */
  wallNow(): number;
}

/** The settings. Assigning to one of `metrics.config` takes effect at the next call. */
export interface Config {
  /** Age in ms past which entries, executions and alerts are dropped. Above 0. Default 86,400,000 (24 h). */
  retentionPeriod: number;
  /** Milliseconds between two aggregations. Above 0, at most 2,147,483,647. Default 300,000 (5 min). */
  aggregationInterval: number;
  /**
   * Milliseconds between two analysis events of executions that are measured (`measurePipeline`,
   * an installed engine): each is about the latest, with the number that completed since the event
   * before in `executions`. Their records are brought in as often, or when a question is asked. 0 to
   * 2,147,483,647. Default 50.
   */
  analysisInterval: number;
  /** Whether measured executions dispatch analysis events at all. Default true. */
  analysisEvents: boolean;
  /** Factor over the baseline from which `baseline_exceeded` is raised. Above 0, finite. Default 2. */
  alertThreshold: number;
  /**
   * Shortest duration in ms that raises `baseline_exceeded`. A `level_shift` below it is raised only
   * where it is 5 % or more of what an execution typically takes, or where that is not known yet.
   * 0 or above, finite. Default 1.
   */
  minAlertDuration: number;
  /**
   * Milliseconds for which a stage raises no second alert of the same type; what it suppresses is
   * counted, and `suppressed` of the next alert says how many. 0 or above, finite. Default 0.
   */
  alertCooldown: number;
  /**
   * An alert is over once its figure is at most `threshold * (1 - alertHysteresis)`. Above 0, an
   * alert that is not over is not raised again, but once in `alertCooldown` where that is set.
   * At least 0 and below 1. Default 0: every run beyond a threshold raises an alert.
   */
  alertHysteresis: number;
  /** Whether the end of an alert is reported, as an event and in `getRecentAlerts`. Default false. */
  alertResolved: boolean;
  /** Entries stored per stage, executions and alerts. Whole, 1 to 10,000,000. Default 10,000. */
  maxHistorySize: number;
  /** Stage names distinguished; later ones are recorded as `(overflow)`. Whole, 1 to 100,000. Default 500. */
  maxStages: number;
  /**
   * Executions that run at once: one more abandons the oldest. Whole, 1 to 1,000,000. Default 10,000.
   */
  maxActiveExecutions: number;
  /**
   * Spans that one execution keeps: stages beyond count in their own histories, and in one row
   * `(overflow)` of the execution. Whole, 1 to 1,000,000. Default 10,000.
   */
  maxStagesPerExecution: number;
  /**
   * How often the heap is read: `'exact'` at every start and completion; `'shared'` at every
   * completion of a stage, while a start, or the end of the execution, takes the reading before it
   * where that is at most 50 µs old, so that what is allocated meanwhile counts to the stage that starts;
   * `'off'` never; `'auto'` as `'shared'`, of measured executions in one of k, with the least k that keeps
   * readings within a third of `overheadBudget`. Default `'auto'`; `'exact'` where a `memorySampler` is given.
   */
  memorySampling: 'auto' | 'exact' | 'shared' | 'off';
  /**
   * Measuring is to stay below this ratio of its own cost to the time observed. Above 0; Infinity
   * for no budget. Default 0.01.
   */
  overheadBudget: number;
}

/** What a collector is made from. */
export interface CollectorOptions {
  /** Needs all four methods. */
  logger: Logger;
  /** Needs `dispatch`. */
  eventBus: EventBus;
  /** Default null, which is `basic`. */
  verbosityConfig?: VerbosityConfig | undefined;
  /** Settings that differ from the defaults in {@link Config}. */
  config?:
    { [Name in keyof Config]?: Config[Name] | undefined } | null | undefined;
  /** Default: the machine's monotonic clock, on the scale of `performance.now()`, and its wall clock. */
  clock?: Clock | null | undefined;
  /**
   * Returns the bytes in use; `false` reads no memory. Default: the heap of the isolate.
   * Read before the clock on a start and after it on a completion.
   */
  memorySampler?: (() => number) | false | null | undefined;
  /** Default `'auto'`. */
  dispatchStyle?: DispatchStyle | null | undefined;
  /** Default: the names of {@link EventPayloads}. */
  eventNames?: EventNames | null | undefined;
}
