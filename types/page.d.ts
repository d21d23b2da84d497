import type { PipelinePerformanceMetrics } from './collector';

export interface ServeOptions {
  /** Port to listen on, 0 to 65535; default 0, any that is free. */
  port?: number;
  /** Interface to listen on; default `'127.0.0.1'`. Beyond the loopback interface a token is required. */
  host?: string;
  /** At least 16 visible ASCII characters; every request must have it, as `?token=` or as a bearer token. */
  token?: string;
  /** Ends the server. */
  signal?: AbortSignal;
}

export interface ServedPage {
  /** Where the page is, with the token if there is one. */
  url: string;
  port: number;
  /** Ends the server and all connections; resolves when no handle is left. */
  close(): Promise<void>;
}

/**
 * Serves a live page of a collector on this machine. While something runs, some 17 updates per second
 * are sent, and one at once after an alert or a failed execution: at most 20 in any second. Some
 * updates are the whole page: it is built in slices of some 2 ms, as often as that takes a quarter of
 * a per cent of the time, or one per cent if it would be older than 2.5 s. A hidden page gets no
 * updates. At most 32 browsers listen; one that takes nothing for 10 s is disconnected.
 *
 * Rejects with `ERR_PPM_INVALID_ARG` if `metrics` is no collector, with `ERR_PPM_INVALID_CONFIG` if
 * an option is out of range, and with the error of `node:http` if it cannot listen.
 */
export function serveMetrics(
  metrics: PipelinePerformanceMetrics,
  options?: ServeOptions,
): Promise<ServedPage>;
