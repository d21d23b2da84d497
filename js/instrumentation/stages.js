'use strict';

const { currentSpan } = require('../recording/active-execution');
const { ask, countItems, isObject } = require('../recording/result-reader');
const { estimateJsonSize } = require('./json-size');
const { measure, openStage } = require('./measure');
const { isOutermost } = require('./outermost');
const { canonicalStageName } = require('./stage-name');
const { PlainStage, stageClass } = require('./stage-class');
const { isTrace, stateOf } = require('../trace/trace-state');

/** @import { StageEstimators as Estimators } from '../../types/stage' */

/** Items in a context above which the complexity of a stage is medium, and high. */
const MEDIUM = 20;
const HIGH = 100;

/** @param {unknown} value */
const list = (value) => (Array.isArray(value) ? value.length : 0);

/** @param {unknown} owner @param {string} key @returns {unknown} undefined where it throws */
function read(owner, key) {
  try {
    return /** @type {Record<string, unknown>} */ (owner)[key];
  } catch {
    return undefined;
  }
}

/**
 * The estimators and counters of a stage: bounded in cost, never throwing. A subclass may override each.
 * @type {{ [Name in keyof Estimators]: Estimators[Name] }}
 */
const ESTIMATORS = {
  /** Input size: JSON length of actions, entities and components. */
  calculateInputSize(context) {
    let size = 0;
    for (const key of ['actions', 'entities', 'components']) {
      const value = read(context, key);
      if (value) size += estimateJsonSize(value);
    }
    return size;
  },

  /** Expected output size: that of the input. */
  estimateOutputSize(context) {
    return this.calculateInputSize(context);
  },

  /** Output size: its JSON length. */
  calculateOutputSize(result) {
    return estimateJsonSize(result);
  },

  /** Items in a result, as {@link countItems} has it; one for what is no object. */
  countProcessedItems(result) {
    return isObject(result) ? countItems(result) : 1;
  },

  /** 'low', 'medium' or 'high', by the number of items in a context. */
  assessComplexity(context) {
    const items =
      list(read(context, 'actions')) +
      list(read(context, 'entities')) +
      list(read(context, 'components'));
    if (items > HIGH) return 'high';
    return items > MEDIUM ? 'medium' : 'low';
  },
};

/** @param {Estimators} stage @param {unknown} context */
function stageContextOf(stage, context) {
  const inputSize = ask(stage, 'calculateInputSize', context, 0);
  return {
    inputSize,
    // Not estimated twice where the expected output is the input.
    expectedOutputSize:
      stage.estimateOutputSize === ESTIMATORS.estimateOutputSize
        ? inputSize
        : ask(stage, 'estimateOutputSize', context, 0),
    complexity: ask(stage, 'assessComplexity', context, 'unknown'),
  };
}

/** @param {unknown} owner */
const hasStages = (owner) =>
  typeof owner === 'object' &&
  owner !== null &&
  typeof read(owner, 'startStageExecution') === 'function';

/** @param {unknown} trace @returns {trace is object} whether it has a collector, also one of another copy of this package */
const isMeasured = (trace) =>
  isTrace(trace)
    ? stateOf(/** @type {object} */ (trace)).collector !== null
    : hasStages(trace) && hasStages(read(trace, 'performanceMetrics'));

/** @param {unknown} context @returns {object | undefined} its trace, else the collector around */
function targetOf(context) {
  const trace = read(context, 'trace');
  return isMeasured(trace) ? trace : currentSpan()?.execution.collector;
}

/** @param {Estimators} stage @param {unknown} context @returns null where nothing measures it */
function openOwnStage(stage, context) {
  const target = targetOf(context);
  if (target === undefined) return null;
  try {
    const span = openStage(
      target,
      canonicalStageName(stage),
      stageContextOf(stage, context),
    );
    if (span !== null) span.readers = stage;
    return span;
  } catch {
    return null;
  }
}

/**
 * A class whose `execute` is measured, over any base class: around the base's `execute`, or, where
 * it has none, around `executeInternal`. It reports to the trace in the context, else to the
 * execution it runs in, else nothing measures it. Its instances have the estimators of
 * {@link BasePipelineStage} where the base has none of that name.
 *
 * A stage measured in several ways (mixed in twice, or mixed in and installed) is recorded once.
 * @template {new (...args: any[]) => object} T
 * @param {T} Base
 * @returns {T}
 */
function withStageMetrics(Base) {
  return stageClass(Base, ESTIMATORS, (stage, run, args, execute) => {
    const span = isOutermost(stage, execute)
      ? openOwnStage(stage, args[0])
      : null;
    return span === null
      ? Reflect.apply(run, stage, args)
      : measure(span, run, stage, args);
  });
}

/** A stage that measures itself: subclasses implement `executeInternal(context)`. */
class BasePipelineStage extends withStageMetrics(PlainStage) {}

module.exports = { BasePipelineStage, withStageMetrics };
