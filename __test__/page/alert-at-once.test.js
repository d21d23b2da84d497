/** @jest-environment node */
'use strict';

/** An alert is sent as the pipeline lets others run, whatever timers do. */

jest.mock('node:timers', () => ({
  ...jest.requireActual('node:timers'),
  // The server's own looks for news never come.
  setInterval: () => ({ unref: () => ({}) }),
}));

const { channel } = require('node:diagnostics_channel');
const { once } = require('node:events');
const http = require('node:http');
const { serveMetrics } = require('../..');
const { newCollector, runPipeline } = require('../fixtures/collector');

const ALERTS = channel('pipeline-performance-metrics:alert');

it('an alert is sent whatever timers do, and the server listens for alerts while there is a listener, no longer', async () => {
  const world = newCollector();
  world.metrics.setStageThreshold('load', { maxDuration: 1 });
  const page = await serveMetrics(world.metrics);
  expect(ALERTS.hasSubscribers).toBe(false);
  const request = http.get(`${page.url}events`, { agent: false });
  const [response] = await once(request, 'response');
  expect(ALERTS.hasSubscribers).toBe(true);
  let text = '';
  response.setEncoding('utf8');
  const heard = new Promise((resolve) =>
    response.on('data', (part) => {
      text += part;
      if (text.includes('"executionId":"slow"')) resolve();
    }),
  );
  runPipeline(world, 'slow', [['load', 50]]);
  await heard;
  await page.close();
  expect(ALERTS.hasSubscribers).toBe(false);
});
