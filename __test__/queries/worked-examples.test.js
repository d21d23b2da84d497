'use strict';

/** Small histories of which every figure is worked out on paper. */

const { newCollector, runPipeline } = require('../fixtures/collector');
const { planted } = require('../fixtures/planted');

const close = (value) => expect.closeTo(value, 9);

/** One execution per list of durations of `a`, and of `b` beside it where there is one. */
const sides = (a, b = []) =>
  planted(a.length, (run) => [
    ['a', a[run]],
    ...(b[run] === undefined ? [] : [['b', b[run]]]),
  ]).metrics;

const compared = (a, b) =>
  sides(a, b).compare({ stage: 'a' }, { stage: 'b' }).stages[0];

/** Thirty runs, of which every third is slow. */
const everyThird = (contextOf) =>
  planted(30, (run) => [
    ['a', run % 3 === 0 ? 30 : 10, {}, contextOf(run % 3 === 0)],
  ]).metrics;

const EXAMPLES = [
  [
    'compare: five runs beside five that are all slower, 2 of 252 ways to share them out',
    () => compared([12, 10, 14, 11, 13], [22, 20, 24, 21, 23]),
    {
      verdict: 'slower',
      runsBefore: 5,
      runsAfter: 5,
      before: 12,
      after: 22,
      shift: 10,
      change: close(10 / 12),
      chanceSlower: 1,
      pValue: close(2 / 252),
    },
  ],
  [
    'compare: of nine pairs six are slower and two are equal; 2 of 20 ways is too many',
    () => compared([1, 2, 3], [2, 3, 4]),
    {
      verdict: 'too_few_runs',
      before: 2,
      after: 3,
      change: 0.5,
      chanceSlower: close(7 / 9),
    },
  ],
  [
    'compare: equal runs',
    () => compared([5, 5, 5, 5, 5], [5, 5, 5, 5, 5]),
    {
      verdict: 'no_difference_found',
      shift: 0,
      change: 0,
      chanceSlower: 0.5,
      pValue: 1,
    },
  ],
  [
    'detectChangePoints: 10 ms in twenty runs, 15 ms in the next twenty',
    () =>
      planted(40, (run) => [
        ['a', run < 20 ? 10 : 15],
      ]).metrics.detectChangePoints('a').changes,
    [
      expect.objectContaining({
        index: 20,
        executionId: 'run-20',
        earliest: 20,
        latest: 20,
        runsBefore: 20,
        runsAfter: 20,
        before: close(10),
        after: close(15),
        change: close(0.5),
      }),
    ],
  ],
  [
    'detectAnomalies: 100 ms among 9, 10 and 11',
    () =>
      planted(31, (run) => [
        ['a', run === 15 ? 100 : 9 + (run % 3)],
      ]).metrics.detectAnomalies('a').anomalies,
    [
      expect.objectContaining({
        index: 15,
        executionId: 'run-15',
        duration: close(100),
        typicalDuration: close(10),
      }),
    ],
  ],
  [
    'forecast: a stage that always took 10 ms',
    () => planted(30, () => [['a', 10]]).metrics.forecast('a'),
    {
      model: 'stationary',
      runs: 30,
      slope: 0,
      next: { ahead: 1, expected: 10, low: 10, high: 10 },
      atHorizon: { ahead: 100, expected: 10, low: 10, high: 10 },
      crossing: null,
    },
  ],
  [
    'explainSlowness: ten of thirty runs are slow, all of one configuration',
    () =>
      everyThird((slow) => ({
        configurationHash: slow ? 'cold' : 'warm',
      })).explainSlowness('a').attributes,
    [
      expect.objectContaining({
        attribute: 'configurationHash',
        runs: 30,
        effect: close(1),
        significant: true,
        holds: true,
        slow: {
          value: 'cold',
          low: null,
          high: null,
          runs: 10,
          median: close(30),
          othersMedian: close(10),
          shareOfSlowest: 1,
          executionId: 'run-27',
        },
      }),
    ],
  ],
  [
    'analyzeScaling: 2 ms an item',
    () =>
      planted(40, (run) => [
        ['a', 2 * (run + 1), { itemsProcessed: run + 1 }],
      ]).metrics.analyzeScaling('a').itemsProcessed,
    {
      runs: 40,
      exponent: close(1),
      fixed: null,
      fromSize: null,
      holds: true,
      growth: 'linear',
      largest: expect.objectContaining({ size: 40, duration: close(80) }),
      twice: expect.objectContaining({ size: 80, duration: close(160) }),
    },
  ],
  [
    'getPerformanceSummary: 10, 20 and 30 ms, of which the second failed',
    () => {
      const world = newCollector();
      for (const [run, success] of [true, false, true].entries()) {
        const stages = [['a', 10 * (run + 1), { success }]];
        runPipeline(world, `run-${run}`, stages, { success });
      }
      const { stages, pipeline } = world.metrics.getPerformanceSummary();
      return { ...stages.a, pipeline };
    },
    {
      executionCount: 3,
      averageDuration: 20,
      successRate: close(2 / 3),
      pipeline: {
        totalExecutions: 3,
        averageDuration: 20,
        successRate: close(2 / 3),
      },
    },
  ],
  [
    'performanceBaselines: the heap grew by 300 bytes, then shrank by 100',
    () => {
      const world = newCollector();
      for (const [run, growth] of [300, -100].entries()) {
        world.metrics.startPipelineExecution(`run-${run}`);
        const stage = world.metrics.startStageExecution(`run-${run}`, 'a');
        world.clock.advance(10 * (run + 1));
        world.heap.bytes += growth;
        world.metrics.completeStageExecution(`run-${run}`, stage);
        world.metrics.completePipelineExecution(`run-${run}`);
      }
      return world.metrics.performanceBaselines.get('a');
    },
    {
      count: 2,
      totalDuration: 30,
      avgDuration: 15,
      medianDuration: 15,
      totalMemory: 400,
      avgMemory: 200,
      isWarm: false,
    },
  ],
];

it.each(EXAMPLES)('%s', (_, answer, expected) => {
  const found = answer();
  if (Array.isArray(expected)) expect(found).toEqual(expected);
  else expect(found).toMatchObject(expected);
});

it('what is put in with a context is explained by it as what was measured', () => {
  const { metrics } = newCollector();
  const entries = Array.from({ length: 30 }, (_, run) => ({
    totalDuration: run % 3 === 0 ? 30 : 10,
    context: {
      environment: run % 3 === 0 ? 'staging' : 'live',
      actionCount: run % 3 === 0 ? 9 : 1,
    },
  }));
  metrics.performanceHistory.set('pipeline', entries);
  const found = metrics.explainSlowness().attributes;
  expect(found.map((of) => [of.attribute, of.slow.runs])).toEqual(
    expect.arrayContaining([
      ['environment', 10],
      ['actionCount', 10],
    ]),
  );
});
