'use strict';

// What stages are made of, whether they are measured or not.

const { callableAs } = require('../config/callable-class');
const {
  checkClass,
  checkEventBus,
  checkLogger,
} = require('../config/settings');
const { notImplemented } = require('../errors');

/** @import { EventBus, Logger } from '../../types/options' */

/**
 * A class over `Base` of the same name whose `execute` is carried out by `perform`. Its instances
 * have the `estimators` where the base has none of that name.
 * @template {new (...args: any[]) => { execute?(...args: any[]): any, executeInternal?: Function }} T
 * @param {T} Base
 * @param {Record<string, Function>} estimators
 * @param {(stage: any, run: Function, args: any[]) => unknown} perform - `run` is the base's
 *   `execute`, or, where it has none, `executeInternal`
 * @returns {T}
 */
function stageClass(Base, estimators, perform) {
  checkClass('withStageMetrics', Base);
  const Stage = class extends Base {
    execute(/** @type {any[]} */ ...args) {
      return perform(
        this,
        /** @type {Function} */ (super.execute ?? this.executeInternal),
        args,
      );
    }
  };
  for (const [name, value] of Object.entries(estimators)) {
    if (name in Base.prototype) continue;
    Object.defineProperty(Stage.prototype, name, {
      value,
      configurable: true,
      writable: true,
    });
  }
  return Object.defineProperty(callableAs(Stage, Base), 'name', {
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
