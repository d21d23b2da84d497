'use strict';

// The engine of a user, which the examples of the README measure.

class PipelineStage {
  async execute({ actions }) {
    return { success: true, actions };
  }
}

class Pipeline {
  async execute(context) {
    return new PipelineStage().execute(context);
  }
}

/** A stage that extends nothing. */
const scoring = {
  name: 'Scoring',
  execute: async ({ actions }) => ({ success: true, actions }),
};

/** A pipeline that does not call the `execute` of its base class. */
class DryRunPipeline extends Pipeline {
  async execute(context) {
    return scoring.execute(context);
  }
}

module.exports = { DryRunPipeline, Pipeline, PipelineStage, scoring };
