'use strict';

/** Setting the wall clock changes what is shown, but neither what is stored nor what a range holds. */

const { newCollector, runPipeline } = require('../fixtures/collector');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;

const TIGHT = { maxDuration: 1, maxMemory: 1e12 };

/** Runs an execution of stage `a` each minute. */
function runEachMinute(world, count, prefix) {
  for (let i = 0; i < count; i += 1) {
    runPipeline(world, `${prefix}${i}`, [['a', 5]]);
    world.clock.advance(MINUTE - 5);
  }
}

/** How many entries each query finds in the last `range` ms. */
function foundIn({ metrics }, range) {
  return {
    stage: metrics.getStageMetrics('a', range).length,
    pipeline: metrics.getPipelineMetrics(range).length,
    alerts: metrics.getRecentAlerts(range).length,
    trend: metrics.analyzeTrend('a', { range }).runs,
    quantiles: metrics.getQuantiles('a', { range }).count,
  };
}

const all = (count) => ({
  stage: count,
  pipeline: count,
  alerts: count,
  trend: count,
  quantiles: count,
});

function newWorld() {
  const world = newCollector();
  world.metrics.setStageThreshold('a', TIGHT);
  return world;
}

describe('a wall clock that is set back', () => {
  it('does not bring old records into a range', () => {
    const world = newWorld();
    runEachMinute(world, 10, 'before');
    world.clock.shiftWall(-HOUR);
    runEachMinute(world, 10, 'after');
    expect(foundIn(world, 5 * MINUTE)).toEqual(all(5));
  });

  it('retains nothing for longer', () => {
    const world = newWorld();
    world.metrics.config.retentionPeriod = HOUR;
    runEachMinute(world, 1, 'old');
    world.clock.shiftWall(-YEAR);
    world.clock.advance(HOUR);
    world.metrics.cleanupOldExecutions();
    expect(world.metrics.pipelineExecutions.size).toBe(0);
    expect(world.metrics.getRecentAlerts(null)).toEqual([]);
  });

  it('abandons an execution that never completed no later', () => {
    const { metrics, clock } = newCollector({
      config: { retentionPeriod: HOUR },
    });
    metrics.startPipelineExecution('lost');
    clock.shiftWall(-YEAR);
    clock.advance(HOUR + 1);
    metrics.cleanupOldExecutions();
    expect(metrics.activeExecutions.size).toBe(0);
  });
});

describe('a reading of the wall clock from the future', () => {
  function withOneFromTheFuture() {
    const world = newWorld();
    runEachMinute(world, 10, 'before');
    world.clock.shiftWall(70 * YEAR);
    runPipeline(world, 'future', [['a', 5]]);
    world.clock.shiftWall(-70 * YEAR);
    world.clock.advance(MINUTE - 5);
    runEachMinute(world, 60, 'after');
    return world;
  }

  it('drops nothing of the history', () => {
    const world = withOneFromTheFuture();
    world.metrics.cleanupOldExecutions();
    expect(foundIn(world, null)).toEqual(all(71));
  });

  it('stays in no range for longer than its age', () => {
    const world = withOneFromTheFuture();
    const { quantiles, ...exact } = foundIn(world, 20 * MINUTE);
    expect({ ...exact, quantiles: 20 }).toEqual(all(20));
    // Whole windows of five minutes reach into the range.
    expect(quantiles).toBeGreaterThanOrEqual(20);
    expect(quantiles).toBeLessThanOrEqual(25);
    const { from } = world.metrics.getQuantiles('a', { range: 20 * MINUTE });
    expect(Date.parse(from)).toBeLessThanOrEqual(
      Date.parse(world.clock.iso(20 * MINUTE)),
    );
  });

  it('is not part of what is compared from a time on, which ends now', () => {
    const { metrics, clock } = withOneFromTheFuture();
    const since = { stage: 'a', from: clock.iso(YEAR) };
    const [stage] = metrics.compare(since, since).stages;
    expect(stage.runsAfter + stage.warmUpAfter).toBe(70);
  });
});

describe('what is put in', () => {
  it('is as old as its timestamp says then, and ages by the monotonic clock', () => {
    const { metrics, clock } = newCollector({
      config: { retentionPeriod: HOUR },
    });
    const put = (id, back) =>
      metrics.pipelineExecutions.set(id, {
        executionId: id,
        timestamp: clock.iso(back),
      });
    put('old', HOUR / 2 + 1);
    put('young', HOUR / 2);
    put('future', -YEAR);
    clock.shiftWall(YEAR);
    clock.advance(HOUR / 2);
    metrics.cleanupOldExecutions();
    expect([...metrics.pipelineExecutions.keys()]).toEqual(['young', 'future']);
    clock.advance(HOUR / 2 + 1);
    metrics.cleanupOldExecutions();
    expect(metrics.pipelineExecutions.size).toBe(0);
  });

  it('raises alerts that age by the monotonic clock', () => {
    const { metrics, clock } = newCollector();
    metrics.setStageThreshold('a', TIGHT);
    clock.shiftWall(YEAR);
    metrics.captureStageExecution('a', { duration: 5 });
    clock.shiftWall(-YEAR);
    expect(metrics.getRecentAlerts(HOUR)).toHaveLength(1);
    clock.advance(HOUR + 1);
    expect(metrics.getRecentAlerts(HOUR)).toEqual([]);
  });
});
