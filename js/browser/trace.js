'use strict';

const { invalidArg } = require('../errors');
const { PipelinePerformanceMetrics } = require('./collector');

const DISABLED = 'Performance metrics not enabled for this trace';

/** Prototypes that were made traces, each with the collector of its instances. */
const traced = new WeakMap();
/** Beside each trace: its collector, and what it captured that no base class took. */
const states = new WeakMap();
/** One collector for each event bus. */
const collectors = new WeakMap();

/** What makes `value` a trace: the entry of its nearest prototype that was made one. */
function brandOf(value) {
  let prototype = Object(value);
  while (prototype !== null && !traced.has(prototype)) {
    prototype = Object.getPrototypeOf(prototype);
  }
  return prototype === null ? undefined : traced.get(prototype);
}

function stateOf(trace) {
  let state = states.get(trace);
  if (state === undefined) {
    state = { given: undefined, actionData: {} };
    states.set(trace, state);
  }
  return state;
}

function collectorOf(trace) {
  const { given } = stateOf(trace);
  return (given === undefined ? brandOf(trace).collector : given) ?? undefined;
}

function collectorFor(options) {
  const { eventBus } = options;
  if (!collectors.has(eventBus))
    collectors.set(eventBus, new PipelinePerformanceMetrics(options));
  return collectors.get(eventBus);
}

/** Takes the collector that the arguments of a constructor name, as elsewhere. */
function initialize(trace, args) {
  const carries = (value) => value?.performanceMetrics || value?.eventBus;
  const options = args.find(carries);
  if (options === undefined) return;
  const { enablePerformanceMetrics, performanceMetrics, logger, eventBus } =
    options;
  stateOf(trace).given =
    enablePerformanceMetrics === false
      ? null
      : (performanceMetrics ?? collectorFor({ logger, eventBus }));
}

/** Keeps what a base class without `captureActionData` would lose. */
function keepActionData({ actionData }, category, type, data) {
  const put = (owner, key, value) =>
    Object.defineProperty(owner, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  if (!Object.hasOwn(actionData, category)) put(actionData, category, {});
  put(actionData[category], type, data);
}

function methodsOver(captureInBase) {
  return {
    startPipelineExecution(context) {
      return null;
    },

    startStageExecution(stageName, stageContext) {
      return null;
    },

    completeStageExecution(stageNameOrHandle, stageResult) {
      return undefined;
    },

    completePipelineExecution(pipelineResult) {
      return undefined;
    },

    getPerformanceMetrics() {
      return (
        collectorOf(this)?.getPerformanceSummary() ?? { message: DISABLED }
      );
    },

    getStagePerformanceData(stageName, timeRange = null) {
      return [];
    },

    getPipelinePerformanceData(timeRange = null) {
      return [];
    },

    captureActionData(category, type, data, ...rest) {
      return captureInBase === undefined
        ? keepActionData(stateOf(this), category, type, data)
        : Reflect.apply(captureInBase, this, [category, type, data, ...rest]);
    },
  };
}

/** An accessor that an assignment replaces by an own property. */
function assignable(key, get) {
  return {
    get,
    set(value) {
      Object.defineProperty(this, key, {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    },
  };
}

const PROPERTIES = {
  performanceMetrics: {
    get() {
      return collectorOf(this);
    },
    set(collector) {
      stateOf(this).given = collector ?? null;
    },
  },
  pipelineExecutionId: assignable('pipelineExecutionId', () => undefined),
};

/** Properties that only a base class without them gets. */
const BASIC_PROPERTIES = {
  verbosity: assignable('verbosity', () => 'basic'),
  actionData: assignable('actionData', function actionData() {
    return stateOf(this).actionData;
  }),
};

/** Makes a prototype that of a trace; returns what puts back what stood there. */
function equip(prototype, collector) {
  const before = new Map();
  const put = (key, descriptor) => {
    before.set(key, Object.getOwnPropertyDescriptor(prototype, key));
    Object.defineProperty(prototype, key, {
      configurable: true,
      ...descriptor,
    });
  };
  const methods = methodsOver(prototype.captureActionData);
  for (const [name, value] of Object.entries(methods))
    put(name, { value, writable: true });
  for (const [name, accessors] of Object.entries(PROPERTIES))
    put(name, accessors);
  for (const [name, accessors] of Object.entries(BASIC_PROPERTIES)) {
    if (!(name in prototype)) put(name, accessors);
  }
  traced.set(prototype, { collector });
  return () => {
    traced.delete(prototype);
    for (const [key, descriptor] of before) {
      if (descriptor === undefined) delete prototype[key];
      else Object.defineProperty(prototype, key, descriptor);
    }
    before.clear();
  };
}

function checkClass(Base) {
  if (
    typeof Base !== 'function' ||
    typeof Base.prototype !== 'object' ||
    Base.prototype === null
  ) {
    throw invalidArg('ActionAwareStructuredTrace extends a class');
  }
}

function extend(Base) {
  checkClass(Base);
  const Traced = class extends Base {
    constructor(...args) {
      super(...args);
      initialize(this, args);
    }
  };
  equip(Traced.prototype, null);
  return Object.defineProperty(Traced, 'name', {
    value: Base.name || 'Traced',
    configurable: true,
  });
}

const PlainTrace = extend(
  class ActionAwareStructuredTrace {
    constructor(options) {
      const { verbosity, logger } = options ?? {};
      if ((logger ?? null) !== null) this.logger = logger;
      if (typeof verbosity === 'string') this.verbosity = verbosity;
    }
  },
);

/** The mixin of a browser: its classes are traces that start and complete nothing. */
function ActionAwareStructuredTrace(...args) {
  if (new.target === undefined) return extend(args[0]);
  return Reflect.construct(PlainTrace, args, new.target);
}

ActionAwareStructuredTrace.prototype = PlainTrace.prototype;

Object.defineProperty(ActionAwareStructuredTrace, Symbol.hasInstance, {
  value(instance) {
    return this === ActionAwareStructuredTrace
      ? typeof instance === 'object' &&
          instance !== null &&
          brandOf(instance) !== undefined
      : Function.prototype[Symbol.hasInstance].call(this, instance);
  },
});

/** What was applied to a prototype: the way back. */
const applied = new WeakMap();

ActionAwareStructuredTrace.applyTo = function applyTo(HostTrace, options) {
  checkClass(HostTrace);
  const { prototype } = HostTrace;
  const collector = options?.performanceMetrics ?? null;
  const known = applied.get(prototype);
  if (known !== undefined) {
    if (collector !== null) traced.get(prototype).collector = collector;
    return known;
  }
  const undo = equip(prototype, collector);
  const handle = {
    restore() {
      undo();
      applied.delete(prototype);
    },
  };
  applied.set(prototype, handle);
  return handle;
};

module.exports = { ActionAwareStructuredTrace };
