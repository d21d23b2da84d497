'use strict';

const jsonLogic = require('json-logic-js');

/**
 * What the rules of this world may ask beyond plain JSON Logic. `this` is the
 * data a rule is evaluated on: `{ world, actor, place, hour, candidate? }`.
 */
const OPERATIONS = {
  has(role, component) {
    return this[role].hasComponent(component);
  },
  rule(name) {
    if (!Object.hasOwn(this.world.rules, name)) {
      throw new RangeError(`no rule ${name}`);
    }
    return jsonLogic.apply(this.world.rules[name], this);
  },
  burden() {
    return this.world.held(this.actor).length;
  },
  carries(component) {
    return this.world
      .held(this.actor)
      .some((item) => item.hasComponent(component));
  },
  watched_by(component) {
    return this.world
      .sighted(this.actor)
      .some((other) => other.matches([component], ['asleep']));
  },
  nearest_walk(component) {
    return this.world.walkToNearest(this.actor, component);
  },
  walk_to(placeId) {
    return this.world.walkToPlace(this.actor, placeId);
  },
};

for (const [name, operation] of Object.entries(OPERATIONS)) {
  jsonLogic.add_operation(name, operation);
}

/** @returns {boolean} whether a condition holds on `data` */
function holds(condition, data) {
  return jsonLogic.truthy(jsonLogic.apply(condition, data));
}

module.exports = { holds };
