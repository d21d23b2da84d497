'use strict';

/** The host's own pipeline, wrapped in two lines: concurrent runs, failures, and no trace of it. */

const nodeTimers = require('node:timers');
const { installPipelineMetrics } = require('../..');
const { seeded } = require('../differential/calls');
const {
  namedBus,
  newCollector,
  recordingLogger,
} = require('../fixtures/collector');
const { PipelineResult, makeHost, makeStage } = require('../fixtures/host');

/** The host's classes with metrics installed. */
function installed() {
  const world = newCollector({ eventBus: namedBus() });
  const classes = makeHost();
  installPipelineMetrics({ ...classes, metrics: world.metrics });
  return { ...world, ...classes };
}

const run = ({ Pipeline }, stages, context = {}) =>
  new Pipeline(stages, recordingLogger()).execute(context);

const onlyExecution = ({ metrics }) => {
  expect(metrics.pipelineExecutions.size).toBe(1);
  return [...metrics.pipelineExecutions.values()][0];
};

const candidates = (n) =>
  PipelineResult.success({
    data: { candidateActions: Array.from({ length: n }, () => 'a') },
  });

describe('an installed pipeline', () => {
  it('records its stages under their canonical names, items as the host counts them', async () => {
    const world = installed();
    const { PipelineStage } = world;
    await run(world, [
      makeStage(PipelineStage, 'ComponentFiltering', () => candidates(7)),
      makeStage(PipelineStage, 'PrerequisiteEvaluation', () => candidates(5)),
      makeStage(PipelineStage, 'ActionFormatting', () =>
        PipelineResult.success({ actions: [1, 2, 3] }),
      ),
    ]);
    const { stages, completed, result } = onlyExecution(world);
    expect(completed).toBe(true);
    expect(result.success).toBe(true);
    const items = [...stages].map(([name, stage]) => [
      name,
      stage.result.itemsProcessed,
    ]);
    expect(items).toEqual([
      ['component_filtering', 7],
      ['prerequisite_evaluation', 5],
      ['action_formatting', 3],
    ]);
  });

  it('separates hundreds of concurrent runs', async () => {
    const world = installed();
    const random = seeded(5);
    const giveWay = () =>
      new Promise(
        random.chance(0.5)
          ? (resolve) => queueMicrotask(resolve)
          : (resolve) => nodeTimers.setImmediate(resolve),
      );
    const names = ['ComponentFiltering', 'MultiTargetResolution', 'Other'];
    const stages = names.map((name) =>
      makeStage(world.PipelineStage, name, async ({ size }) => {
        await giveWay();
        await giveWay();
        return candidates(size);
      }),
    );
    const sizes = Array.from({ length: 800 }, (_, i) => i + 1);
    const results = await Promise.all(
      sizes.map((size) => run(world, stages, { size })),
    );
    results.forEach((result, i) =>
      expect(result.data.candidateActions).toHaveLength(i + 1),
    );
    const seen = [...world.metrics.pipelineExecutions.values()].map(
      (execution) => {
        const items = [...execution.stages.values()].map(
          (stage) => stage.result.itemsProcessed,
        );
        expect(items).toEqual([items[0], items[0], items[0]]);
        return items[0];
      },
    );
    expect(seen.sort((a, b) => a - b)).toEqual(sizes);
    expect(world.metrics.activeExecutions.size).toBe(0);
  });

  it('adds nothing to the context and changes nothing about the result', async () => {
    const world = installed();
    const contexts = [];
    const data = { resolvedTargets: { a: 1 } };
    const stage = makeStage(world.PipelineStage, 'Other', (context) => {
      contexts.push(context);
      return PipelineResult.success({ data });
    });
    const given = { actor: { id: 'x' }, trace: null };
    const result = await run(world, [stage], given);
    expect(Reflect.ownKeys(contexts[0])).toEqual(['actor', 'trace']);
    expect(Reflect.ownKeys(given)).toEqual(['actor', 'trace']);
    expect(result).toEqual(PipelineResult.success({ data }));
  });

  it('records a stage that throws, rejects or returns a failure as the host handles it', async () => {
    const failures = {
      throws: () => {
        throw new Error('thrown');
      },
      rejects: () => Promise.reject(new Error('rejected')),
      returns: () => PipelineResult.failure(['a', 'b', 'c']),
    };
    const errorCounts = { throws: 1, rejects: 1, returns: 3 };
    for (const [kind, work] of Object.entries(failures)) {
      const plain = makeHost();
      const expected = await run(plain, [
        makeStage(plain.PipelineStage, kind, work),
      ]);
      const world = installed();
      const result = await run(world, [
        makeStage(world.PipelineStage, kind, work),
      ]);
      expect(result).toEqual(expected);
      const execution = onlyExecution(world);
      expect(execution.result.success).toBe(false);
      expect(execution.stages.get(kind).result).toMatchObject({
        success: false,
        errorCount: errorCounts[kind],
      });
    }
  });

  it('completes its execution where the pipeline itself rejects', async () => {
    const world = installed();
    const error = new Error('no trace');
    const broken = new world.Pipeline([null], recordingLogger());
    const throwing = {
      get trace() {
        throw error;
      },
    };
    await expect(broken.execute(throwing)).rejects.toBe(error);
    expect(onlyExecution(world).result.success).toBe(false);
    expect(world.metrics.activeExecutions.size).toBe(0);
  });

  it('ends with the stage that says so', async () => {
    const world = installed();
    const stop = () => PipelineResult.success({ continueProcessing: false });
    await run(world, [
      makeStage(world.PipelineStage, 'First', stop),
      makeStage(world.PipelineStage, 'Second', stop),
    ]);
    expect([...onlyExecution(world).stages.keys()]).toEqual(['first']);
  });

  it('gives a pipeline that runs inside a stage an execution of its own', async () => {
    const world = installed();
    const inner = makeStage(world.PipelineStage, 'Inner', () => candidates(1));
    const outer = makeStage(world.PipelineStage, 'Outer', async () => {
      await run(world, [inner]);
      return candidates(2);
    });
    await run(world, [outer, inner]);
    const names = [...world.metrics.pipelineExecutions.values()].map(
      (execution) => [...execution.stages.keys()],
    );
    expect(names).toEqual([['inner'], ['outer', 'inner']]);
  });

  it('hands receiver and arguments on', async () => {
    const world = newCollector();
    const calls = [];
    class Stage {
      async execute(...args) {
        calls.push([this, args]);
        return PipelineResult.success();
      }
    }
    class Pipe {
      async execute(...args) {
        calls.push([this, args]);
        await stage.execute('c', 3);
        return 'whole';
      }
    }
    const [stage, pipe] = [new Stage(), new Pipe()];
    const { uninstall } = installPipelineMetrics({
      Pipeline: Pipe,
      PipelineStage: Stage,
      metrics: world.metrics,
    });
    expect(await pipe.execute('a', 'b')).toBe('whole');
    expect(calls).toEqual([
      [pipe, ['a', 'b']],
      [stage, ['c', 3]],
    ]);
    uninstall();
  });
});
