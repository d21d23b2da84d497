/** @jest-environment node */
'use strict';

const { perform } = require('../engine/effects');
const { holds } = require('../engine/logic');
const { Random } = require('../engine/random');
const { GROUND, Terrain } = require('../engine/terrain');
const { action, smallWorld } = require('./smallWorld');

const ids = (entities) => entities.map(({ id }) => id);

describe('the terrain', () => {
  /** Rows of a map: `#` wall, `.` road, `,` open ground, `t` thicket. */
  function terrainOf(rows) {
    const ground = {
      '#': GROUND.WALL,
      '.': GROUND.ROAD,
      ',': GROUND.OPEN,
      t: GROUND.THICKET,
    };
    const terrain = new Terrain(rows[0].length, rows.length);
    rows.forEach((row, y) =>
      [...row].forEach((sign, x) => terrain.set(x, y, ground[sign])),
    );
    return terrain;
  }

  test('finds the cheapest way, not the straightest', () => {
    const terrain = terrainOf([
      '.....', //
      '.ttt.',
      '.,,,.',
    ]);
    const from = { x: 0, y: 1 };
    const to = { x: 4, y: 1 };
    // Round by the road: up 1, along 4, down 1; straight through: 6 + 6 + 6 + 1.
    expect(terrain.walkCost(from, [to])).toBe(6);
  });

  test('walks round walls, and nowhere when they close', () => {
    const gap = terrainOf(['..#..', '..#..', '.....']);
    expect(gap.walkCost({ x: 0, y: 0 }, [{ x: 4, y: 0 }])).toBe(8);
    const shut = terrainOf(['..#..', '..#..', '..#..']);
    expect(shut.walkCost({ x: 0, y: 0 }, [{ x: 4, y: 0 }])).toBe(Infinity);
  });

  test('takes the nearest of several goals, and 0 where it stands', () => {
    const terrain = terrainOf(['......']);
    const goals = [
      { x: 5, y: 0 },
      { x: 2, y: 0 },
    ];
    expect(terrain.walkCost({ x: 0, y: 0 }, goals)).toBe(2);
    expect(terrain.walkCost({ x: 2, y: 0 }, goals)).toBe(0);
    expect(terrain.walkCost({ x: 0, y: 0 }, [])).toBe(Infinity);
  });

  test('agrees with a plain relaxation on drawn maps', () => {
    const random = new Random(11);
    for (let map = 0; map < 25; map += 1) {
      const rows = Array.from({ length: 6 }, () =>
        Array.from({ length: 8 }, () => random.pick([...'..,,t#'])).join(''),
      );
      rows[0] = `.${rows[0].slice(1)}`;
      const terrain = terrainOf(rows);
      const costs = relax(terrain);
      for (let y = 0; y < 6; y += 1) {
        for (let x = 0; x < 8; x += 1) {
          if (terrain.at(x, y) === GROUND.WALL) continue;
          expect(terrain.walkCost({ x: 0, y: 0 }, [{ x, y }])).toBe(
            costs[y][x],
          );
        }
      }
    }
  });

  /** Costs from the top left corner by sweeping until nothing changes. */
  function relax(terrain) {
    const costs = Array.from({ length: terrain.height }, () =>
      new Array(terrain.width).fill(Infinity),
    );
    costs[0][0] = 0;
    const cost = (x, y) => costs[y]?.[x] ?? Infinity;
    for (let changed = true; changed;) {
      changed = false;
      for (let y = 0; y < terrain.height; y += 1) {
        for (let x = 0; x < terrain.width; x += 1) {
          if (terrain.at(x, y) === GROUND.WALL) continue;
          const best =
            terrain.at(x, y) +
            Math.min(
              cost(x - 1, y),
              cost(x + 1, y),
              cost(x, y - 1),
              cost(x, y + 1),
            );
          if (best < costs[y][x]) {
            costs[y][x] = best;
            changed = true;
          }
        }
      }
    }
    return costs;
  }

  test('sees over open ground but not through walls and thickets', () => {
    const terrain = terrainOf(['.,,,.', '..t..', '..#..']);
    expect(terrain.clearLine({ x: 0, y: 0 }, { x: 4, y: 0 })).toBe(true);
    expect(terrain.clearLine({ x: 0, y: 1 }, { x: 4, y: 1 })).toBe(false);
    expect(terrain.clearLine({ x: 0, y: 2 }, { x: 4, y: 2 })).toBe(false);
    // The ends themselves do not hide: a hunter in a thicket is seen from beside it.
    expect(terrain.clearLine({ x: 1, y: 1 }, { x: 2, y: 1 })).toBe(true);
  });
});

describe('the world', () => {
  test('knows what is where', () => {
    const world = smallWorld();
    const hall = world.entity('hall');
    expect(ids(world.occupants(hall))).toEqual(['Ann', 'Bob']);
    expect(ids(world.ground(hall))).toEqual(['stone']);
    expect(ids(world.exits(hall))).toEqual(['yard']);
    expect(ids(world.held(world.entity('Ann')))).toEqual(['lamp']);
    expect(world.holderOf(world.entity('lamp')).id).toBe('Ann');
  });

  test('moves an entity out of where it was', () => {
    const world = smallWorld();
    const ann = world.entity('Ann');
    world.put(ann, 'yard');
    expect(ids(world.occupants(world.entity('hall')))).toEqual(['Bob']);
    expect(ids(world.occupants(world.entity('yard')))).toEqual(['Cid', 'Ann']);
    expect(ann.getComponentData('position')).toEqual({ x: 10, y: 1 });
  });

  test('throws for a name that the map does not have', () => {
    const world = smallWorld();
    expect(() => world.entity('attic')).toThrow('no entity attic');
    expect(() => world.put(world.entity('Ann'), 'attic')).toThrow(RangeError);
    expect(world.holderOf(world.entity('Ann')).id).toBe('hall');
  });

  test('measures walks between creatures and to places', () => {
    const world = smallWorld();
    const ann = world.entity('Ann');
    expect(world.walkToNearest(ann, 'hands')).toBe(10);
    expect(world.walkToNearest(ann, 'asleep')).toBe(0);
    expect(world.walkToNearest(ann, 'hostile')).toBe(Infinity);
    expect(world.walkToPlace(ann, 'yard')).toBe(10);
  });

  test('shows a creature the others in a clear line', () => {
    const world = smallWorld();
    const ann = world.entity('Ann');
    expect(ids(world.sighted(ann))).toEqual(['Bob', 'Cid']);
    world.terrain.set(5, 1, GROUND.WALL);
    expect(ids(world.sighted(ann))).toEqual(['Bob']);
  });
});

describe('the rules', () => {
  const on = (world, actorId) => ({ world, actor: world.entity(actorId) });

  test('read components, named rules and what an actor carries', () => {
    const world = smallWorld();
    const data = on(world, 'Ann');
    expect(holds({ rule: 'rested' }, data)).toBe(true);
    expect(holds({ has: ['actor', 'asleep'] }, data)).toBe(false);
    expect(holds({ '===': [{ burden: [] }, 1] }, data)).toBe(true);
    expect(holds({ carries: ['portable'] }, data)).toBe(true);
    expect(holds({ carries: ['edible'] }, data)).toBe(false);
  });

  test('are watched only by those who are awake', () => {
    const world = smallWorld();
    const data = on(world, 'Ann');
    expect(holds({ watched_by: ['hands'] }, data)).toBe(true);
    world.entity('Cid').addComponent('asleep');
    expect(holds({ watched_by: ['hands'] }, data)).toBe(false);
  });

  test('throw where the data names what is not there', () => {
    const world = smallWorld();
    const data = on(world, 'Ann');
    expect(() => holds({ rule: 'lucky' }, data)).toThrow('no rule lucky');
    expect(() => holds({ walk_to: ['attic'] }, data)).toThrow(
      'no entity attic',
    );
  });
});

describe('the effects of an action', () => {
  const after = (effects, roles = {}) => {
    const world = smallWorld();
    const named = { actor: world.entity('Ann') };
    for (const [role, id] of Object.entries(roles)) {
      named[role] = world.entity(id);
    }
    perform(world, action('any', '', { effects }), named);
    return world;
  };
  const staminaAfter = (by) =>
    after([{ do: 'change', who: 'actor', component: 'stamina', by }])
      .entity('Ann')
      .getComponentData('stamina').value;

  test('move the actor and hand over, drop and stow things', () => {
    const moved = after([{ do: 'move', who: 'actor', to: 'to' }], {
      to: 'yard',
    });
    expect(moved.holderOf(moved.entity('Ann')).id).toBe('yard');
    const given = after([{ do: 'hand', what: 'item', to: 'person' }], {
      item: 'lamp',
      person: 'Bob',
    });
    expect(given.holderOf(given.entity('lamp')).id).toBe('Bob');
    const dropped = after([{ do: 'drop', what: 'item' }], { item: 'lamp' });
    expect(dropped.holderOf(dropped.entity('lamp')).id).toBe('hall');
    const stowed = after([{ do: 'stow', what: 'item', in: 'box' }], {
      item: 'lamp',
      box: 'stone',
    });
    expect(stowed.holderOf(stowed.entity('lamp')).id).toBe('stone');
  });

  test('add and remove components', () => {
    const world = after([
      { do: 'add', who: 'actor', component: 'sitting' },
      { do: 'remove', who: 'actor', component: 'hands' },
    ]);
    expect(world.entity('Ann').matches(['sitting'], ['hands'])).toBe(true);
  });

  test('change a value within its range, and nothing that is not there', () => {
    expect(staminaAfter(-7)).toBe(43);
    expect(staminaAfter(-70)).toBe(0);
    expect(staminaAfter(70)).toBe(100);
    const world = after([
      { do: 'change', who: 'actor', component: 'coins', by: 3 },
    ]);
    expect(world.entity('Ann').hasComponent('coins')).toBe(false);
  });
});

describe('the generator of numbers', () => {
  test('repeats itself for a seed and differs between seeds', () => {
    const drawn = (seed) => {
      const random = new Random(seed);
      return Array.from({ length: 8 }, () => random.below(1000));
    };
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });

  test('stays in range and reaches both ends', () => {
    const random = new Random(1);
    const drawn = Array.from({ length: 2000 }, () => random.between(3, 6));
    expect([...new Set(drawn)].sort()).toEqual([3, 4, 5, 6]);
  });
});
