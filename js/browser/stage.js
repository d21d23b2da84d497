'use strict';

const { PlainStage, stageClass } = require('../instrumentation/stage-class');

/**
 * @import { StageEstimators as Estimators } from '../../types/stage'
 * @typedef {typeof import('../../types/stage')} Stage
 */

/** @type {{ [Name in keyof Estimators]: Estimators[Name] }} - of a stage that is not measured */
const ESTIMATORS = {
  calculateInputSize: (context) => 0,
  estimateOutputSize: (context) => 0,
  calculateOutputSize: (result) => 0,
  countProcessedItems: (result) => 0,
  assessComplexity: (context) => 'unknown',
};

/** @param {new (...args: any[]) => object} Base */
function withStageMetrics(Base) {
  return stageClass(Base, ESTIMATORS, (stage, method, args) =>
    Reflect.apply(method, stage, args),
  );
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

module.exports = {
  BasePipelineStage,
  installPipelineMetrics,
  measurePipeline,
  measureStage,
  withStageMetrics,
};
