'use strict';

const { PipelineStage } = require('../engine/stage');
const { PipelineResult } = require('../engine/result');
const { resolveScope } = require('../engine/scopes');

/** A crowd would otherwise be offered thousands of variants of one action. */
const MAX_BINDINGS = 80;

/**
 * Finds who and what each action could be done to: one binding for every
 * combination of targets. An action with targets that finds none is dropped; data
 * that names what does not exist throws.
 */
class MultiTargetResolutionStage extends PipelineStage {
  #world;

  constructor(world) {
    super('MultiTargetResolution');
    this.#world = world;
  }

  async executeInternal({ actor, actionContext, candidateActions }) {
    const data = { ...actionContext, actor, world: this.#world };
    const actionsWithTargets = [];
    for (const action of candidateActions) {
      const bindings = bind(Object.entries(action.targets), data);
      if (bindings.length > 0) actionsWithTargets.push({ action, bindings });
    }
    return PipelineResult.success({ data: { actionsWithTargets } });
  }
}

/** Extends the bindings role by role, a dependent role by what it depends on. */
function bind(targets, data) {
  let bindings = [{}];
  for (const [role, { scope, from }] of targets) {
    const free = from === undefined ? resolveScope(scope, data) : undefined;
    bindings = bindings
      .flatMap((bound) =>
        (free ?? resolveScope(scope, data, bound[from]))
          .filter((candidate) => !Object.values(bound).includes(candidate))
          .map((candidate) => ({ ...bound, [role]: candidate })),
      )
      .slice(0, MAX_BINDINGS);
  }
  return bindings;
}

module.exports = { MAX_BINDINGS, MultiTargetResolutionStage };
