'use strict';

const { holds } = require('./logic');

/** Where candidates come from. `of` is the role that a dependent scope names. */
const SOURCES = {
  here: ({ place }) => [place],
  exits: ({ world, place }) => world.exits(place),
  occupants: ({ world, actor, place }) =>
    world.occupants(place).filter((other) => other !== actor),
  ground: ({ world, place }) => world.ground(place),
  carried: ({ world, actor }) => world.held(actor),
  at_hand: ({ world, actor, place }) => [
    ...world.ground(place),
    ...world.held(actor),
  ],
  sighted: ({ world, actor }) => world.sighted(actor),
  carried_by: ({ world }, of) => world.held(of),
  contents: ({ world }, of) => world.held(of),
  aim: ({ world }, of) => [world.entity(of.getComponentData('spyglass').aim)],
};

/**
 * Candidates of a named scope for the actor in `data`.
 *
 * @param {string} name - a scope of rules.json
 * @param {object} data - `{ world, actor, place, hour }`
 * @param {import('./entity').Entity} [of] - what a dependent scope starts from
 * @throws {RangeError} when the data names a scope or an entity that is not there
 */
function resolveScope(name, data, of) {
  const scope = data.world.scopes[name];
  if (scope === undefined) throw new RangeError(`no scope ${name}`);
  const found = SOURCES[scope.source](data, of);
  if (scope.where === undefined) return found;
  const scoped = { ...data, candidate: undefined };
  return found.filter((candidate) => {
    scoped.candidate = candidate;
    return holds(scope.where, scoped);
  });
}

module.exports = { resolveScope };
