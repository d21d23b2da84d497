'use strict';

const { PIPELINE_TOTAL } = require('../config/thresholds');
const { nameIn } = require('../recording/interner');
const { renderReport, snapshotOf } = require('../report/report');

/**
 * @import { PipelineInsight as Insight, Quantiles } from '../../types/insight'
 * @import { Overview } from '../report/report'
 */

const NO_RUNS = { runs: 0, from: null, to: null };
const SIGNIFICANCE = 0.01;
const LEAST_CHANGE = 0.02;
const THRESHOLD = 0.1;
const INTERVAL = 0.8;
const TREND_INTERVAL = 0.95;

const NOTHING = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Pipeline performance</title>
<p>Nothing is recorded in a browser.</p>
</html>
`;

/** @param {string} stage @returns {Quantiles} */
const quantilesOf = (stage) => ({
  stage,
  count: 0,
  min: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
  max: null,
  relativeError: 0,
  from: null,
  exemplars: [],
});

/** @type {Insight & ThisType<Insight>} - the answers of a collector that has seen no run */
const QUERIES = {
  getQuantiles: (stageName, options) => quantilesOf(nameIn(stageName)),
  analyzeTrend: (stageName, options) => ({
    stage: nameIn(stageName),
    ...NO_RUNS,
    direction: 'insufficient_data',
    slope: null,
    slopeLow: null,
    slopeHigh: null,
    confidence: TREND_INTERVAL,
    pValue: null,
    tau: null,
    change: null,
    warmUp: null,
  }),
  detectChangePoints: (stageName, options) => ({
    stage: nameIn(stageName),
    ...NO_RUNS,
    changes: [],
    work: [],
    warmUp: null,
  }),
  detectAnomalies: (stageName, options) => ({
    stage: nameIn(stageName),
    ...NO_RUNS,
    anomalies: [],
  }),
  forecast: (stageName, options) => ({
    stage: nameIn(stageName),
    ...NO_RUNS,
    model: 'insufficient_data',
    slope: null,
    confidence: options?.confidence ?? INTERVAL,
    next: null,
    atHorizon: null,
    crossing: null,
  }),
  analyzeCriticalPaths: (options) => ({
    executions: 0,
    wallTime: 0,
    gapTime: 0,
    gapShare: 0,
    stages: [],
  }),
  whatIf: (stageName, fraction, options) => ({
    stage: nameIn(stageName),
    fraction,
    executions: 0,
    gain: null,
    low: null,
    high: null,
    percent: null,
    bound: null,
  }),
  explainSlowness: (stageName, options) => ({
    stage: nameIn(stageName ?? PIPELINE_TOTAL),
    ...NO_RUNS,
    attributes: [],
  }),
  analyzeScaling: (stageName, options) => ({
    stage: nameIn(stageName),
    runs: 0,
    inputSize: null,
    itemsProcessed: null,
  }),
  compare: (before, after, options) => ({
    significance: options?.significance ?? SIGNIFICANCE,
    leastChange: options?.leastChange ?? LEAST_CHANGE,
    threshold: options?.threshold ?? THRESHOLD,
    processesBefore: Array.isArray(before) ? before.length : 1,
    processesAfter: Array.isArray(after) ? after.length : 1,
    verdict: 'too_few_runs',
    stages: [],
  }),
  exportHistory: () =>
    '{"format":"pipeline-performance-metrics/history","version":1,"stages":[],"executions":{"stageNames":[],"list":[]}}',
  exportTrace: (options) => '{"traceEvents":[],"displayTimeUnit":"ms"}',
  getActiveRecommendations: () => [],
  generateReport(options) {
    if (options?.format === 'html') return NOTHING;
    /** @type {(stage: string) => Overview} */
    const overviewOf = (stage) => ({
      quantiles: quantilesOf(stage),
      line: [],
      warmUp: null,
      trend: this.analyzeTrend(stage),
      lastChange: null,
      workChange: null,
      growth: null,
      anomalies: { runs: 0, count: 0, latest: null },
      forecast: this.forecast(stage),
      explanation: this.explainSlowness(stage),
    });
    const answers = { ...QUERIES, getRecentAlerts: () => [] };
    const now = new Date().toISOString();
    const snapshot = snapshotOf(answers, [], overviewOf, now);
    return renderReport(snapshot, options?.format ?? 'text');
  },
};

module.exports = { QUERIES };
