'use strict';

const { Entity } = require('./engine/entity');
const { Random } = require('./engine/random');
const { GROUND, Terrain } = require('./engine/terrain');
const { World } = require('./engine/world');

/** The world as it is written: one JSON file each. */
function loadWorldData() {
  return {
    actions: require('./world/actions.json'),
    creatures: require('./world/creatures.json'),
    items: require('./world/items.json'),
    names: require('./world/names.json'),
    places: require('./world/places.json'),
    rules: require('./world/rules.json'),
  };
}

/** Builds the world from its data: the same seed gives the same world. */
function generateWorld(seed, data = loadWorldData()) {
  const random = new Random(seed);
  const world = new World({
    terrain: drawTerrain(data.places, random),
    actions: data.actions,
    rules: data.rules.rules,
    scopes: data.rules.scopes,
  });
  for (const place of data.places.places) world.add(placeEntity(place));
  const maker = new Maker(world, data, random);
  for (const template of data.creatures.templates) maker.creatures(template);
  for (const template of data.items.templates) maker.items(template);
  return world;
}

function drawTerrain({ map, places }, random) {
  const terrain = new Terrain(map.width, map.height);
  scatter(terrain, random, map.thickets, GROUND.THICKET);
  scatter(terrain, random, map.rocks, GROUND.WALL);
  for (const place of places) drawPlace(terrain, place);
  const byId = new Map(places.map((place) => [place.id, place]));
  for (const place of places) {
    for (const exit of place.exits) drawRoad(terrain, place, byId.get(exit));
  }
  return terrain;
}

/** Small rectangles of one ground, strewn over the map. */
function scatter(terrain, random, count, ground) {
  for (let patch = 0; patch < count; patch += 1) {
    const left = random.below(terrain.width);
    const top = random.below(terrain.height);
    const right = left + random.between(1, 3);
    const bottom = top + random.between(1, 2);
    for (let x = left; x <= right; x += 1) {
      for (let y = top; y <= bottom; y += 1) terrain.set(x, y, ground);
    }
  }
}

/** A place under a roof has walls, which a road to it breaks into a door. */
function drawPlace(terrain, { area, roof }) {
  const [left, top, width, height] = area;
  for (let x = left; x < left + width; x += 1) {
    for (let y = top; y < top + height; y += 1) {
      const edge =
        x === left ||
        y === top ||
        x === left + width - 1 ||
        y === top + height - 1;
      terrain.set(x, y, roof && edge ? GROUND.WALL : GROUND.ROAD);
    }
  }
}

function drawRoad(terrain, from, to) {
  const start = middle(from.area);
  const end = middle(to.area);
  const stepX = Math.sign(end.x - start.x);
  const stepY = Math.sign(end.y - start.y);
  for (let { x } = start; x !== end.x; x += stepX) {
    terrain.set(x, start.y, GROUND.ROAD);
  }
  for (let { y } = start; y !== end.y; y += stepY) {
    terrain.set(end.x, y, GROUND.ROAD);
  }
  terrain.set(end.x, end.y, GROUND.ROAD);
}

function middle([left, top, width, height]) {
  return { x: left + (width >> 1), y: top + (height >> 1) };
}

function placeEntity({ id, name, kind, roof = false, area, exits }) {
  const [left, top, width, height] = area;
  const cells = [];
  for (let y = top + 1; y < top + height - 1; y += 1) {
    for (let x = left + 1; x < left + width - 1; x += 1) cells.push({ x, y });
  }
  const components = { name: { text: name }, place: { kind, exits, cells } };
  if (!roof) components.open_air = {};
  return new Entity(id, components);
}

/** Makes entities of templates, with what creatures carry in their hands. */
class Maker {
  #world;
  #names;
  #items;
  #random;
  #made = 0;
  #people = 0;

  constructor(world, { names, items }, random) {
    this.#world = world;
    this.#names = names;
    this.#items = new Map(items.templates.map((item) => [item.template, item]));
    this.#random = random;
  }

  creatures(template) {
    for (let nth = 0; nth < template.count; nth += 1) {
      const components = this.#components(template.components);
      components.name = { text: this.#creatureName(template) };
      components.creature = { ordinal: this.#made };
      if (template.plays) components.plays = {};
      if (template.party) components.party = {};
      const place = template.places[nth % template.places.length];
      const creature = this.#add(template, components, place);
      for (const kind of template.carries ?? []) {
        this.#item(this.#items.get(kind), creature.id);
      }
    }
  }

  items(template) {
    for (let nth = 0; nth < template.count; nth += 1) {
      this.#item(template, template.places[nth % template.places.length]);
    }
  }

  #item(template, holderId) {
    const components = this.#components(template.components);
    const trait = this.#random.pick(this.#names.traits);
    components.name = { text: `the ${trait} ${template.name}` };
    this.#add(template, components, holderId);
  }

  #add(template, components, holderId) {
    this.#made += 1;
    const entity = new Entity(`${template.template}_${this.#made}`, components);
    return this.#world.add(entity, holderId);
  }

  #creatureName({ name, components }) {
    if (components.animal) {
      return `the ${this.#random.pick(this.#names.coats)} ${name}`;
    }
    const given = this.#names.given[this.#people % this.#names.given.length];
    this.#people += 1;
    const titled = name[0] === name[0].toUpperCase();
    return titled ? `${name} ${given}` : `${given} the ${name}`;
  }

  /** A copy of a template's components, `[low, high]` rolled to a number. */
  #components(template) {
    const roll = (value) =>
      Array.isArray(value) ? this.#random.between(value[0], value[1]) : value;
    return Object.fromEntries(
      Object.entries(template).map(([component, data]) => [
        component,
        Object.fromEntries(
          Object.entries(data).map(([field, value]) => [field, roll(value)]),
        ),
      ]),
    );
  }
}

module.exports = { generateWorld, loadWorldData };
