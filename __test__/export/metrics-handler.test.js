/** @jest-environment node */
'use strict';

const http = require('node:http');
const { createMetricsHandler } = require('../..');
const { newCollector, runPipeline } = require('../fixtures/collector');
const { parseOpenMetrics } = require('./openMetrics');

let server;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve()));
  server = undefined;
});

async function serve(metrics) {
  server = http.createServer(createMetricsHandler(metrics));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return (method, accept, body) =>
    new Promise((resolve, reject) => {
      const headers = accept === undefined ? {} : { accept };
      const request = http.request(
        { host: '127.0.0.1', port, method, headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part) => (text += part));
          response.on('end', () => resolve({ response, text }));
        },
      );
      request.on('error', reject);
      request.end(body);
    });
}

const PROMETHEUS_ACCEPT =
  'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';

describe('createMetricsHandler', () => {
  it.each([
    [PROMETHEUS_ACCEPT, 'application/openmetrics-text; version=1.0.0'],
    ['Application/OpenMetrics-Text', 'application/openmetrics-text'],
    [
      'text/plain;q=0, application/openmetrics-text;q=0.05',
      'application/openmetrics-text',
    ],
    ['application/openmetrics-text;q=0, text/plain', 'text/plain'],
    ['application/openmetrics-text;version=1.0.0; Q=0.000', 'text/plain'],
    ['application/openmetrics-text-of-others', 'text/plain'],
    ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
    [undefined, 'text/plain; version=0.0.4'],
  ])('answers a client that accepts %s with %s', async (accept, type) => {
    const world = newCollector();
    runPipeline(world, 'ü', [['ü', 4]]);
    const ask = await serve(world.metrics);
    const { response, text } = await ask('GET', accept);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type'].startsWith(type)).toBe(true);
    expect(response.headers.vary).toBe('Accept');
    expect(text).toContain('stage="ü"');
    if (type.startsWith('application')) parseOpenMetrics(text);
  });

  it('answers HEAD without a body, and nothing else than GET', async () => {
    const ask = await serve(newCollector().metrics);
    const head = await ask('HEAD');
    expect(head.response.statusCode).toBe(200);
    expect(Number(head.response.headers['content-length'])).toBeGreaterThan(0);
    expect(head.text).toBe('');
    const post = await ask('POST', undefined, 'x'.repeat(10));
    expect(post.response.statusCode).toBe(405);
    expect(post.response.headers.allow).toBe('GET, HEAD');
  });

  it('answers 500 if the collector fails, without the reason', async () => {
    const ask = await serve({
      toOpenMetrics() {
        throw new Error('secret');
      },
    });
    const { response, text } = await ask('GET');
    expect(response.statusCode).toBe(500);
    expect(text).not.toContain('secret');
  });

  it('refuses options, which it has not, and takes a place in a list', () => {
    const { metrics } = newCollector();
    expect(() => createMetricsHandler(metrics, { prefix: 'shop' })).toThrow(
      expect.objectContaining({
        code: 'ERR_PPM_INVALID_ARG',
        message: 'createMetricsHandler takes only a collector, no options',
      }),
    );
    expect([metrics].map(createMetricsHandler)).toHaveLength(1);
  });

  it.each([undefined, null, {}, 'metrics'])('refuses %p', (metrics) => {
    expect(() => createMetricsHandler(metrics)).toThrow(
      expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
    );
  });
});
