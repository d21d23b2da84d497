'use strict';

const { PlainStage, stageClass } = require('../instrumentation/stage-class');

/**
 * @typedef {typeof import('../../types/stage')} Stage
 * @typedef {import('../../types/stage').StageEstimators} Estimators
 */

/**
 * The estimators of a stage that is not measured.
 *
 * @type {{ [Name in keyof Estimators]: Estimators[Name] }}
 */
const ESTIMATORS = {
  calculateInputSize(context) {
    return 0;
  },

  estimateOutputSize(context) {
    return 0;
  },

  calculateOutputSize(result) {
    return 0;
  },

  countProcessedItems(result) {
    return 0;
  },

  assessComplexity(context) {
    return 'unknown';
  },
};

/**
 * @param {object} stage
 * @param {Function} method
 * @param {unknown[]} args
 * @returns {unknown}
 */
const run = (stage, method, args) => Reflect.apply(method, stage, args);

/**
 * A subclass that runs as its base class does.
 *
 * @param {new (...args: any[]) => object} Base
 */
function withStageMetrics(Base) {
  return stageClass(Base, ESTIMATORS, run);
}

class BasePipelineStage extends withStageMetrics(PlainStage) {}

/** @type {Stage['measureStage']} */
function measureStage(target, stageName, stageContext, fn) {
  return fn();
}

/** @type {Stage['measurePipeline']} */
function measurePipeline(target, pipelineContext, fn) {
  return fn();
}

/** @type {Stage['installPipelineMetrics']} */
function installPipelineMetrics(options) {
  return { uninstall() {} };
}

/** @type {Stage['estimateJsonSize']} */
function estimateJsonSize(value) {
  return 0;
}

module.exports = {
  BasePipelineStage,
  estimateJsonSize,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  withStageMetrics,
};
