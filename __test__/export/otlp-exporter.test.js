/** @jest-environment node */
'use strict';

const { createOtlpExporter, measurePipeline, measureStage } = require('../..');
const {
  WALL_START,
  newCollector,
  runPipeline,
  settle,
  until,
} = require('../fixtures/collector');
const { printedBy } = require('../fixtures/program');
const { manualTimers, otlpReceiver } = require('./otlpReceiver');

const open = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close({ timeout: 1 });
});

async function receiver(answers) {
  const made = await otlpReceiver(answers);
  open.push(made);
  return made;
}

/** An exporter on timers that only the test moves, with a random number that is always the same. */
function exporterTo({ url }, options = {}) {
  const clock = options.clock ?? manualTimers();
  const exporter = createOtlpExporter({
    url,
    serviceName: 'shop',
    random: () => 0.5,
    clock,
    ...options,
  });
  // Before the receiver.
  open.unshift({
    close: () => {
      return moving(clock, 1, exporter.close({ timeout: 1 }));
    },
  });
  return { exporter, clock };
}

/** A collector, a receiver that answers so, and an exporter from one to the other. */
async function exporting(answers, options) {
  const world = newCollector();
  const to = await receiver(answers);
  return { world, to, ...exporterTo(to, options) };
}

/** Moves a clock on by `ms` at each turn of the event loop until a promise has settled. */
async function moving(clock, ms, promise) {
  let isSettled = false;
  const settled = promise.finally(() => (isSettled = true));
  while (!isSettled) {
    clock.advance(ms);
    await settle(1);
  }
  return settled;
}

const EVERY_ONE = { sample: 1 };

const attributesOf = ({ attributes }) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
  );

describe('metrics', () => {
  it('have the figures of the collector, its resource and exemplars', async () => {
    const world = newCollector();
    const to = await receiver();
    const { exporter } = exporterTo(to, { resource: { 'host.name': 'a' } });
    exporter.exportMetrics(world.metrics);
    runPipeline(world, 'slow', [['load', 40, { itemsProcessed: 3 }]]);
    expect(await exporter.flush()).toBe(true);
    const { resource, scopeMetrics } = to.metrics();
    expect(attributesOf(resource)).toMatchObject({
      'service.name': 'shop',
      'host.name': 'a',
      'process.runtime.name': 'nodejs',
    });
    const [{ scope, metrics }] = scopeMetrics;
    expect(scope.name).toBe('pipeline-performance-metrics');
    const of = (name) => metrics.find((metric) => metric.name === name);
    const [point] = of('pipeline.stage.duration').histogram.dataPoints;
    expect(attributesOf(point)).toEqual({ 'pipeline.stage.name': 'load' });
    expect(point).toMatchObject({ count: 1, sum: 0.04, min: 0.04, max: 0.04 });
    expect(point.startTimeUnixNano).toBe(`${WALL_START - 1000}000000`);
    expect(point.timeUnixNano).toBe(`${WALL_START + 40}000000`);
    const [exemplar] = point.exemplars;
    expect(exemplar.asDouble).toBe(0.04);
    expect(exemplar.traceId).toBe('');
    expect(exemplar.filteredAttributes[0].value.stringValue).toBe('slow');
    const items = of('pipeline.stage.items').sum;
    expect(items).toMatchObject({
      aggregationTemporality: 2,
      isMonotonic: true,
    });
    expect(items.dataPoints[0].asDouble).toBe(3);
  });

  it('are taken at each interval, with one start for all', async () => {
    const { world, to, exporter, clock } = await exporting();
    exporter.exportMetrics(world.metrics, { interval: 1000 });
    runPipeline(world, 'a', [['load', 4]]);
    clock.advance(1000);
    await until(() => to.requests.length === 1);
    world.clock.shiftWall(5000);
    await until(() => clock.delays().includes(1000));
    clock.advance(1000);
    await until(() => to.requests.length === 2);
    const starts = to.requests.map(
      ({ text }) => /"startTimeUnixNano":"(\d+)"/.exec(text)[1],
    );
    expect(new Set(starts).size).toBe(1);
  });
});

describe('traces', () => {
  it('are executions with their stages inside of them', async () => {
    const { world, to, exporter } = await exporting();
    exporter.exportTraces(world.metrics, EVERY_ONE);
    const { metrics, clock } = world;
    metrics.startPipelineExecution('a', { labels: { tenant: 'x' } });
    const outer = metrics.startStageExecution('a', 'outer');
    const inner = metrics.startStageExecution('a', 'inner', { parent: outer });
    clock.advance(2.5);
    metrics.completeStageExecution('a', inner);
    metrics.completeStageExecution('a', outer, { success: false });
    metrics.completePipelineExecution('a');
    await exporter.flush();
    const [root, first, second] = to.spans();
    expect([root.name, first.name, second.name]).toEqual([
      'pipeline',
      'outer',
      'inner',
    ]);
    expect(root.parentSpanId).toBeUndefined();
    expect(first.parentSpanId).toBe(root.spanId);
    expect(second.parentSpanId).toBe(first.spanId);
    expect(first.status).toEqual({ code: 2 });
    expect(second.status).toBeUndefined();
    expect(second.startTimeUnixNano).toBe(`${WALL_START}000000`);
    expect(second.endTimeUnixNano).toBe(
      `${WALL_START}000000`.replace(/0{9}$/, '002500000'),
    );
    expect(attributesOf(root)).toMatchObject({
      'pipeline.execution.id': 'a',
      'pipeline.sampling.reason': 'failed',
      'pipeline.label.tenant': 'x',
    });
  });

  it('are of executions that end after the call, each once', async () => {
    const { world, to, exporter } = await exporting();
    runPipeline(world, 'before', [['load', 4]]);
    exporter.exportTraces(world.metrics, EVERY_ONE);
    for (let run = 0; run < 600; run += 1)
      runPipeline(world, `run-${run}`, [['load', 1]]);
    await exporter.flush();
    await exporter.flush();
    const roots = to.spans().filter(({ name }) => name === 'pipeline');
    const ids = roots.map(
      (root) => attributesOf(root)['pipeline.execution.id'],
    );
    expect(ids).toEqual(Array.from({ length: 600 }, (_, run) => `run-${run}`));
    expect(exporter.getCounts()).toMatchObject({
      traces: { sent: 1200, rejected: 0, dropped: 0 },
      executions: { sampled: 600, skipped: 0, missed: 0 },
    });
  });

  it('are only those worth sending, and all are counted', async () => {
    const world = newCollector({ config: { maxHistorySize: 200 } });
    const to = await receiver();
    const { exporter } = exporterTo(to);
    world.metrics.setStageThreshold('load', { maxDuration: 50 });
    exporter.exportTraces(world.metrics, { sample: 0 });
    for (let run = 0; run < 150; run += 1)
      runPipeline(world, `run-${run}`, [['load', 10]]);
    runPipeline(world, 'alerted', [['load', 60]]);
    runPipeline(world, 'failed', [['load', 10, { success: false }]]);
    await exporter.flush();
    const named = to
      .spans()
      .filter(({ name }) => name === 'pipeline')
      .map(attributesOf)
      .map((of) => [
        of['pipeline.execution.id'],
        of['pipeline.sampling.reason'],
      ]);
    expect(named).toEqual([
      ['alerted', 'alerted'],
      ['failed', 'failed'],
    ]);
    const load = to.spans().find(({ events }) => events !== undefined);
    expect(load.events[0].name).toBe('pipeline.alert');
    expect(attributesOf(load.events[0])).toMatchObject({
      'pipeline.alert.type': 'duration_exceeded',
      'pipeline.alert.actual': '60',
      'pipeline.alert.threshold': '50',
    });
    for (let run = 0; run < 300; run += 1)
      runPipeline(world, `more-${run}`, [['load', 10]]);
    await exporter.flush();
    expect(exporter.getCounts().executions).toEqual({
      failed: 1,
      alerted: 1,
      unusual: 0,
      slow: 0,
      sampled: 0,
      levelStart: 0,
      skipped: 350,
      missed: 100,
    });
  });

  it('have the span around an execution as its parent, of measured code too', async () => {
    const { world, to, exporter } = await exporting();
    const around = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
    };
    let active = around;
    exporter.exportTraces(world.metrics, {
      ...EVERY_ONE,
      activeSpan: () => active,
    });
    exporter.exportMetrics(world.metrics);
    runPipeline(world, 'direct', [['load', 4]]);
    measurePipeline(world.metrics, { executionId: 'wired' }, () =>
      measureStage(world.metrics, 'load', {}, () => world.clock.advance(400)),
    );
    active = { ...around, traceFlags: 1 };
    runPipeline(world, 'sampled', [['load', 4]]);
    active = { ...around, traceFlags: 0 };
    runPipeline(world, 'not sampled', [['load', 4]]);
    active = { traceId: 'none', spanId: '' };
    runPipeline(world, 'alone', [['load', 4]]);
    await exporter.flush();
    const roots = to.spans().filter(({ name }) => name === 'pipeline');
    expect(roots.map(({ parentSpanId }) => parentSpanId)).toEqual([
      around.spanId,
      around.spanId,
      around.spanId,
      // That span is never sent: the trace is the same, and has no hole.
      undefined,
      undefined,
    ]);
    expect(roots.map(({ traceId }) => traceId === around.traceId)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    const exemplars = JSON.stringify(to.metrics()).match(/"traceId":"\w+"/g);
    expect(exemplars).toContain(`"traceId":"${around.traceId}"`);
    expect(exemplars).toContain(`"traceId":"${roots[4].traceId}"`);
  });

  it('of more executions than are remembered cost the next ones no more', async () => {
    const { world, exporter } = await exporting();
    const active = { traceId: '1'.repeat(32), spanId: '2'.repeat(16) };
    exporter.exportTraces(world.metrics, { activeSpan: () => active });
    const least = (batches) => {
      const times = Array.from({ length: batches }, () => {
        const from = performance.now();
        for (let run = 0; run < 50; run += 1)
          world.metrics.startPipelineExecution('a');
        return performance.now() - from;
      });
      return Math.min(...times);
    };
    const before = least(400);
    expect(least(20)).toBeLessThan(10 * before);
  });

  it('continue if the caller’s activeSpan throws', async () => {
    const { world, to, exporter } = await exporting();
    exporter.exportTraces(world.metrics, {
      ...EVERY_ONE,
      activeSpan() {
        throw new Error('no context');
      },
    });
    runPipeline(world, 'a', [['load', 4]]);
    await exporter.flush();
    expect(to.spans()).toHaveLength(2);
  });
});

describe('a receiver that fails', () => {
  it.each([429, 502, 503, 504])(
    'with %d gets the request again',
    async (status) => {
      const { world, to, exporter, clock } = await exporting([
        { status },
        { status },
      ]);
      exporter.exportMetrics(world.metrics, { interval: 60_000 });
      const sent = exporter.flush({ timeout: 120_000 });
      await until(() => exporter.getCounts().requests.retried === 1);
      // Three quarters of 1 s: half of it and half of the random half.
      expect(Math.min(...clock.delays())).toBe(750);
      clock.advance(750);
      await until(() => clock.delays().includes(1500));
      clock.advance(1500);
      expect(await sent).toBe(true);
      expect(to.requests.map(({ status: was }) => was)).toEqual([
        status,
        status,
        200,
      ]);
      expect(new Set(to.requests.map(({ text }) => text)).size).toBe(1);
      const { requests, metrics, lastError } = exporter.getCounts();
      expect(requests).toMatchObject({ sent: 1, retried: 2, waiting: 0 });
      expect(metrics.dropped).toBe(0);
      expect(lastError).toBe(`the receiver answered ${status}`);
    },
  );

  it.each([
    ['7', 7000],
    [new Date(Date.UTC(2026, 0, 5, 12, 0, 9)).toUTCString(), 9000],
    ['99999999', 600_000],
    // What asks for nothing, and would be asked again at once for ever.
    ['Sun, 01 Jan 2006 00:00:00 GMT', 750],
    ['0', 750],
    ['0x7', 750],
  ])('and says Retry-After: %s is left alone for %d ms', async (header, ms) => {
    const { world, exporter, clock } = await exporting([
      { status: 503, headers: { 'Retry-After': header } },
    ]);
    exporter.exportMetrics(world.metrics, { interval: 1_000_000 });
    const sent = exporter.flush({ timeout: 2_000_000 });
    await until(() => exporter.getCounts().requests.retried === 1);
    expect(Math.min(...clock.delays())).toBe(ms);
    clock.advance(ms);
    expect(await sent).toBe(true);
  });

  it.each([400, 401, 404, 413, 500])(
    'with %d has refused the request, counted',
    async (status) => {
      const { world, to, exporter } = await exporting([{ status }]);
      exporter.exportTraces(world.metrics, EVERY_ONE);
      runPipeline(world, 'a', [['load', 4]]);
      await exporter.flush();
      expect(exporter.getCounts().traces).toEqual({
        sent: 0,
        rejected: 2,
        dropped: 0,
      });
      expect(to.requests).toHaveLength(1);
    },
  );

  it('in part has refused so many', async () => {
    const world = newCollector();
    const partialSuccess = { rejectedSpans: '1', errorMessage: 'too old' };
    const to = await receiver([{ body: JSON.stringify({ partialSuccess }) }]);
    const { exporter } = exporterTo(to);
    exporter.exportTraces(world.metrics, EVERY_ONE);
    runPipeline(world, 'a', [['load', 4]]);
    await exporter.flush();
    const { traces, lastError } = exporter.getCounts();
    expect(traces).toEqual({ sent: 1, rejected: 1, dropped: 0 });
    expect(lastError).toBe('too old');
  });

  it('to answer in time gets the request again', async () => {
    const { world, to, exporter, clock } = await exporting([{ hangs: true }], {
      timeout: 5_000,
    });
    exporter.exportMetrics(world.metrics, { interval: 1_000_000 });
    const sent = exporter.flush({ timeout: 100_000 });
    await until(() => to.requests.length === 1);
    clock.advance(5_000);
    await until(() => exporter.getCounts().requests.retried === 1);
    expect(exporter.getCounts().lastError).toBe('no answer within 5000 ms');
    clock.advance(1_000);
    expect(await sent).toBe(true);
  });

  it.each([
    [200, { sent: 2, rejected: 0, dropped: 0 }],
    [400, { sent: 0, rejected: 2, dropped: 0 }],
  ])(
    'in the middle of an answer with %d has answered',
    async (status, expected) => {
      const bytes = `HTTP/1.1 ${status} X\r\nContent-Length: 9\r\n\r\n{`;
      const answers = [{ bytes, ends: true }];
      const { world, to, exporter } = await exporting(answers);
      exporter.exportTraces(world.metrics, EVERY_ONE);
      runPipeline(world, 'a', [['load', 4]]);
      expect(await exporter.flush()).toBe(true);
      expect(exporter.getCounts()).toMatchObject({ traces: expected });
      expect(to.requests).toHaveLength(1);
    },
  );

  it('by another protocol gets the request again', async () => {
    const bytes =
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
    const { world, exporter, clock } = await exporting([{ bytes }]);
    exporter.exportTraces(world.metrics, EVERY_ONE);
    runPipeline(world, 'a', [['load', 4]]);
    const sent = exporter.flush({ timeout: 100_000 });
    await until(() => exporter.getCounts().requests.retried === 1);
    expect(exporter.getCounts().lastError).toBe('no HTTP response');
    expect(await moving(clock, 500, sent)).toBe(true);
  });

  it('even in the client, by a header, does not reach the pipeline', async () => {
    const { world, exporter, clock } = await exporting([], {
      headers: { Trailer: 'of chunks alone' },
    });
    exporter.exportMetrics(world.metrics, { interval: 1_000_000 });
    const sent = exporter.flush({ timeout: 10_000 });
    await until(() => exporter.getCounts().requests.retried > 0);
    expect(exporter.getCounts().lastError).toMatch(/^Trailers/);
    expect(await moving(clock, 500, sent)).toBe(false);
  });

  it('that is away for a while loses nothing that the queue holds', async () => {
    const { world, to, exporter, clock } = await exporting(
      Array.from({ length: 5 }, () => ({ status: 503 })),
    );
    exporter.exportTraces(world.metrics, { ...EVERY_ONE, interval: 1_000 });
    for (let round = 0; round < 20; round += 1) {
      for (let run = 0; run < 10; run += 1)
        runPipeline(world, `run-${round}-${run}`, [['load', 1]]);
      clock.advance(1_000);
      await until(() => clock.delays().includes(1_000));
    }
    const flushed = exporter.flush({ timeout: 1e6 });
    expect(await moving(clock, 500, flushed)).toBe(true);
    const ids = to.spans().map(({ spanId }) => spanId);
    expect(ids).toHaveLength(400);
    expect(new Set(ids).size).toBe(400);
    expect(exporter.getCounts().traces).toEqual({
      sent: 400,
      rejected: 0,
      dropped: 0,
    });
  });

  it('for long costs the oldest requests, counted', async () => {
    const world = newCollector();
    const { exporter, clock } = exporterTo(
      { url: 'http://127.0.0.1:9' },
      { maxQueueBytes: 20_000 },
    );
    exporter.exportTraces(world.metrics, { ...EVERY_ONE, interval: 1_000 });
    for (let round = 0; round < 30; round += 1) {
      for (let run = 0; run < 10; run += 1)
        runPipeline(world, `run-${round}-${run}`, [['load', 1]]);
      clock.advance(1_000);
      await until(() => clock.delays().includes(1_000));
    }
    const { traces, requests } = exporter.getCounts();
    expect(requests.waitingBytes).toBeLessThanOrEqual(20_000);
    expect(traces.dropped).toBeGreaterThan(0);
    const closed = exporter.close({ timeout: 1 });
    expect(await moving(clock, 1, closed)).toBe(false);
    expect(exporter.getCounts().traces).toEqual({
      sent: 0,
      rejected: 0,
      dropped: 600,
    });
  });
});

describe('createOtlpExporter', () => {
  it('asks for answers that are not compressed, which it would not read', async () => {
    const { world, to, exporter } = await exporting();
    exporter.exportMetrics(world.metrics);
    await exporter.flush();
    expect(to.requests[0].headers['accept-encoding']).toBe('identity');
  });

  it('sends the headers given, to paths below the URL given', async () => {
    const to = await receiver();
    const { exporter } = exporterTo(
      { url: `${to.url}/tenant/` },
      { headers: { Authorization: 'Bearer secret' } },
    );
    exporter.exportMetrics(newCollector().metrics);
    await exporter.flush();
    expect(to.requests[0]).toMatchObject({
      path: '/tenant/v1/metrics',
      headers: {
        authorization: 'Bearer secret',
        'content-type': 'application/json',
      },
    });
  });

  it.each([
    [{}, 'url'],
    [{ url: 'ftp://a' }, 'url'],
    [{ url: 'http://a', header: {} }, 'options'],
    [{ url: 'http://a', headers: { 'a b': 'c' } }, 'headers'],
    [{ url: 'http://a', headers: { a: 'b\nc' } }, 'headers'],
    [{ url: 'http://a', headers: new Headers({ a: 'b' }) }, 'headers'],
    [{ url: 'http://a', headers: new Map([['a', 'b']]) }, 'headers'],
    [{ url: 'http://a', headers: [['a', 'b']] }, 'headers'],
    [{ url: 'http://a', headers: { a: {} } }, 'headers'],
    [{ url: 'http://a', timeout: 0 }, 'timeout'],
    [{ url: 'http://a', maxQueueBytes: 1.5 }, 'maxQueueBytes'],
    [{ url: 'http://a', resource: { a: { b: 1 } } }, 'resource'],
    [{ url: 'http://a', resource: new Map([['a', 'b']]) }, 'resource'],
    [{ url: 'http://a', serviceName: '' }, 'serviceName'],
    [{ url: 'http://a', signal: {} }, 'signal'],
    [{ url: 'http://a', clock: {} }, 'clock'],
  ])('refuses %j and says what of it', (options, field) => {
    expect(() => createOtlpExporter(options)).toThrow(
      expect.objectContaining({
        code: 'ERR_PPM_INVALID_CONFIG',
        message: expect.stringMatching(new RegExp(`^${field} must be`)),
      }),
    );
  });

  it('refuses what is no collector, wrong shares, and one collector twice', async () => {
    const { world, exporter } = await exporting();
    const { metrics } = world;
    const invalid = (code) => expect.objectContaining({ code });
    expect(() => exporter.exportMetrics({})).toThrow(
      invalid('ERR_PPM_INVALID_ARG'),
    );
    expect(() => exporter.exportTraces(metrics, { slowest: 2 })).toThrow(
      invalid('ERR_PPM_INVALID_CONFIG'),
    );
    exporter.exportMetrics(metrics);
    expect(() => exporter.exportMetrics(metrics)).toThrow(
      invalid('ERR_PPM_INVALID_ARG'),
    );
  });

  it('names a header that it refuses, and not its value', () => {
    const headers = { Accept: 'a', Authorization: 'Bearer sécrèt→' };
    expect(() => createOtlpExporter({ url: 'http://a', headers })).toThrow(
      /^headers must be .*, got "Authorization"$/,
    );
    for (const [given, shown] of [
      ['Authorization=Bearer x', '"…"'],
      [[['Authorization', 'Bearer x']], 'an array'],
    ])
      expect(() =>
        createOtlpExporter({ url: 'http://a', headers: given }),
      ).toThrow(new RegExp(`^headers must be .*, got ${shown}$`));
  });

  it('counts what it could not send once it is closed, a request on its way, too', async () => {
    const { world, to, exporter, clock } = await exporting([{ hangs: true }]);
    exporter.exportTraces(world.metrics, EVERY_ONE);
    runPipeline(world, 'a', [['load', 4]]);
    const ending = exporter.flush();
    await until(() => to.requests.length === 1);
    const closed = exporter.close({ timeout: 1 });
    expect(await moving(clock, 1, closed)).toBe(false);
    expect(exporter.getCounts()).toMatchObject({
      traces: { sent: 0, rejected: 0, dropped: 2 },
      requests: { waiting: 0, waitingBytes: 0 },
    });
    expect(await ending).toBe(false);
  });

  it('shows no user and no password of a URL that it refuses', () => {
    expect(() => createOtlpExporter({ url: 'htp://me:secret@host' })).toThrow(
      expect.objectContaining({
        message: expect.not.stringContaining('secret'),
      }),
    );
  });

  it('sends the figures of a disposed collector once more, and its traces, and forgets it', async () => {
    const { world, to, exporter, clock } = await exporting();
    exporter.exportMetrics(world.metrics, { interval: 1_000 });
    exporter.exportTraces(world.metrics, { ...EVERY_ONE, interval: 1_000 });
    runPipeline(world, 'a', [['load', 4]]);
    world.metrics.dispose();
    await moving(
      clock,
      1_000,
      until(() => to.requests.length === 2),
    );
    for (let turn = 0; turn < 10; turn += 1)
      await moving(clock, 1_000, Promise.resolve());
    expect(to.requests.map(({ path: at }) => at).sort()).toEqual([
      '/v1/metrics',
      '/v1/traces',
    ]);
    expect(exporter.getCounts().executions.sampled).toBe(1);
    await exporter.flush();
    expect(to.requests).toHaveLength(2);
    // One that takes its place.
    exporter.exportMetrics(newCollector().metrics);
  });

  it('refuses the figures of a second collector, whose series would be those of the first', async () => {
    const { exporter } = await exporting();
    exporter.exportMetrics(newCollector().metrics);
    exporter.exportTraces(newCollector().metrics);
    expect(() => exporter.exportMetrics(newCollector().metrics)).toThrow(
      expect.objectContaining({
        code: 'ERR_PPM_INVALID_ARG',
        message: expect.stringContaining('an exporter of its own'),
      }),
    );
  });

  it('ends with its signal: what was measured is sent, nothing after', async () => {
    const ending = new AbortController();
    const { world, to, exporter, clock } = await exporting([], {
      signal: ending.signal,
    });
    exporter.exportTraces(world.metrics, EVERY_ONE);
    runPipeline(world, 'a', [['load', 4]]);
    ending.abort();
    expect(await exporter.close()).toBe(true);
    expect(to.spans()).toHaveLength(2);
    expect(clock.delays()).toEqual([]);
    runPipeline(world, 'b', [['load', 4]]);
    expect(() => exporter.exportMetrics(world.metrics)).toThrow('closed');
    expect(to.spans()).toHaveLength(2);
  });

  it('does not hold the process alive', () => {
    const program = `
      const { createOtlpExporter, PipelinePerformanceMetrics } = require('./index.js');
      const quiet = () => {};
      const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
      const metrics = new PipelinePerformanceMetrics({ logger, eventBus: { dispatch: quiet } });
      const exporter = createOtlpExporter({ url: 'http://127.0.0.1:9' });
      exporter.exportMetrics(metrics, { interval: 1 }).exportTraces(metrics);
      exporter.flush({ timeout: 1 }).then((sent) => process.stdout.write(String(sent)));
    `;
    expect(printedBy(program)).toBe('false');
  });
});
