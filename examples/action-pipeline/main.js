'use strict';

const { performance } = require('node:perf_hooks');

const {
  PipelinePerformanceMetrics,
  canonicalStageName,
  installPipelineMetrics,
} = require('../..');
const { measureCost } = require('./cost');
const { EventBus } = require('./engine/bus');
const { Logger } = require('./engine/logger');
const { Pipeline } = require('./engine/pipeline');
const { Random } = require('./engine/random');
const { PipelineStage } = require('./engine/stage');
const { collectFigures } = require('./figures');
const { generateWorld } = require('./generator');
const { playLive } = require('./live');
const { USAGE, parseOptions } = require('./options');
const { plantedReport } = require('./planted');
const { Progress } = require('./progress');
const { renderReport } = require('./report');
const { discoveryStages } = require('./stages');
const { TurnPlayer } = require('./turns');
const { loadPipelineClasses } = require('./twin');

/** One frame at 60 Hz: what a player notices. A stage may take half of it. */
const FRAME_MS = 1000 / 60;
/** Most turns stored by the collector of an endless run. */
const MAX_TURNS_STORED = 1000;
const MAX_MEMORY_BYTES = 50 * 1024 * 1024;

async function main() {
  const options = readOptions();
  if (options === undefined) return;
  const game = setUp(options.seed);
  const progress = new Progress(process.stderr);
  const { turns } = options;
  const stored = options.live ? Math.min(turns, MAX_TURNS_STORED) : turns;

  // The two lines that wire the engine.
  const metrics = collector(game, stored);
  const installed = installPipelineMetrics({
    Pipeline,
    PipelineStage,
    metrics,
  });

  if (options.live) {
    const write = (text) => process.stdout.write(text);
    await playLive(metrics, game.player, { turns, write });
    installed.uninstall();
    metrics.dispose();
    return;
  }

  const start = performance.now();
  await game.player.play(turns, async (turn) => {
    progress.show('playing', turn, turns);
    // Lets the terminal and the collector's timer have their turn.
    await new Promise(setImmediate);
  });
  const seconds = (performance.now() - start) / 1000;
  installed.uninstall();
  metrics.flush();
  // An asynchronous bus gets the last event once it is done with the one before.
  await new Promise(setImmediate);
  const figures = collectFigures(metrics, describeRun(game, options, seconds));
  metrics.dispose();

  figures.cost = await measure(game, options, progress);
  print(figures, options);
}

function readOptions() {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (!options.help) return options;
    process.stdout.write(USAGE);
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  }
  return undefined;
}

function setUp(seed) {
  // The engine's own lines are counted, not shown: the report shows it better.
  const logger = new Logger({ level: 'error', write: () => {} });
  const bus = new EventBus(logger);
  const world = generateWorld(seed);
  const pipeline = new Pipeline(discoveryStages(world), logger);
  const random = new Random(seed);
  const player = new TurnPlayer({ world, pipeline, bus, random });
  return { logger, bus, world, player, events: countEvents(bus) };
}

/** What the collector says on the engine's own bus. */
function countEvents(bus) {
  const events = { alerts: 0, analyzed: 0 };
  bus.subscribe('PIPELINE_PERFORMANCE_ALERT', () => (events.alerts += 1));
  bus.subscribe('PIPELINE_PERFORMANCE_ANALYSIS', ({ executions }) => {
    events.analyzed += executions;
  });
  return events;
}

/** A collector that stores the whole run and has this game's thresholds. */
function collector({ logger, bus, world, player }, turns) {
  const metrics = new PipelinePerformanceMetrics({
    logger,
    eventBus: bus,
    config: {
      maxHistorySize: turns * player.pipelinesPerTurn,
    },
  });
  const names = discoveryStages(world).map((stage) =>
    canonicalStageName(stage),
  );
  for (const name of names) {
    metrics.setStageThreshold(name, {
      maxDuration: FRAME_MS / 2,
      maxMemory: MAX_MEMORY_BYTES,
    });
  }
  metrics.setStageThreshold('pipeline_total', {
    maxDuration: FRAME_MS,
    maxMemory: MAX_MEMORY_BYTES,
  });
  return metrics;
}

function describeRun({ world, player, logger, events }, { seed }, seconds) {
  return {
    ...player.tally,
    seed,
    seconds,
    chronicle: player.chronicle,
    entities: world.size,
    actors: player.actors,
    actions: world.actions.length,
    log: { ...logger.counts },
    events: { ...events },
  };
}

/**
 * Turns of the same game again, which change nothing, on two copies of the engine's
 * classes: one as it is, one with metrics installed.
 */
async function measure(game, { pairs, warmup }, progress) {
  const plain = loadPipelineClasses();
  const measured = loadPipelineClasses();
  const metrics = collector(game, pairs + warmup);
  const { Pipeline, PipelineStage } = measured;
  installPipelineMetrics({ Pipeline, PipelineStage, metrics });
  const [off, on] = [plain, measured].map((classes) =>
    rehearsal(game, classes),
  );
  try {
    return await measureCost({
      on,
      off,
      pairs,
      warmup,
      now: () => performance.now(),
      onPair: (done, all) => progress.show('measuring the cost', done, all),
    });
  } finally {
    metrics.dispose();
  }
}

function rehearsal({ world, bus, logger }, classes) {
  const pipeline = new classes.Pipeline(classes.discoveryStages(world), logger);
  // Rehearsing draws no numbers.
  const player = new TurnPlayer({ world, pipeline, bus, random: null });
  return (nth) => player.rehearse(nth);
}

function print(figures, { json }) {
  if (json) {
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
    return;
  }
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
  process.stdout.write(renderReport(figures, { color }));
  process.stdout.write(plantedReport());
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
