'use strict';

/** Custom labels: what sets slow runs apart that only the caller knows. */

const {
  ActionAwareStructuredTrace,
  measurePipeline,
  measureStage,
} = require('../..');
const { newCollector, runPipeline } = require('../fixtures/collector');
const { noise, planted } = require('../fixtures/planted');
const { traps, unreadable } = require('../fixtures/throwing');

const first = (metrics, stage) => metrics.explainSlowness(stage).attributes[0];
const named = (metrics, stage) =>
  metrics.explainSlowness(stage).attributes.map((found) => found.attribute);

describe('a label of an execution', () => {
  it('is named where it sets slow executions apart, with an execution that has it', () => {
    const { metrics } = planted(
      200,
      (run, scatter) => [['a', (run % 4 === 1 ? 30 : 10) * scatter()]],
      {
        contextOf: (run) => ({
          labels: { tenant: ['north', 'south', 'east', 'west'][run % 4] },
        }),
      },
    );
    expect(first(metrics)).toMatchObject({
      attribute: 'labels.tenant',
      significant: true,
      slow: { value: 'south', runs: 50, executionId: 'run-197' },
    });
  });

  it('counts for its stages, unless they have one of the same name', () => {
    const { metrics } = planted(
      200,
      (run, scatter) => [
        ['a', (run % 2 ? 30 : 10) * scatter()],
        ['b', 10 * scatter(), {}, { labels: { cache: 'none' } }],
      ],
      { contextOf: (run) => ({ labels: { cache: run % 2 ? 'cold' : 'hot' } }) },
    );
    expect(first(metrics, 'a')).toMatchObject({
      attribute: 'labels.cache',
      slow: { value: 'cold' },
    });
    expect(named(metrics, 'b')).not.toContain('labels.cache');
  });
});

describe('a label of a stage', () => {
  it('belongs to one run of it, also where the stage runs twice', () => {
    const { metrics } = planted(100, (run, scatter) => [
      ['a', 10 * scatter(), {}, { labels: { pass: 'first' } }],
      ['a', 40 * scatter(), {}, { labels: { pass: 'second' } }],
    ]);
    expect(first(metrics, 'a')).toMatchObject({
      attribute: 'labels.pass',
      runs: 200,
      slow: { value: 'second', runs: 100 },
    });
  });

  it('counts for its execution, too', () => {
    const { metrics } = planted(100, (run, scatter) => [
      [
        'a',
        (run % 2 ? 40 : 10) * scatter(),
        {},
        { labels: { odd: !!(run % 2) } },
      ],
    ]);
    expect(first(metrics)).toMatchObject({
      attribute: 'labels.odd',
      slow: { value: 'true' },
    });
  });

  it('may be a number, and is then given as a range', () => {
    const { metrics } = planted(200, (run, scatter) => [
      [
        'a',
        (10 + (run % 50)) * scatter(),
        {},
        { labels: { depth: (run % 50) / 2 } },
      ],
    ]);
    const { attribute, slow } = first(metrics, 'a');
    expect(attribute).toBe('labels.depth');
    expect(slow).toMatchObject({ value: null, high: 24.5 });
    expect(slow.low).toBeGreaterThan(15);
  });

  it('of numbers and texts is one of categories', () => {
    const { metrics } = planted(120, (run, scatter) => [
      [
        'a',
        (run % 3 === 2 ? 30 : 10) * scatter(),
        {},
        { labels: { size: [1, 2, 'unknown'][run % 3] } },
      ],
    ]);
    expect(first(metrics, 'a')).toMatchObject({
      attribute: 'labels.size',
      slow: { value: 'unknown', runs: 40 },
    });
  });

  it('may have the name of another attribute, or of a part of every object', () => {
    const labels = (run) =>
      JSON.parse(
        `{"environment":"${run % 2}","__proto__":"${run % 3}","constructor":"${run % 5}"}`,
      );
    const { metrics } = planted(100, (run, scatter) => [
      ['a', 10 * scatter(), {}, { labels: labels(run) }],
    ]);
    expect(named(metrics, 'a')).toEqual(
      expect.arrayContaining([
        'labels.environment',
        'labels.__proto__',
        'labels.constructor',
      ]),
    );
    expect({}.environment).toBeUndefined();
  });

  it('that was given to some runs only leaves the others out', () => {
    const { metrics } = planted(100, (run, scatter) => [
      [
        'a',
        10 * scatter(),
        {},
        run < 40 ? { labels: { side: run % 2 ? 'left' : 'right' } } : {},
      ],
    ]);
    expect(first(metrics, 'a')).toMatchObject({
      attribute: 'labels.side',
      runs: 40,
    });
  });
});

describe('labels reach the collector', () => {
  const scatter = noise(3);
  const durationOf = (run) => (run % 2 ? 30 : 10) * scatter();
  const labelsOf = (run) => ({ colour: run % 2 ? 'red' : 'blue' });

  it('through measurePipeline and measureStage', () => {
    const { metrics, clock } = newCollector();
    for (let run = 0; run < 60; run += 1) {
      measurePipeline(metrics, { labels: labelsOf(run) }, () =>
        measureStage(metrics, 'a', { labels: { run: run % 3 } }, () =>
          clock.advance(durationOf(run)),
        ),
      );
    }
    expect(first(metrics, 'a')).toMatchObject({
      attribute: 'labels.colour',
      slow: { value: 'red' },
    });
    expect(named(metrics, 'a')).toContain('labels.run');
  });

  it('through a trace', () => {
    const { metrics, clock } = newCollector();
    const trace = new ActionAwareStructuredTrace({
      traceId: 't',
      performanceMetrics: metrics,
    });
    for (let run = 0; run < 60; run += 1) {
      trace.startPipelineExecution({ labels: labelsOf(run) });
      trace.startStageExecution('a', { labels: { run: run % 3 } });
      clock.advance(durationOf(run));
      trace.completeStageExecution('a');
      trace.completePipelineExecution();
    }
    expect(first(metrics).attribute).toBe('labels.colour');
    expect(named(metrics, 'a')).toContain('labels.run');
  });
});

describe('labels are stored within bounds', () => {
  const dropped = ({ metrics }) => metrics.getDiagnostics().droppedLabels;
  const runWith = (world, labels, id = 'e') =>
    runPipeline(world, id, [['a', 1, {}, { labels }]]);

  it('of 16 a call', () => {
    const world = newCollector();
    const entries = Array.from({ length: 20 }, (_, i) => [`n${i}`, i]);
    runWith(world, Object.fromEntries(entries));
    expect(dropped(world)).toBe(4);
  });

  it('of 32 names', () => {
    const world = newCollector();
    for (let i = 0; i < 40; i += 1)
      runWith(world, { [`name-${i}`]: 1 }, `${i}`);
    expect(dropped(world)).toBe(8);
    runWith(world, { 'name-3': 2 });
    expect(dropped(world)).toBe(8);
  });

  it('of 1,000 texts, apart from environments and complexities', () => {
    const world = newCollector();
    for (let i = 0; i < 1010; i += 1) runWith(world, { id: `id-${i}` }, `${i}`);
    expect(dropped(world)).toBe(10);
    const context = { environment: 'still distinguished' };
    runPipeline(
      world,
      'last',
      [['a', 1, {}, { complexity: 'too' }]],
      {},
      context,
    );
    const last = world.metrics.pipelineExecutions.get('last');
    expect(last.context.environment).toBe('still distinguished');
    expect(last.stages.get('a').context.complexity).toBe('too');
  });

  it('and numbers have none', () => {
    const world = newCollector();
    for (let i = 0; i < 1100; i += 1) runWith(world, { id: i + 0.5 }, `${i}`);
    expect(dropped(world)).toBe(0);
  });

  it.each([
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
    ['an object', { a: 1 }],
    ['a bigint', 5n],
    ['NaN', NaN],
    ['an infinite number', Infinity],
    ['an empty text', ''],
    ['a long text', 'x'.repeat(257)],
  ])('and drop %s', (what, value) => {
    const world = newCollector();
    runWith(world, { bad: value });
    expect(dropped(world)).toBe(1);
  });

  it.each([
    ['a text', 'labels'],
    ['a number', 5],
    ['a list', ['a']],
  ])('and take no %s for labels', (what, labels) => {
    const world = newCollector();
    runWith(world, labels);
    expect(dropped(world)).toBe(1);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['no labels', {}],
    ['labels without a value', { a: null, b: undefined }],
  ])('and take %s for none', (what, labels) => {
    const world = newCollector();
    runWith(world, labels);
    expect(dropped(world)).toBe(0);
  });

  it.each([
    ['a getter', unreadable('bad')],
    ['a proxy', traps('ownKeys')],
  ])(
    'and %s that throws is counted, and the stage recorded',
    (what, labels) => {
      const world = newCollector();
      const execution = runPipeline(
        world,
        'e',
        [['a', 5, {}, { labels }]],
        {},
        {
          labels,
        },
      );
      expect(execution.stages.get('a')).toMatchObject({
        completed: true,
        duration: 5,
      });
      expect(world.metrics.getDiagnostics().hostileInputs).toBe(2);
    },
  );
});

describe('labels go with their execution', () => {
  it('when the history is full', () => {
    const { metrics } = planted(
      400,
      (run, scatter) => [['a', (run % 2 ? 30 : 10) * scatter()]],
      {
        config: { maxHistorySize: 50 },
        contextOf: (run) =>
          run < 300 ? { labels: { half: run % 2 } } : { actionCount: run % 2 },
      },
    );
    expect(named(metrics)).toEqual(['actionCount']);
  });
});
