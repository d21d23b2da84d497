'use strict';

/**
 * @import { PipelinePerformanceMetrics } from '../../types/collector'
 * @import { TraceData } from '../../types/trace'
 * @typedef {Omit<
 *   PipelinePerformanceMetrics,
 *   typeof Symbol.dispose
 * >} Collector
 * @typedef {{ collector: Collector | null }} Brand
 * @typedef {object} Started - an execution that was started on a trace
 * @property {string} id
 * @property {unknown} handle - identifies it to its collector
 * @property {boolean} isOver
 * @property {() => void} [carry] - where its collector is one of ours
 * @typedef {{ collector: Collector | null, execution: Started }} Run - and the collector that it began with
 */

/**
 * Brand on the prototype of every class whose instances carry metrics: `{ collector }`, the default
 * collector of an instance; null for none.
 */
const TRACE = Symbol('pipeline-performance-metrics.trace');

/** @type {WeakMap<object, TraceState>} */
const states = new WeakMap();

/** The state of a trace, stored beside it, so that nothing shows on the caller's object. */
class TraceState {
  #brand;
  /** @type {Collector | null | undefined} - undefined for that of its class, null for none */
  given = undefined;
  verbosity = 'basic';
  traceId = 'trace';
  /** @type {TraceData['actionData']} */
  actionData = {};
  /** @type {Run[]} - started on it and not completed on it, innermost last */
  #started = [];
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

  /** @param {Run} run - abandoned ones before it are released */
  enter(run) {
    this.#started = this.#started.filter(({ execution }) => !execution.isOver);
    this.#started.push(run);
  }

  /** @param {string | undefined} executionId @returns the latest of that id */
  find(executionId) {
    return this.#started.findLast(
      ({ execution }) => execution.id === executionId,
    );
  }

  /** @param {string} executionId */
  leave(executionId) {
    const run = this.find(executionId);
    if (run !== undefined) this.#started.splice(this.#started.indexOf(run), 1);
  }

  /** The innermost running one. */
  get running() {
    return this.#started.findLast(({ execution }) => !execution.isOver);
  }

  /** The innermost, which may have been abandoned. */
  get innermost() {
    return this.#started.at(-1);
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
