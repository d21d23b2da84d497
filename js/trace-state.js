'use strict';

/**
 * Brand on the prototype of every class whose instances carry metrics: `{ collector }`, the one
 * that an instance reports to unless it was given another; null for none.
 */
const TRACE = Symbol('pipeline-performance-metrics.trace');

const states = new WeakMap();

/** What a trace carries; kept beside it, so that nothing shows on the caller's object. */
class TraceState {
  /** The collector; null where metrics are off. */
  collector = null;
  verbosity = 'basic';
  traceId = 'trace';
  actionData = {};
  /** Ids of its executions that run, innermost last. */
  runs = [];
  /** Id of its latest execution. */
  latest = null;
}

function isTrace(value) {
  try {
    return typeof value === 'object' && value !== null && value[TRACE] !== undefined;
  } catch {
    return false;
  }
}

/** The state of a trace, made if it has none. */
function stateOf(trace) {
  let state = states.get(trace);
  if (state === undefined) {
    state = new TraceState();
    state.collector = trace[TRACE].collector;
    states.set(trace, state);
  }
  return state;
}

module.exports = { TRACE, isTrace, stateOf };
