'use strict';

/** Fewer alerts, and an event when one is over: what `config` offers, off by default. */

const {
  newCollector,
  runPipeline,
  runStage,
} = require('../fixtures/collector');

const ALERT = 'PIPELINE_PERFORMANCE_ALERT';
const RESOLVED = 'PIPELINE_PERFORMANCE_ALERT_RESOLVED';

/** A collector with one execution open, in which stage `a` may take 100 ms. */
function openWorld(config, options) {
  const world = newCollector({ ...options, config });
  world.metrics.setStageThreshold('a', { maxDuration: 100 });
  world.metrics.startPipelineExecution('e');
  const run = (...durations) =>
    durations.map((duration) => runStage(world, 'e', 'a', duration));
  const payloads = (type) =>
    world.events.filter((e) => e.type === type).map((e) => e.payload);
  return { ...world, run, payloads };
}

const actuals = (alerts) => alerts.map((alert) => alert.actual);

describe('without cooldown and hysteresis', () => {
  it('every run beyond a threshold raises an alert of the ticket’s fields, and none is resolved', () => {
    const { run, events, metrics } = openWorld();
    run(150, 150, 50, 150, 50);
    expect(events.map((event) => event.type)).toEqual([ALERT, ALERT, ALERT]);
    const fields = [
      'type',
      'stage',
      'actual',
      'threshold',
      'severity',
      'executionId',
      'timestamp',
    ];
    expect(Object.keys(events[0].payload)).toEqual(fields);
    expect(Object.keys(metrics.getRecentAlerts()[0])).toEqual(fields);
  });
});

describe('a cooldown', () => {
  it('suppresses alerts of the same stage and type, and the next says how many', () => {
    const { run, payloads, metrics } = openWorld({ alertCooldown: 1000 });
    run(400, 300, 300, 300, 200);
    expect(payloads(ALERT)).toMatchObject([
      { actual: 400 },
      { actual: 200, suppressed: 3 },
    ]);
    expect(payloads(ALERT)[0]).not.toHaveProperty('suppressed');
    expect(metrics.getRecentAlerts()).toEqual(payloads(ALERT));
  });

  it('is one for each stage and each type', () => {
    const world = openWorld({ alertCooldown: 1e6 });
    world.metrics.setStageThreshold('b', { maxDuration: 100 });
    world.run(150, 150);
    runStage(world, 'e', 'b', 150);
    runStage(world, 'e', 'b', 150, { errorCount: 1 });
    expect(
      world.payloads(ALERT).map(({ stage, type }) => `${stage} ${type}`),
    ).toEqual([
      'a duration_exceeded',
      'b duration_exceeded',
      'b high_error_rate',
    ]);
  });

  it('holds for whole pipelines, too', () => {
    const world = newCollector({ config: { alertCooldown: 1e6 } });
    world.metrics.setStageThreshold('pipeline_total', { maxDuration: 10 });
    runPipeline(world, 'one', [['a', 20]]);
    runPipeline(world, 'two', [['a', 20]]);
    expect(world.events.filter((e) => e.type === ALERT)).toHaveLength(1);
  });

  it('takes effect when it is set, and ends when it is set to 0', () => {
    const { run, payloads, metrics } = openWorld();
    run(150, 150);
    metrics.config.alertCooldown = 1e6;
    run(160);
    metrics.config.alertCooldown = 0;
    run(170);
    expect(actuals(payloads(ALERT))).toEqual([150, 150, 170]);
  });

  it('holds for alerts of stages judged manually', () => {
    const { metrics, payloads } = openWorld({ alertCooldown: 1e6 });
    const judge = () => metrics.analyzeStagePerformance('a', { duration: 200 });
    expect(judge()).toHaveLength(1);
    expect(judge()).toEqual([]);
    expect(payloads(ALERT)).toHaveLength(1);
  });
});

describe('hysteresis', () => {
  it('makes one alert of a figure that swings about its threshold', () => {
    const { run, payloads } = openWorld({ alertHysteresis: 0.2 });
    run(150, 95, 110, 81, 120);
    expect(actuals(payloads(ALERT))).toEqual([150]);
    run(80, 130);
    expect(payloads(ALERT)).toMatchObject([
      { actual: 150 },
      { actual: 130, suppressed: 2 },
    ]);
  });

  it('with a cooldown repeats an ongoing alert each time the cooldown has passed', () => {
    const { run, payloads } = openWorld({
      alertHysteresis: 0.2,
      alertCooldown: 500,
    });
    run(...new Array(9).fill(200));
    expect(payloads(ALERT).map((alert) => alert.suppressed)).toEqual([
      undefined,
      2,
      2,
    ]);
  });
});

describe('a resolved alert', () => {
  it('is one event for all alerts of a condition, from the run that ended it', () => {
    const { run, events, clock, metrics } = openWorld({ alertResolved: true });
    run(150, 160, 90);
    expect(events.map((event) => event.type)).toEqual([ALERT, ALERT, RESOLVED]);
    expect(events[2].payload).toEqual({
      type: 'duration_exceeded',
      stage: 'a',
      actual: 90,
      threshold: 100,
      severity: 'warning',
      executionId: 'e',
      timestamp: clock.iso(),
      resolvedAt: clock.iso(),
      lasted: 250,
      runs: 2,
    });
    run(90);
    expect(events).toHaveLength(3);
    expect(metrics.getRecentAlerts()).toEqual(
      events.slice(0, 2).map(({ payload }) => ({
        ...payload,
        resolvedAt: clock.iso(90),
        lasted: 250,
        runs: 2,
      })),
    );
  });

  it('counts the runs that were suppressed, and is silent where all were', () => {
    const { run, payloads } = openWorld({
      alertResolved: true,
      alertCooldown: 1e6,
    });
    run(150, 150, 150, 50, 150, 50);
    expect(payloads(ALERT)).toHaveLength(1);
    expect(payloads(RESOLVED)).toMatchObject([{ runs: 3 }]);
  });

  it('leaves the alerts of earlier conditions and of other stages as they are', () => {
    const world = openWorld({ alertResolved: true });
    world.metrics.setStageThreshold('b', { maxDuration: 100 });
    world.run(150, 50);
    const [first] = world.metrics.getRecentAlerts();
    runStage(world, 'e', 'b', 150);
    world.run(200, 60);
    const [earlier, other, later] = world.metrics.getRecentAlerts();
    expect(earlier).toEqual(first);
    expect(other).not.toHaveProperty('resolvedAt');
    expect(later).toMatchObject({ lasted: 60, runs: 1 });
  });

  it('comes when a threshold is raised or taken away, at the next run', () => {
    const { run, payloads, metrics } = openWorld({ alertResolved: true });
    run(150);
    metrics.alertThresholds.delete('a');
    run(150);
    expect(payloads(RESOLVED)).toMatchObject([{ actual: 150, threshold: 100 }]);
  });

  it('of a baseline has the worst severity of its alerts', () => {
    const { run, payloads } = openWorld({
      alertResolved: true,
      alertThreshold: 2,
    });
    for (let i = 0; i < 60; i += 1) run(10 + (i % 3) * 0.1);
    run(25, 25, 25, 10);
    expect(payloads(RESOLVED)).toMatchObject([
      { type: 'baseline_exceeded', severity: 'error', runs: 3 },
    ]);
  });

  it('goes by the name it was given, in either form of dispatch', () => {
    const eventBus = { dispatch: jest.fn((name, payload) => [name, payload]) };
    const { run } = openWorld(
      { alertResolved: true },
      { eventBus, eventNames: { resolved: 'all-clear' } },
    );
    run(150, 50);
    expect(eventBus.dispatch).toHaveBeenLastCalledWith(
      'all-clear',
      expect.objectContaining({ stage: 'a', runs: 1 }),
    );
  });

  it('is not returned among the alerts of a stage judged manually', () => {
    const { metrics, payloads } = openWorld({ alertResolved: true });
    metrics.analyzeStagePerformance('a', { duration: 200 });
    expect(metrics.analyzeStagePerformance('a', { duration: 20 })).toEqual([]);
    expect(payloads(RESOLVED)).toHaveLength(1);
  });

  it('may be listened to by a listener that calls back in, or throws', () => {
    const seen = [];
    const eventBus = {
      dispatch(event) {
        seen.push(event.type);
        if (event.type !== RESOLVED) return;
        runStage(world, 'e', 'b', 500, { errorCount: 1 });
        throw new Error('listener');
      },
    };
    const world = openWorld({ alertResolved: true }, { eventBus });
    world.run(150, 50);
    expect(seen).toEqual([ALERT, RESOLVED, ALERT]);
    expect(world.metrics.getDiagnostics().listenerErrors).toBe(1);
  });
});

describe('the settings', () => {
  it.each([
    ['alertCooldown', [-1, NaN, Infinity, '5', null]],
    ['alertHysteresis', [-0.1, 1, NaN, '0.5', null]],
    ['alertResolved', [0, 1, 'true', null]],
  ])('of %s refuse what is out of range', (name, bad) => {
    const { metrics } = newCollector();
    for (const value of bad) {
      expect(() => {
        metrics.config[name] = value;
      }).toThrow(expect.objectContaining({ code: 'ERR_PPM_INVALID_CONFIG' }));
    }
  });
});
