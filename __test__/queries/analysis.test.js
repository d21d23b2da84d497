'use strict';

const {
  expectFinite,
  newCollector,
  runPipeline,
} = require('../fixtures/collector');
const { noise, planted, regressed } = require('../fixtures/planted');

/** Runs stages given as `[name, start, end]` in one execution, side by side. */
function overlapping(world, id, intervals, end) {
  const { metrics, clock } = world;
  metrics.startPipelineExecution(id);
  const events = intervals.flatMap(([name, start, stop], place) => [
    { at: start, place, name },
    { at: stop, place, name: null },
  ]);
  events.sort((a, b) => a.at - b.at);
  const handles = [];
  let now = 0;
  for (const { at, place, name } of events) {
    clock.advance(at - now);
    now = at;
    if (name === null) metrics.completeStageExecution(id, handles[place]);
    else handles[place] = metrics.startStageExecution(id, name);
  }
  clock.advance(end - now);
  metrics.completePipelineExecution(id);
}

describe('work against cost', () => {
  it('judges changes and trend for the same work, and lists shifts of the work', () => {
    const { metrics } = planted(300, (run, scatter) => {
      const itemsProcessed = (40 + ((run * 37) % 30)) * (run < 180 ? 1 : 3);
      return [['a', (5 + itemsProcessed / 4) * scatter(), { itemsProcessed }]];
    });
    const { changes, work } = metrics.detectChangePoints('a');
    expect(changes).toEqual([]);
    expect(work).toHaveLength(1);
    expect(work[0]).toMatchObject({
      measure: 'itemsProcessed',
      index: 180,
      executionId: 'run-180',
    });
    expect(work[0].factor).toBeCloseTo(3, 0);
    expect(metrics.analyzeTrend('a').direction).toBe('stable');
    expect(metrics.detectAnomalies('a').anomalies).toEqual([]);
  });

  it('finds a slowdown that smaller inputs hide', () => {
    const { metrics } = planted(300, (run, scatter) => {
      const inputSize = (100 + ((run * 37) % 90)) / (run < 180 ? 1 : 1.4);
      const cost = run < 180 ? 1 : 1.4;
      return [['a', (cost * inputSize * scatter()) / 10, {}, { inputSize }]];
    });
    const [change, ...others] = metrics.detectChangePoints('a').changes;
    expect(others).toEqual([]);
    expect(change.change).toBeGreaterThan(0.3);
    expect(Math.abs(change.index - 180)).toBeLessThan(20);
  });
});

describe('a trend', () => {
  it('is the slope of a straight line, exactly', () => {
    const { metrics } = planted(40, (run) => [['a', 100 + 2 * run]]);
    const trend = metrics.analyzeTrend('a');
    expect(trend).toMatchObject({
      stage: 'a',
      runs: 40,
      direction: 'degrading',
      tau: 1,
    });
    for (const end of ['slope', 'slopeLow', 'slopeHigh'])
      expect(trend[end]).toBeCloseTo(2, 9);
    // 109 ms in the first ten runs, 169 in the last.
    expect(trend.change).toBeCloseTo(60 / 109, 9);
    expect(trend.pValue).toBeLessThan(1e-9);
  });

  it('is not seen in noise, and improves where durations fall', () => {
    const still = planted(200, (_, scatter) => [['a', 10 * scatter()]]);
    expect(still.metrics.analyzeTrend('a').direction).toBe('stable');
    const falling = planted(40, (run) => [['a', 100 - run]]);
    expect(falling.metrics.analyzeTrend('a').direction).toBe('improving');
  });

  it('looks at the range asked for', () => {
    const { metrics } = planted(40, () => [['a', 100]]);
    expect(metrics.analyzeTrend('a', { range: 950 }).runs).toBe(10);
  });

  it('of fewer than 8 runs says so', () => {
    const { metrics } = planted(7, () => [['a', 1]]);
    expect(metrics.analyzeTrend('a')).toMatchObject({
      runs: 7,
      direction: 'insufficient_data',
      slope: null,
      pValue: null,
    });
  });
});

describe('change points', () => {
  it('name the run since which a stage is slower, and how much', () => {
    const { metrics } = regressed();
    const { changes, runs } = metrics.detectChangePoints('resolve');
    expect(runs).toBe(300);
    expect(changes).toHaveLength(1);
    const [change] = changes;
    expect(Math.abs(change.index - 200)).toBeLessThanOrEqual(3);
    expect(change.executionId).toBe(`run-${change.index}`);
    expect(change.timestamp).toBe(
      metrics.pipelineExecutions.get(change.executionId).stages.get('resolve')
        .timestamp,
    );
    expect(change.changeLow).toBeLessThanOrEqual(0.5);
    expect(change.changeHigh).toBeGreaterThanOrEqual(0.5);
    expect(metrics.detectChangePoints('load').changes).toEqual([]);
  });

  it('are not made by one spike of ten times the normal', () => {
    const { metrics } = planted(300, (run, scatter) => [
      ['a', (run === 150 ? 100 : 10) * scatter()],
    ]);
    expect(metrics.detectChangePoints('a').changes).toEqual([]);
    expect(metrics.detectAnomalies('a').anomalies).toEqual([
      expect.objectContaining({ index: 150, executionId: 'run-150' }),
    ]);
  });
});

describe('a forecast', () => {
  it('says in how many runs a rising stage crosses its threshold', () => {
    const { metrics } = planted(100, (run) => [['a', 100 + run]]);
    const found = metrics.forecast('a', { horizon: 50, threshold: 220 });
    // The last run took 199 ms; 220 comes 21 runs later.
    expect(found.model).toBe('linear_trend');
    expect(found.next.expected).toBeCloseTo(200, 6);
    expect(found.atHorizon).toMatchObject({ ahead: 50 });
    expect(found.atHorizon.expected).toBeCloseTo(249, 6);
    expect(found.crossing).toMatchObject({ threshold: 220, expected: 21 });
  });

  it("takes the stage's own limit, and none where there is none", () => {
    const { metrics } = planted(30, (_, scatter) => [['a', 10 * scatter()]]);
    expect(metrics.forecast('a').crossing).toBeNull();
    metrics.setStageThreshold('a', { maxDuration: 100 });
    expect(metrics.forecast('a').crossing).toEqual({
      threshold: 100,
      expected: null,
      earliest: null,
      latest: null,
    });
  });

  it('covers about four of five next runs', () => {
    const scatter = noise(9);
    const { metrics, clock } = planted(60, () => [['a', 10 * scatter()]]);
    let covered = 0;
    for (let run = 0; run < 200; run += 1) {
      const { next } = metrics.forecast('a');
      const duration = 10 * scatter();
      runPipeline({ metrics, clock }, `next-${run}`, [['a', duration]]);
      covered += Number(next.low <= duration && duration <= next.high);
    }
    expect(covered).toBeGreaterThan(200 * 0.7);
    expect(covered).toBeLessThan(200 * 0.9);
  });
});

describe('critical paths', () => {
  it('sum to the wall time, with slack off the path', () => {
    const world = newCollector();
    for (let run = 0; run < 10; run += 1) {
      // a runs alone; then b and c side by side, c the shorter; 2 ms of nothing at the end.
      const intervals = [
        ['a', 0, 10],
        ['b', 10, 40],
        ['c', 10, 25],
      ];
      overlapping(world, `r${run}`, intervals, 42);
    }
    const paths = world.metrics.analyzeCriticalPaths();
    expect(paths).toMatchObject({ executions: 10, wallTime: 420, gapTime: 20 });
    const stages = Object.fromEntries(paths.stages.map((of) => [of.stage, of]));
    expect(stages.a).toMatchObject({
      onPath: 10,
      pathTime: 100,
      slack: 0,
      executionId: 'r9',
    });
    expect(stages.b).toMatchObject({ onPath: 10, pathTime: 300, slack: 0 });
    expect(stages.c).toMatchObject({
      onPath: 0,
      pathTime: 0,
      duration: 150,
      slack: 15,
    });
    expect(stages.b.shareOfTime).toBeCloseTo(300 / 420, 12);
  });

  it('look back on as many executions as asked', () => {
    const { metrics } = planted(20, () => [['a', 1]]);
    expect(metrics.analyzeCriticalPaths({ last: 5 }).executions).toBe(5);
  });
});

describe('what if', () => {
  it('gains what the next chain allows, and nothing beside the path', () => {
    const world = newCollector();
    for (let run = 0; run < 10; run += 1) {
      overlapping(
        world,
        `r${run}`,
        [
          ['long', 0, 40],
          ['short', 0, 30],
        ],
        40,
      );
    }
    // Half of 40 ms would be 20, but the other chain takes 30.
    expect(world.metrics.whatIf('long', 0.5)).toMatchObject({
      executions: 10,
      gain: 10,
      percent: 25,
      bound: 20,
    });
    expect(world.metrics.whatIf('short', 1)).toMatchObject({ gain: 0 });
    expect(world.metrics.whatIf('never', 0.5)).toMatchObject({ gain: null });
  });

  it('is known of the executions with a wall time, were it only one', () => {
    const world = newCollector();
    runPipeline(world, 'nothing', [['a', 0]]);
    runPipeline(world, 'something', [['a', 8]]);
    expect(world.metrics.whatIf('a', 0.5)).toMatchObject({
      executions: 1,
      gain: 4,
      percent: 50,
      bound: 4,
    });
    const [{ executions, slack }] = world.metrics.analyzeCriticalPaths().stages;
    expect([executions, slack]).toEqual([1, 0]);
  });
});

describe('an explanation', () => {
  it('ranks a planted cause first', () => {
    const { metrics } = regressed();
    const [first] = metrics.explainSlowness('format').attributes;
    expect(first).toMatchObject({
      attribute: 'configurationHash',
      significant: true,
      slow: { value: 'cold-cache' },
    });
    expect(first.slow.median).toBeGreaterThan(2 * first.slow.othersMedian);
    const { configurationHash } = metrics.pipelineExecutions
      .get(first.slow.executionId)
      .stages.get('format').context;
    expect(configurationHash).toBe('cold-cache');
  });

  it('of whole executions knows their environment', () => {
    const { metrics } = planted(
      100,
      (run, scatter) => [['a', (run % 3 === 0 ? 30 : 10) * scatter()]],
      {
        contextOf: (run) => ({
          environment: run % 3 === 0 ? 'staging' : 'live',
          actionCount: run % 7,
        }),
      },
    );
    const [first, ...others] = metrics.explainSlowness().attributes;
    expect(first).toMatchObject({
      attribute: 'environment',
      slow: { value: 'staging' },
    });
    expect(others.filter((of) => of.significant)).toEqual([]);
  });
});

describe('a scaling law', () => {
  it('finds a planted exponent and the price of twice the size', () => {
    const size = (run) => 100 + 9 * run;
    const { metrics } = planted(100, (run) => [
      ['a', 1e-3 * size(run) ** 2, {}, { inputSize: size(run) }],
    ]);
    const { inputSize, itemsProcessed } = metrics.analyzeScaling('a');
    expect(inputSize.exponent).toBeCloseTo(2, 6);
    expect(inputSize.growth).toBe('super_linear');
    expect(inputSize.twice.size).toBe(2 * size(99));
    const price = 1e-3 * (2 * size(99)) ** 2;
    expect(Math.abs(inputSize.twice.duration - price) / price).toBeLessThan(
      1e-6,
    );
    expect(itemsProcessed).toBeNull();
  });
});

describe('every question', () => {
  const ask = {
    getQuantiles: (m, stage) => m.getQuantiles(stage),
    analyzeTrend: (m, stage) => m.analyzeTrend(stage),
    detectChangePoints: (m, stage) => m.detectChangePoints(stage),
    detectAnomalies: (m, stage) => m.detectAnomalies(stage),
    forecast: (m, stage) => m.forecast(stage),
    whatIf: (m, stage) => m.whatIf(stage, 0.5),
    explainSlowness: (m, stage) => m.explainSlowness(stage),
    analyzeScaling: (m, stage) => m.analyzeScaling(stage),
  };

  it.each(Object.keys(ask))(
    '%s answers without runs, with one and with equal ones',
    (name) => {
      const none = newCollector();
      expect(ask[name](none.metrics, 'a').stage).toBe('a');
      for (const runs of [1, 2, 50]) {
        const { metrics } = planted(runs, () => [['a', 0]]);
        const found = ask[name](metrics, 'a');
        expect(found).toBeInstanceOf(Object);
        expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
        expectFinite(found);
      }
    },
  );

  it.each(Object.keys(ask))('%s refuses a stage that is no name', (name) => {
    const { metrics } = newCollector();
    for (const stage of [1, {}, Symbol('s'), ['a']]) {
      expect(() => ask[name](metrics, stage)).toThrow(
        expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
      );
    }
  });

  it('names a stage however it is called', () => {
    const names = ['__proto__', 'constructor', '', 'a b\n| c', '\u{1F680}'];
    const { metrics } = planted(30, () =>
      names.map((name, i) => [name, 10 ** i]),
    );
    for (const name of names)
      expect(metrics.getQuantiles(name)).toMatchObject({
        stage: name,
        count: 30,
      });
    const paths = metrics.analyzeCriticalPaths();
    expect(paths.stages.map((of) => of.stage).sort()).toEqual(
      [...names].sort(),
    );
    expect(metrics.generateReport().split('\n').length).toBeLessThan(80);
  });
});
