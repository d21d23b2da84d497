'use strict';

/** A stage called as whole pipelines are: neither's figures mix with the other's. */

const { newCollector, runStage } = require('../fixtures/collector');

const NAME = 'pipeline_total';
const STAGE = { stage: NAME };
const IN_WORDS = 'pipeline_total (stage)';

/** 40 executions of 100 ms, 5 ms of which are in a stage of that name. */
function world(options) {
  const made = newCollector(options);
  const { metrics, clock } = made;
  for (let i = 0; i < 40; i += 1) {
    metrics.startPipelineExecution(`e${i}`);
    runStage(made, `e${i}`, NAME, 5, { itemsProcessed: 2 });
    clock.advance(95);
    metrics.completePipelineExecution(`e${i}`);
  }
  return made;
}

it.each([
  ['getQuantiles', (answer) => [answer.count, answer.min, answer.max]],
  ['detectAnomalies', (answer) => [answer.runs]],
  ['analyzeTrend', (answer) => [answer.runs]],
  ['explainSlowness', (answer) => [answer.runs]],
])('%s answers for each of them', (method, figures) => {
  const { metrics } = world();
  const [whole, stage] = [metrics[method](NAME), metrics[method](STAGE)];
  expect(figures(whole)).toEqual(
    [40, 100, 100].slice(0, figures(whole).length),
  );
  expect(figures(stage)).toEqual([40, 5, 5].slice(0, figures(stage).length));
  expect([whole.stage, stage.stage]).toEqual([NAME, NAME]);
});

it('a forecast and a what-if are of the one that is asked for', () => {
  const { metrics } = world();
  expect(metrics.forecast(NAME)).not.toEqual(metrics.forecast(STAGE));
  expect(metrics.whatIf(STAGE, 1).gain).toBeCloseTo(5);
});

it('each has its own baseline and its own threshold', () => {
  const { metrics } = world();
  expect(metrics.performanceBaselines.get(NAME).avgDuration).toBe(100);
  expect(metrics.performanceBaselines.get(STAGE).avgDuration).toBe(5);
  metrics.setStageThreshold(STAGE, { maxDuration: 7 });
  metrics.setStageThreshold(NAME, { maxDuration: 70 });
  const { alertThresholds } = metrics;
  expect(alertThresholds.get(STAGE).maxDuration).toBe(7);
  expect(alertThresholds.get(NAME).maxDuration).toBe(70);
  expect(metrics.analyzeStagePerformance(STAGE, { duration: 8 })).toHaveLength(
    1,
  );
  expect(metrics.analyzeStagePerformance(NAME, { duration: 8 })).toEqual([]);
});

it('the Maps list both, each under a key that gets it', () => {
  const { metrics } = world();
  for (const [key, value] of metrics.performanceBaselines)
    expect(metrics.performanceBaselines.get(key)).toEqual(value);
  expect([...metrics.performanceBaselines.keys()]).toEqual(
    expect.arrayContaining([NAME, STAGE]),
  );
  expect(metrics.performanceBaselines.delete(STAGE)).toBe(true);
  expect(metrics.performanceBaselines.has(NAME)).toBe(true);
});

it('entries are of the stage, for whole executions have a history of their own', () => {
  const { metrics } = world();
  for (const asked of [NAME, STAGE]) {
    expect(metrics.getStageMetrics(asked)).toHaveLength(40);
    expect(metrics.stageMetrics.get(asked)[0].duration).toBe(5);
  }
  expect([...metrics.stageMetrics.keys()]).toEqual([NAME]);
  const { stages } = metrics.getPerformanceSummary();
  expect(stages[NAME]).toMatchObject({ averageDuration: 5 });
  expect(stages[NAME].baseline.avgDuration).toBe(5);
});

it('manual recordings are of the stage', () => {
  const { metrics } = newCollector();
  for (let i = 0; i < 30; i += 1)
    metrics.captureStageExecution(NAME, { duration: 3 });
  metrics.recordStageMetrics(STAGE, { duration: 3 });
  expect(metrics.getQuantiles(NAME).count).toBe(0);
  expect(metrics.getStageMetrics(STAGE)).toHaveLength(31);
  expect(metrics.performanceBaselines.get(NAME)).toBeUndefined();
});

it('the report and the exported history have a row for each', () => {
  const { metrics } = world();
  const rows = metrics
    .generateReport()
    .split('\n')
    .filter((line) => /^pipeline_total.* ms/.test(line));
  expect(rows.map((row) => row.split(/ {2,}/).slice(0, 3))).toEqual([
    [NAME, '40', '100 ms'],
    [IN_WORDS, '40', '5 ms'],
  ]);
  const { stages } = JSON.parse(metrics.exportHistory());
  expect(stages.map(({ stage, durations }) => [stage, durations[0]])).toEqual([
    [NAME, 100],
    [IN_WORDS, 5],
  ]);
});

it('an alert says which of them it is about, and the report counts them apart', () => {
  const made = newCollector();
  const { metrics, clock } = made;
  metrics.setStageThreshold(STAGE, { maxDuration: 4 });
  metrics.setStageThreshold(NAME, { maxDuration: 70 });
  metrics.startPipelineExecution('e');
  runStage(made, 'e', NAME, 5);
  clock.advance(95);
  metrics.completePipelineExecution('e');
  const said = ({ stage, ofStage, actual }) => [stage, ofStage, actual];
  const expected = [
    [NAME, true, 5],
    [NAME, undefined, 100],
  ];
  expect(metrics.getRecentAlerts().map(said)).toEqual(expected);
  const dispatched = made.events.filter(({ type }) => /ALERT/.test(type));
  expect(dispatched.map(({ payload }) => said(payload))).toEqual(expected);
  const { alerts } = JSON.parse(metrics.generateReport({ format: 'json' }));
  expect(alerts.map(({ stage, count }) => [stage, count])).toEqual([
    [IN_WORDS, 1],
    [NAME, 1],
  ]);
});

it('a comparison of either is of either alone', () => {
  const { metrics } = world();
  const side = { stage: STAGE };
  const [row] = metrics.compare(side, metrics.exportHistory()).stages;
  expect(row).toMatchObject({ before: 5, after: 5, runsBefore: 40 });
  const { stages } = metrics.compare({ stage: NAME }, { stage: NAME });
  expect(stages).toEqual([expect.objectContaining({ before: 100 })]);
});

it('what is neither a name nor a stage is a mistake', () => {
  const { metrics } = newCollector();
  for (const wrong of [{}, { stage: 1 }, null, 7])
    expect(() => metrics.getQuantiles(wrong)).toThrow(
      expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
    );
});
