'use strict';

const { renderReport } = require('../report');

const NO_RUNS = { runs: 0, from: null, to: null };
const RELATIVE_ERROR = 0.009_868_100_717_300_564;
const LIKELY = 0.8;
const SURE = 0.95;

/** The questions of a collector that has seen nothing, and their answers. */
class PipelineInsight {
  getQuantiles(stageName, options) {
    return {
      stage: stageName,
      count: 0,
      min: null,
      p50: null,
      p90: null,
      p95: null,
      p99: null,
      p999: null,
      max: null,
      relativeError: RELATIVE_ERROR,
      from: null,
      exemplars: [],
    };
  }

  analyzeTrend(stageName, options) {
    return {
      stage: stageName,
      ...NO_RUNS,
      direction: 'insufficient_data',
      slope: null,
      slopeLow: null,
      slopeHigh: null,
      confidence: SURE,
      pValue: null,
      tau: null,
      change: null,
    };
  }

  detectChangePoints(stageName, options) {
    return { stage: stageName, ...NO_RUNS, changes: [] };
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
      confidence: LIKELY,
      next: null,
      atHorizon: null,
      crossing: null,
    };
  }

  analyzeCriticalPaths(options) {
    return { executions: 0, wallTime: 0, gapTime: 0, gapShare: 0, stages: [] };
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
    return { stage: stageName ?? 'pipeline_total', ...NO_RUNS, attributes: [] };
  }

  analyzeScaling(stageName, options) {
    return { stage: stageName, runs: 0, inputSize: null, itemsProcessed: null };
  }

  compare(before, after, options) {
    return {
      significance: 0.01,
      leastChange: 0.02,
      verdict: 'too_few_runs',
      stages: [],
    };
  }

  exportHistory() {
    return '{"format":"pipeline-performance-metrics/history","version":1,"stages":[]}';
  }

  getActiveRecommendations() {
    return [];
  }

  generateReport(options) {
    const snapshot = {
      generatedAt: new Date().toISOString(),
      executions: 0,
      recommendations: [],
      changes: [],
      causes: [],
      stages: [],
      anomalies: [],
      crossings: [],
      alerts: [],
    };
    return renderReport(snapshot, options?.format ?? 'text');
  }
}

module.exports = { PipelineInsight };
