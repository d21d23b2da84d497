'use strict';

const { PipelineStage } = require('../engine/stage');
const { PipelineResult } = require('../engine/result');

/** Keeps the bindings in which every target meets its role's component lists. */
class TargetComponentValidationStage extends PipelineStage {
  constructor() {
    super('TargetComponentValidation');
  }

  async executeInternal({ actionsWithTargets }) {
    const valid = [];
    for (const { action, bindings } of actionsWithTargets) {
      const fitting = bindings.filter((binding) => fits(action, binding));
      if (fitting.length > 0) valid.push({ action, bindings: fitting });
    }
    return PipelineResult.success({ data: { actionsWithTargets: valid } });
  }
}

function fits({ required, forbidden }, binding) {
  return Object.entries(binding).every(([role, target]) =>
    target.matches(required[role], forbidden[role]),
  );
}

module.exports = { TargetComponentValidationStage };
