'use strict';

const { Entity } = require('../engine/entity');
const { Logger } = require('../engine/logger');
const { Pipeline } = require('../engine/pipeline');
const { GROUND, Terrain } = require('../engine/terrain');
const { World } = require('../engine/world');
const { discoveryStages } = require('../stages');

const SCOPES = {
  exits: { source: 'exits' },
  carried: { source: 'carried' },
  goods_of: { source: 'carried_by' },
  aimed_at: { source: 'aim' },
  things_here: { source: 'ground' },
  people_here: {
    source: 'occupants',
    where: { '!': { has: ['candidate', 'asleep'] } },
  },
  in_sight: { source: 'sighted' },
};

const RULES = {
  rested: { '>=': [{ var: 'actor.components.stamina.value' }, 20] },
  near_the_shrine: {
    '<': [{ walk_to: [{ var: 'actor.components.faith.shrine' }] }, 100],
  },
};

/** An action definition with the fields that a test does not care about. */
function action(id, template, parts = {}) {
  return {
    id,
    template,
    required: {},
    forbidden: {},
    prerequisites: [],
    targets: {},
    effects: [],
    ...parts,
  };
}

function place(id, exits, cell) {
  return new Entity(id, {
    name: { text: `the ${id}` },
    place: { kind: 'room', exits, cells: [cell] },
  });
}

function creature(id, components = {}) {
  return new Entity(id, {
    name: { text: id },
    creature: { ordinal: 0 },
    stamina: { value: 50 },
    ...components,
  });
}

function thing(id, components = {}) {
  return new Entity(id, { name: { text: `the ${id}` }, ...components });
}

/**
 * A hall and a yard, ten cells apart on a road. Ann, with a lamp, and sleeping
 * Bob are in the hall with a stone; Cid, with a coin, is in the yard.
 */
function smallWorld(actions = []) {
  const terrain = new Terrain(12, 3);
  for (let x = 0; x < 12; x += 1) terrain.set(x, 1, GROUND.ROAD);
  const world = new World({ terrain, actions, rules: RULES, scopes: SCOPES });
  world.add(place('hall', ['yard'], { x: 0, y: 1 }));
  world.add(place('yard', ['hall'], { x: 10, y: 1 }));
  world.add(creature('Ann', { hands: {} }), 'hall');
  world.add(creature('Bob', { asleep: {} }), 'hall');
  world.add(creature('Cid', { hands: {} }), 'yard');
  world.add(thing('lamp', { portable: {} }), 'Ann');
  world.add(thing('coin', { portable: {} }), 'Cid');
  world.add(thing('stone'), 'hall');
  return world;
}

/** A logger that stores every line. */
function keepingLogger() {
  const lines = [];
  const logger = new Logger({
    level: 'debug',
    write: (line) => lines.push(line),
  });
  return { logger, lines };
}

/** Runs the whole pipeline for one actor. */
function discover(world, actorId, hour = 12) {
  const actor = world.entity(actorId);
  const pipeline = new Pipeline(discoveryStages(world), keepingLogger().logger);
  return pipeline.execute({
    actor,
    actionContext: { place: world.holderOf(actor), turn: hour, hour },
    candidateActions: world.actions,
    trace: null,
  });
}

module.exports = { action, discover, keepingLogger, smallWorld };
