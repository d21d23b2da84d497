'use strict';

// The mixin that turns classes into traces, whether anything is recorded or not.

const { ignorePromise } = require('../config/ignore-promise');
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

/**
 * @import { CollectorOptions, EventBus, Logger } from '../../types/options'
 * @import { ActionAwareStructuredTraceMixin, PlainTraceOptions } from '../../types/trace'
 * @import { TraceOptions } from '../../types/trace'
 * @import { Brand, Collector } from './trace-state'
 * @typedef {ReturnType<typeof stateOf>} TraceState
 * @typedef {new (...args: any[]) => object} Class
 * @typedef {(key: PropertyKey, descriptor: PropertyDescriptor) => void} Put
 * @typedef {object} Kind
 * @property {(captureInBase: Function | undefined) => object} methodsOver - the methods that a
 *   trace gets over a class with that `captureActionData`
 * @property {(trace: object, state: TraceState) => string | undefined} executionIdOf
 * @property {(options: CollectorOptions) => Collector} newCollector
 * @property {(collector: Collector) => boolean} isOpen - whether it was not disposed of
 */

const OPTION_NAMES = [
  'performanceMetrics',
  'eventBus',
  'enablePerformanceMetrics',
  'traceId',
  'verbosity',
  'actionTraceFilter',
];

/** @param {unknown} value @returns {value is TraceOptions} */
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

/** @param {unknown[]} args @returns {TraceOptions} the argument that carries ours */
const optionsIn = (args) => args.find(carriesOptions) ?? {};

/** @param {TraceOptions} options */
function verbosityIn({ verbosity, actionTraceFilter }) {
  if (typeof verbosity === 'string') return verbosity;
  try {
    const level = actionTraceFilter?.getVerbosityLevel?.();
    ignorePromise(level);
    return typeof level === 'string' ? level : 'basic';
  } catch {
    return 'basic';
  }
}

/**
 * Defines on a prototype what `define` passes to `put`.
 * @param {object} prototype
 * @param {(put: Put) => void} define
 * @returns {() => void} restores the originals, except those replaced since
 */
function redefine(prototype, define) {
  /** @type {(() => void)[]} */
  const undo = [];
  define((key, given) => {
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
      if (before === undefined) Reflect.deleteProperty(prototype, key);
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
  /** @type {WeakMap<object, Collector>} - the collector of each event bus that is open */
  #collectors = new WeakMap();

  /** @param {Kind} kind */
  constructor(kind) {
    this.#kind = kind;
    this.#properties = propertiesOver(kind.executionIdOf);
  }

  /** @param {TraceOptions} options @param {EventBus} eventBus */
  #collectorFor(options, eventBus) {
    checkEventBus(eventBus);
    const known = this.#collectors.get(eventBus);
    if (known !== undefined && this.#kind.isOpen(known)) return known;
    const collector = this.#kind.newCollector({
      logger: /** @type {Logger} */ (
        // The collector's checks report a missing one.
        options.logger
      ),
      eventBus,
      verbosityConfig:
        options.verbosityConfig ?? options.actionTraceFilter ?? null,
    });
    this.#collectors.set(eventBus, collector);
    return collector;
  }

  /** @param {object} trace @param {TraceOptions} options */
  initialize(trace, options) {
    const state = stateOf(trace);
    const { traceId, enablePerformanceMetrics, performanceMetrics, eventBus } =
      options;
    if (traceId !== undefined && traceId !== null) {
      if (typeof traceId !== 'string' || traceId.trim() === '') {
        throw invalidArg('traceId must be a non-blank string', traceId);
      }
      state.traceId = traceId;
    }
    state.verbosity = verbosityIn(options);
    if (enablePerformanceMetrics === false) state.given = null;
    else if (performanceMetrics !== undefined && performanceMetrics !== null) {
      state.given = checkCollector(performanceMetrics);
    } else if (eventBus !== undefined && eventBus !== null) {
      state.given = this.#collectorFor(options, eventBus);
    }
  }

  /**
   * Puts methods, properties and the brand on a prototype; returns a function that removes them.
   * @param {{ captureActionData?: Function }} prototype
   * @param {Brand} brand
   */
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

  /** @param {Class} Base @returns {Class} */
  extend(Base) {
    checkClass('Base', Base);
    const maker = this;
    const Traced = class extends Base {
      /** @param {any[]} args - whatever the class takes */
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

/** @param {Maker} maker */
const plainTrace = (maker) =>
  maker.extend(
    class ActionAwareStructuredTrace {
      /** @param {PlainTraceOptions} options */
      constructor(options) {
        const { traceId, logger, eventBus } = options ?? {};
        if (typeof traceId !== 'string')
          throw invalidArg('traceId must be a non-blank string', traceId);
        if (logger !== undefined && logger !== null)
          this.logger = checkLogger(logger);
        if (eventBus !== undefined && eventBus !== null)
          checkEventBus(eventBus);
      }
    },
  );

/** A class that was made a trace in place, as long as `undo` is not null. */
class InPlace {
  #maker;
  #prototype;
  // Retained when the class is restored: earlier traces look their collector up in it.
  /** @type {Brand} */
  #brand = { collector: null };
  /** @type {(() => void) | null} */
  #undo = null;
  handle = { restore: () => this.#restore() };

  /** @param {Maker} maker @param {object} prototype */
  constructor(maker, prototype) {
    this.#maker = maker;
    this.#prototype = prototype;
  }

  /** @param {Collector | null} collector */
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

/** @param {Kind} kind @returns {ActionAwareStructuredTraceMixin} */
function traceClass(kind) {
  const maker = new Maker(kind);
  const PlainTrace = plainTrace(maker);
  /** @type {WeakMap<object, InPlace>} */
  const inPlace = new WeakMap();

  /**
   * @this {object | undefined}
   * @param {any[]} args - a class to extend, or with `new` those of a plain trace
   */
  function ActionAwareStructuredTrace(...args) {
    if (new.target === undefined) return maker.extend(args[0]);
    return Reflect.construct(PlainTrace, args, new.target);
  }

  ActionAwareStructuredTrace.prototype = PlainTrace.prototype;

  Object.defineProperty(ActionAwareStructuredTrace, Symbol.hasInstance, {
    /** @this {Function} @param {unknown} instance */
    value(instance) {
      // A class that extends this one inherits the method, and `this` is that class.
      return this === ActionAwareStructuredTrace
        ? isTrace(instance)
        : Function.prototype[Symbol.hasInstance].call(this, instance);
    },
  });

  /** @type {ActionAwareStructuredTraceMixin['applyTo']} */
  ActionAwareStructuredTrace.applyTo = function applyTo(HostTrace, options) {
    checkClass('HostTrace', HostTrace);
    const collector = options?.performanceMetrics ?? null;
    if (collector !== null) checkCollector(collector);
    const { prototype } = HostTrace;
    const known = inPlace.get(prototype) ?? new InPlace(maker, prototype);
    inPlace.set(prototype, known);
    return known.apply(collector);
  };

  /** @type {unknown} */
  const mixin = ActionAwareStructuredTrace;
  return /** @type {ActionAwareStructuredTraceMixin} */ (mixin);
}

module.exports = { traceClass };
