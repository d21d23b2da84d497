'use strict';

const { PipelineStage } = require('../engine/stage');
const { PipelineResult } = require('../engine/result');

/** Keeps the actions whose component lists the actor meets. */
class ComponentFilteringStage extends PipelineStage {
  constructor() {
    super('ComponentFiltering');
  }

  async executeInternal({ actor, candidateActions }) {
    const able = candidateActions.filter(({ required, forbidden }) =>
      actor.matches(required.actor, forbidden.actor),
    );
    return PipelineResult.success({ data: { candidateActions: able } });
  }
}

module.exports = { ComponentFilteringStage };
