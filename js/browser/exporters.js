'use strict';

/** A page serves nothing: what it answers is empty. */
function createMetricsHandler(metrics) {
  return (req, res) => {
    res.statusCode = 204;
    res.end();
  };
}

/** A page measures nothing: what a reader collects is empty. */
function createMetricProducer(metrics, options) {
  return {
    async collect() {
      const resource = { attributes: {} };
      return { resourceMetrics: { resource, scopeMetrics: [] }, errors: [] };
    },
  };
}

const nothing = () => ({ sent: 0, rejected: 0, dropped: 0 });

/** A page measures nothing: there is nothing to send. */
class OtlpExporter {
  exportMetrics(metrics, options) {
    return this;
  }

  exportTraces(metrics, options) {
    return this;
  }

  getCounts() {
    const requests = { sent: 0, retried: 0, waiting: 0, waitingBytes: 0 };
    return {
      metrics: nothing(),
      traces: nothing(),
      executions: {},
      requests,
      lastError: null,
    };
  }

  async flush(options) {
    return true;
  }

  async close(options) {
    return true;
  }
}

if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(OtlpExporter.prototype, Symbol.asyncDispose, {
    async value() {},
    configurable: true,
    writable: true,
  });
}

function createOtlpExporter(options) {
  return new OtlpExporter();
}

module.exports = {
  createMetricProducer,
  createMetricsHandler,
  createOtlpExporter,
};
