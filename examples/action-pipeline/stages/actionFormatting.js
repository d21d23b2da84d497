'use strict';

const { PipelineStage } = require('../engine/stage');
const { PipelineResult } = require('../engine/result');

const PLACEHOLDER = /\{(\w+)\}/g;

/** Turns each binding into an action that an actor can be offered. */
class ActionFormattingStage extends PipelineStage {
  constructor() {
    super('ActionFormatting');
  }

  async executeInternal({ actionsWithTargets }) {
    const actions = actionsWithTargets.flatMap(({ action, bindings }) =>
      bindings.map((binding) => offer(action, binding)),
    );
    return PipelineResult.success({ actions });
  }
}

function offer(action, binding) {
  const text = action.template.replace(PLACEHOLDER, (_, role) => {
    if (binding[role] === undefined) {
      throw new RangeError(`${action.id}: no target for {${role}}`);
    }
    return binding[role].label;
  });
  const targets = Object.entries(binding).map(([role, { id }]) => [role, id]);
  return { id: action.id, text, params: Object.fromEntries(targets) };
}

module.exports = { ActionFormattingStage };
