'use strict';

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const dashboard = require('../../../monitoring/grafana/dashboard.json');
const { until } = require('../processes');
const { MONITORING, startPrometheus } = require('./prometheus');
const { openShop } = require('./shop');

let shop;
let prometheus;

beforeAll(async () => {
  shop = await openShop();
  prometheus = await startPrometheus(shop.target);
});

afterAll(async () => {
  await prometheus?.stop();
  await shop?.close();
});

const promtool = (args, input) =>
  execFileSync('promtool', args, { input, encoding: 'utf8' });

/** The values that Grafana would give its variables. */
const VARIABLES = {
  $__rate_interval: '10s',
  $job: '.*',
  $stage: '.*',
};

const asQuery = (expr) =>
  Object.entries(VARIABLES).reduce(
    (text, [name, value]) => text.replaceAll(name, value),
    expr,
  );

describe('promtool', () => {
  it('finds nothing wrong with the metrics', () => {
    const text = shop.metrics.toOpenMetrics({ format: 'prometheus' });
    expect(promtool(['check', 'metrics'], text)).toBe('');
  });

  it('finds nothing wrong with the rules, whose tests pass', () => {
    const files = ['recording-rules.yml', 'alerting-rules.yml'];
    const checked = promtool([
      'check',
      'rules',
      ...files.map((file) => path.join(MONITORING, file)),
    ]);
    expect(checked.match(/SUCCESS: \d+ rules found/g)).toHaveLength(2);
    const tested = promtool([
      'test',
      'rules',
      path.join(MONITORING, 'rules.test.yml'),
    ]);
    expect(tested).toContain('SUCCESS');
  });
});

describe('Prometheus', () => {
  it('stores histograms whose quantiles agree with getQuantiles within a bucket', async () => {
    const stage = 'store';
    const name = 'pipeline_stage_duration_seconds';
    const buckets = await until(async () => {
      const found = await prometheus.query(`${name}_bucket{stage="${stage}"}`);
      const all = found.find(({ metric }) => metric.le === '+Inf');
      return Number(all?.value[1]) > 100 && found;
    });
    const bounds = buckets
      .map(({ metric, value }) => [
        metric.le === '+Inf' ? Infinity : Number(metric.le),
        Number(value[1]),
      ])
      .sort(([a], [b]) => a - b);
    expect(bounds).toHaveLength(17);
    const [median] = await prometheus.query(
      `histogram_quantile(0.5, ${name}_bucket{stage="${stage}"})`,
    );
    const upper = bounds.findIndex(([bound]) => bound >= median.value[1]);
    const asked = shop.metrics.getQuantiles(stage).p50 / 1000;
    expect(asked).toBeLessThanOrEqual(bounds[upper + 1][0]);
    expect(asked).toBeGreaterThan(bounds[upper - 2]?.[0] ?? 0);
  });

  it('stores the name of a stage as it is', async () => {
    const found = await until(async () => {
      const counts = await prometheus.query('pipeline_stage_items_total');
      return counts.length === 2 && counts;
    });
    expect(found.map(({ metric }) => metric.stage).sort()).toEqual([
      'load "1"\\',
      'store',
    ]);
  });

  it('stores exemplars that name executions', async () => {
    const series = await until(async () => {
      const found = await prometheus.ask('query_exemplars', {
        query: 'pipeline_stage_duration_seconds_bucket',
        start: Math.floor(Date.now() / 1000) - 600,
        end: Math.ceil(Date.now() / 1000) + 60,
      });
      return found?.length > 0 && found;
    });
    const [{ labels, value }] = series[0].exemplars;
    expect(labels.execution_id).toMatch(/^execution-\d+$/);
    expect(Number(value)).toBeGreaterThan(0);
  });

  it('counts as the collector does, once that has stopped', async () => {
    shop.stop();
    const counted = shop.metrics.getPipelineMetrics().length;
    const [{ value }] = await until(async () => {
      const found = await prometheus.query('pipeline_executions_total');
      return Number(found[0]?.value[1]) === counted && found;
    });
    expect(Number(value[1])).toBe(counted);
  });

  it('raises an alert of monitoring/ for an alert of the collector', async () => {
    shop.fail();
    const raised = await until(async () => {
      const data = await prometheus.ask('alerts');
      return data?.alerts.find(
        ({ labels, state }) =>
          labels.alertname === 'PipelineAlertsOfErrors' &&
          labels.type === 'high_error_rate' &&
          state === 'firing',
      );
    });
    expect(raised.labels).toMatchObject({
      job: 'shop',
      severity: 'critical',
    });
  });
});

describe('each query of the dashboard', () => {
  const queries = dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, refId }) => [`${title} ${refId}`, asQuery(expr)]),
  );
  const annotations = dashboard.annotations.list.map(({ name, expr }) => [
    name,
    asQuery(expr),
  ]);

  it('is among these, of fourteen panels', () => {
    expect(dashboard.panels).toHaveLength(14);
    expect(queries).toHaveLength(18);
  });

  it.each(queries)('of %s has an answer', async (title, query) => {
    const end = Date.now() / 1000;
    const found = await until(async () => {
      const range = { query, start: end - 120, end: end + 1, step: 1 };
      const data = await prometheus.ask('query_range', range);
      return data?.result.length > 0 && data.result;
    });
    const values = found.flatMap((series) => series.values);
    expect(values.some(([, value]) => Number.isFinite(Number(value)))).toBe(
      true,
    );
  });

  it.each(annotations)('of the annotation %s is one', async (name, query) => {
    expect(await prometheus.ask('query', { query })).toBeDefined();
  });

  it('of a variable has an answer', async () => {
    const labelValues = /^label_values\((.+), (\w+)\)$/;
    for (const { type, query } of dashboard.templating.list) {
      if (type !== 'query') continue;
      const [, series, label] = labelValues.exec(query.query);
      const found = await prometheus.ask(`label/${label}/values`, {
        'match[]': asQuery(series),
      });
      expect(found.length).toBeGreaterThan(0);
    }
  });
});
