'use strict';

const { PlainStage, stageClass } = require('../instrumentation/stage-class');

/** The estimators of a stage that is not measured. */
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

const run = (stage, method, args) => Reflect.apply(method, stage, args);

/** A subclass that runs as its base class does. */
function withStageMetrics(Base) {
  return stageClass(Base, ESTIMATORS, run);
}

class BasePipelineStage extends withStageMetrics(PlainStage) {}

function measureStage(target, stageName, stageContext, fn) {
  return fn();
}

function measurePipeline(target, pipelineContext, fn) {
  return fn();
}

function installPipelineMetrics(options) {
  return { uninstall() {} };
}

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
