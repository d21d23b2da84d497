'use strict';

const { PipelineStage } = require('../engine/stage');
const { PipelineResult } = require('../engine/result');
const { holds } = require('../engine/logic');

/**
 * Keeps the actions whose prerequisites all hold. A rule that cannot be
 * evaluated costs the actor that one action: it is reported, and the run goes on.
 */
class PrerequisiteEvaluationStage extends PipelineStage {
  #world;

  constructor(world) {
    super('PrerequisiteEvaluation');
    this.#world = world;
  }

  async executeInternal({ actor, actionContext, candidateActions }) {
    const data = { ...actionContext, actor, world: this.#world };
    const errors = [];
    const allowed = candidateActions.filter(({ id, prerequisites }) => {
      try {
        return prerequisites.every((condition) => holds(condition, data));
      } catch (error) {
        errors.push({
          stageName: this.name,
          phase: 'PREREQUISITES',
          actionId: id,
          actorId: actor.id,
          error: error.message,
        });
        return false;
      }
    });
    return new PipelineResult({
      success: errors.length === 0,
      errors,
      data: { candidateActions: allowed },
    });
  }
}

module.exports = { PrerequisiteEvaluationStage };
