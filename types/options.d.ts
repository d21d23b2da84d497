import type { Alert, Analysis, ResolvedAlert } from './findings';
import type { Aggregates } from './summary';

/**
 * Stable codes of the errors this package throws, in `error.code`. Codes are API, messages are not.
 *
 * - `ERR_PPM_INVALID_ARG` (TypeError): an argument of the wrong shape; the message names what is wrong.
 * - `ERR_PPM_INVALID_CONFIG` (TypeError, or RangeError where only the number is out of range): a setting,
 *   a threshold or an option; the message names field, value and what is allowed.
 * - `ERR_PPM_INTERNAL` (Error): the collector is faulted. Queries throw it; recording methods never
 *   throw, and record nothing more. Also what needs the page where that is missing, as in a bundle.
 * - `ERR_PPM_NOT_IMPLEMENTED` (Error): a stage that extends BasePipelineStage without executeInternal.
 * - `ERR_PPM_NATIVE_LOAD` (Error): the native addon does not load; the first line of the message says why. Thrown
 *   by `require` or `import`.
 */
export type ErrorCode =
  | 'ERR_PPM_INVALID_ARG'
  | 'ERR_PPM_INVALID_CONFIG'
  | 'ERR_PPM_NOT_IMPLEMENTED'
  | 'ERR_PPM_INTERNAL'
  | 'ERR_PPM_NATIVE_LOAD';

/** The shape of every error of this package. */
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
  /** When a threshold is crossed: one event per alert, before the completion returns. */
  PIPELINE_PERFORMANCE_ALERT: Alert;
  /** When an alert is over, only with `config.alertResolved`: once for all alerts of a condition. */
  PIPELINE_PERFORMANCE_ALERT_RESOLVED: ResolvedAlert;
  /**
   * When a direct execution completes; for measured ones about the latest, at most once per `config.analysisInterval`.
   */
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
 * A bus that returns a promise gets one dispatch per name at a time, the next after that has
 * settled. Until then up to 1,000 alerts wait ({@link Diagnostics.droppedAlerts} counts those
 * beyond), the latest aggregate, and up to 1,000 analyses, beyond which they merge into the latest.
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
 * A level, an object with a `level`, or one whose `getVerbosityLevel()` is called at each start of an
 * execution; null is `basic`. If that returns anything but a {@link VerbosityLevel}, it reads as `basic`.
 */
export type VerbosityConfig =
  | VerbosityLevel
  | { level: VerbosityLevel }
  | { getVerbosityLevel(): string }
  | null;

/** Replaces the machine's clocks, which makes tests exact. */
export interface Clock {
  /** Milliseconds with a fraction, monotonic, from any origin. Stored to 1 ns. */
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
   * Milliseconds between two analysis events of executions that are measured (`measurePipeline`, an
   * installed engine): each is about the latest, with the number completed since the previous event
   * in `executions`. Their records are moved into the history as often, or at a query. 0 to
   * 2,147,483,647. Default 50.
   */
  analysisInterval: number;
  /** Whether measured executions dispatch analysis events at all. Default true. */
  analysisEvents: boolean;
  /** Factor over the baseline from which `baseline_exceeded` is raised. Above 0, finite. Default 2. */
  alertThreshold: number;
  /**
   * Shortest duration in ms that raises `baseline_exceeded`. A `level_shift` below it is raised only
   * if it is at least 5 % of an execution's typical duration, or that is not known yet. 0 or above,
   * finite. Default 1.
   */
  minAlertDuration: number;
  /**
   * Milliseconds for which a stage raises no second alert of the same type; `suppressed` of the
   * next alert counts the suppressed ones. 0 or above, finite. Default 0.
   */
  alertCooldown: number;
  /**
   * An alert is over once its figure is at most `threshold * (1 - alertHysteresis)`. Above 0, an
   * ongoing alert is not raised again, except once per `alertCooldown` if that is set. At least 0
   * and below 1. Default 0: every run beyond a threshold raises an alert.
   */
  alertHysteresis: number;
  /** Whether the end of an alert is reported, as an event and in `getRecentAlerts`. Default false. */
  alertResolved: boolean;
  /** Entries stored per stage, executions and alerts. Whole, 1 to 10,000,000. Default 10,000. */
  maxHistorySize: number;
  /** Most distinct stage names; later ones are recorded as `(overflow)`. Whole, 1 to 100,000. Default 500. */
  maxStages: number;
  /** Most executions running at once: one more abandons the oldest. Whole, 1 to 1,000,000. Default 10,000. */
  maxActiveExecutions: number;
  /**
   * Most stages stored per execution: further ones count in their stages' histories, and in one row
   * `(overflow)` of the execution. Whole, 1 to 1,000,000. Default 10,000.
   */
  maxStagesPerExecution: number;
  /**
   * How often the heap is read: `'exact'` at every start and completion; `'shared'` at every completion of a
   * stage, while a start, or the end of the execution, takes the previous reading if that is at most 50 µs
   * old, so that allocations in between count for the starting stage; `'off'` never; `'auto'` as `'shared'`,
   * for measured executions in one of k, with the smallest k for which readings stay within a third of
   * `overheadBudget`, and within what the rest of measuring leaves of it; where that is next to nothing, within a
   * sixteenth of that third. Default `'auto'`; `'exact'` if a `memorySampler` is given.
   */
  memorySampling: 'auto' | 'exact' | 'shared' | 'off';
  /**
   * The ratio of measuring cost to observed time that measuring should stay below. Above 0;
   * Infinity for no budget. Default 0.01.
   */
  overheadBudget: number;
}

/** Options of a collector. */
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
