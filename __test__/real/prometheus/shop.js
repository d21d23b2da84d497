'use strict';

// A pipeline that runs all the while, with a stage that fails now and then.

const http = require('node:http');
const { setInterval, clearInterval } = require('node:timers');
const {
  PipelinePerformanceMetrics,
  createMetricsHandler,
  measurePipeline,
  measureStage,
} = require('../../..');

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Keeps the processor busy for so many ms. */
function work(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Runs one pipeline; a failure is one of its second stage. */
function runOnce(metrics, { fails }) {
  measurePipeline(metrics, {}, () => {
    measureStage(metrics, 'load "1"\\', {}, () => {
      work(0.3);
      return { data: [1, 2, 3] };
    });
    return measureStage(metrics, 'store', {}, () => {
      work(1.2);
      return { success: !fails, errors: fails ? ['no'] : [] };
    });
  });
}

/** The pipeline, and a server that exposes what it takes. */
async function openShop() {
  const metrics = new PipelinePerformanceMetrics({
    logger: quiet,
    eventBus: { dispatch() {} },
  });
  let runs = 0;
  const running = setInterval(() => {
    runs += 1;
    runOnce(metrics, { fails: runs % 10 === 0 });
  }, 20);
  const server = http.createServer(createMetricsHandler(metrics));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    metrics,
    target: `127.0.0.1:${server.address().port}`,
    /** A run that raises an alert of severity error. */
    fail: () => runOnce(metrics, { fails: true }),
    stop: () => clearInterval(running),
    async close() {
      clearInterval(running);
      metrics.dispose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

module.exports = { openShop };
