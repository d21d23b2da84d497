'use strict';

const { checkNoOptions } = require('../config/option-names');
const { checkMethods } = require('../config/settings');

/** @typedef {'openmetrics' | 'prometheus'} Format */

const TYPES = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
};

/** @param {string} range - of an Accept header: one of weight 0 is refused (RFC 9110, 12.4.2) */
function isOpenMetrics(range) {
  const [type, ...parameters] = range.split(';').map((part) => part.trim());
  const isRefused = parameters.some((part) => /^q=0(\.0*)?$/i.test(part));
  return /^application\/openmetrics-text$/i.test(type) && !isRefused;
}

/**
 * The format for a client: OpenMetrics if its Accept header names that, else the older one.
 * @param {string | undefined} accept
 * @returns {Format}
 */
const negotiated = (accept = '') =>
  accept.split(',').some(isOpenMetrics) ? 'openmetrics' : 'prometheus';

/**
 * Reads nothing that a client sends, and ends the response.
 * @param {import('../../types/export').ScrapeResponse} res
 * @param {number} status
 * @param {Record<string, string>} headers
 * @param {string} text
 * @param {boolean} withBody
 */
function answer(res, status, headers, text, withBody) {
  res.writeHead(status, {
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  res.end(withBody ? text : undefined);
}

/**
 * A handler of HTTP requests for Prometheus to scrape, for `node:http`, Express and anything that
 * calls `(req, res)`. It answers GET and HEAD at whichever path it is mounted.
 * @type {typeof import('../../types/export').createMetricsHandler}
 */
function createMetricsHandler(metrics, options = undefined) {
  checkNoOptions('createMetricsHandler', options);
  checkMethods('metrics', metrics, ['toOpenMetrics']);
  return (req, res) => {
    const plain = { 'Content-Type': 'text/plain; charset=utf-8' };
    const isHead = req.method === 'HEAD';
    if (req.method !== 'GET' && !isHead) {
      const headers = { ...plain, Allow: 'GET, HEAD', Connection: 'close' };
      answer(res, 405, headers, 'Only GET and HEAD\n', true);
      return;
    }
    const format = negotiated(req.headers.accept);
    let text;
    try {
      text = metrics.toOpenMetrics({ format });
    } catch {
      // Internal errors are not shown to clients.
      answer(res, 500, plain, 'No metrics: the collector failed\n', !isHead);
      return;
    }
    const headers = { 'Content-Type': TYPES[format], Vary: 'Accept' };
    answer(res, 200, headers, text, !isHead);
  };
}

module.exports = { createMetricsHandler };
