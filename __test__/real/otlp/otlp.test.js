'use strict';

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { createOtlpExporter } = require('../../..');
const { newCollector, runPipeline } = require('../../fixtures/collector');
const { otlpReceiver } = require('../../export/otlpReceiver');
const { freePort, until } = require('../processes');
const { FIND, PYTHON, metricsNamed, spanIds, startRotel } = require('./rotel');

let agent;
let port;
let rotel;
let printedBefore;

beforeAll(async () => {
  agent = execFileSync(PYTHON, ['-c', FIND], { encoding: 'utf8' });
  port = await freePort();
});

beforeEach(async () => {
  printedBefore = '';
  rotel = await startRotel(port, agent);
});

afterEach(async () => {
  await rotel.stop();
});

/** All that was printed in this test, by a rotel that was stopped, too. */
const printed = () => printedBefore + rotel.printed();

async function restarted(between) {
  await rotel.stop();
  printedBefore += rotel.printed();
  await between();
  rotel = await startRotel(port, agent);
}

const exporterTo = (to = `http://127.0.0.1:${port}`, options = {}) =>
  createOtlpExporter({ url: to, serviceName: 'shop', ...options });

function runMany(world, from, to) {
  for (let run = from; run < to; run += 1)
    runPipeline(world, `run-${run}`, [
      ['load', 1 + (run % 7), { itemsProcessed: 2 }],
      ['store', 3],
    ]);
}

describe('rotel', () => {
  it('takes traces, each span once', async () => {
    const world = newCollector();
    const exporter = exporterTo().exportTraces(world.metrics, { sample: 1 });
    runMany(world, 0, 700);
    runPipeline(world, 'hostile', [['"\\\n</script>\ud800', 4]]);
    expect(await exporter.close()).toBe(true);
    await until(() => spanIds(printed()).length >= 2102);
    expect(new Set(spanIds(printed())).size).toBe(2102);
    expect(exporter.getCounts().traces).toEqual({
      sent: 2102,
      rejected: 0,
      dropped: 0,
    });
    expect(printed()).toContain('-> service.name: Str(shop)');
  });

  it('takes metrics with histograms and exemplars', async () => {
    const world = newCollector();
    runMany(world, 0, 100);
    const exporter = exporterTo()
      .exportTraces(world.metrics)
      .exportMetrics(world.metrics);
    expect(await exporter.close()).toBe(true);
    const [durations] = await until(() => {
      const found = metricsNamed(printed(), 'pipeline.stage.duration');
      return (
        metricsNamed(printed(), 'pipeline.metrics.overhead').length > 0 && found
      );
    });
    expect(durations).toContain(`-> DataType: Histogram\n`);
    expect(durations.match(/^Count: 100$/gm)).toHaveLength(2);
    expect(durations).toMatch(/-> Trace ID: [0-9a-f]{32}\n/);
    expect(durations).toMatch(/-> pipeline.execution.id: Str\(run-\d+\)/);
    const [items] = metricsNamed(printed(), 'pipeline.stage.items');
    expect(items).toContain('-> IsMonotonic: true\n');
    expect(items).toContain('Value: 200\n');
    expect(metricsNamed(printed(), 'pipeline.alerts')[0]).toContain(
      'DataType: Sum\n',
    );
    for (const metric of printed().matchAll(/DataType: (\w+)/g))
      expect(metric[1]).not.toBe('Empty');
  });

  it('refuses what is malformed', async () => {
    const to = await otlpReceiver();
    const world = newCollector();
    const exporter = exporterTo(to.url).exportTraces(world.metrics, {
      sample: 1,
    });
    runMany(world, 0, 1);
    await exporter.close();
    await to.close();
    const [{ text }] = to.requests;
    const post = async (body) => {
      const url = `http://127.0.0.1:${port}/v1/traces`;
      const headers = { 'Content-Type': 'application/json' };
      return (await fetch(url, { method: 'POST', headers, body })).status;
    };
    expect(await post(text.slice(0, -1))).toBe(400);
    expect(await post(text.replace(/"traceId":"\w+"/, '"traceId":7'))).toBe(
      400,
    );
    expect(await post(text)).toBe(200);
  });

  it('loses nothing where it is away for a while', async () => {
    const world = newCollector();
    const exporter = exporterTo(undefined, {
      initialBackoff: 50,
      maxBackoff: 200,
    });
    exporter
      .exportTraces(world.metrics, { sample: 1, interval: 20 })
      .exportMetrics(world.metrics, { interval: 100 });
    const spans = () => exporter.getCounts().traces;
    runMany(world, 0, 200);
    await until(() => spans().sent === 600);
    await restarted(async () => {
      runMany(world, 200, 500);
      await until(() => exporter.getCounts().requests.retried >= 3);
      expect(spans().sent).toBe(600);
    });
    runMany(world, 500, 600);
    expect(await exporter.close({ timeout: 30_000 })).toBe(true);
    expect(spans()).toEqual({ sent: 1800, rejected: 0, dropped: 0 });
    await until(() => spanIds(printed()).length >= 1800);
    const ids = spanIds(printed());
    expect([ids.length, new Set(ids).size]).toEqual([1800, 1800]);
    const newest = metricsNamed(printed(), 'pipeline.execution.duration').at(
      -1,
    );
    expect(newest).toContain('\nCount: 600\n');
    expect(exporter.getCounts().metrics.dropped).toBe(0);
  });
});

describe('the protocol buffers of OTLP', () => {
  const decoded = (kind, text) =>
    JSON.parse(
      execFileSync(PYTHON, [path.join(__dirname, 'decode.py'), kind], {
        input: text,
        encoding: 'utf8',
      }),
    );

  it('have every field of the requests', async () => {
    const to = await otlpReceiver();
    const world = newCollector();
    const exporter = exporterTo(to.url, {
      resource: { list: ['a', 1, true, 0.5] },
    })
      .exportTraces(world.metrics, {
        sample: 1,
        activeSpan: () => ({
          traceId: 'a'.repeat(32),
          spanId: 'b'.repeat(16),
        }),
      })
      .exportMetrics(world.metrics);
    world.metrics.setStageThreshold('load', { maxDuration: 5 });
    runMany(world, 0, 20);
    runPipeline(world, 'failed', [['load', 40, { success: false }]]);
    await exporter.close();
    await to.close();
    expect(to.requests).toHaveLength(2);
    for (const { path: at, text } of to.requests) {
      const kind = at === '/v1/traces' ? 'traces' : 'metrics';
      const root = kind === 'traces' ? 'resourceSpans' : 'resourceMetrics';
      const [{ resource }] = decoded(kind, text)[root];
      expect(resource.attributes.length).toBeGreaterThan(4);
    }
  });
});
