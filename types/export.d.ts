import type { PipelinePerformanceMetrics } from './collector';

export interface ExpositionOptions {
  /** OpenMetrics 1.0 (default), or Prometheus' text format 0.0.4, which has no exemplars. */
  format?: 'openmetrics' | 'prometheus';
}

export interface TraceExportOptions {
  /** Number of executions, the newest, at least 1; default 100. */
  last?: number;
  /** Chrome's trace event format, the default: Perfetto and speedscope open it. */
  format?: 'chrome';
}

/** The part of a collector that {@link createMetricsHandler} uses. */
export interface Exposing {
  toOpenMetrics(options?: ExpositionOptions): string;
}

/** The fields read of a request, as in `node:http`. */
export interface ScrapeRequest {
  method?: string | undefined;
  headers: { accept?: string | undefined };
}

/** The methods called of a response. */
export interface ScrapeResponse {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(text?: string): unknown;
}

/**
 * A handler for Prometheus to scrape, at any path: for `node:http` and Express, and for others
 * through their raw request and response. OpenMetrics if the client asks for it, else text format
 * 0.0.4. GET and HEAD only; it reads no body.
 *
 * Throws `ERR_PPM_INVALID_ARG` if `metrics` is no collector, or options are given. The handler
 * never throws: for a faulted collector it answers 500.
 */
export function createMetricsHandler(
  metrics: Exposing,
): (req: ScrapeRequest, res: ScrapeResponse) => void;

/** The part used of a Registry of prom-client 14 or later. */
export interface PromClientRegistry {
  registerMetric(metric: any): void;
  removeSingleMetric(name: string): void;
  getSingleMetric(name: string): unknown;
}

/** A string, a number, a boolean, or a list of them. */
export type OtlpAttribute =
  string | number | boolean | readonly (string | number | boolean)[];

export interface OtlpExporterOptions {
  /** Where the receiver listens: requests go to `v1/metrics` and `v1/traces` below it. */
  url: string | URL;
  /** Sent with each request; default none. */
  headers?: Record<string, string>;
  /** The attribute `service.name` of the resource; default `'unknown_service:node'`. */
  serviceName?: string;
  /**
   * Further attributes of the resource, over the defaults `process.pid`, `process.runtime.name`,
   * `process.runtime.version` and `service.instance.id`, a random UUID.
   */
  resource?: Record<string, OtlpAttribute>;
  /** How long a request may take, ms; default 10,000. */
  timeout?: number;
  /**
   * The pause before a request is retried, ms: the first (default 1,000), doubled each time, and
   * the longest (default 30,000). The actual pause is a random part of it, at least half.
   */
  initialBackoff?: number;
  maxBackoff?: number;
  /** Most characters of waiting requests, default 16 Mi; beyond them the oldest are dropped and counted. */
  maxQueueBytes?: number;
  /** Closes the exporter, as `close()` does. */
  signal?: AbortSignal;
  /** Wall clock in ms and timers, which make tests exact; default the system's. */
  clock?: {
    wallNow(): number;
    setTimeout(call: () => void, ms: number): any;
    clearTimeout(timer: any): void;
  };
  /** From 0 up to 1: for ids of traces and for pauses; default `Math.random`. */
  random?: () => number;
}

export interface MetricsExportOptions {
  /** How often, ms; default 60,000. */
  interval?: number;
}

/** The fields read of OpenTelemetry's SpanContext. */
export interface ActiveSpanContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  /**
   * 1, the default, if the span is sampled. An unsampled span is never sent: an execution joins its
   * trace, but is not its child.
   */
  traceFlags?: number;
}

export interface TracesExportOptions {
  /** How often to examine ended executions, ms; default 5,000. */
  interval?: number;
  /** Share of all executions that count as slow, 0 to 1; default 0.01. */
  slowest?: number;
  /** Share of the others that is sent, 0 to 1; default 0.01. */
  sample?: number;
  /**
   * Returns the span that an execution starts in, which becomes its parent; called once as each starts. With
   * `@opentelemetry/api`: `() => trace.getActiveSpan()?.spanContext()`. Its errors are ignored.
   */
  activeSpan?: () => ActiveSpanContext | null | undefined;
}

/** Data points or spans. */
export interface OtlpSignalCounts {
  /** Taken by the receiver. */
  sent: number;
  /** Refused by the receiver. */
  rejected: number;
  /** Dropped, because the queue was full or the exporter closed. */
  dropped: number;
}

export interface OtlpExporterCounts {
  /** Data points. */
  metrics: OtlpSignalCounts;
  /** Spans. */
  traces: OtlpSignalCounts;
  /** Executions by why they were sent; empty without `exportTraces`. */
  executions: {
    failed?: number;
    alerted?: number;
    unusual?: number;
    slow?: number;
    sampled?: number;
    /** The first of a new level, to which the alert of another execution links; counted in `skipped` before. */
    levelStart?: number;
    /** Examined and not sent. */
    skipped?: number;
    /** Evicted from the history before they were examined: `maxHistorySize` is too small for `interval`. */
    missed?: number;
  };
  requests: {
    sent: number;
    /** Attempts that were postponed. */
    retried: number;
    /** Not yet sent. */
    waiting: number;
    /** Characters of those. */
    waitingBytes: number;
  };
  /** Why data was last dropped, refused or postponed; null if never. */
  lastError: string | null;
}

/** Sends metrics and executions of collectors to an OTLP receiver. Its timers do not hold the process alive. */
export interface OtlpExporter {
  /**
   * Sends all figures of a collector every `interval` ms; sums are cumulative. Returns the exporter.
   * The figures of a disposed collector are sent a last time.
   *
   * Throws `ERR_PPM_INVALID_CONFIG`, and `ERR_PPM_INVALID_ARG` if `metrics` is no collector or is
   * exported already, if the exporter is closed, or if it exports another collector, whose series
   * would be the same.
   */
  exportMetrics(
    metrics: PipelinePerformanceMetrics,
    options?: MetricsExportOptions,
  ): this;
  /**
   * Sends, as spans, executions that end from now on: those failed, named by an alert, with an
   * unusually slow stage, among the slowest, and a sample of the others. Returns the exporter;
   * throws as `exportMetrics` does.
   */
  exportTraces(
    metrics: PipelinePerformanceMetrics,
    options?: TracesExportOptions,
  ): this;
  /** Never throws. */
  getCounts(): OtlpExporterCounts;
  /**
   * Takes what there is now and waits until all of it has been sent, at most `timeout` ms (10,000).
   * Resolves to false if something still waits, or was dropped because the exporter was closed.
   */
  flush(options?: { timeout?: number }): Promise<boolean>;
  /** Flushes, then stops and closes its connections; requests still waiting are dropped and counted. */
  close(options?: { timeout?: number }): Promise<boolean>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * An exporter to an OTLP receiver over HTTP, in JSON. It needs no other package.
 *
 * Requests are sent one at a time. One that the receiver cannot take now (429, 502, 503, 504, or no
 * answer) is retried after a pause, or after what `Retry-After` asks for, at most ten minutes.
 *
 * Throws `ERR_PPM_INVALID_CONFIG`.
 */
export function createOtlpExporter(options: OtlpExporterOptions): OtlpExporter;

/**
 * A `MetricProducer` of OpenTelemetry's SDK, for the option `metricProducers` of its readers. Sums
 * are cumulative, histograms exponential; data points of the SDK have no exemplars. A faulted
 * collector answers with an error in `errors`.
 *
 * Throws `ERR_PPM_INVALID_ARG` where `metrics` is no collector, or options are given.
 */
export function createMetricProducer(metrics: PipelinePerformanceMetrics): {
  collect(options?: {
    timeoutMillis?: number;
  }): Promise<{ resourceMetrics: any; errors: unknown[] }>;
};
