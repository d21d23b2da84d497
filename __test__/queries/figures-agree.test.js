'use strict';

/** A figure that can be had in more than one way is the same in all of them: docs/analysis.md. */

const {
  createMetricProducer,
  measurePipeline,
  measureStage,
} = require('../..');
const { disposeAll, newCollector } = require('../fixtures/collector');

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const sum = (list, of) => list.reduce((total, each) => total + of(each), 0);

/** Executions of stages that fail, nest and repeat; beside them what each run took, in plain lists. */
function play(seed) {
  const random = seeded(seed);
  const whole = (most) => Math.floor(random() * (most + 1));
  const most = random() < 0.5 ? 5 + whole(55) : 10_000;
  const world = newCollector({ config: { maxHistorySize: most } });
  const { metrics, clock } = world;
  metrics.setStageThreshold('a', { maxDuration: 15 });
  const runs = { a: [], b: [], constructor: [] };
  const executions = [];
  const stage = (depth) => {
    const name = Object.keys(runs)[whole(2)];
    const run = { success: random() > 0.1, items: whole(9), took: 0 };
    const work = () => {
      const spend = whole(20);
      clock.advance(spend);
      run.took += spend;
      if (depth < 2 && random() < 0.3) run.took += stage(depth + 1);
      const { success, items } = run;
      return { success, actions: Array(items).fill(0) };
    };
    measureStage(metrics, name, null, work);
    runs[name].push(run);
    return run.took;
  };
  for (let i = whole(149) + 1; i > 0; i -= 1) {
    const of = { success: random() > 0.1, items: whole(4), took: 0 };
    measurePipeline(metrics, null, () => {
      for (let left = whole(3); left > 0; left -= 1) of.took += stage(0);
      return { success: of.success, actions: Array(of.items).fill(0) };
    });
    executions.push(of);
    clock.advance(whole(30));
  }
  return { ...world, most, runs, executions };
}

function samplesOf(text) {
  const lines = text.split('\n').filter((line) => /^[^#]/.test(line));
  return Object.fromEntries(
    lines.map((line) => /^(\S+?(?:\{.*?\})?) (\S+)/.exec(line).slice(1)),
  );
}

const pageIn = (html) =>
  JSON.parse(
    /<script[^>]*application\/json[^>]*>(.*?)<\/script>/s.exec(html)[1],
  );

/** Each figure with what it must be, and what each way to it answers. */
async function figuresOf({ metrics, events, most, runs, executions }) {
  const samples = samplesOf(metrics.toOpenMetrics());
  const { resourceMetrics } = await createMetricProducer(metrics).collect();
  const otel = (name, stage) =>
    resourceMetrics.scopeMetrics[0].metrics
      .find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints.find((of) => of.attributes['pipeline.stage.name'] === stage)
      ?.value;
  const report = JSON.parse(metrics.generateReport({ format: 'json' }));
  const page = pageIn(metrics.generateReport({ format: 'html' }));
  const exported = JSON.parse(metrics.exportHistory());
  const summary = metrics.getPerformanceSummary();
  const live = metrics.metricsAggregator.aggregate(metrics.stageMetrics);
  const rows = [];
  const figures = (asked, all, entries, prom, label, [scope, stage], row) => {
    const stored = all.slice(-most);
    const last = stored.slice(-100);
    const { count, max } = metrics.getQuantiles(asked);
    const baseline = metrics.performanceBaselines.get(asked);
    const trend = metrics.analyzeTrend(asked);
    const inReport = report.stages.find((of) => of.stage === asked);
    const histogram = otel(`pipeline.${scope}.duration`, stage);
    const of = (what) => Number(samples[`pipeline_${scope}_${what}${label}`]);
    const failures = all.filter((run) => !run.success).length;
    rows.push(
      [
        `${asked} count`,
        all.length,
        [
          count,
          baseline.count,
          inReport.count,
          of('duration_seconds_count'),
          histogram.count,
        ],
      ],
      [
        `${asked} sum`,
        sum(all, (run) => run.took),
        [
          baseline.totalDuration,
          of('duration_seconds_sum') * 1000,
          histogram.sum * 1000,
        ],
      ],
      [
        `${asked} max`,
        Math.max(...all.map((run) => run.took)),
        [max, inReport.max, histogram.max * 1000],
      ],
      [
        `${asked} failures`,
        failures,
        [of('failures_total'), otel(`pipeline.${scope}.failures`, stage)],
      ],
      [
        `${asked} items`,
        sum(all, (run) => run.items),
        [of('items_total'), otel(`pipeline.${scope}.items`, stage)],
      ],
      [
        `${asked} stored`,
        stored.length,
        [
          entries.length,
          trend.runs + (trend.warmUp?.runs ?? 0),
          metrics.detectChangePoints(asked).runs,
          row.runs,
          exported.stages.find((each) => each.stage === asked).durations.length,
        ],
      ],
      [
        `${asked} last mean`,
        sum(last, (run) => run.took) / last.length,
        [
          (prom ?? summary.stages[asked]).averageDuration,
          ...(prom ? [] : [live[asked].averageDuration]),
        ],
      ],
      [
        `${asked} last success`,
        sum(last, (run) => Number(run.success)) / last.length,
        [
          (prom ?? summary.stages[asked]).successRate,
          ...(prom ? [] : [live[asked].successRate]),
        ],
      ],
    );
  };
  figures(
    'pipeline_total',
    executions,
    metrics.getPipelineMetrics(),
    summary.pipeline,
    '',
    ['execution', undefined],
    page.pipeline,
  );
  for (const [name, all] of Object.entries(runs).filter(
    ([, of]) => of.length > 0,
  )) {
    const row = page.stages.find((of) => page.names[of.stage] === name);
    figures(
      name,
      all,
      metrics.getStageMetrics(name),
      null,
      `{stage="${name}"}`,
      ['stage', name],
      row,
    );
  }
  const alerts = events.filter((e) => e.type === 'PIPELINE_PERFORMANCE_ALERT');
  const raised = Object.entries(samples).filter(([key]) =>
    /^pipeline_alerts_total/.test(key),
  );
  const recent = metrics.getRecentAlerts();
  rows.push(
    ['alerts', alerts.length, [sum(raised, ([, value]) => Number(value))]],
    [
      'alerts stored',
      Math.min(alerts.length, most),
      [
        recent.length,
        summary.alerts.length,
        sum(report.alerts, (of) => of.count),
      ],
    ],
  );
  return rows;
}

it.each(Array.from({ length: 20 }, (_, i) => 10 * i))(
  'the figures of ten workloads agree, from seed %i',
  async (first) => {
    for (let seed = first; seed < first + 10; seed += 1) {
      for (const [figure, expected, ways] of await figuresOf(play(seed))) {
        for (const [way, value] of ways.entries()) {
          const isSame =
            Math.abs(value - expected) <= 1e-9 * Math.abs(expected);
          if (!isSame)
            expect([seed, figure, way, value]).toEqual([
              seed,
              figure,
              way,
              expected,
            ]);
        }
        expect(ways.length).toBeGreaterThan(0);
      }
      disposeAll();
    }
  },
);
