'use strict';

/**
 * A page serves nothing: what it answers is empty.
 *
 * @param {import('../../types/export').Exposing} metrics
 * @returns {(req: unknown, res: { statusCode: number, end(): unknown }) => void}
 */
function createMetricsHandler(metrics) {
  return (req, res) => {
    res.statusCode = 204;
    res.end();
  };
}

/**
 * A page measures nothing: what a reader collects is empty.
 *
 * @type {typeof import('../../types/export').createMetricProducer}
 */
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
  /**
   * @param {unknown} metrics
   * @param {unknown} [options]
   */
  exportMetrics(metrics, options) {
    return this;
  }

  /**
   * @param {unknown} metrics
   * @param {unknown} [options]
   */
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

  /** @param {unknown} [options] */
  async flush(options) {
    return true;
  }

  /** @param {unknown} [options] */
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

/** @type {typeof import('../../types/export').createOtlpExporter} */
function createOtlpExporter(options) {
  return new OtlpExporter();
}

module.exports = {
  createMetricProducer,
  createMetricsHandler,
  createOtlpExporter,
};
