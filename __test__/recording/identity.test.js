'use strict';

/** An execution and a stage are known by what their start returned, never by their id again. */

const nodeTimers = require('node:timers');
const {
  ActionAwareStructuredTrace,
  measurePipeline,
  measureStage,
} = require('../..');
const { newCollector, runStage, warnings } = require('../fixtures/collector');

const RESTARTED =
  'Execution e was started again before it completed; the earlier one is abandoned';
const ABANDONED = 'Execution e was abandoned; its calls do nothing';

describe('an id that starts while it is active', () => {
  it('leaves the new execution untouched by the calls of the old one, which warn once', () => {
    const { metrics, logger } = newCollector();
    const old = metrics.startPipelineExecution('e');
    const oldStages = ['a', 'a', 'b'].map((name) =>
      metrics.startStageExecution('e', name),
    );
    const current = metrics.startPipelineExecution('e');
    const stage = metrics.startStageExecution('e', 'a');
    for (const oldStage of oldStages) {
      expect(metrics.completeStageExecution('e', oldStage)).toBeUndefined();
      expect(metrics.completeStageExecution(old, oldStage)).toBeUndefined();
      expect(
        metrics.completeStageExecution(undefined, oldStage),
      ).toBeUndefined();
    }
    expect(metrics.startStageExecution(old, 'c')).toBeNull();
    expect(metrics.completePipelineExecution(old)).toBeUndefined();
    expect(warnings(logger)).toEqual([RESTARTED, ABANDONED]);
    expect(metrics.getStageMetrics('a')).toEqual([]);
    expect(metrics.completeStageExecution('e', stage)).toBe(stage);
    expect(metrics.completePipelineExecution(current)).toBe(current);
    expect([...current.stages.keys()]).toEqual(['a']);
    expect([old.completed, current.completed]).toEqual([false, true]);
    expect(metrics.getPipelineMetrics()).toHaveLength(1);
    expect(metrics.getDiagnostics().abandonedExecutions).toBe(1);
  });

  it('warns once for each execution that is abandoned', () => {
    const { metrics, logger } = newCollector();
    const executions = ['e', 'e', 'e'].map((id) =>
      metrics.startPipelineExecution(id),
    );
    for (let i = 0; i < 2; i += 1) {
      metrics.completePipelineExecution(executions[0]);
      metrics.completePipelineExecution(executions[1]);
    }
    expect(warnings(logger)).toEqual([
      RESTARTED,
      RESTARTED,
      ABANDONED,
      ABANDONED,
    ]);
    expect(metrics.completePipelineExecution(executions[2])).toBe(
      executions[2],
    );
  });
});

describe('measured code under an id that starts again while it is active', () => {
  it('has its own stages where traces carry it, and those of the old one an execution of their own', async () => {
    const { metrics, logger } = newCollector();
    class Trace extends ActionAwareStructuredTrace(class {}) {}
    const [old, current] = ['a', 'b'].map(
      (traceId) => new Trace({ traceId, performanceMetrics: metrics }),
    );
    let release;
    const released = new Promise((resolve) => {
      release = resolve;
    });
    const first = measurePipeline(old, { executionId: 'e' }, async () => {
      await released;
      measureStage(old, 'late', null, () => 1);
    });
    const second = measurePipeline(current, { executionId: 'e' }, async () => {
      await first;
      measureStage(current, 'mine', null, () => 2);
    });
    release();
    await second;
    const [completed] = metrics
      .getPipelineMetrics()
      .filter(({ executionId }) => executionId === 'e');
    expect(completed.stageBreakdown.map(({ stageName }) => stageName)).toEqual([
      'mine',
    ]);
    expect(metrics.getStageMetrics('late')).toHaveLength(1);
    expect(metrics.getStageMetrics('late')[0].executionId).not.toBe('e');
    expect(warnings(logger)).toEqual([RESTARTED, ABANDONED]);
  });

  it('leaves the new execution untouched when the old one ends, which warns once', async () => {
    const { metrics, logger } = newCollector();
    const releases = [];
    const pending = () => new Promise((resolve) => releases.push(resolve));
    const pipeline = () =>
      measurePipeline(metrics, { executionId: 'e' }, () =>
        Promise.all(
          ['a', 'b'].map((name) => measureStage(metrics, name, null, pending)),
        ),
      );
    const runs = [pipeline(), pipeline()];
    for (const release of releases) release();
    await Promise.all(runs);
    expect(warnings(logger)).toEqual([RESTARTED, ABANDONED]);
    expect(metrics.getDiagnostics().unknownReferences).toBe(3);
    expect(metrics.getPipelineMetrics()).toHaveLength(1);
    expect([...metrics.pipelineExecutions.get('e').stages.keys()]).toEqual([
      'a',
      'b',
    ]);
  });
});

describe('a stage outside of every execution', () => {
  it('belongs to the running one that its context names, measured code too', async () => {
    const { metrics } = newCollector();
    let release;
    const released = new Promise((resolve) => {
      release = resolve;
    });
    const runs = ['e', 'f'].map((executionId) =>
      measurePipeline(metrics, { executionId }, () => released),
    );
    measureStage(metrics, 'named', { executionId: 'e' }, () => 1);
    release();
    await Promise.all(runs);
    expect(metrics.getStageMetrics('named')).toMatchObject([
      { executionId: 'e' },
    ]);
  });
});

describe('the object that a start returned', () => {
  it('names its execution in every call', () => {
    const { metrics } = newCollector();
    const execution = metrics.startPipelineExecution('e');
    const stage = metrics.startStageExecution(execution, 'a');
    expect(metrics.completeStageExecution(execution, stage)).toBe(stage);
    const other = metrics.startStageExecution(execution, 'b');
    expect(metrics.completeStageExecution(null, other)).toBe(other);
    expect(metrics.completePipelineExecution(execution)).toBe(execution);
  });
});

describe('a stage that outlives its execution', () => {
  function outlived(options) {
    const world = newCollector(options);
    const { metrics, clock } = world;
    const execution = metrics.startPipelineExecution('e');
    const stage = metrics.startStageExecution('e', 'slow', {
      inputSize: 7,
      complexity: 'high',
    });
    const fast = metrics.startStageExecution('e', 'fast');
    clock.advance(2);
    metrics.completeStageExecution('e', fast);
    metrics.completePipelineExecution('e');
    clock.advance(38);
    return { ...world, execution, stage };
  }

  it('is recorded when it ends: in its own history, and not in the execution', () => {
    const { metrics, execution, stage, logger } = outlived();
    const result = { itemsProcessed: 4, outputSize: 9 };
    expect(metrics.completeStageExecution('e', stage, result)).toBe(stage);
    expect(stage).toMatchObject({
      late: true,
      completed: true,
      duration: 40,
      result: { itemsProcessed: 4, outputSize: 9, success: true },
    });
    expect(metrics.getStageMetrics('slow')).toMatchObject([
      {
        executionId: 'e',
        late: true,
        duration: 40,
        inputSize: 7,
        complexity: 'high',
        itemsProcessed: 4,
      },
    ]);
    expect(metrics.getStageMetrics('fast')[0].late).toBeUndefined();
    expect(metrics.getQuantiles('slow').max).toBe(40);
    expect(metrics.performanceBaselines.get('slow').count).toBe(1);
    const stored = metrics.pipelineExecutions.get('e');
    expect(stored.stages.get('slow').completed).toBe(false);
    expect(stored.stageBreakdown).toHaveLength(1);
    expect(execution.stageBreakdown).toHaveLength(1);
    expect(metrics.getDiagnostics()).toMatchObject({
      lateStages: 1,
      unknownReferences: 0,
    });
    expect(warnings(logger)).toEqual([
      'Stage slow ended after its execution; it counts in its own history',
    ]);
  });

  it('completes once, and warns once for each stage name', () => {
    const { metrics, stage, logger } = outlived();
    metrics.completeStageExecution('e', stage);
    expect(metrics.completeStageExecution('e', stage)).toBeUndefined();
    for (const id of ['f', 'g']) {
      metrics.startPipelineExecution(id);
      const late = metrics.startStageExecution(id, 'slow');
      metrics.completePipelineExecution(id);
      metrics.completeStageExecution(id, late);
    }
    const said = warnings(logger).filter((text) =>
      text.includes('ended after'),
    );
    expect(said).toHaveLength(1);
    expect(metrics.getDiagnostics().lateStages).toBe(3);
    expect(metrics.getStageMetrics('slow')).toHaveLength(3);
  });

  it('raises its alerts', () => {
    const { metrics, stage, events } = outlived();
    metrics.setStageThreshold('slow', { maxDuration: 30 });
    metrics.completeStageExecution(null, stage);
    expect(events.at(-1).payload).toMatchObject({
      type: 'duration_exceeded',
      stage: 'slow',
      executionId: 'e',
      actual: 40,
    });
  });

  it('is recorded late while another execution of its id runs', () => {
    const world = outlived();
    const { metrics, stage } = world;
    const current = metrics.startPipelineExecution('e');
    runStage(world, 'e', 'slow', 1);
    expect(metrics.completeStageExecution('e', stage)).toBe(stage);
    metrics.completePipelineExecution('e');
    expect(current.stageBreakdown).toMatchObject([
      { stageName: 'slow', count: 1 },
    ]);
    expect(metrics.getStageMetrics('slow').map(({ late }) => late)).toEqual([
      undefined,
      true,
    ]);
  });

  it('is recorded of a handle that its caller froze', () => {
    const { metrics, clock } = newCollector();
    metrics.startPipelineExecution('e');
    const stage = Object.freeze(metrics.startStageExecution('e', 'slow'));
    metrics.completePipelineExecution('e');
    clock.advance(5);
    const completed = metrics.completeStageExecution('e', stage);
    expect(completed).toMatchObject({ late: true, duration: 5 });
    expect(metrics.getStageMetrics('slow')).toHaveLength(1);
  });

  it('is not recorded once the collector is disposed', () => {
    const { metrics, stage } = outlived();
    metrics.dispose();
    expect(metrics.completeStageExecution('e', stage)).toBeUndefined();
    expect(metrics.getStageMetrics('slow')).toEqual([]);
  });
});

describe('direct calls within a measured execution', () => {
  class Trace extends ActionAwareStructuredTrace(class {}) {}

  /** Starts and completes a stage `ms` long by calls of `by`, an execution id or a trace. */
  function run({ metrics, clock }, by, ms, context) {
    const isTrace = typeof by === 'object';
    const stage = isTrace
      ? by.startStageExecution('own', context)
      : metrics.startStageExecution(by, 'own', context);
    clock.advance(ms);
    return isTrace
      ? by.completeStageExecution(stage)
      : metrics.completeStageExecution(by, stage);
  }

  const rowsOf = (metrics) =>
    metrics
      .getPipelineMetrics()
      .map(({ executionId, stageBreakdown }) => [
        executionId,
        ...stageBreakdown.map(({ stageName, count }) => stageName + count),
      ]);

  it('record stages of it, by its id, by its number, and through a trace of its collector', () => {
    const world = newCollector();
    const { metrics, logger, events } = world;
    const trace = new Trace({ traceId: 't', performanceMetrics: metrics });
    metrics.setStageThreshold('own', { maxDuration: 2, maxMemory: 1e9 });
    measurePipeline(metrics, { executionId: 7 }, () => {
      expect(run(world, '7', 3)).toMatchObject({ duration: 3 });
      expect(events).toHaveLength(1);
      expect(run(world, 7, 1)).toMatchObject({ executionId: '7' });
      measureStage(metrics, 'around', null, () => {
        expect(run(world, trace, 1)).toMatchObject({ duration: 1 });
      });
    });
    measurePipeline(metrics, null, () => {
      const [id] = metrics.activeExecutions.keys();
      expect(run(world, id, 1)).toMatchObject({ executionId: id });
    });
    expect(rowsOf(metrics)).toEqual([
      ['7', 'own3', 'around1'],
      [expect.any(String), 'own1'],
    ]);
    expect(warnings(logger)).toEqual(['Performance alert for stage own:']);
  });

  it('keep their labels', () => {
    const world = newCollector();
    measurePipeline(world.metrics, { executionId: 'e' }, () => {
      run(world, 'e', 1, { labels: { actor: 'hero' } });
    });
    const [entry] = world.metrics.getStageMetrics('own');
    expect(entry.context.labels).toEqual({ actor: 'hero' });
  });

  it('that outlive it are recorded late, and do nothing where it was abandoned', () => {
    const { metrics, clock, logger } = newCollector();
    const open = () =>
      measurePipeline(metrics, { executionId: 'e' }, () =>
        metrics.startStageExecution('e', 'own'),
      );
    const late = open();
    clock.advance(4);
    expect(metrics.completeStageExecution('e', late)).toMatchObject({
      late: true,
      duration: 4,
    });
    measurePipeline(metrics, { executionId: 'e' }, () => {
      const old = metrics.startStageExecution('e', 'own');
      open();
      expect(metrics.completeStageExecution('e', old)).toBeUndefined();
    });
    expect(metrics.getStageMetrics('own')).toHaveLength(1);
    expect(warnings(logger)).toEqual([
      'Stage own ended after its execution; it counts in its own history',
      RESTARTED,
      ABANDONED,
    ]);
  });

  it('of one that was started directly before it are no part of it', () => {
    const { metrics } = newCollector();
    const old = metrics.startPipelineExecution('e');
    metrics.completePipelineExecution('e');
    measurePipeline(metrics, { executionId: 'e' }, () => {
      expect(metrics.startStageExecution(old, 'own')).toBeNull();
    });
    expect(rowsOf(metrics)).toEqual([['e'], ['e']]);
  });
});

it('a stage is of the measured execution that its context names, by a number too', async () => {
  const { metrics } = newCollector();
  let end;
  const running = measurePipeline(
    metrics,
    { executionId: 42 },
    () => new Promise((resolve) => (end = resolve)),
  );
  await new Promise((resolve) => nodeTimers.setImmediate(resolve));
  measureStage(metrics, 'a', { executionId: 42 }, () => {});
  end();
  await running;
  expect(metrics.getStageMetrics('a')[0].executionId).toBe('42');
});
