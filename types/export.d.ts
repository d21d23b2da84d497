import type { PipelinePerformanceMetrics } from './collector';

export interface ExpositionOptions {
  /** OpenMetrics 1.0 (default), or Prometheus' text format 0.0.4, which has no exemplars. */
  format?: 'openmetrics' | 'prometheus';
}

export interface TraceExportOptions {
  /** The newest so many executions, at least 1; default 100. */
  last?: number;
  /** Chrome's trace event format, the default: Perfetto and speedscope open it. */
  format?: 'chrome';
}

/** What {@link createMetricsHandler} needs of a collector. */
export interface Exposing {
  toOpenMetrics(options?: ExpositionOptions): string;
}

/** What is read of a request, such as `node:http` has it. */
export interface ScrapeRequest {
  method?: string | undefined;
  headers: { accept?: string | undefined };
}

/** What is called of a response. */
export interface ScrapeResponse {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(text?: string): unknown;
}

/**
 * A handler that answers what Prometheus scrapes, at whichever path it is mounted: for `node:http`
 * and Express, for others over their raw request and response. OpenMetrics where the client asks
 * for it, else text format 0.0.4. GET and HEAD alone; it reads no body.
 *
 * Throws `ERR_PPM_INVALID_ARG` where `metrics` is no collector. The handler never throws: a faulted
 * collector answers 500.
 */
export function createMetricsHandler(
  metrics: Exposing,
): (req: ScrapeRequest, res: ScrapeResponse) => void;

/** What is used of a Registry of prom-client 14 or later. */
export interface PromClientRegistry {
  registerMetric(metric: any): void;
  removeSingleMetric(name: string): void;
  getSingleMetric(name: string): unknown;
}

/** A text, a number, a truth value, or a list of them. */
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
   * The pause before a request is sent again, ms: at first (default 1,000), doubled each time, and
   * at most (default 30,000). The pause taken is a random part of it, from half to all.
   */
  initialBackoff?: number;
  maxBackoff?: number;
  /** Characters of requests that may wait, default 16 Mi; past them the oldest are dropped, counted. */
  maxQueueBytes?: number;
  /** Closes the exporter, as `close()` does. */
  signal?: AbortSignal;
  /** Wall clock in ms and timers, so that a test is exact; default the system's. */
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
  /** Bounds as Prometheus gets them (default), or exponential buckets. */
  histograms?: 'explicit' | 'exponential';
  /** Whether histograms name an execution for each of their buckets; default true. */
  exemplars?: boolean;
}

/** What is read of OpenTelemetry's SpanContext. */
export interface ActiveSpanContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  /**
   * 1, the default, where the span is sampled. A span that is not is never sent: an execution joins
   * its trace, and is no child of it.
   */
  traceFlags?: number;
}

export interface TracesExportOptions {
  /** How often to look at what ended, ms; default 5,000. */
  interval?: number;
  /** Share of all executions that count as slow, 0 to 1; default 0.01. */
  slowest?: number;
  /** Share of the rest that is sent, 0 to 1; default 0.01. */
  sample?: number;
  /**
   * Returns the span that an execution starts in, which becomes its parent; called once as each
   * starts. With `@opentelemetry/api`: `() => trace.getActiveSpan()?.spanContext()`. What it throws is ignored.
   */
  activeSpan?: () => ActiveSpanContext | null | undefined;
}

/** Data points or spans. */
export interface OtlpSignalCounts {
  /** Taken by the receiver. */
  sent: number;
  /** Refused by the receiver. */
  rejected: number;
  /** Left out, because the queue was full or the exporter closed. */
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
    /** Looked at and not sent. */
    skipped?: number;
    /** Gone from the history before they were looked at: `maxHistorySize` holds too few for `interval`. */
    missed?: number;
  };
  requests: {
    sent: number;
    /** Attempts that were put off. */
    retried: number;
    /** Not yet sent. */
    waiting: number;
    /** Characters of those. */
    waitingBytes: number;
  };
  /** Why data were last dropped, refused or put off; null for never. */
  lastError: string | null;
}

/** Sends what collectors measure to a receiver of OTLP. Its timers keep no process alive. */
export interface OtlpExporter {
  /**
   * Sends all figures of a collector every `interval` ms; sums are cumulative. Returns the exporter.
   * The figures of a disposed collector are sent once more, then no longer.
   *
   * Throws `ERR_PPM_INVALID_CONFIG`, and `ERR_PPM_INVALID_ARG` where `metrics` is no collector or
   * exported already, or the exporter closed, or it exports another collector, whose series would be
   * the same.
   */
  exportMetrics(
    metrics: PipelinePerformanceMetrics,
    options?: MetricsExportOptions,
  ): this;
  /**
   * Sends, as spans, executions that end from now on and are worth it: failed, named by an alert,
   * with a stage out of the ordinary, among the slowest, and a sample of the rest. Returns the
   * exporter; throws as `exportMetrics` does.
   */
  exportTraces(
    metrics: PipelinePerformanceMetrics,
    options?: TracesExportOptions,
  ): this;
  /** Never throws. */
  getCounts(): OtlpExporterCounts;
  /**
   * Takes what there is now and waits until all of it has been sent, at most `timeout` ms (10,000).
   * Resolves to false where something still waits, or was dropped because the exporter was closed.
   */
  flush(options?: { timeout?: number }): Promise<boolean>;
  /** Flushes, then stops and closes its connections; what still waits is dropped, counted. */
  close(options?: { timeout?: number }): Promise<boolean>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * An exporter to a receiver of OTLP over HTTP, in its JSON form. It needs no other package.
 *
 * Requests are sent one after the other. One that the receiver cannot take now (429, 502, 503, 504,
 * or no answer) is sent again after a pause, or after what `Retry-After` asks for, at most ten minutes.
 *
 * Throws `ERR_PPM_INVALID_CONFIG`.
 */
export function createOtlpExporter(options: OtlpExporterOptions): OtlpExporter;

export interface MetricProducerOptions {
  /** Default exponential. */
  histograms?: 'exponential' | 'explicit';
}

/**
 * A `MetricProducer` of OpenTelemetry's SDK, for the option `metricProducers` of its readers. Sums
 * are cumulative; data points of the SDK have no exemplars. A faulted collector answers with an
 * error in `errors`.
 *
 * Throws `ERR_PPM_INVALID_ARG` where `metrics` is no collector, and `ERR_PPM_INVALID_CONFIG`.
 */
export function createMetricProducer(
  metrics: PipelinePerformanceMetrics,
  options?: MetricProducerOptions,
): {
  collect(options?: {
    timeoutMillis?: number;
  }): Promise<{ resourceMetrics: any; errors: unknown[] }>;
};
