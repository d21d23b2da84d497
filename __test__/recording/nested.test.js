'use strict';

/** Stages that run inside of stages: whose time is whose, on the direct and on the wired path. */

const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks');
const { measurePipeline, measureStage } = require('../..');
const { newCollector } = require('../fixtures/collector');

/** handler (106 ms: 2, query 103, 1) and render (30 ms). */
function nestedRun(id = 'e') {
  const world = newCollector();
  const { metrics, clock } = world;
  metrics.startPipelineExecution(id);
  const handler = metrics.startStageExecution(id, 'handler');
  clock.advance(2);
  const query = metrics.startStageExecution(id, 'query', { parent: handler });
  clock.advance(103);
  metrics.completeStageExecution(id, query);
  clock.advance(1);
  metrics.completeStageExecution(id, handler);
  const render = metrics.startStageExecution(id, 'render');
  clock.advance(30);
  metrics.completeStageExecution(id, render);
  return { ...world, execution: metrics.completePipelineExecution(id) };
}

const shares = (execution) =>
  execution.stageBreakdown.map((row) => [
    row.stageName,
    row.duration,
    row.selfDuration,
  ]);

const path = (execution) =>
  execution.criticalPath.map((step) => [step.stageName, step.duration]);

describe('a stage whose context gives its parent', () => {
  it('takes its time from that of the parent, and percentages sum to 100', () => {
    const { execution } = nestedRun();
    expect(shares(execution)).toEqual([
      ['query', 103, 103],
      ['render', 30, 30],
      ['handler', 106, 3],
    ]);
    const sum = execution.stageBreakdown.reduce(
      (total, row) => total + row.percentage,
      0,
    );
    expect(sum).toBeCloseTo(100, 9);
  });

  it('that outlives its parent takes its time from the stage around that, in every answer', () => {
    const { metrics, clock } = newCollector();
    metrics.startPipelineExecution('e');
    const start = (name, parent) => {
      const stage = metrics.startStageExecution('e', name, { parent });
      clock.advance(1);
      return stage;
    };
    const outer = start('outer');
    const inner = start('inner', outer);
    const write = start('write', inner);
    metrics.completeStageExecution('e', inner);
    clock.advance(5);
    metrics.completeStageExecution('e', write);
    metrics.completeStageExecution('e', outer);
    const execution = metrics.completePipelineExecution('e');
    expect(shares(execution)).toEqual([
      ['write', 6, 6],
      ['outer', 8, 1],
      ['inner', 2, 1],
    ]);
    const own = { write: 6, outer: 1, inner: 1 };
    const { stages } = metrics.analyzeCriticalPaths();
    expect(
      Object.fromEntries(stages.map((of) => [of.stage, of.duration])),
    ).toEqual(own);
    const { traceEvents } = JSON.parse(metrics.exportTrace());
    const traced = traceEvents.filter(({ cat }) => cat === 'stage');
    expect(
      Object.fromEntries(traced.map(({ name, args }) => [name, args.selfMs])),
    ).toEqual(own);
  });

  it('of no length is on the path of its execution, as in the analysis of paths', () => {
    const { metrics, clock } = newCollector();
    metrics.startPipelineExecution('e');
    const outer = metrics.startStageExecution('e', 'outer');
    const inner = metrics.startStageExecution('e', 'inner', { parent: outer });
    metrics.completeStageExecution('e', inner);
    metrics.completeStageExecution('e', outer);
    clock.advance(1);
    const execution = metrics.completePipelineExecution('e');
    const { stages } = metrics.analyzeCriticalPaths();
    const onPath = stages.filter((of) => of.onPath === 1);
    expect(onPath.map((of) => of.stage)).toContain('inner');
    expect(path(execution).map(([name]) => name)).toEqual(
      onPath.map((of) => of.stage),
    );
  });

  it('is on the critical path between the pieces of the parent', () => {
    const { execution } = nestedRun();
    expect(path(execution)).toEqual([
      ['handler', 2],
      ['query', 103],
      ['handler', 1],
      ['render', 30],
    ]);
  });

  it('names its parent, and so does what is read back', () => {
    const { execution, metrics } = nestedRun();
    const stored = metrics.pipelineExecutions.get('e');
    for (const { stages } of [execution, stored]) {
      expect(stages.get('query').parent).toBe('handler');
      expect('parent' in stages.get('handler')).toBe(false);
    }
    expect(stored.stageBreakdown).toEqual(execution.stageBreakdown);
    expect(stored.criticalPath).toEqual(execution.criticalPath);
  });

  it('is taken into account by the calculations over an execution object', () => {
    const { execution, metrics } = nestedRun();
    expect(metrics.calculateStageBreakdown(execution)).toEqual(
      execution.stageBreakdown,
    );
    expect(metrics.identifyCriticalPath(execution)).toEqual(
      execution.criticalPath,
    );
  });

  it('shortens its parent where it is shortened', () => {
    const { metrics } = nestedRun();
    expect(metrics.whatIf('query', 0.5).gain).toBe(51.5);
    expect(metrics.whatIf('handler', 0.5).gain).toBe(1.5);
  });
});

describe('a parent that is none', () => {
  it.each([
    ['a name', () => 'handler'],
    ['a number', () => 0],
    ['an object that no start returned', () => ({ stageName: 'handler' })],
    [
      'a stage that has completed',
      ({ metrics }) => {
        const over = metrics.startStageExecution('e', 'over');
        metrics.completeStageExecution('e', over);
        return over;
      },
    ],
    [
      'a stage of another execution',
      ({ metrics }) => {
        metrics.startPipelineExecution('other');
        return metrics.startStageExecution('other', 'handler');
      },
    ],
  ])('is ignored and counted: %s', (_, parentOf) => {
    const world = newCollector();
    const { metrics, clock } = world;
    metrics.startPipelineExecution('e');
    metrics.startStageExecution('e', 'handler');
    const parent = parentOf(world);
    clock.advance(5);
    const query = metrics.startStageExecution('e', 'query', { parent });
    clock.advance(10);
    metrics.completeStageExecution('e', query);
    metrics.completeStageExecution('e', 'handler');
    const execution = metrics.completePipelineExecution('e');
    expect(metrics.getDiagnostics().hostileInputs).toBe(1);
    expect('parent' in query).toBe(false);
    const handler = execution.stageBreakdown.find(
      (row) => row.stageName === 'handler',
    );
    expect(handler.selfDuration).toBe(15);
  });
});

describe('a wired stage that runs inside of another', () => {
  it('is its child', () => {
    const { metrics, clock } = newCollector();
    measurePipeline(metrics, { executionId: 'e' }, () => {
      measureStage(metrics, 'handler', null, () => {
        clock.advance(2);
        measureStage(metrics, 'query', { inputSize: 7 }, () =>
          clock.advance(103),
        );
        clock.advance(1);
      });
      measureStage(metrics, 'render', null, () => clock.advance(30));
    });
    const execution = metrics.pipelineExecutions.get('e');
    expect(path(execution)).toEqual([
      ['handler', 2],
      ['query', 103],
      ['handler', 1],
      ['render', 30],
    ]);
    expect(execution.stages.get('query').context.inputSize).toBe(7);
    expect('parent' in execution.stages.get('render')).toBe(false);
  });

  it.each([
    ['at once', (fn) => fn()],
    ['after an await', async (fn) => fn(await null)],
  ])(
    'is its child where stages of another collector lie between, %s',
    async (_, run) => {
      const [web, db] = [newCollector(), newCollector()];
      const stage = ({ metrics, clock }, name, fn) =>
        measureStage(metrics, name, null, () =>
          run(() => {
            clock.advance(1);
            return fn();
          }),
        );
      await measurePipeline(web.metrics, null, () =>
        stage(web, 'handler', () =>
          measurePipeline(db.metrics, null, () =>
            stage(db, 'query', () =>
              stage(web, 'audit', () =>
                stage(db, 'insert', () => stage(web, 'log', () => 1)),
              ),
            ),
          ),
        ),
      );
      const runs = ({ metrics }) =>
        [...metrics.pipelineExecutions.values()].map(shares);
      expect(runs(web)).toEqual([
        [
          ['handler', 3, 1],
          ['audit', 2, 1],
          ['log', 1, 1],
        ],
      ]);
      expect(runs(db)).toEqual([
        [
          ['query', 2, 1],
          ['insert', 1, 1],
        ],
      ]);
    },
  );
});

/** An execution `other` that runs on until `release` has called `work` in its context. */
function waiting(metrics, work) {
  let release;
  const other = measurePipeline(metrics, { executionId: 'other' }, () => {
    return new Promise((resolve) => {
      release = AsyncResource.bind(() => {
        work();
        resolve();
      });
    });
  });
  return { release, other };
}

describe('a stage measured after an await', () => {
  it('is inside of the one that awaits, of an execution that was started directly beside others', async () => {
    const { metrics, clock } = newCollector();
    const ids = ['first', 'second'];
    for (const id of ids) metrics.startPipelineExecution(id);
    const handle = async (executionId) => {
      await measureStage(metrics, 'outer', { executionId }, async () => {
        await null;
        measureStage(metrics, 'inner', null, () => clock.advance(5));
      });
    };
    for (const id of ids) await handle(id);
    const [first, second] = ids.map((id) =>
      metrics.completePipelineExecution(id),
    );
    for (const execution of [first, second])
      expect(shares(execution)).toEqual([
        ['inner', 5, 5],
        ['outer', 5, 0],
      ]);
  });

  it('is not carried any longer once that execution is over', async () => {
    const { metrics } = newCollector();
    let onTimer;
    metrics.startPipelineExecution('e');
    measureStage(metrics, 'outer', { executionId: 'e' }, () => {
      onTimer = AsyncResource.bind(() =>
        measureStage(metrics, 'late', null, () => {}),
      );
    });
    onTimer();
    metrics.completePipelineExecution('e');
    onTimer();
    const [during, after] = metrics.getStageMetrics('late');
    expect(during.executionId).toBe('e');
    expect(after.executionId).not.toBe('e');
  });
});

describe('a stage that has run alone often enough to be expected to', () => {
  const outerName = 'outer';
  const OFTEN = 100;

  const latest = (metrics) => [...metrics.pipelineExecutions.values()].at(-1);

  /** The parent of the last stage called `inner`, after `outer` ran `fn` in a pipeline. */
  async function parentOfInner(metrics, fn) {
    await measurePipeline(metrics, null, async () =>
      measureStage(metrics, outerName, null, fn),
    );
    return latest(metrics).stages.get('inner').parent;
  }

  const inner = (metrics) => measureStage(metrics, 'inner', null, () => 1);

  async function practised() {
    const { metrics } = newCollector();
    for (let run = 0; run < OFTEN; run += 1)
      await parentOfInner(metrics, () => inner(metrics));
    return metrics;
  }

  it('is still the parent of what runs in its call', async () => {
    const metrics = await practised();
    expect(await parentOfInner(metrics, () => inner(metrics))).toBe(outerName);
  });

  it('is the parent of none that runs in its call in the context of another execution', async () => {
    const metrics = await practised();
    const { release, other } = waiting(metrics, () => inner(metrics));
    measurePipeline(metrics, null, () =>
      measureStage(metrics, outerName, null, () => release()),
    );
    await other;
    const { stages } = metrics.pipelineExecutions.get('other');
    expect([...stages.keys()]).toEqual(['inner']);
    expect(stages.get('inner').parent).toBeUndefined();
  });

  it('loses no stage when it returns later after all, and is the parent again from then on', async () => {
    const metrics = await practised();
    const later = async () => {
      await null;
      inner(metrics);
    };
    expect(await parentOfInner(metrics, later)).toBeUndefined();
    expect(await parentOfInner(metrics, later)).toBe(outerName);
    expect(await parentOfInner(metrics, () => inner(metrics))).toBe(outerName);
  });

  it('that returns promises is the sibling of the first that starts in it, and its parent from then on', async () => {
    const { metrics } = newCollector();
    for (let run = 0; run < OFTEN; run += 1)
      await measurePipeline(metrics, null, async () =>
        measureStage(metrics, outerName, null, async () => null),
      );
    const later = async () => {
      await null;
      inner(metrics);
    };
    expect(await parentOfInner(metrics, later)).toBeUndefined();
    expect([...latest(metrics).stages.keys()]).toEqual([outerName, 'inner']);
    expect(await parentOfInner(metrics, later)).toBe(outerName);
  });

  it('is carried where others started beside it, so that what it starts later is its own', async () => {
    const { metrics } = newCollector();
    const beside = () =>
      Promise.all([
        measureStage(metrics, outerName, null, async () => null),
        measureStage(metrics, 'other', null, async () => null),
      ]);
    for (let run = 0; run < OFTEN; run += 1)
      await measurePipeline(metrics, null, beside);
    const later = async () => {
      await null;
      inner(metrics);
    };
    expect(await parentOfInner(metrics, later)).toBe(outerName);
  });

  it('keeps its execution in view after its first await where it is one of its own', async () => {
    const { metrics } = newCollector();
    for (let run = 0; run < OFTEN; run += 1)
      measureStage(metrics, outerName, null, () => 1);
    await measureStage(metrics, outerName, null, async () => {
      await null;
      inner(metrics);
    });
    const { stages } = latest(metrics);
    expect(stages.get('inner').parent).toBe(outerName);
  });
});

describe('a pipeline that was over as its call returned often enough to be expected to', () => {
  const OFTEN = 100;

  const stage = (metrics, name) => measureStage(metrics, name, null, () => 1);

  const stagesOf = (metrics, id) => [
    ...metrics.pipelineExecutions.get(id).stages.keys(),
  ];

  function practised() {
    const { metrics } = newCollector();
    for (let run = 0; run < OFTEN; run += 1)
      measurePipeline(metrics, null, () => stage(metrics, 'brief'));
    return metrics;
  }

  /** A pipeline that measures `first`, awaits `until` and measures `second`. */
  const late = (metrics, executionId, until) =>
    measurePipeline(metrics, { executionId }, async () => {
      stage(metrics, `${executionId} first`);
      await until;
      stage(metrics, `${executionId} second`);
    });

  it('needs no asynchronous context', () => {
    const metrics = practised();
    const carry = jest.spyOn(AsyncLocalStorage.prototype, 'run');
    measurePipeline(metrics, null, () => stage(metrics, 'brief'));
    expect(carry).not.toHaveBeenCalled();
    carry.mockRestore();
  });

  it('has what starts in its call, and pipelines within it have theirs', () => {
    const metrics = practised();
    measurePipeline(metrics, { executionId: 'outer' }, () => {
      stage(metrics, 'before');
      measurePipeline(metrics, { executionId: 'inner' }, () =>
        stage(metrics, 'within'),
      );
      stage(metrics, 'after');
    });
    expect(stagesOf(metrics, 'outer')).toEqual(['before', 'after']);
    expect(stagesOf(metrics, 'inner')).toEqual(['within']);
  });

  it('loses no stage when it returns later after all, whatever overlaps it', async () => {
    const metrics = practised();
    await Promise.all(
      ['a', 'b', 'c'].map((id) => late(metrics, id, Promise.resolve())),
    );
    await late(metrics, 'd', null);
    for (const id of ['a', 'b', 'c', 'd'])
      expect(stagesOf(metrics, id)).toEqual([`${id} first`, `${id} second`]);
  });

  it('has nothing that runs in its call in the context of another', async () => {
    const metrics = practised();
    const { release, other } = waiting(metrics, () => stage(metrics, 'bound'));
    measurePipeline(metrics, { executionId: 'brief' }, () => release());
    await other;
    expect(stagesOf(metrics, 'other')).toEqual(['bound']);
    expect(stagesOf(metrics, 'brief')).toEqual([]);
  });

  it('has no stage of its own that outlives it taken for another', async () => {
    const metrics = practised();
    let later;
    measurePipeline(metrics, { executionId: 'over' }, () => {
      later = Promise.resolve().then(() => stage(metrics, 'later'));
      return 1;
    });
    await later;
    expect(stagesOf(metrics, 'over')).toEqual([]);
    const [latest] = [...metrics.pipelineExecutions.values()].slice(-1);
    expect([...latest.stages.keys()]).toEqual(['later']);
  });
});
