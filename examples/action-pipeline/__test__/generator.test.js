/** @jest-environment node */
'use strict';

const { EventBus } = require('../engine/bus');
const { Pipeline } = require('../engine/pipeline');
const { Random } = require('../engine/random');
const { generateWorld, loadWorldData } = require('../generator');
const { discoveryStages } = require('../stages');
const { TurnPlayer } = require('../turns');
const { discover, keepingLogger } = require('./smallWorld');

const data = loadWorldData();

/** Every `{ operation: ... }` argument found anywhere in a JSON Logic condition. */
function argumentsOf(operation, condition) {
  if (Array.isArray(condition)) {
    return condition.flatMap((part) => argumentsOf(operation, part));
  }
  if (typeof condition !== 'object' || condition === null) return [];
  return Object.entries(condition).flatMap(([name, value]) =>
    name === operation ? [].concat(value) : argumentsOf(operation, value),
  );
}

/** Every entity with its components, as text. */
function snapshot(world) {
  return world
    .entities()
    .map(({ id, components }) => JSON.stringify([id, components]));
}

describe('the written world', () => {
  test('has at least 60 actions, each with an id of its own', () => {
    expect(data.actions.length).toBeGreaterThanOrEqual(60);
    expect(new Set(data.actions.map(({ id }) => id)).size).toBe(
      data.actions.length,
    );
  });

  test.each(data.actions.map((action) => [action.id, action]))(
    'defines %s with known scopes, rules, roles and placeholders',
    (_, action) => {
      const roles = Object.keys(action.targets);
      const known = ['actor', ...roles];
      for (const [role, { scope, from }] of Object.entries(action.targets)) {
        expect(Object.keys(data.rules.scopes)).toContain(scope);
        if (from !== undefined) {
          expect(roles.slice(0, roles.indexOf(role))).toContain(from);
        }
      }
      for (const rule of argumentsOf('rule', action.prerequisites)) {
        expect(Object.keys(data.rules.rules)).toContain(rule);
      }
      for (const list of [action.required, action.forbidden]) {
        for (const role of Object.keys(list)) expect(known).toContain(role);
      }
      const placeholders = [...action.template.matchAll(/\{(\w+)\}/g)].map(
        ([, role]) => role,
      );
      expect([...placeholders].sort()).toEqual([...roles].sort());
      for (const { who, what, to, in: container } of action.effects) {
        for (const role of [who, what, to, container].filter(Boolean)) {
          expect(known).toContain(role);
        }
      }
    },
  );

  test('has exits that lead somewhere, both ways', () => {
    const places = new Map(data.places.places.map((one) => [one.id, one]));
    for (const place of places.values()) {
      for (const exit of place.exits) {
        expect([place.id, exit, places.get(exit)?.exits]).toEqual([
          place.id,
          exit,
          expect.arrayContaining([place.id]),
        ]);
      }
    }
  });
});

describe('the generated world', () => {
  test('has some hundreds of entities, and is the same for a seed', () => {
    const world = generateWorld(7);
    expect(world.size).toBeGreaterThanOrEqual(300);
    expect(snapshot(world)).toEqual(snapshot(generateWorld(7)));
    expect(snapshot(world)).not.toEqual(snapshot(generateWorld(8)));
  });

  test('does not change the data it was made from', () => {
    const before = JSON.stringify(data);
    const world = generateWorld(7, data);
    for (const entity of world.entities()) entity.addComponent('touched');
    for (const creature of world.creatures()) world.put(creature, 'market');
    expect(JSON.stringify(data)).toBe(before);
  });

  test('can be walked from every place to its exits', () => {
    const world = generateWorld(7);
    const [creature] = world.creatures();
    for (const { id, exits } of data.places.places) {
      world.put(creature, id);
      for (const exit of exits) {
        expect([id, exit, world.walkToPlace(creature, exit)]).toEqual([
          id,
          exit,
          expect.any(Number),
        ]);
        expect(world.walkToPlace(creature, exit)).toBeLessThan(Infinity);
      }
    }
  });
});

describe('the faults written into the data', () => {
  const NIGHT = 1;
  const NOON = 12;
  const actorOf = (world, template) =>
    world.creatures().find(({ id }) => id.startsWith(`${template}_`)).id;

  test('cost a heretic one action at night', async () => {
    const world = generateWorld(7);
    const heretic = actorOf(world, 'heretic');
    const result = await discover(world, heretic, NIGHT);
    expect(result.success).toBe(false);
    expect(result.actions.length).toBeGreaterThan(0);
    expect(result.errors).toEqual([
      {
        stageName: 'PrerequisiteEvaluation',
        phase: 'PREREQUISITES',
        actionId: 'commune',
        actorId: heretic,
        error: 'no entity drowned_shrine',
      },
    ]);
    expect((await discover(world, heretic, NOON)).success).toBe(true);
  });

  test('stop a stargazer altogether at night', async () => {
    const world = generateWorld(7);
    const stargazer = actorOf(world, 'stargazer');
    expect(await discover(world, stargazer, NIGHT)).toMatchObject({
      success: false,
      actions: [],
      errors: [
        {
          stageName: 'MultiTargetResolution',
          error: 'no entity sunken_city',
        },
      ],
    });
    expect((await discover(world, stargazer, NOON)).success).toBe(true);
  });
});

describe('the turns', () => {
  function setUp(seed) {
    const { logger } = keepingLogger();
    const world = generateWorld(seed);
    const bus = new EventBus(logger);
    const pipeline = new Pipeline(discoveryStages(world), logger);
    const random = new Random(seed);
    const player = new TurnPlayer({ world, pipeline, bus, random });
    return { world, bus, player, pipeline };
  }

  test('play the same game for a seed, and another for another', async () => {
    const games = [setUp(7), setUp(7), setUp(8)].map(({ player }) => player);
    for (const player of games) await player.play(2);
    const [first, again, other] = games.map(({ chronicle }) => chronicle);
    expect(first).toBe(again);
    expect(first).not.toBe(other);
  });

  test('let the party act one by one and the crowd in groups at once', async () => {
    const { player, pipeline } = setUp(7);
    const inFlight = [];
    let running = 0;
    const execute = pipeline.execute.bind(pipeline);
    pipeline.execute = async (context) => {
      running += 1;
      inFlight.push(running);
      try {
        return await execute(context);
      } finally {
        running -= 1;
      }
    };
    await player.play(1);
    const party = [1, 1, 1, 1];
    const group = [1, 2, 3, 4];
    expect(inFlight).toEqual([...party, ...group, ...group, ...group]);
    expect(player.tally).toMatchObject({ turns: 1, pipelines: 16 });
    expect(player.pipelinesPerTurn).toBe(16);
  });

  test('say on the bus what was done, and count it', async () => {
    const { player, bus, world } = setUp(7);
    const turns = [];
    const done = [];
    bus.subscribe('engine:turn_started', ({ turn }) => turns.push(turn));
    bus.subscribe('engine:action_performed', (payload) => done.push(payload));
    await player.play(2);
    expect(turns).toEqual([0, 1]);
    expect(done).toHaveLength(player.tally.performed);
    expect(done.length).toBeGreaterThan(24);
    for (const { actorId } of done) {
      expect(world.entity(actorId).hasComponent('plays')).toBe(true);
    }
  });

  test('change nothing when rehearsed', async () => {
    const { player, world } = setUp(7);
    await player.play(1);
    const before = snapshot(world);
    const chronicle = player.chronicle;
    const sizes = [];
    for (let nth = 0; nth < 8; nth += 1) sizes.push(await player.rehearse(nth));
    expect(sizes).toEqual([1, 1, 1, 1, 4, 4, 4, 1]);
    expect(snapshot(world)).toEqual(before);
    expect(player.chronicle).toBe(chronicle);
    expect(player.tally.pipelines).toBe(16);
  });
});
