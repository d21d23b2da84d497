import type { PipelinePerformanceMetrics } from './collector';

export interface ServeOptions {
  /** Port to listen on, 0 to 65535; default 0, any that is free. */
  port?: number;
  /** Interface to listen on; default `'127.0.0.1'`. Beyond the loopback interface a token is required. */
  host?: string;
  /** At least 16 visible ASCII characters, which every request has to bring: `?token=` or a bearer. */
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
 * Serves a live page of a collector on this machine. A tick goes out whenever something ran, 15 a
 * second, and at once where an alert was raised or an execution failed; with the pages at most 20 a second. The whole page as often as making it takes half a per cent of the time, in slices of some 2 ms. At
 * most 32 listen; one that takes nothing for 10 s is dropped.
 *
 * Rejects with `ERR_PPM_INVALID_ARG` where `metrics` is no collector, with `ERR_PPM_INVALID_CONFIG`
 * where an option is out of range, and with the error of `node:http` where it cannot listen.
 */
export function serveMetrics(
  metrics: PipelinePerformanceMetrics,
  options?: ServeOptions,
): Promise<ServedPage>;
