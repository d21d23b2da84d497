/** @jest-environment node */
'use strict';

const { newCollector } = require('../fixtures/collector');
const { DeclaredTypes } = require('../fixtures/declared');
const { planted } = require('../fixtures/planted');

const declared = new DeclaredTypes();

/** Types of what goes in, and of what other types share; the rest are answers. */
const INPUTS = [
  'PipelineInsight',
  'RangeOptions',
  'LastOptions',
  'ForecastOptions',
  'ReportOptions',
  'StoredRuns',
  'ComparisonSide',
  'ComparisonOptions',
  'ExaminedRuns',
];

/**
 * `slower` is so from run 100 on, `rising` rises, `scan` grows with its input, `odd` has one odd run,
 * `warming` slow first runs.
 */
function eventful() {
  const { metrics } = planted(200, (run, scatter) => {
    const inputSize = (100 + 37 * ((run * 7) % 23)) * (run < 120 ? 1 : 4);
    return [
      ['slower', (run >= 100 ? 30 : 20) * scatter()],
      ['rising', 10 + run * 0.1],
      ['scan', (inputSize ** 1.5 / 1000) * scatter(), {}, { inputSize }],
      ['odd', run === 150 ? 500 : 10 * scatter()],
      ['warming', (run < 40 ? 30 : 10) * scatter()],
      [
        'cached',
        10 * scatter(),
        {},
        {
          configurationHash: `hash-${run % 2}`,
          labels: run > 0 ? { run, odd: run % 2 === 1, side: 'left' } : {},
        },
      ],
    ];
  });
  metrics.setStageThreshold('rising', { maxDuration: 31 });
  return metrics;
}

/** Every question, about stages that have something to say. */
const questions = (metrics) => [
  ['Quantiles', metrics.getQuantiles('slower')],
  ['StageTrend', metrics.analyzeTrend('rising')],
  ['StageChanges', metrics.detectChangePoints('slower')],
  ['StageChanges', metrics.detectChangePoints('scan')],
  ['StageTrend', metrics.analyzeTrend('warming')],
  ['StageAnomalies', metrics.detectAnomalies('odd')],
  ['StageForecast', metrics.forecast('rising')],
  ['StageForecast', metrics.forecast('slower', { horizon: 10 })],
  ['CriticalPaths', metrics.analyzeCriticalPaths()],
  ['WhatIf', metrics.whatIf('slower', 0.5)],
  ['SlownessExplanation', metrics.explainSlowness('cached')],
  ['SlownessExplanation', metrics.explainSlowness()],
  ['StageScaling', metrics.analyzeScaling('scan')],
  ['Comparison', metrics.compare({ stage: 'slower' }, { stage: 'rising' })],
  ['Comparison', metrics.compare({ stage: 'cached' }, { stage: 'gone' })],
  ['Comparison', metrics.compare({}, metrics.exportHistory())],
  [
    'Comparison',
    metrics.compare(
      [metrics.exportHistory(), metrics.exportHistory()],
      JSON.parse(metrics.exportHistory()),
    ),
  ],
  ['ExportedHistory', JSON.parse(metrics.exportHistory())],
  ...metrics
    .getActiveRecommendations()
    .map((found) => ['ActiveRecommendation', found]),
];

describe.each([
  ['much has happened', eventful()],
  ['nothing has happened', newCollector().metrics],
])('where %s, what a collector answers', (when, metrics) => {
  it.each(questions(metrics))('is a declared %s', (name, value) => {
    expect(declared.mismatches(name, value)).toEqual([]);
  });
});

it('every declared answer was compared', () => {
  const answers = declared
    .namesIn('insight')
    .filter((name) => !INPUTS.includes(name));
  expect(answers.length).toBeGreaterThan(15);
  expect(answers.filter((name) => !declared.compared.has(name))).toEqual([]);
});
