'use strict';

// The mixin that makes traces of classes, whether anything is recorded or not.

const {
  checkClass,
  checkEventBus,
  checkLogger,
} = require('../config/settings');
const { invalidArg } = require('../errors');
const {
  BASIC_PROPERTIES,
  checkCollector,
  propertiesOver,
} = require('./trace-members');
const { TRACE, isTrace, stateOf } = require('./trace-state');

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

/**
 * Puts what `put` is told on a prototype.
 *
 * @param {(put: (key: PropertyKey, descriptor: PropertyDescriptor) => void) => void} tell
 * @returns {() => void} puts back what stood there, except what was replaced since
 */
function redefine(prototype, tell) {
  const undo = [];
  tell((key, given) => {
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
  });
  return () => {
    for (const step of undo.splice(0)) step();
  };
}

/** How the traces of one {@link traceClass} are made. */
class Maker {
  #kind;
  #properties;
  /** One collector for each event bus. */
  #collectors = new WeakMap();

  constructor(kind) {
    this.#kind = kind;
    this.#properties = propertiesOver(kind.executionIdOf);
  }

  #collectorFor(options) {
    const eventBus = checkEventBus(options.eventBus);
    const known = this.#collectors.get(eventBus);
    if (known !== undefined) return known;
    const collector = this.#kind.newCollector({
      logger: options.logger,
      eventBus,
      verbosityConfig:
        options.verbosityConfig ?? options.actionTraceFilter ?? null,
    });
    this.#collectors.set(eventBus, collector);
    return collector;
  }

  initialize(trace, options) {
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
      state.given = this.#collectorFor(options);
    }
  }

  /** Puts methods, properties and the brand on a prototype; returns what takes them off. */
  equip(prototype, brand) {
    const methods = this.#kind.methodsOver(prototype.captureActionData);
    return redefine(prototype, (put) => {
      for (const [name, value] of Object.entries(methods))
        put(name, { value, enumerable: false, writable: true });
      for (const [name, accessors] of Object.entries(this.#properties))
        put(name, { ...accessors, enumerable: false });
      for (const [name, accessors] of Object.entries(BASIC_PROPERTIES))
        if (!(name in prototype)) put(name, accessors);
      put(TRACE, { value: brand });
    });
  }

  extend(Base) {
    checkClass('ActionAwareStructuredTrace', Base);
    const maker = this;
    const Traced = class extends Base {
      constructor(...args) {
        super(...args);
        maker.initialize(this, optionsIn(args));
      }
    };
    this.equip(Traced.prototype, { collector: null });
    return Object.defineProperty(Traced, 'name', {
      value: Base.name || 'Traced',
      configurable: true,
    });
  }
}

/** What `new ActionAwareStructuredTrace(…)` makes: a trace over no base class. */
const plainTrace = (maker) =>
  maker.extend(
    class ActionAwareStructuredTrace {
      constructor(options) {
        const { traceId, logger, eventBus } = options ?? {};
        if (typeof traceId !== 'string')
          throw invalidArg('traceId must be a non-blank string');
        if ((logger ?? null) !== null) this.logger = checkLogger(logger);
        if ((eventBus ?? null) !== null) checkEventBus(eventBus);
      }
    },
  );

/** One class that was given everything in place, for as long as `undo` is not null. */
class InPlace {
  #maker;
  #prototype;
  // Kept when the class is restored: traces made before look their collector up in it.
  #brand = { collector: null };
  #undo = null;
  handle = { restore: () => this.#restore() };

  constructor(maker, prototype) {
    this.#maker = maker;
    this.#prototype = prototype;
  }

  apply(collector) {
    if (collector !== null) this.#brand.collector = collector;
    this.#undo ??= this.#maker.equip(this.#prototype, this.#brand);
    return this.handle;
  }

  #restore() {
    this.#undo?.();
    this.#undo = null;
    this.#brand.collector = null;
  }
}

/**
 * The mixin over traces of one kind.
 *
 * @param {object} kind
 * @param {(captureInBase: Function | undefined) => object} kind.methodsOver - the methods that a
 *   trace gets over a class with that `captureActionData`
 * @param {(trace: object, state: object) => string | undefined} kind.executionIdOf
 * @param {(options: object) => object} kind.newCollector
 */
function traceClass(kind) {
  const maker = new Maker(kind);
  const PlainTrace = plainTrace(maker);
  const inPlace = new WeakMap();

  function ActionAwareStructuredTrace(...args) {
    if (new.target === undefined) return maker.extend(args[0]);
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

  ActionAwareStructuredTrace.applyTo = function applyTo(HostTrace, options) {
    checkClass('ActionAwareStructuredTrace', HostTrace);
    const collector = options?.performanceMetrics ?? null;
    if (collector !== null) checkCollector(collector);
    const { prototype } = HostTrace;
    const known = inPlace.get(prototype) ?? new InPlace(maker, prototype);
    inPlace.set(prototype, known);
    return known.apply(collector);
  };

  return ActionAwareStructuredTrace;
}

module.exports = { traceClass };
