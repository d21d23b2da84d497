'use strict';

const { adviceFrom } = require('../../js/texts/recommendation-texts');

it.each([
  [0.4, 'less than 1% performance gain'],
  [29.6, '30% performance gain'],
  [99.95, '99% performance gain'],
  [100, '100% performance gain'],
])('a gain of %d %% is a %s', (percent, text) => {
  const advice = adviceFrom({
    kind: 'time_bottleneck',
    critical: true,
    stage: 'a',
    impact: 60,
    gain: { percent },
    executions: 100,
    change: null,
    cause: null,
    scaling: null,
    givenPercent: 0,
  });
  expect(advice.estimatedImprovement).toBe(text);
});
