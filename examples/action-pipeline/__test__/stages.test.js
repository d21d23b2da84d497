/** @jest-environment node */
'use strict';

const { ActionFormattingStage } = require('../stages/actionFormatting');
const { ComponentFilteringStage } = require('../stages/componentFiltering');
const {
  MAX_BINDINGS,
  MultiTargetResolutionStage,
} = require('../stages/multiTargetResolution');
const {
  PrerequisiteEvaluationStage,
} = require('../stages/prerequisiteEvaluation');
const {
  TargetComponentValidationStage,
} = require('../stages/targetComponentValidation');
const { discoveryStages } = require('../stages');
const { action, discover, smallWorld } = require('./smallWorld');

const ids = (actions) => actions.map(({ id }) => id);
const texts = ({ actions }) => actions.map(({ text }) => text);

function contextOf(world, actorId, parts = {}) {
  const actor = world.entity(actorId);
  return {
    actor,
    actionContext: { place: world.holderOf(actor), turn: 12, hour: 12 },
    candidateActions: world.actions,
    ...parts,
  };
}

const ACTIONS = [
  action('rest', 'rest a while'),
  action('wake', 'wake up', { required: { actor: ['asleep'] } }),
  action('go', 'go to {place}', {
    forbidden: { actor: ['asleep'] },
    prerequisites: [{ rule: 'rested' }],
    targets: { place: { scope: 'exits' } },
  }),
  action('take', 'take {item}', {
    required: { actor: ['hands'], item: ['portable'] },
    targets: { item: { scope: 'things_here' } },
  }),
  action('give', 'give {item} to {person}', {
    required: { actor: ['hands'], person: ['hands'] },
    targets: { item: { scope: 'carried' }, person: { scope: 'people_here' } },
  }),
  action('steal', 'steal {item} from {person}', {
    targets: {
      person: { scope: 'in_sight' },
      item: { scope: 'goods_of', from: 'person' },
    },
  }),
];

describe('the whole pipeline', () => {
  test('has the five stages of action discovery in order', () => {
    expect(discoveryStages(smallWorld()).map(({ name }) => name)).toEqual([
      'ComponentFiltering',
      'PrerequisiteEvaluation',
      'MultiTargetResolution',
      'TargetComponentValidation',
      'ActionFormatting',
    ]);
  });

  test('offers Ann exactly what she can do, and to whom', async () => {
    const result = await discover(smallWorld(ACTIONS), 'Ann');
    expect(result.success).toBe(true);
    expect(result.actions).toEqual([
      { id: 'rest', text: 'rest a while', params: {} },
      { id: 'go', text: 'go to the yard', params: { place: 'yard' } },
      {
        id: 'steal',
        text: 'steal the coin from Cid',
        params: { person: 'Cid', item: 'coin' },
      },
    ]);
  });

  test('offers more once Cid has come and the stone can be lifted', async () => {
    const world = smallWorld(ACTIONS);
    world.put(world.entity('Cid'), 'hall');
    world.entity('stone').addComponent('portable');
    world.entity('Ann').addComponent('stamina', { value: 10 });
    expect(texts(await discover(world, 'Ann'))).toEqual([
      'rest a while',
      'take the stone',
      'give the lamp to Cid',
      'steal the coin from Cid',
    ]);
  });

  test('offers a sleeper little', async () => {
    expect(texts(await discover(smallWorld(ACTIONS), 'Bob'))).toEqual([
      'rest a while',
      'wake up',
      'steal the lamp from Ann',
      'steal the coin from Cid',
    ]);
  });

  test('loses only the action whose rule cannot be evaluated', async () => {
    const pray = action('pray', 'pray', {
      prerequisites: [{ rule: 'near_the_shrine' }],
    });
    const world = smallWorld([pray, ...ACTIONS]);
    world.entity('Ann').addComponent('faith', { shrine: 'drowned' });
    const result = await discover(world, 'Ann');
    expect(result.success).toBe(false);
    expect(result.errors).toEqual([
      {
        stageName: 'PrerequisiteEvaluation',
        phase: 'PREREQUISITES',
        actionId: 'pray',
        actorId: 'Ann',
        error: 'no entity drowned',
      },
    ]);
    expect(ids(result.actions)).toEqual(['rest', 'go', 'steal']);
    world.entity('Ann').addComponent('faith', { shrine: 'yard' });
    expect(texts(await discover(world, 'Ann'))[0]).toBe('pray');
  });

  test('offers nothing when a target cannot be resolved', async () => {
    const spy = action('spy', 'look at {place}', {
      targets: {
        glass: { scope: 'carried' },
        place: { scope: 'aimed_at', from: 'glass' },
      },
    });
    const world = smallWorld([spy, ...ACTIONS]);
    world.entity('lamp').addComponent('spyglass', { aim: 'sunken' });
    const result = await discover(world, 'Ann');
    expect(result).toMatchObject({
      success: false,
      actions: [],
      errors: [
        { stageName: 'MultiTargetResolution', error: 'no entity sunken' },
      ],
    });
  });

  test('keeps concurrent actors apart', async () => {
    const world = smallWorld(ACTIONS);
    const alone = [];
    for (const id of ['Ann', 'Bob', 'Cid']) {
      alone.push(await discover(world, id));
    }
    const together = await Promise.all(
      ['Ann', 'Bob', 'Cid'].map((id) => discover(world, id)),
    );
    expect(together).toEqual(alone);
  });
});

describe('each stage', () => {
  test('component filtering asks for all required and no forbidden', async () => {
    const world = smallWorld(ACTIONS);
    const stage = new ComponentFilteringStage();
    const offered = async (actorId) =>
      ids(
        (await stage.execute(contextOf(world, actorId))).data.candidateActions,
      );
    expect(await offered('Ann')).toEqual([
      'rest',
      'go',
      'take',
      'give',
      'steal',
    ]);
    expect(await offered('Bob')).toEqual(['rest', 'wake', 'steal']);
  });

  test('prerequisite evaluation wants every condition to hold', async () => {
    const day = { '<=': [6, { var: 'hour' }, 19] };
    const world = smallWorld([
      action('both', 'both', { prerequisites: [day, { rule: 'rested' }] }),
      action('one', 'one', { prerequisites: [day, false] }),
    ]);
    const stage = new PrerequisiteEvaluationStage(world);
    const { data } = await stage.execute(contextOf(world, 'Ann'));
    expect(ids(data.candidateActions)).toEqual(['both']);
  });

  test('resolution binds every combination, never one thing twice', async () => {
    const world = smallWorld([
      action('juggle', '{first} {second}', {
        targets: { first: { scope: 'carried' }, second: { scope: 'carried' } },
      }),
    ]);
    world.put(world.entity('coin'), 'Ann');
    const stage = new MultiTargetResolutionStage(world);
    const { data } = await stage.execute(contextOf(world, 'Ann'));
    const pairs = data.actionsWithTargets[0].bindings.map(
      ({ first, second }) => `${first.id} ${second.id}`,
    );
    expect(pairs).toEqual(['lamp coin', 'coin lamp']);
  });

  test('resolution bounds the variants of one action', async () => {
    const world = smallWorld([
      action('swap', '{first} {second}', {
        targets: { first: { scope: 'carried' }, second: { scope: 'carried' } },
      }),
    ]);
    const lamp = world.entity('lamp');
    for (let nth = 0; nth < 10; nth += 1) {
      const copy = new lamp.constructor(`lamp_${nth}`, { ...lamp.components });
      world.add(copy, 'Ann');
    }
    const stage = new MultiTargetResolutionStage(world);
    const { data } = await stage.execute(contextOf(world, 'Ann'));
    expect(data.actionsWithTargets[0].bindings).toHaveLength(MAX_BINDINGS);
  });

  test('resolution throws for a scope that no rule file has', async () => {
    const world = smallWorld([
      action('odd', '{x}', { targets: { x: { scope: 'nowhere' } } }),
    ]);
    const stage = new MultiTargetResolutionStage(world);
    await expect(stage.execute(contextOf(world, 'Ann'))).rejects.toThrow(
      'no scope nowhere',
    );
  });

  test('validation drops bindings, then actions left with none', async () => {
    const world = smallWorld();
    const [ann, bob] = [world.entity('Ann'), world.entity('Bob')];
    const wake = action('wake', 'wake {person}', {
      required: { person: ['asleep'] },
    });
    const nudge = action('nudge', 'nudge {person}', {
      forbidden: { person: ['creature'] },
    });
    const bindings = [{ person: ann }, { person: bob }];
    const { data } = await new TargetComponentValidationStage().execute({
      actionsWithTargets: [
        { action: wake, bindings },
        { action: nudge, bindings },
      ],
    });
    expect(data.actionsWithTargets).toEqual([
      { action: wake, bindings: [{ person: bob }] },
    ]);
  });

  test('formatting throws for a template without its target', async () => {
    const broken = action('broken', 'look at {thing}');
    const stage = new ActionFormattingStage();
    const context = {
      actionsWithTargets: [{ action: broken, bindings: [{}] }],
    };
    await expect(stage.execute(context)).rejects.toThrow(
      'broken: no target for {thing}',
    );
  });
});
