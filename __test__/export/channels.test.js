/** @jest-environment node */
'use strict';

const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { measurePipeline, measureStage } = require('../..');
const {
  newCollector,
  objectBus,
  runPipeline,
} = require('../fixtures/collector');

const NAMES = ['execution', 'stage', 'alert'];
const channelOf = (name) => `pipeline-performance-metrics:${name}`;

let seen;
const listeners = new Map(
  NAMES.map((name) => [name, (message) => seen.push([name, message])]),
);
const listen = (...names) => {
  for (const name of names) subscribe(channelOf(name), listeners.get(name));
};

beforeEach(() => {
  seen = [];
});

afterEach(() => {
  for (const [name, listener] of listeners)
    unsubscribe(channelOf(name), listener);
});

/** Runs `names` as measured stages of one measured pipeline. */
function runMeasured(metrics, names) {
  measurePipeline(metrics, {}, () => {
    for (const name of names) measureStage(metrics, name, {}, () => []);
  });
}

describe('the channels', () => {
  it('publish the stage and the execution that a direct call completes, at once', () => {
    const world = newCollector();
    listen('execution', 'stage');
    const execution = runPipeline(world, 'a', [['load', 4]]);
    expect(seen.map(([name]) => name)).toEqual(['stage', 'execution']);
    expect(seen[0][1]).toMatchObject({ stageName: 'load', duration: 4 });
    expect(seen[1][1]).toBe(execution);
  });

  it('publish measured stages before their execution, those of one name each', () => {
    const { metrics } = newCollector();
    listen('execution', 'stage');
    runMeasured(metrics, ['load', 'load', 'store']);
    metrics.flush();
    expect(
      seen.map(([name, { stageName, completed }]) => [
        name,
        stageName,
        completed,
      ]),
    ).toEqual([
      ['stage', 'load', true],
      ['stage', 'load', true],
      ['stage', 'store', true],
      ['execution', undefined, true],
    ]);
  });

  it('publish once a stage that is completed directly in a measured execution, or after it', () => {
    const { metrics } = newCollector();
    listen('execution', 'stage');
    const late = measurePipeline(metrics, { executionId: 'a' }, () => {
      const handle = metrics.startStageExecution('a', 'load');
      metrics.completeStageExecution('a', handle);
      measureStage(metrics, 'store', {}, () => []);
      return metrics.startStageExecution('a', 'audit');
    });
    metrics.flush();
    metrics.completeStageExecution('a', late);
    expect(
      seen.map(([name, { stageName, late: isLate }]) => [
        name,
        stageName,
        isLate,
      ]),
    ).toEqual([
      ['stage', 'load', undefined],
      ['stage', 'store', undefined],
      ['execution', undefined, undefined],
      ['stage', 'audit', true],
    ]);
  });

  it('publish each measured execution once, whether asked for between or not', () => {
    const world = newCollector();
    listen('execution');
    for (let run = 0; run < 70; run += 1) {
      runMeasured(world.metrics, ['load']);
      if (run % 20 === 0) world.metrics.getPerformanceSummary();
      if (run % 30 === 0) runPipeline(world, `direct-${run}`, [['load', 1]]);
    }
    world.metrics.flush();
    const ids = seen.map(([, { executionId }]) => executionId);
    expect(ids).toHaveLength(73);
    expect(new Set(ids).size).toBe(73);
  });

  it('publish once what an event listener runs, of its own or directly', () => {
    const eventBus = objectBus();
    const world = newCollector({ eventBus });
    const { metrics } = world;
    eventBus.dispatch = ({ type }) => {
      if (type !== 'PIPELINE_PERFORMANCE_ALERT') return;
      metrics.setStageThreshold('load', {});
      runMeasured(metrics, ['audit']);
      runPipeline(world, 'direct', [['audit', 1]]);
      metrics.flush();
    };
    listen('execution');
    metrics.setStageThreshold('load', { maxDuration: 5 });
    measurePipeline(metrics, { executionId: 'slow' }, () =>
      measureStage(metrics, 'load', {}, () => world.clock.advance(50)),
    );
    metrics.flush();
    const ids = seen.map(([, { executionId }]) => executionId);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  });

  it('publish an alert of direct and of measured code as it is raised', () => {
    const world = newCollector();
    listen('alert');
    world.metrics.setStageThreshold('load', { maxDuration: 5 });
    runPipeline(world, 'a', [['load', 40]]);
    measurePipeline(world.metrics, {}, () =>
      measureStage(world.metrics, 'load', {}, () => world.clock.advance(50)),
    );
    expect(
      seen.map(([, alert]) => [alert.type, alert.stage, alert.actual]),
    ).toEqual([
      ['duration_exceeded', 'load', 40],
      ['duration_exceeded', 'load', 50],
    ]);
  });

  it('publish only what runs while there is a subscriber', () => {
    const { metrics } = newCollector();
    runMeasured(metrics, ['before']);
    metrics.flush();
    listen('stage');
    runMeasured(metrics, ['while']);
    metrics.flush();
    expect(seen.map(([, { stageName }]) => stageName)).toEqual(['while']);
  });

  it('publish measured executions once their pipeline has settled, long before the next analysis', async () => {
    const { metrics } = newCollector({ config: { analysisInterval: 1e9 } });
    listen('stage');
    for (const name of ['first', 'second', 'third']) {
      runMeasured(metrics, [name]);
      await new Promise(setImmediate);
      expect(seen.at(-1)[1].stageName).toBe(name);
    }
  });

  it('let a subscriber call the collector', () => {
    const world = newCollector();
    const asking = () => seen.push(world.metrics.getPerformanceSummary());
    subscribe(channelOf('stage'), asking);
    try {
      runMeasured(world.metrics, ['load', 'store']);
      world.metrics.flush();
      runPipeline(world, 'a', [['load', 4]]);
    } finally {
      unsubscribe(channelOf('stage'), asking);
    }
    expect(seen).toHaveLength(3);
    expect(seen.at(-1).pipeline.totalExecutions).toBe(1);
  });
});
