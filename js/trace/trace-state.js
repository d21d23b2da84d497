'use strict';

/**
 * @import { PipelinePerformanceMetrics } from '../../types/collector'
 * @import { TraceData } from '../../types/trace'
 * @typedef {Omit<
 *   PipelinePerformanceMetrics,
 *   typeof Symbol.dispose
 * >} Collector
 * @typedef {{ collector: Collector | null }} Brand
 */

/**
 * Brand on the prototype of every class whose instances carry metrics: `{ collector }`, the one
 * that an instance reports to unless it was given another; null for none.
 */
const TRACE = Symbol('pipeline-performance-metrics.trace');

/** @type {WeakMap<object, TraceState>} */
const states = new WeakMap();

/** What a trace carries; kept beside it, so that nothing shows on the caller's object. */
class TraceState {
  #brand;
  /** @type {Collector | null | undefined} - undefined for that of its class, null for none */
  given = undefined;
  verbosity = 'basic';
  traceId = 'trace';
  /** @type {TraceData['actionData']} */
  actionData = {};
  /** @type {string[]} - ids of the executions that were started on it and run, innermost last */
  running = [];
  /** @type {string | null} - id of its latest execution or the first to come; null until asked */
  latest = null;
  isLatestStarted = false;

  /** @param {Brand} brand */
  constructor(brand) {
    this.#brand = brand;
  }

  /** The collector; null where metrics are off. */
  get collector() {
    return this.given === undefined ? this.#brand.collector : this.given;
  }

  /** @param {string} executionId */
  leave(executionId) {
    const index = this.running.lastIndexOf(executionId);
    if (index >= 0) this.running.splice(index, 1);
  }
}

/** @param {unknown} value */
function isTrace(value) {
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      Reflect.get(value, TRACE) !== undefined
    );
  } catch {
    return false;
  }
}

/** @param {object} trace @returns {TraceState} */
function stateOf(trace) {
  let state = states.get(trace);
  if (state === undefined) {
    state = new TraceState(Reflect.get(trace, TRACE));
    states.set(trace, state);
  }
  return state;
}

module.exports = { TRACE, isTrace, stateOf };
