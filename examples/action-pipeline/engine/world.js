'use strict';

/** How far a creature sees, in cells. */
const SIGHT = 30;

/**
 * Everything there is and where it is. A place holds creatures and things, a
 * creature holds what it carries, a container what lies in it: each entity is in
 * one holder, named by the holder's id.
 */
class World {
  #entities = new Map();
  #held = new Map();
  #holderOf = new Map();

  /**
   * @param {object} parts
   * @param {import('./terrain').Terrain} parts.terrain
   * @param {object[]} parts.actions - action definitions, as in actions.json
   * @param {object} parts.rules - named conditions, as in rules.json
   * @param {object} parts.scopes - named scopes, as in rules.json
   */
  constructor({ terrain, actions, rules, scopes }) {
    this.terrain = terrain;
    this.actions = actions;
    this.rules = rules;
    this.scopes = scopes;
  }

  /** @param {string} [holderId] - omitted for places, which nothing holds */
  add(entity, holderId) {
    this.#entities.set(entity.id, entity);
    this.#held.set(entity.id, new Set());
    if (holderId !== undefined) this.put(entity, holderId);
    return entity;
  }

  get size() {
    return this.#entities.size;
  }

  entities() {
    return [...this.#entities.values()];
  }

  /** @throws {RangeError} when the data names an entity that does not exist */
  entity(id) {
    const found = this.#entities.get(id);
    if (found === undefined) throw new RangeError(`no entity ${id}`);
    return found;
  }

  /** Moves an entity to a holder; a creature put into a place stands on a cell. */
  put(entity, holderId) {
    const holder = this.entity(holderId);
    this.#held.get(this.#holderOf.get(entity.id))?.delete(entity);
    this.#held.get(holderId).add(entity);
    this.#holderOf.set(entity.id, holderId);
    const place = holder.getComponentData('place');
    if (place !== undefined && entity.hasComponent('creature')) {
      const { ordinal } = entity.getComponentData('creature');
      const cell = place.cells[ordinal % place.cells.length];
      entity.addComponent('position', cell);
    }
  }

  holderOf(entity) {
    return this.entity(this.#holderOf.get(entity.id));
  }

  held(holder) {
    return [...this.#held.get(holder.id)];
  }

  occupants(place) {
    return this.held(place).filter((entity) => entity.hasComponent('creature'));
  }

  ground(place) {
    return this.held(place).filter(
      (entity) => !entity.hasComponent('creature'),
    );
  }

  exits(place) {
    const { exits } = place.getComponentData('place');
    return exits.map((id) => this.entity(id));
  }

  creatures() {
    return this.entities().filter((entity) => entity.hasComponent('creature'));
  }

  /** Other creatures in sight of one, over the whole map. */
  sighted(viewer) {
    const from = viewer.getComponentData('position');
    return this.creatures().filter((other) => {
      if (other === viewer) return false;
      const to = other.getComponentData('position');
      const far = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
      return far <= SIGHT && this.terrain.clearLine(from, to);
    });
  }

  /** Walking cost from a creature to the nearest other one with a component. */
  walkToNearest(creature, component) {
    const goals = this.creatures()
      .filter((other) => other !== creature && other.hasComponent(component))
      .map((other) => other.getComponentData('position'));
    return this.terrain.walkCost(creature.getComponentData('position'), goals);
  }

  /** Walking cost from a creature into a place. */
  walkToPlace(creature, placeId) {
    const { cells } = this.entity(placeId).getComponentData('place');
    return this.terrain.walkCost(creature.getComponentData('position'), cells);
  }
}

module.exports = { World };
