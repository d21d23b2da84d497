'use strict';

/** A small engine of the kind that `installPipelineMetrics` is for. */

class PipelineStage {
  constructor(name) {
    this.name = name;
  }

  async execute(context) {
    return this.executeInternal(context);
  }
}

class EmptyStage extends PipelineStage {
  async executeInternal() {
    return {
      success: true,
      actions: [],
      errors: [],
      data: {},
      continueProcessing: true,
    };
  }
}

class Pipeline {
  constructor(stages) {
    this.stages = stages;
  }

  async execute(initialContext) {
    let context = initialContext;
    let result;
    for (const stage of this.stages) {
      result = await stage.execute(context);
      context = { ...context, ...result.data, actions: result.actions };
      if (!result.continueProcessing) break;
    }
    return result;
  }
}

/** Named as their classes are in an engine; `Stage` and case are left to the package. */
const NAMES = [
  'ComponentFiltering',
  'PrerequisiteEvaluation',
  'MultiTargetResolution',
  'TargetComponentValidation',
  'ActionFormatting',
];

const makePipeline = () =>
  new Pipeline(NAMES.map((name) => new EmptyStage(name)));

module.exports = { Pipeline, PipelineStage, makePipeline };
