'use strict';

const timers = require('node:timers');
const { checkedOptions } = require('../config/option-checks');
const { coreOf } = require('../recording/direct-recorder');
const { invalidArg } = require('../errors');
const { Poster } = require('./otlp-request');
const { RequestQueue } = require('./otlp-queue');
const { MetricSource, TraceSource } = require('./otlp-sources');
const {
  EXPORTER,
  METRICS,
  TRACES,
  WAITS,
  endpointOf,
  resourceOf,
} = require('./otlp-options');

/**
 * @import { PipelinePerformanceMetrics } from '../../types/collector'
 * @import { MetricsExportOptions } from '../../types/export'
 * @import { OtlpExporterCounts, OtlpExporterOptions } from '../../types/export'
 * @import { TracesExportOptions } from '../../types/export'
 * @import { Core } from '../recording/core'
 * @import { Clock } from './otlp-request'
 * @typedef {{ metrics?: MetricSource, traces?: TraceSource }} Sources
 */

/** @type {Clock} */
const SYSTEM_CLOCK = {
  wallNow: () => Date.now(),
  setTimeout: timers.setTimeout,
  clearTimeout: timers.clearTimeout,
};
/** The bound below which a double holds every integer. */
const SEEDS = 2 ** 53;

/** @param {unknown} error */
const messageOf = (error) =>
  error instanceof Error ? error.message : String(error);

/**
 * Sends the metrics and spans of collectors to a receiver of OTLP over HTTP, as JSON. None of its
 * work runs inside a stage, and its failures are counted; none reaches the pipeline.
 */
class OtlpExporter {
  #options;
  #clock;
  #poster;
  #queue;
  #shared;
  #endpoints;
  /** @type {Map<Core, Sources>} */
  #sources = new Map();
  /**
   * Of all collectors by why they were sent; empty before any is asked for.
   * @type {OtlpExporterCounts['executions']}
   */
  #executions = {};
  /** @type {Set<{ timer: any }>} */
  #timers = new Set();
  /** @type {Promise<boolean> | null} */
  #closing = null;
  #onAbort = () => void this.close();

  /** @param {OtlpExporterOptions} given */
  constructor(given) {
    /** @type {Required<OtlpExporterOptions>} */
    const options = checkedOptions(given, EXPORTER);
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    const random = options.random;
    this.#shared = {
      resource: resourceOf(options),
      seed: Math.floor(random() * SEEDS),
    };
    this.#endpoints = {
      metrics: endpointOf(options.url, 'metrics'),
      traces: endpointOf(options.url, 'traces'),
    };
    const headers = { ...options.headers };
    this.#poster = new Poster(headers, options.timeout, this.#clock);
    this.#queue = new RequestQueue(
      options,
      (url, text) => this.#poster.post(url, text),
      this.#clock,
      random,
    );
    if (options.signal?.aborted) this.#onAbort();
    else
      options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Sends all figures of a collector every `interval` ms.
   * @param {PipelinePerformanceMetrics} metrics
   * @param {MetricsExportOptions} [given]
   */
  exportMetrics(metrics, given) {
    const core = coreOf(metrics);
    const { interval } = checkedOptions(given, METRICS);
    for (const [other, { metrics: of }] of this.#sources) {
      if (of === undefined || other === core) continue;
      if (!other.closed)
        throw invalidArg(
          'the series of two collectors would be the same: give each an exporter of its own',
        );
      this.#takeMetrics(of);
      this.#forget(other, 'metrics');
    }
    const of = this.#sourcesOf(core, 'metrics');
    const source = new MetricSource(metrics, core, this.#shared);
    source.traces = of.traces ?? null;
    of.metrics = source;
    this.#repeat(core, 'metrics', interval);
    return this;
  }

  /**
   * Looks at ended executions every `interval` ms and sends those worth sending.
   * @param {PipelinePerformanceMetrics} metrics
   * @param {TracesExportOptions} [given]
   */
  exportTraces(metrics, given) {
    const core = coreOf(metrics);
    const options = checkedOptions(given, TRACES);
    const of = this.#sourcesOf(core, 'traces');
    const counts = this.#executions;
    const source = new TraceSource(core, options, this.#shared, counts);
    if (of.metrics !== undefined) of.metrics.traces = source;
    of.traces = source;
    this.#repeat(core, 'traces', options.interval);
    return this;
  }

  /** @param {Core} core @param {'metrics' | 'traces'} signal */
  #sourcesOf(core, signal) {
    if (this.#closing !== null) throw invalidArg('the exporter is closed');
    /** @type {Sources} */
    const of = this.#sources.get(core) ?? {};
    if (of[signal] !== undefined)
      throw invalidArg(`${signal} of this collector are exported already`);
    this.#sources.set(core, of);
    return of;
  }

  /** @param {Core} core @param {'metrics' | 'traces'} signal */
  #forget(core, signal) {
    const of = this.#sources.get(core);
    of?.[signal]?.close();
    delete of?.[signal];
    if (of && Object.keys(of).length === 0) this.#sources.delete(core);
  }

  /**
   * Takes what there is, and again `interval` ms after that ended; a disposed collector once more.
   * The timer does not hold the process alive.
   * @param {Core} core
   * @param {'metrics' | 'traces'} signal
   * @param {number} interval
   */
  #repeat(core, signal, interval) {
    /** @type {{ timer: any }} */
    const entry = { timer: undefined };
    const next = () => {
      entry.timer = this.#clock.setTimeout(async () => {
        const isLast = core.closed;
        await this.#take(this.#sources.get(core)?.[signal]);
        if (isLast) this.#forget(core, signal);
        if (isLast || this.#closing !== null) this.#timers.delete(entry);
        else next();
      }, interval);
      entry.timer?.unref?.();
    };
    this.#timers.add(entry);
    next();
  }

  /** @param {MetricSource | TraceSource | undefined} source */
  async #take(source) {
    if (source instanceof MetricSource) this.#takeMetrics(source);
    else if (source !== undefined) await this.#takeTraces(source);
  }

  /** @param {MetricSource} source */
  #takeMetrics(source) {
    try {
      const { text, points } = source.take();
      this.#queue.push('metrics', this.#endpoints.metrics, text, points);
    } catch (error) {
      this.#queue.counts.lastError = messageOf(error);
    }
  }

  /** @param {TraceSource} source */
  async #takeTraces(source) {
    try {
      await source.look((text, spans) =>
        this.#queue.push('traces', this.#endpoints.traces, text, spans),
      );
    } catch (error) {
      this.#queue.counts.lastError = messageOf(error);
    }
  }

  /** @returns {OtlpExporterCounts} counts of what was sent, refused, dropped and examined */
  getCounts() {
    const { metrics, traces, requests, lastError } = this.#queue.counts;
    return {
      metrics: { ...metrics },
      traces: { ...traces },
      executions: { ...this.#executions },
      requests: {
        ...requests,
        waiting: this.#queue.waiting.requests,
        waitingBytes: this.#queue.waiting.bytes,
      },
      lastError,
    };
  }

  /**
   * Takes what there is now and waits until it has been sent; false if it could not be.
   * @param {{ timeout?: number }} [given]
   * @returns {Promise<boolean>}
   */
  async flush(given) {
    const { timeout } = checkedOptions(given, WAITS);
    if (this.#closing !== null) return this.#closing;
    return this.#flush(timeout);
  }

  /**
   * @param {number} timeout - ms
   * @returns {Promise<boolean>}
   */
  async #flush(timeout) {
    for (const { metrics, traces } of this.#sources.values()) {
      await this.#take(metrics);
      await this.#take(traces);
    }
    this.#queue.hurry();
    /** @type {any} */
    let timer;
    // Not unref'd: the process must not end while a caller waits for it.
    /** @type {Promise<boolean>} */
    const late = new Promise((resolve) => {
      timer = this.#clock.setTimeout(() => resolve(false), timeout);
    });
    try {
      return await Promise.race([this.#queue.emptied(), late]);
    } finally {
      this.#clock.clearTimeout(timer);
    }
  }

  /**
   * Flushes, then stops: what could not be sent is dropped, counted. Never rejects.
   * @param {{ timeout?: number }} [given]
   * @returns {Promise<boolean>}
   */
  close(given) {
    const { timeout } = checkedOptions(given, WAITS);
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  /** @param {number} timeout - ms */
  async #close(timeout) {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    for (const { timer } of this.#timers) this.#clock.clearTimeout(timer);
    const isSent = await this.#flush(timeout);
    for (const { traces } of this.#sources.values()) traces?.close();
    this.#queue.close();
    this.#poster.close();
    // A request in flight is counted by then.
    await this.#queue.emptied();
    return isSent;
  }
}

if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(OtlpExporter.prototype, Symbol.asyncDispose, {
    value() {
      return this.close();
    },
    configurable: true,
    writable: true,
  });
}

/**
 * An exporter of what collectors measure to a receiver of OTLP over HTTP.
 * @type {typeof import('../../types/export').createOtlpExporter}
 */
function createOtlpExporter(options) {
  // `Symbol.asyncDispose` is missing in older runtimes.
  return /** @type {any} */ (new OtlpExporter(options));
}

module.exports = { createOtlpExporter };
