'use strict';

const { performance } = require('node:perf_hooks');
const { median, randomFrom, shuffled } = require('./statistics');

/**
 * Entities in the set: some ten megabytes, several times a core's own caches, visited in
 * an order that no prefetcher foresees.
 */
const ENTITIES = 20_000;
const KINDS = [
  'actor',
  'item',
  'place',
  'portal',
  'effect',
  'quest',
  'faction',
];
const TAGS = [
  'hostile',
  'edible',
  'heavy',
  'hidden',
  'magic',
  'locked',
  'broken',
  'rare',
];

function makeEntity(id, random) {
  const pick = (values) => values[Math.floor(random() * values.length)];
  return {
    id: `entity-${id}`,
    kind: pick(KINDS),
    name: `${pick(TAGS)} ${pick(KINDS)} ${id}`,
    position: {
      place: Math.floor(random() * 200),
      x: random() * 100,
      y: random() * 100,
    },
    stats: {
      health: random() * 100,
      strength: random() * 20,
      speed: random(),
      luck: random(),
    },
    tags: TAGS.filter(() => random() < 0.4),
    holds: Array.from({ length: Math.floor(random() * 6) }, () =>
      Math.floor(random() * ENTITIES),
    ),
  };
}

/**
 * Real work for the bodies of stages: filter, map, JSON and grouping over entities that
 * have left the caches since they were last seen, so that what runs around a stage finds
 * caches and branch predictors as it would in an application. How long a body takes is
 * set by the number of entities, never by watching the clock.
 */
class Work {
  #entities;
  #cursor = 0;

  constructor(seed = 7) {
    const random = randomFrom(seed);
    const made = Array.from({ length: ENTITIES }, (_, id) =>
      makeEntity(id, random),
    );
    this.#entities = shuffled(made, random);
  }

  /** Work from here on repeats what it did from here before. */
  seek(position) {
    this.#cursor = position % ENTITIES;
  }

  #next(count) {
    if (this.#cursor + count > ENTITIES) this.#cursor = 0;
    const from = this.#cursor;
    this.#cursor += count;
    return this.#entities.slice(from, from + count);
  }

  filter(count) {
    const all = this.#entities;
    return this.#next(count).filter(
      ({ kind, stats, tags, holds }) =>
        (kind === 'actor' || tags.includes('rare') || stats.health > 60) &&
        stats.strength + stats.luck > 4 &&
        holds.every((held) => all[held].stats.speed < 0.9),
    ).length;
  }

  map(count) {
    return this.#next(count).map((entity) => ({
      ...entity.stats,
      id: entity.id,
      label: `${entity.name} at ${entity.position.place}`,
      score: entity.stats.health * entity.stats.speed + entity.tags.length,
    })).length;
  }

  json(count) {
    let length = 0;
    for (const { id, position, stats, tags } of this.#next(count)) {
      const copy = JSON.parse(JSON.stringify({ id, position, stats, tags }));
      length += copy.tags.length;
    }
    return length;
  }

  group(count) {
    const places = new Map();
    for (const entity of this.#next(count)) {
      const { place } = entity.position;
      const there = places.get(place);
      if (there === undefined) places.set(place, [entity]);
      else there.push(entity);
    }
    const sizes = [...places].map(([place, there]) => ({
      place,
      size: there.length,
    }));
    sizes.sort((a, b) => b.size - a.size || a.place - b.place);
    return sizes.length;
  }

  /** The four bodies, each over its number of entities. */
  bodies([filtered, mapped, copied, grouped]) {
    return [
      () => this.filter(filtered),
      () => this.map(mapped),
      () => this.json(copied),
      () => this.group(grouped),
    ];
  }
}

/** Median µs of one call of each body while they take turns for `ms`. */
function timeBodies(bodies, ms) {
  const times = bodies.map(() => []);
  const end = performance.now() + ms;
  while (performance.now() < end) {
    for (const [index, body] of bodies.entries()) {
      const start = performance.now();
      body();
      times[index].push((performance.now() - start) * 1000);
    }
  }
  return times.map(median);
}

/** Entities that make each body last `target` µs, where those of `sizes` made it last `took`. */
const resized = (sizes, target, took) =>
  sizes.map((size, body) =>
    Math.min(ENTITIES, Math.max(1, Math.round((size * target) / took[body]))),
  );

/** Rounds of calibration: the cost of an entity depends on their number, so each corrects the one before. */
const ROUNDS = 4;

/**
 * Entities that make each body last a given time on this machine.
 *
 * @param {{ targets: number[], ms: number }} options - µs a body, and how long to look
 * @returns {Record<number, number[]>} entities a body, by target
 */
function calibrate({ targets, ms }) {
  const work = new Work();
  let sizes = [100, 20, 10, 200];
  // The compiler has to be done with the bodies first.
  timeBodies(work.bodies(sizes), 4 * ms);
  const counts = {};
  for (const target of targets) {
    for (let round = 0; round < ROUNDS; round += 1) {
      sizes = resized(sizes, target, timeBodies(work.bodies(sizes), ms));
    }
    counts[target] = sizes;
  }
  return counts;
}

module.exports = { ROUNDS, Work, calibrate, resized };
