'use strict';

const { performance } = require('node:perf_hooks');
const { createCollector, reportTo } = require('../candidates/package');
const { median } = require('../statistics');
const { Work } = require('../work');

const NAMES = [
  'parsing',
  'filtering',
  'resolution',
  'validation',
  'formatting',
  'delivery',
];

/** What can be asked, by the name of its figure; those the collector can answer. */
const QUERIES = {
  summary: (metrics) => metrics.getPerformanceSummary(),
  aggregate: (metrics) =>
    metrics.metricsAggregator.aggregate(metrics.stageMetrics),
  report: (metrics) => metrics.generateReport({ format: 'json' }),
};

/** Every question about every stage and the pipeline, and the report that draws on them. */
function askEverything(metrics, names, middle) {
  for (const stage of [...names, 'pipeline_total']) {
    metrics.getQuantiles(stage);
    metrics.analyzeTrend(stage);
    metrics.detectChangePoints(stage);
    metrics.detectAnomalies(stage);
    metrics.forecast(stage);
    metrics.explainSlowness(stage);
    metrics.analyzeScaling(stage);
    metrics.whatIf(stage, 0.5);
  }
  metrics.analyzeCriticalPaths();
  metrics.compare({ to: middle }, { from: middle });
  metrics.getActiveRecommendations();
  metrics.generateReport({ format: 'json' });
}

/** Records `count` pipelines of one stage for each name. */
function record(reporter, names, first, count) {
  for (let run = first; run < first + count; run += 1) {
    const pipeline = reporter.startPipeline(`query-${run}`);
    for (let stage = 0; stage < names.length; stage += 1) {
      const handle = reporter.startStage(pipeline, stage, 1000);
      reporter.completeStage(pipeline, stage, handle, 500, 20, 0, 0);
    }
    reporter.completePipeline(pipeline, 80, 503, 0);
  }
}

/**
 * Medians of each query in µs: `cold`, right after another pipeline was recorded and the
 * caches saw other work, and `again`, unchanged.
 */
function timeQueries(metrics, reporter, names, times, queries = QUERIES) {
  const work = new Work();
  const bodies = work.bodies([500, 100, 50, 500]);
  const result = {};
  for (const [query, ask] of Object.entries(queries)) {
    if (query === 'report' && typeof metrics.generateReport !== 'function')
      continue;
    const cold = [];
    const again = [];
    for (let i = 0; i < times; i += 1) {
      record(reporter, names, i, 1);
      for (const body of bodies) body();
      const start = performance.now();
      ask(metrics);
      const answered = performance.now();
      ask(metrics);
      cold.push((answered - start) * 1000);
      again.push((performance.now() - answered) * 1000);
    }
    result[query] = { cold: median(cold), again: median(again) };
  }
  return result;
}

function timeFullHistory({ records, times }) {
  const metrics = createCollector({ config: { maxHistorySize: records } });
  const reporter = reportTo(metrics, NAMES);
  record(reporter, NAMES, 0, records);
  const entries = metrics.getPipelineMetrics();
  const middle = entries[entries.length >> 1].timestamp;
  return timeQueries(metrics, reporter, NAMES, times, {
    ...QUERIES,
    everything: () => askEverything(metrics, NAMES, middle),
  });
}

/** The answers as figures under `prefix`. */
function queryFigures(prefix, answers) {
  const figures = {};
  for (const [query, times] of Object.entries(answers)) {
    for (const [state, value] of Object.entries(times)) {
      figures[`${prefix}/${query}/${state}`] = { value, unit: 'µs' };
    }
  }
  return figures;
}

async function run({ effort, runTask, progress }) {
  progress('queries');
  const answers = await runTask('queries/timeFullHistory', {
    records: 10_000,
    times: effort.queries,
  });
  return queryFigures('queries', answers);
}

module.exports = { queryFigures, run, tasks: { timeFullHistory }, timeQueries };
