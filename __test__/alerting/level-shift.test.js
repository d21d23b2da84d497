'use strict';

/** The alert of a stage that has come to a slower level, and the alerts that are not worth one. */

const {
  alertsOf,
  newCollector,
  runPipeline,
  runStage,
} = require('../fixtures/collector');

/** A collector with the default threshold of a baseline, which the fixture sets out of reach. */
const collector = (config) =>
  newCollector({ config: { alertThreshold: 2, ...config } });

const shiftsOf = ({ events }) =>
  alertsOf(events).filter(({ type }) => type === 'level_shift');

/** Near 1, never the same twice in a row. */
const ordinary = (i) => 1 + ((i * 7) % 5) * 0.02;

/** Runs so many executions of stage `a` around `level` ms, named by their number. */
function runAt(world, { from, to, level, stage = 'a', rest = 0 }) {
  for (let i = from; i < to; i += 1) {
    const stages = [[stage, level * ordinary(i)]];
    if (rest > 0) stages.push(['rest', rest]);
    runPipeline(world, `e${i}`, stages);
  }
}

describe('a lasting slowdown', () => {
  it('raises one level_shift that says from where to where and since which execution', () => {
    const world = collector();
    runAt(world, { from: 0, to: 300, level: 10 });
    const began = world.clock.iso();
    runAt(world, { from: 300, to: 500, level: 30 });
    const [shift, ...more] = shiftsOf(world).filter(
      (alert) => alert.stage === 'a',
    );
    expect(more).toEqual([]);
    expect(shift).toMatchObject({
      severity: 'error',
      actual: shift.to,
      threshold: 2 * shift.from,
      sinceExecutionId: 'e300',
      executionId: expect.stringMatching(/^e3[23]\d$/),
    });
    expect(shift.from).toBeCloseTo(10.4, 0);
    expect(shift.to).toBeCloseTo(31.2, 0);
    expect(Date.parse(shift.since)).toBeGreaterThan(Date.parse(began));
    expect(Date.parse(shift.since)).toBeLessThan(Date.parse(began) + 100);
  });

  it('is raised of whole executions, too, and read back as it was dispatched', () => {
    const world = collector();
    runAt(world, { from: 0, to: 200, level: 10 });
    runAt(world, { from: 200, to: 300, level: 30 });
    const dispatched = shiftsOf(world);
    expect(dispatched.map((alert) => alert.stage)).toEqual([
      'a',
      'pipeline_total',
    ]);
    expect(dispatched[1].sinceExecutionId).toBe('e200');
    const recent = world.metrics.getRecentAlerts();
    expect(recent.filter(({ type }) => type === 'level_shift')).toEqual(
      dispatched,
    );
  });

  it('names no execution if that is no longer stored', () => {
    const world = collector({ maxHistorySize: 5 });
    runAt(world, { from: 0, to: 100, level: 10 });
    runAt(world, { from: 100, to: 200, level: 30 });
    const [shift] = shiftsOf(world);
    expect(shift).toMatchObject({ stage: 'a', sinceExecutionId: null });
  });

  it('raises four baseline_exceeded in a row and no more', () => {
    const world = collector();
    runAt(world, { from: 0, to: 200, level: 10 });
    runAt(world, { from: 200, to: 300, level: 30 });
    const ofStage = alertsOf(world.events).filter(({ stage }) => stage === 'a');
    expect(ofStage.map(({ type }) => type)).toEqual([
      ...new Array(4).fill('baseline_exceeded'),
      'level_shift',
    ]);
  });

  it('is raised by stages judged on figures of the caller', () => {
    const { metrics } = collector();
    const types = [];
    for (let i = 0; i < 200; i += 1) {
      const duration = (i < 100 ? 10 : 30) * ordinary(i);
      const raised = metrics.analyzeStagePerformance('a', { duration });
      types.push(...raised.map(({ type }) => type));
    }
    expect(types.filter((type) => type === 'level_shift')).toHaveLength(1);
  });

  it('of less than the alert threshold raises nothing', () => {
    const world = collector({ alertThreshold: 3 });
    runAt(world, { from: 0, to: 200, level: 10 });
    runAt(world, { from: 200, to: 600, level: 25 });
    expect(alertsOf(world.events)).toEqual([]);
  });

  it('of inputs that are larger is none of the stage', () => {
    const world = collector();
    world.metrics.startPipelineExecution('e');
    for (let i = 0; i < 600; i += 1) {
      const inputSize = i < 300 ? 100 : 1000;
      const duration = 0.1 * inputSize * ordinary(i);
      runStage(world, 'e', 'a', duration, undefined, { inputSize });
    }
    expect(shiftsOf(world)).toEqual([]);
  });
});

describe('an alert that matters', () => {
  /** Severities of a run of five times what stage `a` takes, in executions of `rest` ms more. */
  function severities(level, rest, config) {
    const world = collector(config);
    runAt(world, { from: 0, to: 100, level, rest });
    runPipeline(world, 'slow', [
      ['a', 5 * level],
      ['rest', rest],
    ]);
    return alertsOf(world.events)
      .filter(({ stage }) => stage === 'a')
      .map(({ severity }) => severity);
  }

  it('is an error only where the excess is 5 % of the whole execution', () => {
    expect(severities(10, 100)).toEqual(['error']);
    expect(severities(10, 1000)).toEqual(['warning']);
  });

  it('is of a run of 1 ms or more, unless config.minAlertDuration says otherwise', () => {
    expect(severities(0.15, 1)).toEqual([]);
    expect(severities(0.15, 1, { minAlertDuration: 0 })).toEqual(['error']);
    expect(severities(10, 1, { minAlertDuration: 60 })).toEqual([]);
  });

  it.each([-1, NaN, Infinity, '5', null])(
    'refuses a shortest duration of %p',
    (value) => {
      const { metrics } = collector();
      expect(metrics.config.minAlertDuration).toBe(1);
      expect(() => {
        metrics.config.minAlertDuration = value;
      }).toThrow(expect.objectContaining({ code: 'ERR_PPM_INVALID_CONFIG' }));
    },
  );
});
