'use strict';

// Members that every trace class gets, over the state beside each trace, whether or not its
// collector records.

const { checkMethods } = require('../config/settings');
const { stateOf } = require('./trace-state');

/**
 * @import { TraceMetrics } from '../../types/trace'
 * @import { Collector } from './trace-state'
 * @typedef {ReturnType<typeof stateOf>} TraceState
 */

const DISABLED = 'Performance metrics not enabled for this trace';

const COLLECTOR_METHODS = [
  'startPipelineExecution',
  'startStageExecution',
  'completeStageExecution',
  'completePipelineExecution',
];

/** @param {Collector} collector */
const checkCollector = (collector) =>
  checkMethods('performanceMetrics', collector, COLLECTOR_METHODS);

/** @param {object} trace */
const collectorOf = (trace) => stateOf(trace).collector;

/**
 * Sets an own property like an assignment to a plain object, regardless of prototypes.
 * @param {object} owner
 * @param {PropertyKey} key
 * @param {unknown} value
 */
function putOwn(owner, key, value) {
  Object.defineProperty(owner, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/**
 * Methods that ask the collector of the trace.
 * @type {Pick<TraceMetrics, 'getPerformanceMetrics' | 'getStagePerformanceData' |
 *   'getPipelinePerformanceData'>}
 */
const QUERIES = {
  getPerformanceMetrics() {
    return collectorOf(this)?.getPerformanceSummary() ?? { message: DISABLED };
  },

  getStagePerformanceData(stageName, timeRange = null) {
    return collectorOf(this)?.getStageMetrics(stageName, timeRange) ?? [];
  },

  getPipelinePerformanceData(timeRange = null) {
    return collectorOf(this)?.getPipelineMetrics(timeRange) ?? [];
  },
};

/**
 * Passes captured data to the base class, or stores it if that has no `captureActionData`.
 * @param {Function | undefined} captureInBase - `captureActionData` of the class underneath
 * @param {object} trace
 * @param {[category: string, type: string, data: object, ...rest: unknown[]]} args - of the call
 */
function captureOver(captureInBase, trace, args) {
  if (captureInBase !== undefined)
    return Reflect.apply(captureInBase, trace, args);
  const { actionData } = stateOf(trace);
  const [category, type, data] = args;
  if (!Object.hasOwn(actionData, category)) putOwn(actionData, category, {});
  putOwn(actionData[category], type, data);
  return undefined;
}

/**
 * An accessor that assignment replaces by an own property.
 * @param {string} key
 * @param {() => unknown} get
 * @returns {PropertyDescriptor}
 */
function assignable(key, get) {
  return {
    get,
    set(value) {
      putOwn(this, key, value);
    },
  };
}

/**
 * @param {(trace: object, state: TraceState) => string | undefined} executionIdOf - the execution of a trace with a collector
 * @returns {Record<string, PropertyDescriptor>}
 */
function propertiesOver(executionIdOf) {
  return {
    performanceMetrics: {
      get() {
        return collectorOf(this) ?? undefined;
      },
      set(collector) {
        stateOf(this).given =
          (collector ?? null) === null ? null : checkCollector(collector);
      },
    },
    pipelineExecutionId: assignable(
      'pipelineExecutionId',
      function pipelineExecutionId() {
        const state = stateOf(this);
        return state.collector === null
          ? undefined
          : executionIdOf(this, state);
      },
    ),
  };
}

/** Properties added only to base classes that lack them: their own would have another meaning. */
const BASIC_PROPERTIES = {
  verbosity: assignable('verbosity', function verbosity() {
    return stateOf(this).verbosity;
  }),
  actionData: assignable('actionData', function actionData() {
    return stateOf(this).actionData;
  }),
};

module.exports = {
  BASIC_PROPERTIES,
  QUERIES,
  captureOver,
  checkCollector,
  collectorOf,
  propertiesOver,
};
