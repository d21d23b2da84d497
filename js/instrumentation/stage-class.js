'use strict';

// Base classes of stages, measured or not.

const {
  checkClass,
  checkEventBus,
  checkLogger,
} = require('../config/settings');
const { notImplemented } = require('../errors');
const { imitate } = require('./imitate');
const { measuringMethods, wrapperOf } = require('./outermost');

/**
 * @import { EventBus, Logger } from '../../types/options'
 * @typedef {(stage: any, run: Function, args: any[], execute: Function) => unknown} Perform - `run` is the
 *   `execute` that `execute` stands over, or `executeInternal` where the base has none
 */

/**
 * Makes `perform` carry out the own `execute` of a stage, such as a field of its class.
 * @param {object} stage
 * @param {Perform} perform
 */
function coverField(stage, perform) {
  try {
    const found = Object.getOwnPropertyDescriptor(stage, 'execute');
    const original = found?.value;
    if (typeof original !== 'function' || measuringMethods.has(original))
      return;
    const { execute } = {
      execute(/** @type {any[]} */ ...args) {
        return perform(this ?? stage, original, args, cover);
      },
    };
    const cover = imitate(execute, original);
    if (!Reflect.defineProperty(stage, 'execute', { ...found, value: cover }))
      return;
    measuringMethods.add(cover);
    wrapperOf.set(stage, cover);
  } catch {
    // A Proxy returned by the base.
  }
}

/**
 * A class over `Base` of the same name whose `execute` is carried out by `perform`. Its instances
 * have the `estimators` where the base has none of that name.
 * @template {new (...args: any[]) => { execute?(...args: any[]): any, executeInternal?: Function }} T
 * @param {T} Base
 * @param {Record<string, Function>} estimators
 * @param {Perform} perform
 * @returns {T}
 */
function stageClass(Base, estimators, perform) {
  checkClass('Base', Base);
  const Stage = class extends Base {
    constructor(/** @type {any[]} */ ...args) {
      super(...args);
      coverField(this, perform);
    }

    execute(/** @type {any[]} */ ...args) {
      return perform(
        this,
        /** @type {Function} */ (super.execute ?? this.executeInternal),
        args,
        execute,
      );
    }
  };
  const { execute } = /** @type {{ execute: Function }} */ (Stage.prototype);
  measuringMethods.add(execute);
  for (const [name, value] of Object.entries(estimators)) {
    if (name in Base.prototype) continue;
    Object.defineProperty(Stage.prototype, name, {
      value,
      configurable: true,
      writable: true,
    });
  }
  return Object.defineProperty(Stage, 'name', {
    value: Base.name,
    configurable: true,
  });
}

/** A stage that is not measured: subclasses implement `executeInternal(context)`. */
class PlainStage {
  /** @param {{ logger: Logger, eventBus: EventBus }} dependencies */
  constructor(dependencies) {
    const { logger, eventBus } = dependencies ?? {};
    this.logger = checkLogger(logger);
    this.eventBus = checkEventBus(eventBus);
  }

  /** @param {unknown} context */
  async execute(context) {
    return this.executeInternal(context);
  }

  /** @type {(context: unknown) => Promise<unknown>} */
  async executeInternal() {
    throw notImplemented(this.constructor.name, 'executeInternal');
  }
}

module.exports = { PlainStage, stageClass };
