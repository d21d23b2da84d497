'use strict';

const { performance } = require('node:perf_hooks');
const { createCollector, reportTo } = require('../candidates/package');
const { median, randomFrom } = require('../statistics');
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

/** Every question about every stage and the pipeline, and the report that uses them. */
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

/** Records `count` pipelines of one stage for each name, each of which does `work`. */
function record(reporter, names, first, count, work = () => {}) {
  for (let run = first; run < first + count; run += 1) {
    const pipeline = reporter.startPipeline(`query-${run}`);
    for (let stage = 0; stage < names.length; stage += 1) {
      const handle = reporter.startStage(pipeline, stage, 1000);
      work(stage);
      reporter.completeStage(pipeline, stage, handle, 500, 20, 0, 0);
    }
    reporter.completePipeline(pipeline, 80, 503, 0);
  }
}

/**
 * Medians of each query in µs: `cold`, right after another pipeline was recorded and the
 * caches saw other work, and `again`, unchanged.
 */
function timeQueries(metrics, names, times, queries, recordOne) {
  const work = new Work();
  const bodies = work.bodies([500, 100, 50, 500]);
  const result = {};
  for (const [query, ask] of Object.entries(queries)) {
    if (query === 'report' && typeof metrics.generateReport !== 'function')
      continue;
    const cold = [];
    const again = [];
    for (let i = 0; i < times; i += 1) {
      recordOne(i);
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

/** Sigma of the logarithm of durations in a steady history: two thirds lie within a quarter. */
const SIGMA = 0.25;
/** A moment of 2027 by the wall clock. */
const WALL_START = 1.8e12;

/**
 * A clock, and stages that take log-normal times by it: the n-th of about n ms, now as at first.
 */
function steadyStages() {
  const random = randomFrom(3);
  let elapsed = 0;
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    clock: { now: () => elapsed, wallNow: () => WALL_START + elapsed },
    work(stage) {
      elapsed += (stage + 1) * Math.exp(SIGMA * normal());
    },
  };
}

/**
 * Times every query over a full history: a steady one, or that of stages which do nothing,
 * whose times are the machine's unrest, with changes and alerts by the hundred.
 */
function timeFullHistory({ records, times, isSteady }) {
  const { clock, work } = isSteady ? steadyStages() : {};
  const config = { maxHistorySize: records };
  const metrics = createCollector({ clock, config });
  const reporter = reportTo(metrics, NAMES);
  record(reporter, NAMES, 0, records, work);
  const entries = metrics.getPipelineMetrics();
  const middle = entries[entries.length >> 1].timestamp;
  const queries = {
    ...QUERIES,
    everything: () => askEverything(metrics, NAMES, middle),
  };
  return timeQueries(metrics, NAMES, times, queries, (run) =>
    record(reporter, NAMES, run, 1, work),
  );
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
  const figures = {};
  for (const [prefix, isSteady] of [
    ['queries', true],
    ['restless', false],
  ]) {
    progress(`queries, ${prefix}`);
    const answers = await runTask('queries/timeFullHistory', {
      records: 10_000,
      times: effort.queries,
      isSteady,
    });
    Object.assign(figures, queryFigures(prefix, answers));
  }
  return figures;
}

module.exports = {
  QUERIES,
  queryFigures,
  record,
  run,
  tasks: { timeFullHistory },
  timeQueries,
};
