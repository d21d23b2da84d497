'use strict';

/** Ids and names of any length are stored and written within bounds. */

const { newCollector, runPipeline } = require('../fixtures/collector');

const LONGEST = 256;
const long = (end) => `${'x'.repeat(100_000)}${end}`;
const bytesOf = (text) => Buffer.byteLength(text);

describe('an id of 100 kB', () => {
  function ended() {
    const world = newCollector();
    const results = ['a', 'b'].map((end) =>
      runPipeline(world, long(end), [['s', 1]]),
    );
    return { ...world, results };
  }

  it('is whole in what the calls return, and within 256 bytes in the history', () => {
    const { metrics, results } = ended();
    expect(results.map(({ executionId }) => executionId)).toEqual([
      long('a'),
      long('b'),
    ]);
    const ids = metrics.getPipelineMetrics().map((one) => one.executionId);
    expect(Math.max(...ids.map(bytesOf))).toBeLessThanOrEqual(LONGEST);
    expect(new Set(ids).size).toBe(2);
    expect(metrics.getStageMetrics('s').map((one) => one.executionId)).toEqual(
      ids,
    );
    expect([...metrics.pipelineExecutions.keys()]).toEqual(ids);
  });

  it('finds its execution by the whole id or the stored form', () => {
    const { metrics } = ended();
    const [, ids] = metrics.pipelineExecutions.keys();
    for (const id of [long('b'), ids]) {
      expect(metrics.pipelineExecutions.has(id)).toBe(true);
      expect(metrics.pipelineExecutions.get(id).executionId).toBe(ids);
    }
    expect(metrics.pipelineExecutions.delete(long('b'))).toBe(true);
    expect(metrics.pipelineExecutions.size).toBe(1);
  });

  it('makes no export long', () => {
    const { metrics } = ended();
    for (const text of [
      metrics.exportHistory(),
      metrics.exportTrace(),
      metrics.toOpenMetrics(),
      metrics.generateReport({ format: 'json' }),
    ])
      expect(text.length).toBeLessThan(20_000);
  });
});

it('a stage name of 100 kB is whole in answers, and within 256 bytes in exports', () => {
  const world = newCollector();
  const { metrics } = world;
  const names = [long('a'), long('b')];
  runPipeline(
    world,
    'e',
    names.map((name) => [name, 1]),
  );
  expect([...metrics.stageMetrics.keys()]).toEqual(names);
  const exported = JSON.parse(metrics.exportHistory());
  const written = exported.stages.map(({ stage }) => stage).slice(-2);
  expect(new Set(written).size).toBe(2);
  expect(Math.max(...written.map(bytesOf))).toBeLessThanOrEqual(LONGEST);
  expect(metrics.exportTrace().length).toBeLessThan(20_000);
});
