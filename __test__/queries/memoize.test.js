'use strict';

const { runPipeline } = require('../fixtures/collector');
const { planted, regressed } = require('../fixtures/planted');

/** Spoils everything that can be reached from an answer. */
function spoil(value) {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    spoil(value[key]);
    value[key] = 'spoilt';
  }
  if (Array.isArray(value)) value.length = 0;
}

const HOUR = 60 * 60 * 1000;

describe('an answer asked for again', () => {
  it.each([
    ['summary', (metrics) => metrics.getPerformanceSummary()],
    ['list of alerts', (metrics) => metrics.getRecentAlerts()],
    ['list of advice', (metrics) => metrics.getActiveRecommendations()],
  ])('is the same %s, whatever became of the first one', (_, ask) => {
    const { metrics } = regressed();
    metrics.analyzeStagePerformance('component_filtering', { duration: 1e6 });
    const first = ask(metrics);
    const text = JSON.stringify(first);
    expect(text.length).toBeGreaterThan(100);
    spoil(first);
    const second = ask(metrics);
    expect(JSON.stringify(second)).toBe(text);
    spoil(second);
    expect(JSON.stringify(ask(metrics))).toBe(text);
  });

  it('has contexts of baselines of its own', () => {
    const sizes = [100, 1e6];
    const { metrics } = planted(200, (run) => [
      ['parse', 5, {}, { inputSize: sizes[run % 2], complexity: 'high' }],
    ]);
    const contexts = () =>
      metrics.getPerformanceSummary().stages.parse.baseline.contexts;
    const text = JSON.stringify(contexts());
    expect(contexts().length).toBeGreaterThan(0);
    spoil(contexts());
    expect(JSON.stringify(contexts())).toBe(text);
  });

  it('says of alerts that are over, and of others, what it said the first time', () => {
    const { metrics } = regressed();
    metrics.config.alertResolved = true;
    metrics.analyzeStagePerformance('component_filtering', { duration: 1e6 });
    metrics.analyzeStagePerformance('component_filtering', { duration: 1 });
    metrics.analyzeStagePerformance('component_filtering', { duration: 1e6 });
    const first = metrics.getRecentAlerts();
    const over = first.filter((alert) => alert.resolvedAt !== undefined);
    expect(over.length).toBeGreaterThan(0);
    expect(over.length).toBeLessThan(first.length);
    const text = JSON.stringify(first);
    spoil(first);
    expect(JSON.stringify(metrics.getRecentAlerts())).toBe(text);
  });

  it('follows records, baselines and alerts that came since', () => {
    const { metrics, clock } = regressed();
    const before = metrics.getPerformanceSummary();
    metrics.updatePerformanceBaseline('resolve', { duration: 5 });
    const learnt = metrics.getPerformanceSummary();
    expect(learnt.stages.resolve.baseline.count).toBe(
      before.stages.resolve.baseline.count + 1,
    );
    metrics.performanceBaselines.delete('resolve');
    const forgotten = metrics.getPerformanceSummary();
    expect(forgotten.stages.resolve.baseline).toBeUndefined();
    metrics.analyzeStagePerformance('component_filtering', { duration: 1e6 });
    expect(metrics.getPerformanceSummary().alerts.length).toBeGreaterThan(
      before.alerts.length,
    );
    runPipeline({ metrics, clock }, 'one-more', [['extra', 5]]);
    const after = metrics.getPerformanceSummary();
    expect(after.pipeline.totalExecutions).toBe(
      before.pipeline.totalExecutions + 1,
    );
    expect(after.stages.extra.executionCount).toBe(1);
    metrics.stageMetrics.delete('extra');
    expect(metrics.getPerformanceSummary().stages.extra).toBeUndefined();
  });

  it('leaves out alerts that have grown older than an hour', () => {
    const { metrics, clock } = regressed();
    metrics.analyzeStagePerformance('component_filtering', { duration: 1e6 });
    expect(metrics.getRecentAlerts()).not.toEqual([]);
    const all = metrics.getRecentAlerts(null);
    clock.advance(HOUR + 1);
    expect(metrics.getRecentAlerts()).toEqual([]);
    expect(metrics.getRecentAlerts(null)).toEqual(all);
  });
});
