'use strict';

const { checkMethods } = require('./config');
const { invalidArg } = require('./errors');
const {
  BASIC_PROPERTIES,
  PROPERTIES,
  checkCollector,
  methodsOver,
} = require('./trace-methods');
const { TRACE, isTrace, stateOf } = require('./trace-state');

/** One collector for each event bus. */
const collectors = new WeakMap();

function collectorFor(options) {
  const { PipelinePerformanceMetrics } = require('./metrics');
  const eventBus = checkMethods('eventBus', options.eventBus, ['dispatch']);
  const known = collectors.get(eventBus);
  if (known !== undefined) return known;
  const collector = new PipelinePerformanceMetrics({
    logger: options.logger,
    eventBus,
    verbosityConfig:
      options.verbosityConfig ?? options.actionTraceFilter ?? null,
  });
  collectors.set(eventBus, collector);
  return collector;
}

const OPTION_NAMES = [
  'performanceMetrics',
  'eventBus',
  'enablePerformanceMetrics',
  'traceId',
  'verbosity',
  'actionTraceFilter',
];

function carriesOptions(value) {
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      OPTION_NAMES.some((name) => name in value)
    );
  } catch {
    return false;
  }
}

/** The argument that carries our options, wherever the base class wants its own. */
const optionsIn = (args) => args.find(carriesOptions) ?? {};

/** The verbosity that a trace was given, or that its filter names; 'basic' without either. */
function verbosityIn({ verbosity, actionTraceFilter }) {
  if (typeof verbosity === 'string') return verbosity;
  try {
    const level = actionTraceFilter?.getVerbosityLevel?.();
    return typeof level === 'string' ? level : 'basic';
  } catch {
    return 'basic';
  }
}

function initialize(trace, options) {
  const state = stateOf(trace);
  const { traceId, enablePerformanceMetrics, performanceMetrics, eventBus } =
    options;
  if (traceId !== undefined && traceId !== null) {
    if (typeof traceId !== 'string' || traceId.trim() === '') {
      throw invalidArg('traceId must be a non-blank string');
    }
    state.traceId = traceId;
  }
  state.verbosity = verbosityIn(options);
  if (enablePerformanceMetrics === false) state.given = null;
  else if (performanceMetrics !== undefined && performanceMetrics !== null) {
    state.given = checkCollector(performanceMetrics);
  } else if (eventBus !== undefined && eventBus !== null) {
    state.given = collectorFor(options);
  }
}

/**
 * Puts methods, properties and the brand on a prototype.
 *
 * @returns {() => void} puts back what stood there, save what somebody has replaced since
 */
function equip(prototype, captureInBase, brand) {
  const undo = [];
  const put = (key, given) => {
    const before = Object.getOwnPropertyDescriptor(prototype, key);
    Object.defineProperty(prototype, key, { configurable: true, ...given });
    undo.push(() => {
      const now = Object.getOwnPropertyDescriptor(prototype, key);
      if (
        now === undefined ||
        now.value !== given.value ||
        now.get !== given.get
      )
        return;
      if (before === undefined) delete prototype[key];
      else Object.defineProperty(prototype, key, before);
    });
  };
  for (const [name, value] of Object.entries(methodsOver(captureInBase))) {
    put(name, { value, enumerable: false, writable: true });
  }
  for (const [name, accessors] of Object.entries(PROPERTIES)) {
    put(name, { ...accessors, enumerable: false });
  }
  for (const [name, accessors] of Object.entries(BASIC_PROPERTIES)) {
    if (!(name in prototype)) put(name, accessors);
  }
  put(TRACE, { value: brand });
  return () => {
    for (const step of undo.splice(0)) step();
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
      initialize(this, optionsIn(args));
    }
  };
  equip(Traced.prototype, Base.prototype.captureActionData, {
    collector: null,
  });
  return Object.defineProperty(Traced, 'name', {
    value: Base.name || 'Traced',
    configurable: true,
  });
}

/** What `new ActionAwareStructuredTrace(…)` makes: a trace over no base class. */
const PlainTrace = extend(
  class ActionAwareStructuredTrace {
    constructor(options) {
      const { traceId, logger, eventBus } = options ?? {};
      if (typeof traceId !== 'string')
        throw invalidArg('traceId must be a non-blank string');
      if ((logger ?? null) !== null) {
        this.logger = checkMethods('logger', logger, [
          'debug',
          'info',
          'warn',
          'error',
        ]);
      }
      if ((eventBus ?? null) !== null)
        checkMethods('eventBus', eventBus, ['dispatch']);
    }
  },
);

/**
 * `class Trace extends ActionAwareStructuredTrace(Base) {}`: a trace with metrics over any base
 * class. `x instanceof ActionAwareStructuredTrace` holds for instances of every such class.
 * `new ActionAwareStructuredTrace(options)`, and a class that extends it as it is, have no base.
 *
 * A trace reports to `options.performanceMetrics`, else to the one collector of
 * `options.eventBus`. Without either, or with `enablePerformanceMetrics: false`, it has no metrics.
 */
function ActionAwareStructuredTrace(...args) {
  if (new.target === undefined) return extend(args[0]);
  return Reflect.construct(PlainTrace, args, new.target);
}

ActionAwareStructuredTrace.prototype = PlainTrace.prototype;

Object.defineProperty(ActionAwareStructuredTrace, Symbol.hasInstance, {
  value(instance) {
    // A class that extends this one inherits the method, and means itself.
    return this === ActionAwareStructuredTrace
      ? isTrace(instance)
      : Function.prototype[Symbol.hasInstance].call(this, instance);
  },
});

/** One class that was given everything in place, for as long as `undo` is not null. */
class InPlace {
  #prototype;
  // Kept when the class is restored: traces made before look their collector up in it.
  #brand = { collector: null };
  #undo = null;
  handle = { restore: () => this.#restore() };

  constructor(prototype) {
    this.#prototype = prototype;
  }

  apply(collector) {
    if (collector !== null) this.#brand.collector = collector;
    const prototype = this.#prototype;
    this.#undo ??= equip(prototype, prototype.captureActionData, this.#brand);
    return this.handle;
  }

  #restore() {
    this.#undo?.();
    this.#undo = null;
    this.#brand.collector = null;
  }
}

const inPlace = new WeakMap();

/**
 * Gives a class the same in place, instances made before included. Applied again, it only sets
 * the collector, if one is given. A trace that was given a collector of its own (assign its
 * `performanceMetrics`) keeps it.
 *
 * @param {Function} HostTrace
 * @param {{ performanceMetrics?: object }} [options] - the collector of every instance
 * @returns {{ restore(): void }} `restore` makes the class what it was
 */
ActionAwareStructuredTrace.applyTo = function applyTo(HostTrace, options) {
  checkClass(HostTrace);
  const collector = options?.performanceMetrics ?? null;
  if (collector !== null) checkCollector(collector);
  const { prototype } = HostTrace;
  const known = inPlace.get(prototype) ?? new InPlace(prototype);
  inPlace.set(prototype, known);
  return known.apply(collector);
};

module.exports = { ActionAwareStructuredTrace };
