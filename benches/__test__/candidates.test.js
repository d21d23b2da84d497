'use strict';

const { candidateNamed, candidates } = require('../candidates');
const { createCollector, reportTo } = require('../candidates/package');
const { SketchCollector } = require('../candidates/sketchCollector');
const {
  EMPTY_BODIES,
  READINGS,
  STAGES,
  runMeasured,
  timeBare,
  timeMeasured,
} = require('../driver');
const { Subject } = require('../subject');
const { Work } = require('../work');

describe('candidates', () => {
  it('have names of their own', () => {
    const names = candidates.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(candidates.map(({ name }) => name))(
    '%s takes the whole work item',
    async (name) => {
      const candidate = candidateNamed(name).create();
      const bodies = EMPTY_BODIES.map((body) => jest.fn(body));
      runMeasured(candidate, bodies, 0, 3);
      await candidate.drain?.();
      for (const body of bodies) expect(body).toHaveBeenCalledTimes(3);
    },
  );

  it('of ours keep a record of every stage and pipeline', () => {
    const metrics = createCollector();
    runMeasured(reportTo(metrics), EMPTY_BODIES, 0, 3);
    for (const stage of STAGES) {
      expect(
        metrics.getStageMetrics(stage).map(({ executionId }) => executionId),
      ).toEqual(['run-0', 'run-1', 'run-2']);
    }
    expect(metrics.getPipelineMetrics()).toHaveLength(3);
    metrics.dispose();
  });

  it('of ours report what they cost', () => {
    const candidate = candidateNamed('basic').create();
    runMeasured(candidate, EMPTY_BODIES, 0, 640);
    expect(candidate.reportOwnCost()).toMatchObject({
      sampledExecutions: expect.any(Number),
      nanosecondsPerStage: expect.any(Number),
    });
  });

  it('in plain JavaScript dispatch every analysis, with all it asks for', () => {
    const dispatch = jest.fn();
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const collector = new SketchCollector({ logger, eventBus: { dispatch } });
    runMeasured(reportTo(collector), EMPTY_BODIES, 0, 6);
    // A pause of the machine may raise an alert between them.
    const analyses = dispatch.mock.calls
      .map(([event]) => event)
      .filter(({ type }) => type === 'PIPELINE_PERFORMANCE_ANALYSIS');
    expect(analyses).toHaveLength(6);
    expect(analyses[5].payload).toMatchObject({
      executionId: 'run-5',
      overallRating: expect.any(Number),
      bottlenecks: expect.any(Array),
      recommendations: expect.any(Array),
      trends: { averageDuration: expect.any(Number) },
    });
  });
});

describe('the timed loops', () => {
  const rising = (readings) =>
    readings.every((reading, at) => at === 0 || reading >= readings[at - 1]);

  it('run every body once a pipeline, and leave all their readings in order', () => {
    const candidate = candidateNamed('nothing').create();
    const loops = [
      (...args) => timeBare(...args),
      (...args) => timeMeasured(candidate, ...args),
    ];
    for (const loop of loops) {
      const bodies = EMPTY_BODIES.map((body) => jest.fn(body));
      const readings = new Float64Array(3 * READINGS);
      loop(bodies, 0, 3, readings);
      for (const body of bodies) expect(body).toHaveBeenCalledTimes(3);
      expect(readings[0]).toBeGreaterThan(0);
      expect(rising(readings)).toBe(true);
    }
  });

  it('give a candidate the same as the loop without readings', () => {
    const calls = [];
    const note =
      (kind) =>
      (...args) => {
        calls.push([kind, ...args]);
        return kind;
      };
    const candidate = {
      startPipeline: note('start'),
      startStage: note('startStage'),
      completeStage: note('completeStage'),
      completePipeline: note('complete'),
    };
    runMeasured(candidate, EMPTY_BODIES, 60, 5);
    const untimed = calls.splice(0);
    const readings = new Float64Array(5 * READINGS);
    timeMeasured(candidate, EMPTY_BODIES, 60, 5, readings);
    expect(calls).toEqual(untimed);
  });
});

describe('work that a candidate puts off', () => {
  it('is done before the candidate is given more than it takes', async () => {
    let held = 0;
    let most = 0;
    const subject = new Subject({
      drainEvery: 400,
      drain: async () => {
        most = Math.max(most, held);
        held = 0;
      },
    });
    for (let run = 0; run < 200; run += 1) {
      held += 11;
      await subject.drain(11);
    }
    expect(most).toBe(396);
  });
});

describe('the work of real bodies', () => {
  it('repeats itself from the same place, and differs from another', () => {
    const work = new Work();
    const bodies = work.bodies([300, 50, 50, 300]);
    const from = (position) => {
      work.seek(position);
      return bodies.map((body) => body());
    };
    expect(from(1000)).toEqual(from(1000));
    expect(from(1000)).not.toEqual(from(5000));
  });

  it('goes on at the front when it comes to the end of the set', () => {
    const work = new Work();
    const [, mapped] = work.bodies([1, 700, 1, 1]);
    const done = Array.from({ length: 40 }, () => mapped());
    expect(done).toEqual(new Array(40).fill(700));
  });
});
