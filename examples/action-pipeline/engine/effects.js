'use strict';

const RANGES = {
  stamina: [0, 100],
  health: [1, 100],
  mood: [-100, 100],
  coins: [0, Infinity],
};

/** What an action does to the world, by the `do` of its effects. */
const EFFECTS = {
  move: (world, { who, to }) => world.put(who, to.id),
  hand: (world, { what, to }) => world.put(what, to.id),
  stow: (world, { what, in: container }) => world.put(what, container.id),
  drop: (world, { what, actor }) => world.put(what, world.holderOf(actor).id),
  add: (world, { who, component }) => who.addComponent(component),
  remove: (world, { who, component }) => who.removeComponent(component),
  change: (world, { who, component, by }) => {
    const data = who.getComponentData(component);
    if (data === undefined) return;
    const [low, high] = RANGES[component];
    who.addComponent(component, {
      ...data,
      value: Math.min(high, Math.max(low, data.value + by)),
    });
  },
};

const ROLE_FIELDS = ['who', 'what', 'to', 'in'];

/**
 * Performs an offered action: its effects, in order.
 *
 * @param {import('./world').World} world
 * @param {object} action - the definition, as in actions.json
 * @param {Record<string, import('./entity').Entity>} roles - `actor` and each target
 */
function perform(world, action, roles) {
  for (const effect of action.effects) {
    const resolved = { ...effect, actor: roles.actor };
    for (const field of ROLE_FIELDS) {
      if (effect[field] !== undefined) resolved[field] = roles[effect[field]];
    }
    EFFECTS[effect.do](world, resolved);
  }
}

module.exports = { perform };
