'use strict';

/** Custom labels, read back from stored records. */

const { newCollector, runPipeline } = require('../fixtures/collector');

const GIVEN = { tenant: 'north', depth: 2.5, cached: true };
const STAGE = { pass: 'first', retried: false, tenant: 'south' };

/** One execution with labels, and one stage of two with labels. */
function labelled(...given) {
  const [labels, ofStage] = given.length === 0 ? [GIVEN, STAGE] : given;
  const world = newCollector();
  runPipeline(
    world,
    'e',
    [
      ['a', 5, {}, { labels: ofStage }],
      ['b', 5],
    ],
    {},
    { labels },
  );
  return world;
}

describe('labels as they were given are shown', () => {
  it('by the completed execution and by each of its stages, each its own', () => {
    const { metrics } = labelled();
    const { context, stages } = metrics.pipelineExecutions.get('e');
    expect(context).toStrictEqual({
      actionCount: 0,
      traceVerbosity: 'basic',
      environment: 'unknown',
      labels: GIVEN,
    });
    expect(stages.get('a').context).toStrictEqual({
      inputSize: 0,
      expectedOutputSize: 0,
      complexity: 'unknown',
      labels: STAGE,
    });
    expect(stages.get('b').context).not.toHaveProperty('labels');
  });

  it('by the entries of the stage and of the pipeline history', () => {
    const { metrics } = labelled();
    expect(metrics.getStageMetrics('a')[0].context).toStrictEqual({
      labels: STAGE,
    });
    expect(metrics.stageMetrics.get('a')).toEqual(metrics.getStageMetrics('a'));
    expect(metrics.getStageMetrics('b')[0]).not.toHaveProperty('context');
    expect(metrics.getPipelineMetrics()[0].context.labels).toStrictEqual(GIVEN);
    expect(
      metrics.performanceHistory.get('pipeline')[0].context.labels,
    ).toStrictEqual(GIVEN);
  });

  it('by the running execution, and by its entries once it has completed', () => {
    const { metrics, clock } = newCollector();
    metrics.startPipelineExecution('e', { labels: GIVEN });
    metrics.startStageExecution('e', 'a', { labels: { pass: 1 } });
    clock.advance(0.1 + 0.2);
    metrics.completeStageExecution('e', 'a');
    metrics.startStageExecution('e', 'b');
    clock.advance(1 / 3);
    metrics.startStageExecution('e', 'a', { labels: { pass: 2 } });
    const { context, stages } = metrics.activeExecutions.get('e');
    expect(context.labels).toStrictEqual(GIVEN);
    expect(stages.get('a').context.labels).toStrictEqual({ pass: 2 });
    expect(stages.get('b').context).not.toHaveProperty('labels');
    expect(metrics.getStageMetrics('a')[0]).not.toHaveProperty('context');
    metrics.completeStageExecution('e', 'a');
    metrics.completePipelineExecution('e');
    expect(
      metrics.getStageMetrics('a').map((entry) => entry.context.labels.pass),
    ).toEqual([1, 2]);
  });

  it('of each execution its own, in a history of many', () => {
    const world = newCollector();
    for (let run = 0; run < 50; run += 1) {
      const labels = run % 3 === 0 ? { run } : undefined;
      runPipeline(
        world,
        `e${run}`,
        [['a', 1 / 3, {}, { labels }]],
        {},
        {
          labels,
        },
      );
    }
    const { metrics } = world;
    const expected = Array.from({ length: 50 }, (_, run) =>
      run % 3 === 0 ? run : undefined,
    );
    const runsOf = (entries) =>
      entries.map((entry) => entry.context?.labels?.run);
    expect(runsOf(metrics.getStageMetrics('a'))).toEqual(expected);
    expect(runsOf(metrics.getPipelineMetrics())).toEqual(expected);
    expect(runsOf([...metrics.pipelineExecutions.values()])).toEqual(expected);
    expect(runsOf(metrics.getStageMetrics('a', 5))).toEqual(
      expected.slice(-metrics.getStageMetrics('a', 5).length),
    );
  });

  it('as objects of the caller alone', () => {
    const { metrics } = labelled();
    const [entry] = metrics.getStageMetrics('a');
    expect(Object.getPrototypeOf(entry.context.labels)).toBe(Object.prototype);
    entry.context.labels.pass = 'changed';
    const copy = metrics.pipelineExecutions.get('e');
    copy.context.labels.tenant = 'changed';
    copy.stages.get('a').context.labels.pass = 'changed';
    expect(metrics.getStageMetrics('a')[0].context.labels).toEqual(STAGE);
    expect(metrics.pipelineExecutions.get('e').context.labels).toEqual(GIVEN);
  });

  it('whatever their names', () => {
    const { metrics } = labelled(
      JSON.parse('{"__proto__":"a","constructor":1}'),
    );
    const { labels } = metrics.getPipelineMetrics()[0].context;
    expect(Object.entries(labels)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 1],
    ]);
    expect(Object.getPrototypeOf(labels)).toBe(Object.prototype);
  });

  it('as far as they were stored', () => {
    const { metrics } = labelled({ stored: 1, gone: null, bad: Symbol('s') });
    expect(metrics.getPipelineMetrics()[0].context.labels).toEqual({
      stored: 1,
    });
  });

  it('by entries whose execution the history has evicted', () => {
    const world = newCollector({ config: { maxHistorySize: 2 } });
    runPipeline(world, 'rare', [['rare', 1, {}, { labels: STAGE }]]);
    for (let run = 0; run < 5; run += 1)
      runPipeline(world, `e${run}`, [['often', 1]]);
    expect(world.metrics.pipelineExecutions.has('rare')).toBe(false);
    expect(
      world.metrics.getStageMetrics('rare')[0].context.labels,
    ).toStrictEqual(STAGE);
  });
});

describe('no labels are shown', () => {
  it.each([
    ['none', undefined],
    ['null', null],
    ['an empty object', {}],
    ['labels without a value', { a: null }],
    ['what are no labels', 'text'],
  ])('where %s were given', (what, labels) => {
    const { metrics } = labelled(labels, labels);
    const { context, stages } = metrics.pipelineExecutions.get('e');
    for (const shown of [
      context,
      stages.get('a').context,
      metrics.getPipelineMetrics()[0].context,
    ])
      expect(shown).not.toHaveProperty('labels');
    expect(metrics.getStageMetrics('a')[0]).not.toHaveProperty('context');
  });

  it('by what start and completion hand out', () => {
    const { metrics } = newCollector();
    const execution = metrics.startPipelineExecution('e', { labels: GIVEN });
    const stage = metrics.startStageExecution('e', 'a', { labels: STAGE });
    metrics.completeStageExecution('e', stage);
    metrics.completePipelineExecution('e');
    expect(execution.context).not.toHaveProperty('labels');
    expect(stage.context).not.toHaveProperty('labels');
  });
});

describe('a truth value', () => {
  it('takes no room among the texts', () => {
    const world = newCollector();
    for (let i = 0; i < 1000; i += 1)
      runPipeline(world, `${i}`, [], {}, { labels: { id: `id-${i}` } });
    const last = runPipeline(world, 'last', [], {}, { labels: { odd: true } });
    const { metrics } = world;
    expect(metrics.getDiagnostics().droppedLabels).toBe(0);
    expect(
      metrics.pipelineExecutions.get(last.executionId).context.labels,
    ).toStrictEqual({ odd: true });
  });

  it('counts like its text where slowness is explained', () => {
    const world = newCollector();
    for (let i = 0; i < 40; i += 1) {
      const labels = { odd: i % 4 === 1 ? 'true' : i % 2 === 1 };
      runPipeline(world, `${i}`, [['a', i % 2 ? 30 + i : 10]], {}, { labels });
    }
    const [{ attribute, slow }] = world.metrics.explainSlowness('a').attributes;
    expect(attribute).toBe('labels.odd');
    expect(slow).toMatchObject({ value: 'true', runs: 20 });
  });
});
