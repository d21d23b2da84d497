'use strict';

const timers = require('node:timers');
const { invalidArg } = require('../errors');
const { Poster } = require('./otlp-request');
const { RequestQueue } = require('./otlp-queue');
const { MetricSource, TraceSource } = require('./otlp-sources');
const {
  EXPORTER,
  METRICS,
  TRACES,
  WAITS,
  checked,
  coreOf,
  endpointOf,
  resourceOf,
} = require('./otlp-options');

const SYSTEM_CLOCK = {
  wallNow: () => Date.now(),
  setTimeout: timers.setTimeout,
  clearTimeout: timers.clearTimeout,
};
/** Numbers that a double holds exactly. */
const SEEDS = 2 ** 53;

/**
 * Sends what collectors measure to a receiver of OTLP over HTTP, as JSON. Nothing of it runs
 * inside of a stage, and nothing that goes wrong reaches the pipeline: it is counted.
 */
class OtlpExporter {
  #options;
  #clock;
  #poster;
  #queue;
  #shared;
  #endpoints;
  /** @type {Map<object, { metrics?: MetricSource, traces?: TraceSource }>} */
  #sources = new Map();
  #timers = new Set();
  #closing = null;
  #onAbort = () => void this.close();

  constructor(given) {
    const options = checked(given, EXPORTER);
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

  /** Sends all figures of a collector every `interval` ms. */
  exportMetrics(metrics, given) {
    const core = coreOf(metrics);
    const options = checked(given, METRICS);
    const of = this.#sourcesOf(core, 'metrics');
    of.metrics = new MetricSource(metrics, core, options, this.#shared);
    of.metrics.traces = of.traces ?? null;
    this.#repeat(options.interval, () => this.#takeMetrics(of.metrics));
    return this;
  }

  /** Looks every `interval` ms at the executions that ended, and sends those that are worth it. */
  exportTraces(metrics, given) {
    const core = coreOf(metrics);
    const options = checked(given, TRACES);
    const of = this.#sourcesOf(core, 'traces');
    of.traces = new TraceSource(core, options, this.#shared);
    if (of.metrics !== undefined) of.metrics.traces = of.traces;
    this.#repeat(options.interval, () => this.#takeTraces(of.traces));
    return this;
  }

  #sourcesOf(core, signal) {
    if (this.#closing !== null) throw invalidArg('the exporter is closed');
    const of = this.#sources.get(core) ?? {};
    if (of[signal] !== undefined)
      throw invalidArg(`${signal} of this collector are exported already`);
    this.#sources.set(core, of);
    return of;
  }

  /** Calls `take` every `interval` ms from its end on, and keeps no process alive for that. */
  #repeat(interval, take) {
    const entry = { timer: undefined };
    const next = () => {
      entry.timer = this.#clock.setTimeout(async () => {
        await take();
        if (this.#closing === null) next();
      }, interval);
      entry.timer?.unref?.();
    };
    this.#timers.add(entry);
    next();
  }

  async #takeMetrics(source) {
    try {
      const { text, points } = source.take();
      this.#queue.push('metrics', this.#endpoints.metrics, text, points);
    } catch (error) {
      this.#queue.counts.lastError = error.message;
    }
  }

  async #takeTraces(source) {
    try {
      await source.look((text, spans) =>
        this.#queue.push('traces', this.#endpoints.traces, text, spans),
      );
    } catch (error) {
      this.#queue.counts.lastError = error.message;
    }
  }

  /** What was sent, refused, dropped and looked at so far. */
  getCounts() {
    const { metrics, traces, requests, lastError } = this.#queue.counts;
    const executions = {};
    for (const { traces: source } of this.#sources.values()) {
      for (const [name, count] of Object.entries(source?.counts ?? {}))
        executions[name] = (executions[name] ?? 0) + count;
    }
    return {
      metrics: { ...metrics },
      traces: { ...traces },
      executions,
      requests: {
        ...requests,
        waiting: this.#queue.waiting.requests,
        waitingBytes: this.#queue.waiting.bytes,
      },
      lastError,
    };
  }

  /** Takes what there is now, and waits until all of it has been sent; false where it was not. */
  async flush(given) {
    const { timeout } = checked(given, WAITS);
    if (this.#closing !== null) return this.#closing;
    return this.#flush(timeout);
  }

  async #flush(timeout) {
    for (const { metrics, traces } of this.#sources.values()) {
      if (metrics !== undefined) await this.#takeMetrics(metrics);
      if (traces !== undefined) await this.#takeTraces(traces);
    }
    this.#queue.hurry();
    let timer;
    // Not unref'd: who waits for it is not to be left waiting by the end of the process.
    const late = new Promise((resolve) => {
      timer = this.#clock.setTimeout(() => resolve(false), timeout);
    });
    const emptied = this.#queue.emptied().then(() => true);
    try {
      return await Promise.race([emptied, late]);
    } finally {
      this.#clock.clearTimeout(timer);
    }
  }

  /** Flushes, then stops: what could not be sent is dropped, counted. Never rejects. */
  close(given) {
    const { timeout } = checked(given, WAITS);
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async #close(timeout) {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    for (const { timer } of this.#timers) this.#clock.clearTimeout(timer);
    const isSent = await this.#flush(timeout);
    for (const { traces } of this.#sources.values()) traces?.close();
    this.#queue.close();
    this.#poster.close();
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

/** An exporter of what collectors measure to a receiver of OTLP over HTTP. */
function createOtlpExporter(options) {
  return new OtlpExporter(options);
}

module.exports = { OtlpExporter, createOtlpExporter };
