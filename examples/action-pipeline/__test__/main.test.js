/** @jest-environment node */
'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const { EventBus } = require('../engine/bus');
const { Pipeline } = require('../engine/pipeline');
const { Random } = require('../engine/random');
const { generateWorld } = require('../generator');
const { WIDTH } = require('../report');
const { discoveryStages } = require('../stages');
const { TurnPlayer } = require('../turns');
const { keepingLogger } = require('./smallWorld');

/** Starting a process and playing takes its time on a busy machine. */
const PATIENCE_MS = 120_000;

const STAGES = [
  'component_filtering',
  'prerequisite_evaluation',
  'multi_target_resolution',
  'target_component_validation',
  'action_formatting',
];

function demo(...args) {
  return spawnSync(
    process.execPath,
    [path.join(__dirname, '..', 'main.js'), ...args],
    { encoding: 'utf8' },
  );
}

/** The same game without any metrics. */
async function chronicleOf(seed, turns) {
  const { logger } = keepingLogger();
  const world = generateWorld(seed);
  const player = new TurnPlayer({
    world,
    pipeline: new Pipeline(discoveryStages(world), logger),
    bus: new EventBus(logger),
    random: new Random(seed),
  });
  await player.play(turns);
  return player.chronicle;
}

describe('the demo', () => {
  test(
    'counts every stage of every pipeline and changes nothing in the game',
    async () => {
      const run = demo('--quick', '--turns', '3', '--seed', '5', '--json');
      expect(run.status).toBe(0);
      const figures = JSON.parse(run.stdout);
      expect(figures.stages.map(({ name, count }) => [name, count])).toEqual(
        STAGES.map((name) => [name, 48]),
      );
      expect(figures.pipeline.count).toBe(48);
      expect(figures.run.events.analyzed).toBe(48);
      expect(figures.run.chronicle).toBe(await chronicleOf(5, 3));
      const shares = figures.stages.reduce((sum, { share }) => sum + share, 0);
      expect(shares).toBeCloseTo(1, 9);
      expect(figures.cost.offMs).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  test(
    'prints a report without colours into a pipe and ends by itself',
    () => {
      const run = demo('--quick', '--turns', '2');
      expect(run.status).toBe(0);
      for (const name of STAGES) expect(run.stdout).toContain(name);
      expect(run.stdout).not.toContain('\u001b');
      const widths = run.stdout.split('\n').map(({ length }) => length);
      expect(Math.max(...widths)).toBeLessThanOrEqual(WIDTH);
      expect(run.stderr).toContain('playing: 2 of 2\n');
    },
    PATIENCE_MS,
  );

  test(
    'explains a wrong option and fails',
    () => {
      const run = demo('--turns', 'many');
      expect(run.status).toBe(2);
      expect(run.stdout).toBe('');
      expect(run.stderr).toMatch(
        /^--turns must be an integer from 1, got many/,
      );
    },
    PATIENCE_MS,
  );
});
