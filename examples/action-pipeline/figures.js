'use strict';

const { max, mean, median, quantile, slices, sum } = require('./statistics');

/** Points of a line over the run. */
const POINTS = 24;

/**
 * Everything the report shows, taken from the collector after a run.
 *
 * @param {import('../..').PipelinePerformanceMetrics} metrics
 * @param {object} run - what the player knows: seed, turns, seconds, tally
 */
function collectFigures(metrics, run) {
  const pipelines = metrics.getPipelineMetrics();
  const summary = metrics.getPerformanceSummary();
  const recent = metrics.metricsAggregator.aggregate(metrics.stageMetrics);
  const stages = Object.keys(summary.stages).map((name) =>
    stageFigures(name, metrics.getStageMetrics(name), recent[name]),
  );
  const total = sum(stages.map(({ totalMs }) => totalMs));
  for (const stage of stages) {
    stage.share = total === 0 ? 0 : stage.totalMs / total;
  }
  return {
    run,
    stages,
    pipeline: pipelineFigures(pipelines, summary.pipeline),
    bottlenecks: groupBottlenecks(pipelines, metrics),
    criticalPath: { ...groupPaths(pipelines), slowest: slowest(pipelines) },
    recommendations: groupRecommendations(metrics.getActiveRecommendations()),
    alerts: groupAlerts(metrics.getRecentAlerts()),
    trend: trendFigures(pipelines, metrics),
  };
}

function timeFigures(durations) {
  return {
    count: durations.length,
    meanMs: mean(durations),
    medianMs: median(durations),
    p95Ms: quantile(durations, 0.95),
    maxMs: max(durations),
    totalMs: sum(durations),
    series: slices(durations, POINTS).map(median),
  };
}

/** Of the runs whose heap was read; the others have null. */
const growth = (deltas) => median(deltas.filter((delta) => delta !== null));

function stageFigures(name, samples, recent) {
  const time = timeFigures(samples.map(({ duration }) => duration));
  const items = sum(
    samples.map(
      ({ throughput, duration }) =>
        (throughput.itemsPerSecond * duration) / 1e3,
    ),
  );
  return {
    name,
    ...time,
    itemsPerSecond: time.totalMs === 0 ? 0 : (items / time.totalMs) * 1e3,
    heapBytes: growth(samples.map(({ memoryDelta }) => memoryDelta)),
    errors: sum(samples.map(({ errorCount }) => errorCount)),
    failures: samples.filter(({ success }) => !success).length,
    recentMedianMs: recent.medianDuration,
  };
}

function pipelineFigures(pipelines, summary) {
  return {
    ...timeFigures(pipelines.map(({ totalDuration }) => totalDuration)),
    heapBytes: growth(
      pipelines.map(({ totalMemoryDelta }) => totalMemoryDelta),
    ),
    failures: pipelines.filter(({ success }) => !success).length,
    recentSuccessRate: summary.successRate,
  };
}

/** Collects items under a key, in order of first sight. */
function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function groupBottlenecks(pipelines, metrics) {
  const found = pipelines.flatMap((run) => metrics.identifyBottlenecks(run));
  return groupBy(found, ({ stageName, type }) => `${type} ${stageName}`)
    .map((group) => ({
      stage: group[0].stageName,
      type: group[0].type,
      executions: group.length,
      critical: group.filter(({ severity }) => severity === 'critical').length,
      impact: mean(group.map(({ impact }) => impact)),
    }))
    .sort((a, b) => b.executions - a.executions);
}

/** The commonest critical path, and each stage's mean part of the whole on it. */
function groupPaths(pipelines) {
  const paths = pipelines.map(({ criticalPath }) => criticalPath);
  const groups = groupBy(paths, (path) =>
    JSON.stringify(path.map(({ stageName }) => stageName)),
  ).sort((a, b) => b.length - a.length);
  const [commonest = []] = groups;
  return {
    executions: commonest.length,
    paths: groups.length,
    stages: (commonest[0] ?? []).map(({ stageName }, nth) => ({
      stage: stageName,
      impact: mean(commonest.map((path) => path[nth].impact)),
    })),
  };
}

/** The longest pipeline, and the stage of its critical path that made it so. */
function slowest(pipelines) {
  if (pipelines.length === 0) return null;
  const longest = (list, time) =>
    list.reduce((a, b) => (time(b) > time(a) ? b : a), list[0]);
  const run = longest(pipelines, ({ totalDuration }) => totalDuration);
  const step = longest(run.criticalPath, ({ duration }) => duration);
  return {
    executionId: run.executionId,
    durationMs: run.totalDuration,
    stage: step?.stageName ?? null,
    impact: step?.impact ?? 0,
  };
}

const PRIORITIES = ['high', 'medium', 'low'];

function groupRecommendations(recommendations) {
  return groupBy(recommendations, (one) =>
    JSON.stringify([one.type, one.stage, one.priority]),
  )
    .map((group) => ({ ...group.at(-1), count: group.length }))
    .sort(
      (a, b) =>
        PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
        b.count - a.count,
    );
}

function groupAlerts(alerts) {
  return groupBy(alerts, ({ type, stage }) => `${type} ${stage}`)
    .map((group) => {
      const worst = group.reduce((a, b) => (b.actual > a.actual ? b : a));
      return {
        type: worst.type,
        stage: worst.stage,
        severity: worst.severity,
        count: group.length,
        worst: worst.actual,
        threshold: worst.threshold,
      };
    })
    .sort(
      (a, b) =>
        a.severity.localeCompare(b.severity) ||
        b.count - a.count ||
        a.stage.localeCompare(b.stage),
    );
}

/** The last quarter of the run against the first, and the collector's own word. */
function trendFigures(pipelines, metrics) {
  const durations = pipelines.map(({ totalDuration }) => totalDuration);
  const quarters = slices(durations, 4).map(median);
  const first = quarters.at(0) ?? 0;
  const last = quarters.at(-1) ?? 0;
  return {
    firstMs: first,
    lastMs: last,
    change: first === 0 ? 0 : (last - first) / first,
    latest:
      pipelines.length === 0 ? null : metrics.analyzeTrends(pipelines.at(-1)),
  };
}

module.exports = { collectFigures };
