'use strict';

/**
 * Every kind of call: how often it comes, what it is called with, and how it runs on both sides.
 * `args(random, make)` gives the call's data; `run(world, call)` resolves its references.
 */

const { HOUR } = require('./calls');

const running = [
  {
    op: 'startPipeline',
    weight: 10,
    args: (random, make) => ({
      reuse: random.chance(0.15) ? random.int(1000) : undefined,
      context: make.pipelineContext(),
    }),
    run(world, { reuse, context }) {
      const id = world.executionId(reuse);
      world.started(
        id,
        world.both((side) => side.startPipelineExecution(id, context)),
      );
    },
  },
  {
    op: 'startStage',
    weight: 34,
    args: (random, make) => ({
      at: random.int(1000),
      name: make.name(),
      context: make.stageContext(),
      tick: make.tick(),
    }),
    run(world, { at, name, context, tick }) {
      const id = world.activeId(at);
      if (!id || world.mustNotOverlap(id)) return;
      world.tick(tick);
      world.opened(
        id,
        world.both((side) => side.startStageExecution(id, name, context)),
      );
    },
  },
  {
    op: 'completeStage',
    weight: 40,
    args: (random, make) => ({
      at: random.int(1000),
      which: random.int(1000),
      byHandle: random.chance(0.5),
      result: make.stageResult(),
      tick: make.tick(random.chance(0.1) ? 300 : 8),
      growth: make.growth(),
    }),
    run(world, { at, which, byHandle, result, tick, growth }) {
      const handle = world.openHandle(at, which);
      if (!handle) return;
      world.tick(tick);
      world.grow(growth);
      const { id, expected } = handle;
      world.sameObject(
        world.both((side, role) =>
          side.completeStageExecution(
            id,
            byHandle ? handle[role] : expected.stageName,
            result,
          ),
        ),
      );
    },
  },
  {
    op: 'completePipeline',
    weight: 10,
    args: (random, make) => ({
      at: random.int(1000),
      result: make.pipelineResult(),
      tick: make.tick(random.chance(0.1) ? 3000 : 8),
      growth: make.growth(),
    }),
    run(world, { at, result, tick, growth }) {
      const id = world.activeId(at);
      if (!id) return;
      world.tick(tick);
      world.grow(growth);
      world.sameObject(
        world.both((side) => side.completePipelineExecution(id, result)),
      );
    },
  },
  {
    op: 'completeAgain',
    weight: 3,
    args: (random) => ({ which: random.int(1000) }),
    run(world, { which }) {
      const handle = world.doneHandle(which);
      if (!handle) return;
      world.both((side, role) =>
        side.completeStageExecution(handle.id, handle[role]),
      );
    },
  },
  {
    op: 'nameTheUnknown',
    weight: 3,
    args: (random, make) => ({ at: random.int(1000), name: make.name() }),
    run(world, { at, name }) {
      const id = world.activeId(at) ?? 'nobody';
      world.both((side) => side.startStageExecution('nobody', name));
      world.both((side) => side.completeStageExecution('nobody', name));
      world.both((side) => side.completeStageExecution(id, 'no such stage'));
      world.both((side) => side.completePipelineExecution('nobody'));
    },
  },
  {
    op: 'forgetActive',
    weight: 0.7,
    args: (random) => ({ at: random.int(1000), all: random.chance(0.1) }),
    run(world, { at, all }) {
      const id = world.activeId(at) ?? 'nobody';
      world.both(({ activeExecutions }) =>
        all ? activeExecutions.clear() : activeExecutions.delete(id),
      );
    },
  },
];

const byHand = [
  {
    op: 'recordStage',
    weight: 8,
    args: (random, make) => ({ name: make.name(), data: make.recorded() }),
    run: (world, { name, data }) =>
      world.both((side) => void side.recordStageMetrics(name, data)),
  },
  {
    op: 'recordPipeline',
    weight: 3,
    args: (random, make) => ({ execution: make.execution() }),
    run: (world, { execution }) =>
      world.both((side) => void side.recordPipelineMetrics(execution)),
  },
  {
    op: 'capture',
    weight: 4,
    args: (random, make) => ({
      name: make.name(),
      data: random.chance(0.5) ? make.flatCapture() : make.nestedCapture(),
    }),
    run: (world, { name, data }) =>
      world.both((side) => void side.captureStageExecution(name, data)),
  },
  {
    op: 'analyzeStage',
    weight: 3,
    args: (random, make) => ({ name: make.name(), data: make.recorded() }),
    run: (world, { name, data }) =>
      world.both((side) => void side.analyzeStagePerformance(name, data)),
  },
  {
    op: 'analyzePipeline',
    weight: 1,
    args: (random, make) => ({ execution: make.execution() }),
    run: (world, { execution }) =>
      world.both((side) => side.analyzePipelinePerformance(execution)),
  },
  {
    op: 'updateBaseline',
    weight: 2,
    args: (random, make) => ({ name: make.name(), data: make.recorded() }),
    run: (world, { name, data }) =>
      world.both((side) => void side.updatePerformanceBaseline(name, data)),
  },
  {
    op: 'setThreshold',
    weight: 4,
    args: (random, make) => ({
      name: random.chance(0.2) ? 'pipeline_total' : make.name(),
      limits: make.limits(),
      throughMap: random.chance(0.3),
    }),
    run: (world, { name, limits, throughMap }) =>
      world.both((side) =>
        throughMap
          ? void side.alertThresholds.set(name, { ...limits })
          : void side.setStageThreshold(name, limits),
      ),
  },
  {
    op: 'deleteThreshold',
    weight: 1,
    args: (random, make) => ({ name: make.name() }),
    run: (world, { name }) =>
      world.both((side) => side.alertThresholds.delete(name)),
  },
  {
    op: 'setBaseline',
    weight: 1,
    args: (random, make) => ({
      name: make.name(),
      baseline: random.chance(0.6) ? make.baseline() : undefined,
    }),
    run(world, { name, baseline }) {
      world.both(({ performanceBaselines }) =>
        baseline
          ? void performanceBaselines.set(name, baseline)
          : performanceBaselines.delete(name),
      );
      world.oracle.forgetLearned(name);
    },
  },
];

const stored = [
  {
    op: 'setStageList',
    weight: 1.5,
    args: (random, make) => ({
      name: make.name(),
      list: Array.from({ length: random.int(4) }, () => make.recorded()),
    }),
    run(world, { name, list }) {
      const entries = list.map(({ result, ...entry }, i) => ({
        timestamp: world.clock.iso(1000 * (list.length - i)),
        ...entry,
        success: result.success,
        errorCount: result.errorCount,
      }));
      world.both((side) => void side.stageMetrics.set(name, entries));
    },
  },
  {
    op: 'setExecution',
    weight: 1.5,
    args: (random, make) => ({
      execution: make.execution(),
      age: random.oneOf([0, 2000, 9000]),
    }),
    run(world, { execution, age }) {
      const executionId = world.executionId();
      // What a bound takes first, the oldest or the first put in, is left open: keep them the same.
      const timestamp = world.clock.iso(world.bounded ? 0 : age);
      const value = { ...execution, executionId, timestamp };
      world.both(
        (side) => void side.pipelineExecutions.set(executionId, value),
      );
      // Decision: what is put in by hand counts for the bound as what completes does.
      world.oracle.trimExecutions();
    },
  },
  {
    op: 'setHistory',
    weight: 0.7,
    args: (random, make) => ({
      list: Array.from({ length: random.int(4) }, () => make.execution()),
    }),
    run(world, { list }) {
      const entries = list.map(({ result, ...entry }, i) => ({
        ...entry,
        timestamp: world.clock.iso(1000 * (list.length - i)),
        success: result.success,
      }));
      world.both(
        (side) => void side.performanceHistory.set('pipeline', entries),
      );
    },
  },
  {
    op: 'deleteStored',
    weight: 1.5,
    args: (random, make) => ({
      map: random.oneOf([
        'stageMetrics',
        'pipelineExecutions',
        'performanceHistory',
      ]),
      key: make.name(),
      at: random.int(1000),
      all: random.chance(0.08),
    }),
    run(world, { map, key, at, all }) {
      const held = [...world.oracle[map].keys()];
      const target = held.length > 0 ? held[at % held.length] : key;
      if (world.isEmptyList(map, target)) return;
      world.both((side) =>
        all ? void side[map].clear() : side[map].delete(target),
      );
    },
  },
  {
    op: 'readMaps',
    weight: 2,
    args: (random, make) => ({ name: make.name(), at: random.int(1000) }),
    run: (world, { name, at }) => world.compareMaps(name, at),
  },
  {
    op: 'advance',
    weight: 2,
    args: (random) => ({ ms: random.int(random.chance(0.2) ? 4e6 : 30_000) }),
    run(world, { ms }) {
      world.clock.advance(ms);
      world.cleanUp();
    },
  },
  {
    op: 'retain',
    weight: 0.8,
    args: (random) => ({
      retentionPeriod: random.oneOf([60_000, HOUR, 24 * HOUR]),
    }),
    run(world, { retentionPeriod }) {
      world.both(
        ({ config }) => void Object.assign(config, { retentionPeriod }),
      );
      world.cleanUp();
    },
  },
  {
    op: 'bound',
    weight: 0.8,
    args: (random, make) => ({
      maxHistorySize: 3 + random.int(40),
      data: make.recorded(),
    }),
    run: (world, { maxHistorySize, data }) => world.bound(maxHistorySize, data),
  },
];

const queries = [
  {
    op: 'query',
    weight: 8,
    args: (random, make) => ({ name: make.name(), range: make.range() }),
    run(world, { name, range }) {
      world.both((side) => side.getStageMetrics(name, range));
      world.both((side) => side.getPipelineMetrics(range));
      world.compareAlerts(range);
    },
  },
  {
    op: 'summarize',
    weight: 3,
    args: () => ({}),
    run: (world) => world.compareSummary(),
  },
  {
    op: 'aggregate',
    weight: 3,
    args: () => ({}),
    run(world) {
      world.both((side) => void side.aggregateMetrics());
      world.compareAggregates();
    },
  },
  {
    op: 'calculate',
    weight: 4,
    args: (random, make) => ({
      execution: make.execution(),
      stages: make.stages(),
    }),
    run: (world, { execution, stages }) =>
      world.compareCalculations(execution, stages),
  },
];

module.exports = { operations: [...running, ...byHand, ...stored, ...queries] };
