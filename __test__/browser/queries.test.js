'use strict';

const { PipelinePerformanceMetrics } = require('../../browser');
const {
  disposeAll,
  newCollector,
  objectBus,
  recordingLogger,
} = require('../fixtures/collector');

afterEach(disposeAll);

const ask = {
  getQuantiles: (m) => m.getQuantiles('a'),
  analyzeTrend: (m) => m.analyzeTrend('a'),
  detectChangePoints: (m) => m.detectChangePoints('a'),
  detectAnomalies: (m) => m.detectAnomalies('a'),
  forecast: (m) => m.forecast('a'),
  analyzeCriticalPaths: (m) => m.analyzeCriticalPaths(),
  whatIf: (m) => m.whatIf('a', 0.5),
  explainSlowness: (m) => m.explainSlowness(),
  analyzeScaling: (m) => m.analyzeScaling('a'),
  compare: (m) => m.compare({}, {}),
  exportHistory: (m) => m.exportHistory(),
  getActiveRecommendations: (m) => m.getActiveRecommendations(),
};

/** What measures nothing has no sketch either, and so no error of one. */
const withoutSketch = (answer) =>
  Object.hasOwn(answer, 'relativeError')
    ? { ...answer, relativeError: 0 }
    : answer;

describe('the collector of a browser', () => {
  it('names a stage that is called as whole pipelines are', () => {
    const browser = new PipelinePerformanceMetrics({
      logger: recordingLogger(),
      eventBus: objectBus(),
    });
    const stage = { stage: 'pipeline_total' };
    expect(browser.getQuantiles(stage).stage).toBe('pipeline_total');
    expect(browser.whatIf(stage, 0.5).stage).toBe('pipeline_total');
  });

  it.each(Object.keys(ask))(
    'answers %s as one that has seen nothing',
    (name) => {
      const browser = new PipelinePerformanceMetrics({
        logger: recordingLogger(),
        eventBus: objectBus(),
      });
      expect(ask[name](browser)).toStrictEqual(
        withoutSketch(ask[name](newCollector().metrics)),
      );
    },
  );
});
