'use strict';

/** What measured code writes down reaches the history, whole and in order, and when. */

const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const nodeTimers = require('node:timers');
const { measurePipeline, measureStage } = require('../..');
const { layout } = require('../../js/boundary/native');
const { CORE } = require('../../js/recording/direct-recorder');
const { newCollector, settle } = require('../fixtures/collector');
const { printedBy } = require('../fixtures/program');
const { traps } = require('../fixtures/throwing');

const pause = (ms) =>
  new Promise((resolve) => nodeTimers.setTimeout(resolve, ms));

/** Pipelines `from` to `to`, of two stages each. */
function run(metrics, from, to) {
  for (let i = from; i < to; i += 1)
    measurePipeline(metrics, { executionId: `e${i}` }, () => {
      measureStage(metrics, 'a', null, () => i);
      measureStage(metrics, 'b', null, () => i);
    });
}

const ids = (metrics, name) =>
  metrics.getStageMetrics(name).map(({ executionId }) => executionId);

const expectedIds = (from, to) =>
  Array.from({ length: to - from }, (_, at) => `e${from + at}`);

/** The id of each analysed execution, with how many it speaks for. */
const analyses = ({ events }) =>
  events
    .filter(({ type }) => type === 'PIPELINE_PERFORMANCE_ANALYSIS')
    .map(({ payload }) => [payload.executionId, payload.executions]);

it('executions and stages that ended leave their numbers to those that start', () => {
  const { metrics } = newCollector();
  measurePipeline(metrics, null, () => {
    for (let run = 0; run < 100; run += 1)
      measureStage(metrics, 'a', null, () => {});
  });
  const { journal } = metrics[CORE];
  expect([journal.takeNumber(), journal.takeNumber()].sort()).toEqual([0, 1]);
});

describe('an execution whose end raises an alert', () => {
  /** A pipeline beyond its threshold: its end is replayed at once. */
  function raise({ metrics, clock }, executionId) {
    metrics.setStageThreshold('pipeline_total', { maxDuration: 1 });
    measurePipeline(metrics, { executionId }, () => clock.advance(5));
  }

  it('has its analysis event with the next flush, although nothing is left to replay', () => {
    const world = newCollector();
    raise(world, 'first');
    world.metrics.flush();
    raise(world, 'second');
    world.metrics.flush();
    expect(analyses(world)).toEqual([
      ['first', 1],
      ['second', 1],
    ]);
  });

  it('has none, counted, where what that is made with throws, as a mock in a test of the host may', async () => {
    const world = newCollector();
    raise(world, 'first');
    const parse = jest.spyOn(JSON, 'parse').mockImplementation(() => {
      throw new Error('mocked');
    });
    await settle(1);
    parse.mockRestore();
    expect(analyses(world)).toEqual([]);
    expect(world.metrics.getDiagnostics().listenerErrors).toBe(1);
  });

  it('has it after the pipeline without a flush', async () => {
    const world = newCollector();
    raise(world, 'first');
    await settle(1);
    expect(analyses(world)).toEqual([['first', 1]]);
  });
});

describe('what pipelines write down that yield in between', () => {
  const hasWaiting = (metrics) => metrics[CORE].journal.at > 0;

  async function inTurns(metrics, from, to) {
    for (let i = from; i < to; i += 1) {
      run(metrics, i, i + 1);
      await settle(1);
    }
  }

  it('is brought in at once of the first, and once an interval of those after it', async () => {
    const { metrics } = newCollector({ config: { analysisInterval: 1e6 } });
    await inTurns(metrics, 0, 1);
    expect(hasWaiting(metrics)).toBe(false);
    await inTurns(metrics, 1, 10);
    expect(hasWaiting(metrics)).toBe(true);
  });

  it('is brought in between two pipelines once half of those wait that may', async () => {
    const { metrics } = newCollector({ config: { analysisInterval: 1e6 } });
    await inTurns(metrics, 0, 1 + 31);
    expect(hasWaiting(metrics)).toBe(true);
    await inTurns(metrics, 32, 33);
    expect(hasWaiting(metrics)).toBe(false);
  });

  it('is brought in of each without an interval', async () => {
    const { metrics } = newCollector({ config: { analysisInterval: 0 } });
    for (let i = 0; i < 3; i += 1) {
      await inTurns(metrics, i, i + 1);
      expect(hasWaiting(metrics)).toBe(false);
    }
  });

  it('is brought in of each where a channel has a subscriber', async () => {
    const { metrics } = newCollector({ config: { analysisInterval: 1e6 } });
    const seen = [];
    const note = ({ executionId }) => seen.push(executionId);
    const channel = 'pipeline-performance-metrics:execution';
    subscribe(channel, note);
    try {
      await inTurns(metrics, 0, 4);
    } finally {
      unsubscribe(channel, note);
    }
    expect(seen).toEqual(['e0', 'e1', 'e2', 'e3']);
  });
});

it('no stage loses its CPU time, wherever in the journal it is written', () => {
  const { metrics } = newCollector({ verbosityConfig: 'detailed' });
  measurePipeline(metrics, null, () => {
    for (let i = 0; i < 6000; i += 1) {
      const context = i % 7 < 3 ? { inputSize: i } : null;
      measureStage(metrics, 'a', context, () => i);
    }
  });
  const entries = metrics.getStageMetrics('a');
  // All of them, or none on a system that does not report it.
  const isMeasured = entries.map(({ cpuTime }) => cpuTime !== undefined);
  expect(entries).toHaveLength(6000);
  expect(new Set(isMeasured).size).toBe(1);
});

it('the first execution of a process is number 1, whatever the first collector ran before', () => {
  jest.isolateModules(() => {
    const {
      PipelinePerformanceMetrics,
      measurePipeline: run,
    } = require('../../js/index');
    const { logger, eventBus } = newCollector();
    const metrics = new PipelinePerformanceMetrics({ logger, eventBus });
    run(metrics, null, () => 'result');
    expect(metrics.getPipelineMetrics()[0].executionId).toBe('execution-1');
    metrics.dispose();
  });
});

it('a subscriber hears of nothing that the caller did not measure, of the first collector either', () => {
  const seen = [];
  const note = ({ executionId }) => seen.push(executionId);
  const channel = 'pipeline-performance-metrics:execution';
  subscribe(channel, note);
  try {
    jest.isolateModules(() => {
      const { PipelinePerformanceMetrics } = require('../..');
      const { logger, eventBus } = newCollector();
      new PipelinePerformanceMetrics({ logger, eventBus }).dispose();
    });
  } finally {
    unsubscribe(channel, note);
  }
  expect(seen).toEqual([]);
});

describe('nothing is lost', () => {
  it('of a loop that never yields', () => {
    const { metrics } = newCollector();
    run(metrics, 0, 3000);
    expect(ids(metrics, 'a')).toEqual(expectedIds(0, 3000));
    expect(metrics.getPipelineMetrics()).toHaveLength(3000);
  });

  it('of one execution with more stages than the journal has room for', () => {
    const { metrics } = newCollector();
    measurePipeline(metrics, { executionId: 'big' }, () => {
      for (let i = 0; i < 5000; i += 1)
        measureStage(metrics, 'a', null, () => ({ actions: [i] }));
    });
    expect(metrics.getStageMetrics('a')).toHaveLength(5000);
    const [row] = metrics.getPipelineMetrics()[0].stageBreakdown;
    expect([row.stageName, row.count]).toEqual(['a', 5000]);
  });

  it('where more stages are in flight than the journal has room for', async () => {
    const { metrics } = newCollector();
    await measurePipeline(metrics, null, () =>
      Promise.all(
        Array.from({ length: 2500 }, () =>
          measureStage(metrics, 'a', null, () => settle(1)),
        ),
      ),
    );
    expect(metrics.getStageMetrics('a')).toHaveLength(2500);
    expect(metrics.activeExecutions.size).toBe(0);
  });

  it('where more executions run than may: the oldest are abandoned, the others whole', async () => {
    const { metrics } = newCollector({ config: { maxActiveExecutions: 10 } });
    const gates = [];
    for (let i = 0; i < 50; i += 1)
      measurePipeline(metrics, { executionId: `e${i}` }, () =>
        measureStage(
          metrics,
          'a',
          null,
          () => new Promise((resolve) => gates.push(resolve)),
        ),
      );
    expect([...metrics.activeExecutions.keys()]).toEqual(expectedIds(40, 50));
    expect(metrics.getDiagnostics().abandonedExecutions).toBe(40);
    for (const open of gates) open();
    await settle(1);
    expect(ids(metrics, 'a')).toEqual(expectedIds(40, 50));
    expect([...metrics.pipelineExecutions.keys()]).toEqual(expectedIds(40, 50));
    expect(metrics.activeExecutions.size).toBe(0);
  });

  it('of a stage whose context cannot be read, or whose generator fails on the way', () => {
    const { metrics } = newCollector();
    expect(measureStage(metrics, 'a', traps('get'), () => 5)).toBe(5);
    expect(metrics.getStageMetrics('a')).toHaveLength(1);
    const items = measureStage(metrics, 'b', null, function* yields() {
      yield 1;
      throw new Error('own');
    });
    expect(() => [...items]).toThrow('own');
    expect(metrics.getStageMetrics('b')).toMatchObject([
      { success: false, itemsProcessed: 1, errorCount: 1 },
    ]);
  });

  it('of the measured code where the engine fails in the midst of a replay, which is said once', () => {
    const { metrics, logger } = newCollector();
    run(metrics, 0, 2);
    const core = metrics[CORE];
    const { replay } = core.hot;
    core.hot.replay = () => {
      replay();
      core.slab[layout.slab.STATUS] = layout.status.FAULTED;
    };
    const results = Array.from({ length: 200 }, (_, i) =>
      measurePipeline(metrics, null, () =>
        measureStage(metrics, 'a', null, () => i),
      ),
    );
    expect(results).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(() =>
      measureStage(metrics, 'a', null, () => {
        throw new Error('own');
      }),
    ).toThrow('own');
    expect(logger.error.mock.calls).toEqual([
      [expect.stringContaining('the pipeline is unaffected')],
    ]);
  });

  it('of stage names beyond those that had a place at first', () => {
    const { metrics } = newCollector();
    const names = Array.from({ length: 400 }, (_, i) => `stage_${i}`);
    measurePipeline(metrics, null, () => {
      for (const name of names) measureStage(metrics, name, null, () => 1);
    });
    for (const name of names)
      expect(metrics.getStageMetrics(name)).toHaveLength(1);
  });

  it('where a listener asks, starts and disposes while alerts are dispatched', () => {
    const { metrics, eventBus, clock } = newCollector();
    metrics.setStageThreshold('a', { maxDuration: 1 });
    const seen = [];
    let nested = 0;
    eventBus.dispatch = ({ type, payload }) => {
      if (type !== 'PIPELINE_PERFORMANCE_ALERT') return;
      seen.push([payload.executionId, metrics.getStageMetrics('a').length]);
      if (nested < 3) {
        nested += 1;
        run(metrics, 1000 + nested, 1001 + nested);
      } else metrics.dispose();
    };
    for (let i = 0; i < 6; i += 1)
      measurePipeline(metrics, { executionId: `e${i}` }, () =>
        measureStage(metrics, 'a', null, () => clock.advance(5)),
      );
    expect(seen.map(([id]) => id)).toEqual(['e0', 'e1', 'e2', 'e3']);
    expect(seen.map(([, count]) => count)).toEqual([1, 3, 5, 7]);
  });

  it.each([
    ['a worker that is terminated in the middle of a batch', 'worker'],
    ['process.exit right after flush()', 'exit'],
  ])('with %s', (_, how) => {
    const program = {
      worker: `
        const { Worker } = require('node:worker_threads');
        const code = ${JSON.stringify(`
          const { PipelinePerformanceMetrics, measurePipeline } = require(process.cwd());
          const logger = { debug() {}, info() {}, warn() {}, error() {} };
          const metrics = new PipelinePerformanceMetrics({ logger, eventBus: { dispatch() {} } });
          require('node:worker_threads').parentPort.postMessage('up');
          for (;;) measurePipeline(metrics, null, () => 1);
        `)};
        const worker = new Worker(code, { eval: true });
        worker.on('message', async () => {
          await worker.terminate();
          console.log('ended');
        });`,
      exit: `
        const { PipelinePerformanceMetrics, measurePipeline } = require(process.cwd());
        const logger = { debug() {}, info() {}, warn() {}, error() {} };
        const events = [];
        const eventBus = { dispatch: ({ type, payload }) => events.push(payload.executions) };
        const metrics = new PipelinePerformanceMetrics({ logger, eventBus });
        for (let i = 0; i < 10; i += 1) measurePipeline(metrics, null, () => 1);
        metrics.flush();
        console.log(events.join() === '10' ? 'ended' : events);
        process.exit();`,
    }[how];
    expect(printedBy(program)).toBe('ended\n');
  });
});

describe('the analysis of measured executions', () => {
  /** The first is analysed at once, the two after it wait. */
  async function oneAndTwo({ metrics }) {
    run(metrics, 0, 1);
    await settle(1);
    run(metrics, 1, 3);
    await settle(1);
  }

  it('is of the last of them, not of one that was completed directly since', () => {
    const world = newCollector({ config: { analysisInterval: 1e6 } });
    const { metrics } = world;
    const completeDirectly = (id) => {
      metrics.startPipelineExecution(id, {});
      metrics.completePipelineExecution(id, {});
    };
    run(metrics, 0, 2);
    completeDirectly('direct');
    completeDirectly('another');
    metrics.flush();
    run(metrics, 2, 3);
    completeDirectly('third');
    run(metrics, 3, 4);
    metrics.flush();
    expect(analyses(world).filter(([, executions]) => executions)).toEqual([
      ['e1', 2],
      ['e3', 2],
    ]);
  });

  it('is dispatched after they have settled, of the latest, for all of them', async () => {
    const world = newCollector();
    run(world.metrics, 0, 10);
    expect(analyses(world)).toEqual([]);
    await settle(1);
    expect(analyses(world)).toEqual([['e9', 10]]);
  });

  it('comes at most once in an interval, and the last is not forgotten', async () => {
    const world = newCollector({ config: { analysisInterval: 1e6 } });
    for (let i = 0; i < 10; i += 1) {
      run(world.metrics, i, i + 1);
      await settle(1);
    }
    expect(analyses(world)).toEqual([['e0', 1]]);
    world.metrics.flush();
    expect(analyses(world)).toEqual([
      ['e0', 1],
      ['e9', 9],
    ]);
  });

  it('is emitted unasked once the interval is over', async () => {
    const world = newCollector({ config: { analysisInterval: 5 } });
    await oneAndTwo(world);
    for (let i = 0; i < 200 && analyses(world).length < 2; i += 1)
      await pause(5);
    expect(analyses(world)).toEqual([
      ['e0', 1],
      ['e2', 2],
    ]);
  });

  it('is dispatched sooner where a shorter interval is set while it waits', async () => {
    const world = newCollector({ config: { analysisInterval: 1e6 } });
    await oneAndTwo(world);
    expect(analyses(world)).toEqual([['e0', 1]]);
    world.metrics.config.analysisInterval = 0;
    await settle(1);
    expect(analyses(world)).toEqual([
      ['e0', 1],
      ['e2', 2],
    ]);
  });

  it.each([
    ['a clock that has run for long', 17e12],
    ['one that has just started', 0],
  ])('is left out of what is no longer stored, by %s', async (_, started) => {
    const world = newCollector();
    const { metrics, clock } = world;
    clock.advance(started);
    run(metrics, 0, 1);
    clock.advance(2 * metrics.config.retentionPeriod);
    metrics.cleanupOldExecutions();
    metrics.stageMetrics.set('c', [{ duration: 1, executionId: 'other' }]);
    metrics.pipelineExecutions.set('other', { totalDuration: 1 });
    await settle(1);
    expect(analyses(world)).toEqual([]);
    run(metrics, 1, 2);
    expect(ids(metrics, 'a')).toEqual(['e1']);
  });

  it('is that of a direct completion, but for the number of executions', async () => {
    const world = newCollector();
    run(world.metrics, 0, 1);
    world.metrics.flush();
    const { executions, ...analysis } = world.events.at(-1).payload;
    const execution = world.metrics.pipelineExecutions.get('e0');
    expect(executions).toBe(1);
    expect(world.metrics.analyzePipelinePerformance(execution)).toEqual(
      analysis,
    );
  });

  it('is dispatched of none where it is switched off', async () => {
    const world = newCollector({ config: { analysisEvents: false } });
    run(world.metrics, 0, 3);
    await settle(1);
    world.metrics.flush();
    expect(analyses(world)).toEqual([]);
    expect(world.metrics.getPipelineMetrics()).toHaveLength(3);
  });

  it('comes with one line, and no stage has any', async () => {
    const world = newCollector();
    run(world.metrics, 0, 5);
    await settle(1);
    expect(world.logger.debug).not.toHaveBeenCalled();
    expect(world.logger.info.mock.calls).toEqual([
      ['Pipeline completed: e4', expect.objectContaining({ executions: 5 })],
    ]);
  });

  it('has a line for everything at verbose', () => {
    const world = newCollector({ verbosityConfig: 'verbose' });
    run(world.metrics, 0, 1);
    expect(world.logger.debug.mock.calls.map(([line]) => line)).toEqual([
      'Pipeline execution started: e0',
      'Stage completed: a',
      'Stage completed: b',
    ]);
    expect(world.logger.info.mock.calls.map(([line]) => line)).toEqual([
      'Pipeline completed: e0',
    ]);
  });
});

describe('alerts of measured stages', () => {
  it('are dispatched before the call returns, however many executions wait', () => {
    const { metrics, eventBus, clock } = newCollector();
    metrics.setStageThreshold('a', { maxDuration: 10 });
    run(metrics, 0, 30);
    measurePipeline(metrics, { executionId: 'slow' }, () => {
      measureStage(metrics, 'a', null, () => clock.advance(11));
      expect(eventBus.events.at(-1)).toMatchObject({
        type: 'PIPELINE_PERFORMANCE_ALERT',
        payload: { stage: 'a', executionId: 'slow', actual: 11 },
      });
    });
  });

  it('are dispatched at once where a stage reports errors', () => {
    const { metrics, eventBus } = newCollector();
    measurePipeline(metrics, null, () => {
      measureStage(metrics, 'a', null, () => ({ errors: ['x'] }));
      expect(eventBus.events.map(({ payload }) => payload.type)).toEqual([
        'high_error_rate',
      ]);
    });
  });

  it('know a threshold that was set a moment ago', () => {
    const { metrics, eventBus, clock } = newCollector();
    run(metrics, 0, 3);
    measurePipeline(metrics, null, () => {
      metrics.setStageThreshold('a', { maxDuration: 1 });
      measureStage(metrics, 'a', null, () => clock.advance(2));
      expect(eventBus.events).toHaveLength(1);
    });
  });
});
