'use strict';

// What every class gets that is to be a trace, over the state beside each trace, whether its
// collector records anything or not.

const { checkMethods } = require('../config/settings');
const { stateOf } = require('./trace-state');

const DISABLED = 'Performance metrics not enabled for this trace';

const COLLECTOR_METHODS = [
  'startPipelineExecution',
  'startStageExecution',
  'completeStageExecution',
  'completePipelineExecution',
];

const checkCollector = (collector) =>
  checkMethods('performanceMetrics', collector, COLLECTOR_METHODS);

const collectorOf = (trace) => stateOf(trace).collector;

/** Sets a property as an assignment to a plain object would, whatever stands on prototypes. */
function putOwn(owner, key, value) {
  Object.defineProperty(owner, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** Methods that ask the collector of the trace. */
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
 * Hands what was captured to the class underneath, or keeps what one without `captureActionData`
 * would lose.
 *
 * @param {Function | undefined} captureInBase - `captureActionData` of the class underneath
 * @param {any[]} args - of the call
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

/** An accessor that an assignment replaces by an own property, as if it were one. */
function assignable(key, get) {
  return {
    get,
    set(value) {
      putOwn(this, key, value);
    },
  };
}

/**
 * Properties of the ticket's class.
 *
 * @param {(trace: object, state: object) => string | undefined} executionIdOf - the execution of
 *   a trace with a collector
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

/** Properties that only a base class without them gets: its own have another meaning. */
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
