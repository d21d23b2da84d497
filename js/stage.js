'use strict';

const { checkMethods } = require('./config');
const { currentExecution } = require('./context');
const { estimateJsonSize } = require('./estimate');
const { measure, openStage } = require('./measure');
const { canonicalStageName } = require('./names');
const { ask, countItems, safely } = require('./outcome');
const { isTrace } = require('./trace-state');

/** Items in a context past which a stage counts as medium, and as high, in complexity. */
const MEDIUM = 20;
const HIGH = 100;

const list = (value) => (Array.isArray(value) ? value.length : 0);

/** What of a context is counted and sized; nothing where reading it throws. */
function listsOf(context) {
  try {
    const { actions, entities, components } = context ?? {};
    return { actions, entities, components };
  } catch {
    return {};
  }
}

/** The estimators and counters of a stage. A subclass may override each. */
const ESTIMATORS = {
  /** Size of what goes in: JSON length of actions, entities and components. */
  calculateInputSize(context) {
    const { actions, entities, components } = listsOf(context);
    let size = 0;
    if (actions) size += estimateJsonSize(actions);
    if (entities) size += estimateJsonSize(entities);
    if (components) size += estimateJsonSize(components);
    return size;
  },

  /** Size of what is expected to come out: as much as goes in. */
  estimateOutputSize(context) {
    return this.calculateInputSize(context);
  },

  /** Size of what came out: its JSON length. */
  calculateOutputSize(result) {
    return estimateJsonSize(result);
  },

  /** Items in a result: actions, or the longest list of its data, entities or components. */
  countProcessedItems(result) {
    return safely(countItems, result, 1);
  },

  /** 'low', 'medium' or 'high', by the number of items in a context. */
  assessComplexity(context) {
    const { actions, entities, components } = listsOf(context);
    const items = list(actions) + list(entities) + list(components);
    if (items > HIGH) return 'high';
    return items > MEDIUM ? 'medium' : 'low';
  },
};

function stageContextOf(stage, context) {
  const inputSize = ask(stage, 'calculateInputSize', context, 0);
  return {
    inputSize,
    // Not estimated twice where a stage expects as much as goes in.
    expectedOutputSize:
      stage.estimateOutputSize === ESTIMATORS.estimateOutputSize
        ? inputSize
        : ask(stage, 'estimateOutputSize', context, 0),
    complexity: ask(stage, 'assessComplexity', context, 'unknown'),
  };
}

/** Whom a stage reports to: the trace in its context, else the execution it runs in. */
function targetOf(context) {
  let trace;
  try {
    trace = context?.trace;
  } catch {
    trace = undefined;
  }
  return isTrace(trace) ? trace : currentExecution()?.collector;
}

/** Opens a stage that asks its own estimators; null where nobody wants to know. */
function openOwnStage(stage, context) {
  const target = targetOf(context);
  if (target === undefined) return null;
  const span = openStage(target, canonicalStageName(stage), stageContextOf(stage, context));
  if (span !== null) span.readers = stage;
  return span;
}

/**
 * A class whose `execute` is measured, over any base class that has one. Its instances have
 * the estimators of {@link BasePipelineStage} where the base has none of that name.
 *
 * @template {new (...args: any[]) => { execute(context: unknown): unknown }} T
 * @param {T} Base
 * @returns {T}
 */
function withStageMetrics(Base) {
  const Measured = class extends Base {
    execute(...args) {
      const span = openOwnStage(this, args[0]);
      if (span === null) return super.execute(...args);
      return measure(span, super.execute, this, args);
    }
  };
  for (const [name, method] of Object.entries(ESTIMATORS)) {
    if (name in Base.prototype) continue;
    Object.defineProperty(Measured.prototype, name, {
      value: method,
      configurable: true,
      writable: true,
    });
  }
  return Object.defineProperty(Measured, 'name', { value: Base.name, configurable: true });
}

class UnmeasuredStage {
  constructor(dependencies) {
    const { logger, eventBus } = dependencies ?? {};
    this.logger = checkMethods('logger', logger, ['debug', 'info', 'warn', 'error']);
    this.eventBus = checkMethods('eventBus', eventBus, ['dispatch']);
  }

  async execute(context) {
    return this.executeInternal(context);
  }

  async executeInternal() {
    throw new Error(`${this.constructor.name} must implement executeInternal`);
  }
}

/** A stage that measures itself: subclasses implement `executeInternal(context)`. */
class BasePipelineStage extends withStageMetrics(UnmeasuredStage) {}

module.exports = { BasePipelineStage, withStageMetrics };
