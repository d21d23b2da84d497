'use strict';

// A browser page measures nothing, so there is nothing to serve, read or send.

/** @param {import('../../types/export').Exposing} metrics */
function createMetricsHandler(metrics) {
  return (
    /** @type {unknown} */ req,
    /** @type {{ statusCode: number, end(): unknown }} */ res,
  ) => {
    res.statusCode = 204;
    res.end();
  };
}

/** @type {typeof import('../../types/export').createMetricProducer} */
function createMetricProducer(metrics) {
  const nothingAt = () => ({ resource: { attributes: {} }, scopeMetrics: [] });
  return {
    collect: async () => ({ resourceMetrics: nothingAt(), errors: [] }),
  };
}

const nothing = () => ({ sent: 0, rejected: 0, dropped: 0 });

/** @type {typeof import('../../types/export').createOtlpExporter} */
function createOtlpExporter(options) {
  return {
    exportMetrics(metrics, options) {
      return this;
    },
    exportTraces(metrics, options) {
      return this;
    },
    getCounts: () => ({
      metrics: nothing(),
      traces: nothing(),
      executions: {},
      requests: { sent: 0, retried: 0, waiting: 0, waitingBytes: 0 },
      lastError: null,
    }),
    flush: async (options) => true,
    close: async (options) => true,
    ...(Symbol.asyncDispose && { async [Symbol.asyncDispose]() {} }),
  };
}

/** @type {typeof import('../../types/page').serveMetrics} */
const serveMetrics = async (metrics, options) => ({
  url: '',
  port: 0,
  async close() {},
});

module.exports = {
  createMetricProducer,
  createMetricsHandler,
  createOtlpExporter,
  serveMetrics,
};
