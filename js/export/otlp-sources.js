'use strict';

// What an exporter reads from a collector: all its current figures, or the executions that ended
// since the last look.

const { setImmediate } = require('node:timers');
const { asked } = require('../boundary/call-native');
const { native } = require('../boundary/native');
const { countsFrom } = require('../queries/texts-for-tools');

/**
 * @import { PipelinePerformanceMetrics } from '../../types/collector'
 * @import { OtlpExporterCounts } from '../../types/export'
 * @import { TracesExportOptions } from '../../types/export'
 * @import { Core } from '../recording/core'
 */

/** Executions examined before other work of the event loop gets a turn. */
const SLICE = 250;
/** Executions whose surrounding spans are remembered until the next look. */
const MAX_PENDING = 20_000;
/** The oldest are removed this many at a time, since each removal moves all others. */
const PENDING_STEP = 2_000;

/** @type {('failed' | 'alerted' | 'unusual' | 'slow' | 'sampled' | 'levelStart')[]} */
const REASONS = [
  'failed',
  'alerted',
  'unusual',
  'slow',
  'sampled',
  'levelStart',
];

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
/** The bit of it in the flags of a trace. */
const SAMPLED = 1;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;

/**
 * @typedef {Pick<PipelinePerformanceMetrics, 'getDiagnostics'>} Diagnosed
 * @typedef {OtlpExporterCounts['executions']} Counts
 * @typedef {{ resource: string, seed: number }} Shared - attributes as JSON, and what ids are made with
 */

/** All figures of a collector. */
class MetricSource {
  #metrics;
  #core;
  #start;
  /**
   * What traces of the same executions are made with, whose ids exemplars then have.
   * @type {TraceSource | null}
   */
  traces = null;

  /**
   * @param {Diagnosed} metrics
   * @param {Core} core
   * @param {Shared} [shared] - what requests have in common
   */
  constructor(metrics, core, { resource, seed } = { resource: '{}', seed: 0 }) {
    this.#metrics = metrics;
    this.#core = core;
    this.resource = resource;
    this.seed = seed;
    // Counting began with the clock. The start never changes, since a receiver takes another one
    // for a restart.
    this.#start = core.wallNow() - core.now();
  }

  #times() {
    return { start: this.#start, now: this.#core.wallNow() };
  }

  #counts() {
    return countsFrom(this.#metrics.getDiagnostics());
  }

  /** @returns {{ text: string, points: number }} a request */
  take() {
    return asked(() =>
      this.#core.native.otlpMetrics(
        this.#counts(),
        this.resource,
        this.#times(),
        this.seed,
        this.traces?.known(),
      ),
    );
  }

  /**
   * Begins the same in parts, with exponential histograms: each call of what it returns has a
   * request of some stages, the first all that is of no stage, and the last nothing.
   * @returns {() => string | null}
   */
  takeInParts() {
    const writer = asked(() =>
      this.#core.native.figures(this.#counts(), this.#times()),
    );
    return () => asked(() => writer.step());
  }

  close() {}
}

/** The executions of a collector that are worth sending. */
class TraceSource {
  #core;
  #ended;
  #known = new native.KnownExecutions();
  /**
   * Ids of executions that started, each with the trace id and the span id around it.
   * @type {string[]}
   */
  #pending = [];
  /** @type {Promise<void> | null} */
  #isLooking = null;
  #stopListening = () => {};
  #counts;

  /**
   * @param {Core} core
   * @param {TracesExportOptions} options
   * @param {Shared} shared
   * @param {Counts} counts - what is added to
   */
  constructor(core, options, { resource, seed }, counts) {
    this.#core = core;
    this.#counts = counts;
    this.#count({});
    this.options = options;
    this.resource = resource;
    this.seed = seed;
    this.#ended = asked(() => core.native.endedCount());
    if (options.activeSpan !== undefined)
      this.#stopListening = core.onStart(this.#remember);
  }

  /**
   * Remembers the span that a starting execution runs inside; the caller's code may throw.
   * @param {string} id
   */
  #remember = (id) => {
    let [traceId, spanId] = ['', ''];
    try {
      const active = this.options.activeSpan?.();
      const { traceId: trace = '', spanId: span = '' } = active ?? {};
      // A span that is not sampled is never sent: only its trace is known elsewhere.
      const isSent = ((active?.traceFlags ?? SAMPLED) & SAMPLED) !== 0;
      if (TRACE_ID.test(trace) && SPAN_ID.test(span))
        [traceId, spanId] = [trace, isSent ? span : ''];
    } catch {
      // It has none.
    }
    if (this.#pending.length >= 3 * MAX_PENDING)
      this.#pending.splice(0, 3 * PENDING_STEP);
    this.#pending.push(id, traceId, spanId);
  };

  /** Which spans executions ran inside, and which executions were sent. */
  known() {
    if (this.#pending.length > 0)
      this.#known.setParents(this.#pending.splice(0));
    return this.#known;
  }

  /**
   * Examines what ended since, in slices.
   * @param {(text: string, spans: number) => void} take - called with each request
   */
  look(take) {
    this.#isLooking ??= this.#lookOn(take).finally(() => {
      this.#isLooking = null;
    });
    return this.#isLooking;
  }

  /** @param {(text: string, spans: number) => void} take */
  async #lookOn(take) {
    for (;;) {
      const before = this.#ended;
      const seen = this.#lookAtSlice();
      seen.texts.forEach((text, place) => take(text, seen.spans[place] ?? 0));
      if (seen.ended - before - seen.missed < SLICE) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #lookAtSlice() {
    const core = this.#core;
    const seen = asked(() =>
      core.native.otlpTraces(
        {
          resource: this.resource,
          seed: this.seed,
          ended: this.#ended,
          most: SLICE,
          slowest: this.options.slowest ?? 0,
          sample: this.options.sample ?? 0,
        },
        this.known(),
      ),
    );
    this.#ended = seen.ended;
    this.#count(seen);
    return seen;
  }

  /** @param {{ sent?: number[], skipped?: number, missed?: number }} seen */
  #count({ sent = [], skipped = 0, missed = 0 }) {
    const counts = this.#counts;
    REASONS.forEach((reason, place) => {
      counts[reason] = (counts[reason] ?? 0) + (sent[place] ?? 0);
    });
    counts.skipped = (counts.skipped ?? 0) + skipped;
    counts.missed = (counts.missed ?? 0) + missed;
  }

  close() {
    this.#stopListening();
    this.#pending = [];
  }
}

module.exports = { MetricSource, TraceSource };
