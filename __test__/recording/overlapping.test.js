'use strict';

/** Thousands of executions at once: each has its own stages, and none has another's. */

const { AsyncResource } = require('node:async_hooks');
const nodeTimers = require('node:timers');
const { measurePipeline, measureStage } = require('../..');
const { seeded } = require('../differential/calls');
const { newCollector } = require('../fixtures/collector');

const STAGES = ['filter', 'evaluate', 'resolve', 'format'];
const EXECUTIONS = 3000;

/** What stage `step` of execution `i` is given to process: no two are alike. */
const sizeOf = (i, step) => i * 10 + step + 1;

/** Each execution, distinguished by its action count, has its four stages with its own sizes. */
function expectUnmixed(metrics, executions) {
  expect(metrics.activeExecutions.size).toBe(0);
  expect(metrics.pipelineExecutions.size).toBe(executions);
  const seen = new Set();
  for (const [id, execution] of metrics.pipelineExecutions) {
    const i = execution.context.actionCount;
    seen.add(i);
    expect([...execution.stages.keys()].sort()).toEqual([...STAGES].sort());
    STAGES.forEach((name, step) => {
      const stage = execution.stages.get(name);
      if (
        stage.executionId !== id ||
        stage.context.inputSize !== sizeOf(i, step) ||
        !stage.completed
      ) {
        throw new Error(`execution ${i} has a foreign or open ${name}`);
      }
    });
  }
  expect(seen.size).toBe(executions);
  for (const name of STAGES) {
    const ids = metrics.getStageMetrics(name).map((entry) => entry.executionId);
    expect(ids).toHaveLength(executions);
    expect(new Set(ids).size).toBe(executions);
  }
  const diagnostics = metrics.getDiagnostics();
  expect(diagnostics.unknownReferences).toBe(0);
  expect(diagnostics.duplicateCompletions).toBe(0);
  expect(diagnostics.abandonedExecutions).toBe(0);
}

/** Gives way for one microtask, one tick or one turn of the event loop, by chance. */
function givesWay(random) {
  const ways = [
    (resolve) => queueMicrotask(resolve),
    (resolve) => process.nextTick(resolve),
    (resolve) => nodeTimers.setImmediate(resolve),
  ];
  return () => new Promise(random.oneOf(ways));
}

describe('executions that overlap', () => {
  it('keep their stages apart by handle, in any order of starts and completions', () => {
    const { metrics, clock } = newCollector();
    const random = seeded(7);
    const running = [];
    const openAll = (i) => {
      metrics.startPipelineExecution(`run ${i}`, { actionCount: i });
      const handles = STAGES.map((name, step) =>
        metrics.startStageExecution(`run ${i}`, name, {
          inputSize: sizeOf(i, step),
        }),
      );
      running.push({ id: `run ${i}`, handles: random.shuffle(handles) });
    };
    const advanceOne = () => {
      const at = random.int(running.length);
      const { id, handles } = running[at];
      const handle = handles.pop();
      if (handle) {
        expect(metrics.completeStageExecution(id, handle)).toBe(handle);
        return;
      }
      expect(metrics.completePipelineExecution(id).stages.size).toBe(4);
      running.splice(at, 1);
    };
    for (let i = 0; i < EXECUTIONS; i += 1) {
      openAll(i);
      clock.advance(0.25);
      if (random.chance(0.5)) advanceOne();
    }
    expect(metrics.activeExecutions.size).toBeGreaterThan(EXECUTIONS / 2);
    while (running.length > 0) {
      clock.advance(0.25);
      advanceOne();
    }
    expectUnmixed(metrics, EXECUTIONS);
  });

  it.each([1, 2, 3])(
    'keep them apart when asynchronous stages interleave by chance, seed %i',
    async (seed) => {
      const { metrics, clock } = newCollector();
      const random = seeded(seed);
      const giveWay = givesWay(random);
      const runStage = (i, name, step) =>
        measureStage(
          metrics,
          name,
          { inputSize: sizeOf(i, step) },
          async () => {
            await giveWay();
            clock.advance(0.25);
            if (random.chance(0.5)) await giveWay();
          },
        );
      const inTurn = async (i) => {
        for (const [step, name] of STAGES.entries()) {
          await giveWay();
          await runStage(i, name, step);
        }
      };
      const together = (i) =>
        Promise.all(STAGES.map((name, step) => runStage(i, name, step)));
      const executions = Array.from({ length: EXECUTIONS }, async (_, i) => {
        await giveWay();
        return measurePipeline(metrics, { actionCount: i }, async () => {
          await (i % 3 === 0 ? together(i) : inTurn(i));
          return i;
        });
      });
      const results = await Promise.all(executions);
      expect(results).toEqual(results.map((_, i) => i));
      expectUnmixed(metrics, EXECUTIONS);
    },
  );

  it('keep them apart where synchronous pipelines nest in asynchronous ones', async () => {
    const { metrics } = newCollector();
    const giveWay = givesWay(seeded(11));
    const stage = (i, step) =>
      measureStage(
        metrics,
        STAGES[step],
        { inputSize: sizeOf(i, step) },
        () => i,
      );
    const inner = (i) =>
      measurePipeline(metrics, { actionCount: i }, () => {
        STAGES.forEach((_, step) => stage(i, step));
      });
    const outer = (i) =>
      measurePipeline(metrics, { actionCount: i }, async () => {
        stage(i, 0);
        await giveWay();
        inner(i + 1);
        stage(i, 1);
        await giveWay();
        stage(i, 2);
        stage(i, 3);
      });
    await Promise.all(Array.from({ length: 500 }, (_, i) => outer(2 * i)));
    expectUnmixed(metrics, 1000);
  });

  it('have the jobs that a queue runs one after the other, where they are bound to their own', async () => {
    const { metrics } = newCollector();
    const waiting = [];
    // The next one runs in the asynchronous context of the one before.
    const work = async () => {
      while (waiting.length > 0) await waiting[0]().then(() => waiting.shift());
    };
    const queued = (job) =>
      new Promise((resolve) => {
        waiting.push(async () => resolve(await job()));
        if (waiting.length === 1) work();
      });
    const ids = ['a', 'b', 'c'];
    await Promise.all(
      ids.map((executionId) =>
        measurePipeline(metrics, { executionId }, () =>
          queued(
            AsyncResource.bind(() =>
              measureStage(metrics, executionId, null, async () => null),
            ),
          ),
        ),
      ),
    );
    for (const id of ids)
      expect([...metrics.pipelineExecutions.get(id).stages.keys()]).toEqual([
        id,
      ]);
  });

  it('measure each by its own time alone', async () => {
    const { metrics, clock } = newCollector();
    const gates = new Map();
    const gate = (key) => new Promise((open) => gates.set(key, open));
    const run = (i) =>
      measurePipeline(metrics, { actionCount: i }, () =>
        measureStage(metrics, 'wait', {}, () => gate(i)),
      );
    const count = 200;
    const runs = Array.from({ length: count }, (_, i) => {
      const running = run(i);
      clock.advance(1);
      return running;
    });
    for (let i = 0; i < count; i += 1) {
      gates.get(i)();
      await runs[i];
      clock.advance(2);
    }
    for (const [, execution] of metrics.pipelineExecutions) {
      // Started at i, all started by `count`, completed after 2 ms for each one before it.
      const i = execution.context.actionCount;
      expect(execution.totalDuration).toBe(count - i + 2 * i);
    }
  });
});
