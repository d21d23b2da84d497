'use strict';

const { PIPELINE_TOTAL } = require('../config/thresholds');
const { renderReport, snapshotOf } = require('../report/report');

const NO_RUNS = { runs: 0, from: null, to: null };
const SIGNIFICANCE = 0.01;
const LEAST_CHANGE = 0.02;
const THRESHOLD = 0.1;
const INTERVAL = 0.8;
const TREND_INTERVAL = 0.95;

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

/** The answers of a collector that has seen no run. */
class PipelineInsight {
  getQuantiles(stageName, options) {
    return quantilesOf(stageName);
  }

  analyzeTrend(stageName, options) {
    return {
      stage: stageName,
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
    };
  }

  detectChangePoints(stageName, options) {
    return {
      stage: stageName,
      ...NO_RUNS,
      changes: [],
      work: [],
      warmUp: null,
    };
  }

  detectAnomalies(stageName, options) {
    return { stage: stageName, ...NO_RUNS, anomalies: [] };
  }

  forecast(stageName, options) {
    return {
      stage: stageName,
      ...NO_RUNS,
      model: 'insufficient_data',
      slope: null,
      confidence: options?.confidence ?? INTERVAL,
      next: null,
      atHorizon: null,
      crossing: null,
    };
  }

  analyzeCriticalPaths(options) {
    return {
      executions: 0,
      wallTime: 0,
      gapTime: 0,
      gapShare: 0,
      stages: [],
    };
  }

  whatIf(stageName, fraction, options) {
    return {
      stage: stageName,
      fraction,
      executions: 0,
      gain: null,
      low: null,
      high: null,
      percent: null,
      bound: null,
    };
  }

  explainSlowness(stageName, options) {
    return {
      stage: stageName ?? PIPELINE_TOTAL,
      ...NO_RUNS,
      attributes: [],
    };
  }

  analyzeScaling(stageName, options) {
    return {
      stage: stageName,
      runs: 0,
      inputSize: null,
      itemsProcessed: null,
    };
  }

  compare(before, after, options) {
    return {
      significance: options?.significance ?? SIGNIFICANCE,
      leastChange: options?.leastChange ?? LEAST_CHANGE,
      threshold: options?.threshold ?? THRESHOLD,
      processesBefore: Array.isArray(before) ? before.length : 1,
      processesAfter: Array.isArray(after) ? after.length : 1,
      verdict: 'too_few_runs',
      stages: [],
    };
  }

  exportHistory() {
    return '{"format":"pipeline-performance-metrics/history","version":2,"stages":[]}';
  }

  exportTrace(options) {
    return '{"traceEvents":[],"displayTimeUnit":"ms"}';
  }

  getActiveRecommendations() {
    return [];
  }

  generateReport(options) {
    const overviewOf = (stage) => ({
      quantiles: quantilesOf(stage),
      warmUp: null,
      trend: this.analyzeTrend(stage),
      lastChange: null,
      workChange: null,
      growth: null,
      anomalies: { runs: 0, count: 0, latest: null },
      forecast: this.forecast(stage),
      explanation: this.explainSlowness(stage),
    });
    const now = new Date().toISOString();
    const snapshot = snapshotOf(this, [], overviewOf, now);
    return renderReport(snapshot, options?.format ?? 'text');
  }
}

module.exports = { PipelineInsight };
