'use strict';

const {
  newCollector,
  runPipeline,
  runStage,
} = require('../fixtures/collector');
const { noise, planted, regressed } = require('../fixtures/planted');

const ofType = (metrics, type) =>
  metrics.getActiveRecommendations().filter((of) => of.type === type);

describe('the active recommendations', () => {
  it('come with a gain that the critical path allows, the largest first', () => {
    const { metrics } = regressed();
    const active = metrics.getActiveRecommendations();
    expect(active.length).toBeGreaterThan(1);
    const times = active.map((of) => of.gain.time);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(metrics.getPerformanceSummary().recommendations).toEqual(active);
    for (const { stage, gain } of active) {
      const most = metrics.whatIf(stage, 1);
      expect(gain.low).toBeLessThanOrEqual(gain.time);
      expect(gain.time).toBeLessThanOrEqual(gain.high);
      expect(gain.high).toBeLessThanOrEqual(most.bound);
      expect(gain.percent).toBeLessThanOrEqual(100);
    }
  });

  it('value half of the largest stage as what-if does', () => {
    const { metrics } = planted(60, (_, scatter) => [
      ['load', 10 * scatter()],
      ['resolve', 20 * scatter()],
    ]);
    const [first] = ofType(metrics, 'bottleneck_optimization');
    const { gain, low, high, percent } = metrics.whatIf('resolve', 0.5);
    expect(first).toMatchObject({
      stage: 'resolve',
      priority: expect.any(String),
    });
    expect(first.gain).toMatchObject({ time: gain, low, high });
    expect(first.estimatedImprovement).toBe(
      `${Math.round(percent)}% performance gain`,
    );
  });

  it('name a stage that got slower, since when, and what a fix is worth', () => {
    const { metrics } = regressed();
    // Nothing is said of its size: most of that is what slowed it down.
    expect(ofType(metrics, 'bottleneck_optimization')).toEqual([]);
    const [regression, ...others] = ofType(metrics, 'regression');
    expect(others).toEqual([]);
    const [change] = metrics.detectChangePoints('resolve').changes;
    expect(regression).toMatchObject({
      stage: 'resolve',
      evidence: { change },
    });
    // From 30 ms back to 20: ten of each execution.
    expect(regression.gain.low).toBeLessThanOrEqual(10);
    expect(regression.gain.high).toBeGreaterThanOrEqual(9);
  });

  it.each([1, 3])(
    'take what undoing a slowdown gains from the executions since, of %i runs each',
    (runs) => {
      const { metrics } = planted(240, (run, scatter) => [
        ['load', 10 * scatter()],
        ...Array.from({ length: runs }, () => [
          'resolve',
          (run < 210 ? 10 : 20) * scatter(),
        ]),
      ]);
      const [{ gain, evidence, estimatedImprovement }] = ofType(
        metrics,
        'regression',
      );
      const since = metrics.getPipelineMetrics().slice(210);
      expect(evidence.executions).toBe(since.length);
      const all = since.reduce((ms, of) => ms + of.totalDuration, 0) / 30;
      expect(gain.percent).toBeCloseTo((gain.time / all) * 100, 6);
      const truth = (10 * runs) / (10 + 20 * runs);
      expect(gain.percentLow).toBeLessThan(100 * truth);
      expect(gain.percentHigh).toBeGreaterThan(100 * truth);
      expect(gain.percentHigh - gain.percentLow).toBeLessThan(10);
      expect(estimatedImprovement).toBe(
        `${Math.round(gain.percent)}% performance gain`,
      );
    },
  );

  it('name the circumstances under which a stage is slow', () => {
    const { metrics } = regressed();
    const [slow] = ofType(metrics, 'slow_circumstances');
    expect(slow.stage).toBe('format');
    expect(slow.description).toContain('cold-cache');
    expect(slow.evidence.cause).toMatchObject({
      attribute: 'configurationHash',
    });
  });

  it('forget circumstances that no execution has had since', () => {
    const { metrics } = planted(500, (run, scatter) => {
      const cold = run < 300 && scatter() > 1.07;
      const configurationHash = cold ? 'cold' : 'warm';
      return [
        ['load', 30 * scatter()],
        ['format', (cold ? 25 : 8) * scatter(), {}, { configurationHash }],
      ];
    });
    const [cause] = metrics.explainSlowness('format').attributes;
    expect(cause).toMatchObject({ significant: true, slow: { value: 'cold' } });
    expect(ofType(metrics, 'slow_circumstances')).toEqual([]);
  });

  it('name no stage for its size because of one run out of the ordinary', () => {
    const { metrics } = planted(300, (run, scatter) => [
      ['a', 10 * scatter()],
      ['b', (run === 260 ? 1000 : 10) * scatter()],
      ['c', 10 * scatter()],
      ['d', 10 * scatter()],
    ]);
    const { stages } = metrics.analyzeCriticalPaths();
    expect(stages[0]).toMatchObject({ stage: 'b' });
    expect(stages[0].shareOfTime).toBeGreaterThan(0.35);
    expect(metrics.getActiveRecommendations()).toEqual([]);
  });

  it.each([
    ['inner', { outer: 5, inner: 18 }],
    ['outer', { outer: 13, inner: 10 }],
  ])(
    'blame a slowdown on the stage that had it, here %s, not on those around it or inside of it',
    (slowed, after) => {
      const { metrics, clock } = newCollector();
      const scatter = noise(1);
      for (let run = 0; run < 300; run += 1) {
        const id = `run-${run}`;
        const { outer, inner } = run < 200 ? { outer: 5, inner: 10 } : after;
        metrics.startPipelineExecution(id);
        const parent = metrics.startStageExecution(id, 'outer');
        const child = metrics.startStageExecution(id, 'inner', { parent });
        clock.advance(inner * scatter());
        metrics.completeStageExecution(id, child);
        clock.advance(outer * scatter());
        metrics.completeStageExecution(id, parent);
        runStage({ metrics, clock }, id, 'next', 10 * scatter());
        metrics.completePipelineExecution(id);
      }
      expect(metrics.detectChangePoints('outer').changes).toHaveLength(1);
      const regressions = ofType(metrics, 'regression');
      expect(regressions.map(({ stage }) => stage)).toEqual([slowed]);
      // Eight milliseconds more of its own than before.
      expect(regressions[0].gain.low).toBeLessThanOrEqual(8);
      expect(regressions[0].gain.high).toBeGreaterThanOrEqual(8);
    },
  );

  it('know the labels of an execution that still ran when they were asked before', () => {
    const world = newCollector();
    const { metrics, clock } = world;
    const scatter = noise(3);
    for (let run = 0; run < 60; run += 1) {
      const labels = { cache: run % 2 === 0 ? 'hot' : 'cold' };
      metrics.startPipelineExecution(`run-${run}`, { labels });
      runStage(world, `run-${run}`, 'a', (run % 2 ? 30 : 10) * scatter());
      metrics.getActiveRecommendations();
      clock.advance(1);
      metrics.completePipelineExecution(`run-${run}`);
    }
    const [{ evidence }] = metrics.getActiveRecommendations();
    const [cause] = metrics.explainSlowness('a').attributes;
    expect(cause.slow).toMatchObject({ value: 'cold', executionId: 'run-59' });
    expect(evidence.cause).toEqual(cause);
  });

  it('forget a regression once it is fixed', () => {
    const world = regressed();
    const scatter = noise(5);
    for (let run = 0; run < 100; run += 1) {
      runPipeline(world, `fixed-${run}`, [
        ['load', 10 * scatter()],
        ['resolve', 20 * scatter()],
        ['format', 8 * scatter(), {}, { configurationHash: 'warm-cache' }],
      ]);
    }
    expect(ofType(world.metrics, 'regression')).toEqual([]);
  });

  it('claim no gain for a stage beside the critical path', () => {
    const { metrics, clock } = planted(0, () => []);
    for (let run = 0; run < 20; run += 1) {
      metrics.startPipelineExecution(`r${run}`);
      const long = metrics.startStageExecution(`r${run}`, 'long');
      const short = metrics.startStageExecution(`r${run}`, 'short');
      clock.advance(50);
      metrics.completeStageExecution(`r${run}`, short);
      clock.advance(5);
      metrics.completeStageExecution(`r${run}`, long);
      metrics.completePipelineExecution(`r${run}`);
    }
    const active = metrics.getActiveRecommendations();
    expect(active.map((of) => of.stage)).toEqual(['long']);
    // Half of 55 ms, but the other chain takes 50.
    expect(active[0].gain.time).toBeCloseTo(5, 9);
    expect(active[0].estimatedImprovement).toBe('9% performance gain');
  });

  it('find nothing but the largest stage where nothing changed', () => {
    const { metrics } = planted(300, (_, scatter) => [
      ['a', 10 * scatter()],
      ['b', 20 * scatter()],
      ['c', 10 * scatter()],
    ]);
    expect(
      metrics.getActiveRecommendations().map((of) => [of.type, of.stage]),
    ).toEqual([['bottleneck_optimization', 'b']]);
  });

  it('are none before anything ran', () => {
    expect(newCollector().metrics.getActiveRecommendations()).toEqual([]);
  });
});
