/** @jest-environment node */
'use strict';

/**
 * The same work measured both ways, by wrapping it and by the four direct calls, gives the same
 * history to the last digit: records, executions, baselines, quantiles, alerts and aggregates.
 */

const { AsyncLocalStorage } = require('node:async_hooks');
const {
  PipelinePerformanceMetrics,
  measurePipeline,
  measureStage,
} = require('../..');
const { seeded } = require('./calls');

const SEEDS_A_TEST = 125;
const TESTS = 8;
const NAMES = ['filter', 'resolve', 'format', 'filter_again'];
const STEPS = 90;

/** A collector over a clock and a heap that the test moves. */
function newWorld() {
  const world = { now: 1000, heap: 1e6, events: [] };
  world.metrics = new PipelinePerformanceMetrics({
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    eventBus: {
      dispatch({ type, payload }) {
        if (type.includes('ALERT')) world.events.push([type, payload]);
      },
    },
    clock: {
      now: () => world.now,
      wallNow: () => 1.75e12 + Math.floor(world.now),
    },
    memorySampler: () => world.heap,
    config: { minAlertDuration: 0, alertResolved: true },
  });
  world.metrics.setStageThreshold('resolve', {
    maxDuration: 40,
    maxMemory: 50_000,
  });
  return world;
}

/** What happens, as a list of steps: which start and which end, when, and what comes of them. */
function planOf(random) {
  const pick = (values) => values[Math.floor(random() * values.length)];
  const steps = [];
  const running = [];
  const late = [];
  let count = 0;
  const startPipeline = () => {
    count += 1;
    const run = { id: `run-${count}`, stages: [] };
    running.push(run);
    steps.push({ kind: 'startPipeline', run, actionCount: count % 7 });
  };
  const startStage = () => {
    const run = pick(running);
    const around = random() < 0.5 ? pick(run.stages) : undefined;
    const stage = { run, around, name: pick(NAMES) };
    run.stages.push(stage);
    const context = random() < 0.5 ? { inputSize: count * 10 } : {};
    if (random() < 0.2) context.labels = { actor: pick(['a', 'b']) };
    if (random() < 0.2) context.complexity = pick(['low', 'high']);
    steps.push({ kind: 'startStage', stage, context });
  };
  const endStage = (from) => {
    const stage = from.splice(Math.floor(random() * from.length), 1)[0];
    steps.push({ kind: 'endStage', stage, outcome: outcomeOf(random) });
  };
  for (let i = 0; i < STEPS; i += 1) {
    const what = random();
    const open = running.flatMap(({ stages }) => stages).length;
    if (running.length === 0 || what < 0.12) startPipeline();
    else if (what < 0.5) startStage();
    else if (what < 0.85 && open > 0) {
      const runs = running.filter(({ stages }) => stages.length > 0);
      endStage(pick(runs).stages);
    } else if (late.length > 0 && what < 0.9) endStage(late);
    else {
      const run = running.splice(Math.floor(random() * running.length), 1)[0];
      late.push(...run.stages);
      steps.push({ kind: 'endPipeline', run, outcome: outcomeOf(random) });
    }
    steps.push({
      kind: 'pass',
      ms: random() < 0.1 ? random() * 200 : Math.round(random() * 10) / 4,
      bytes: Math.floor((random() - 0.3) * 40_000),
    });
  }
  return steps;
}

function outcomeOf(random) {
  if (random() < 0.1) return { throws: new Error('own') };
  const actions = Array(Math.floor(random() * 5)).fill(0);
  const errors = random() < 0.1 ? ['x', 'y'] : [];
  return { returns: { success: errors.length === 0, actions, errors } };
}

const countsOf = ({ throws, returns }) =>
  throws
    ? { success: false, items: 0, errors: 1 }
    : {
        success: returns.errors.length === 0,
        items: returns.actions.length,
        errors: returns.errors.length,
      };

const direct = {
  startPipeline(world, { run, actionCount }) {
    const context = { actionCount };
    world.metrics.startPipelineExecution(run.id, context);
  },
  startStage(world, { stage, context }) {
    const parent = world.handles.get(stage.around);
    const handle = world.metrics.startStageExecution(
      stage.run.id,
      stage.name,
      parent === undefined ? context : { ...context, parent },
    );
    world.handles.set(stage, handle);
  },
  endStage(world, { stage, outcome }) {
    const { success, items, errors } = countsOf(outcome);
    world.metrics.completeStageExecution(
      stage.run.id,
      world.handles.get(stage),
      { success, itemsProcessed: items, errorCount: errors },
    );
  },
  endPipeline(world, { run, outcome }) {
    const { success, items, errors } = countsOf(outcome);
    world.metrics.completePipelineExecution(run.id, {
      success,
      totalItemsProcessed: items,
      totalErrors: errors,
    });
  },
};

/** A promise that a later step settles, and a way back into the context it was made in. */
function pending(world, key) {
  return () =>
    new Promise((resolve, reject) => {
      const enter = AsyncLocalStorage.snapshot();
      world.handles.set(key, { resolve, reject, enter });
    });
}

function settle({ resolve, reject }, { throws, returns }) {
  if (throws) reject(throws);
  else resolve(returns);
}

const ignore = () => {};

const wired = {
  startPipeline(world, { run, actionCount }) {
    const context = { executionId: run.id, actionCount };
    measurePipeline(world.metrics, context, pending(world, run)).catch(ignore);
  },
  startStage(world, { stage, context }) {
    const { around, run, name } = stage;
    world.handles
      .get(around ?? run)
      .enter(() =>
        measureStage(world.metrics, name, context, pending(world, stage)),
      )
      .catch(ignore);
  },
  endStage(world, { stage, outcome }) {
    settle(world.handles.get(stage), outcome);
  },
  endPipeline(world, { run, outcome }) {
    settle(world.handles.get(run), outcome);
  },
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function carryOut(steps, ways, isAsynchronous) {
  const world = newWorld();
  world.handles = new Map();
  for (const step of steps) {
    if (step.kind === 'pass') {
      world.now += step.ms;
      world.heap += step.bytes;
      continue;
    }
    ways[step.kind](world, step);
    // A promise that was settled is heard microtasks later; the clock stands still meanwhile.
    if (isAsynchronous && step.kind.startsWith('end'))
      for (let i = 0; i < 4; i += 1) await null;
  }
  if (isAsynchronous) await turn();
  const seen = observed(world);
  world.metrics.dispose();
  return seen;
}

/** All that a collector knows. */
function observed({ metrics, events }) {
  const executions = [...metrics.pipelineExecutions.values()];
  return {
    stages: Object.fromEntries(metrics.stageMetrics),
    pipelines: metrics.getPipelineMetrics(),
    executions: executions.map((execution) => ({
      ...execution,
      stages: Object.fromEntries(execution.stages),
    })),
    active: [...metrics.activeExecutions.keys()],
    baselines: Object.fromEntries(metrics.performanceBaselines),
    quantiles: NAMES.map((name) => metrics.getQuantiles(name)),
    aggregates: NAMES.map((name) =>
      metrics.metricsAggregator.aggregateStageMetrics(
        metrics.getStageMetrics(name),
      ),
    ),
    alerts: metrics.getRecentAlerts(),
    events,
  };
}

describe('measured code and direct calls', () => {
  it.each(Array.from({ length: TESTS }, (_, nth) => nth))(
    `give the same history of the same work, seeds ${SEEDS_A_TEST} × %i on`,
    async (nth) => {
      let alerts = 0;
      for (let at = 0; at < SEEDS_A_TEST; at += 1) {
        const seed = nth * SEEDS_A_TEST + at + 1;
        const steps = planOf(seeded(seed).unit);
        const expected = await carryOut(steps, direct, false);
        const seen = await carryOut(steps, wired, true);
        expect([seed, seen]).toEqual([seed, expected]);
        alerts += expected.events.length;
      }
      // Some raised alerts, or nothing would have been shown of them.
      expect(alerts).toBeGreaterThan(SEEDS_A_TEST);
    },
    120_000,
  );
});
