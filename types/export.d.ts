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

/** What a {@link createMetricsHandler} is made over. */
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
