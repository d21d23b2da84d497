'use strict';

/**
 * Every kind of call: how often it comes, what it is called with, and how it runs on both sides.
 * `args(random, make)` gives the call's data; `run(world, call)` resolves its references.
 */

const { queries, stored } = require('./storeOperations');

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
      const id = world.activeId(at) ?? 'unknown';
      world.both((side) => side.startStageExecution('unknown', name));
      world.both((side) => side.completeStageExecution('unknown', name));
      world.both((side) => side.completeStageExecution(id, 'no such stage'));
      world.both((side) => side.completePipelineExecution('unknown'));
    },
  },
  {
    op: 'forgetActive',
    weight: 0.7,
    args: (random) => ({ at: random.int(1000), all: random.chance(0.1) }),
    run(world, { at, all }) {
      const id = world.activeId(at) ?? 'unknown';
      world.both(({ activeExecutions }) =>
        all ? activeExecutions.clear() : activeExecutions.delete(id),
      );
    },
  },
];

const manual = [
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

module.exports = {
  operations: [...running, ...manual, ...stored, ...queries],
};
