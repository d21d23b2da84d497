'use strict';

const { checkMethods } = require('../config/settings');

/** @typedef {'openmetrics' | 'prometheus'} Format */

const TYPES = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
};
/** @type {Record<string, Format[]>} - what an entry of an Accept header says of the formats */
const RANGES = {
  'application/openmetrics-text': ['openmetrics'],
  'application/*': ['openmetrics'],
  'text/plain': ['prometheus'],
  'text/*': ['prometheus'],
  '*/*': ['openmetrics', 'prometheus'],
};
/** Characters of an Accept header that are read. */
const READ = 4096;

/** @param {string[]} parameters */
function weightOf(parameters) {
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=');
    if (name.trim().toLowerCase() !== 'q') continue;
    const weight = Number(value);
    return weight >= 0 && weight <= 1 ? weight : 0;
  }
  return 1;
}

/**
 * The format that a client prefers; the older one unless it accepts the newer.
 * @param {string | undefined} accept
 * @returns {Format}
 */
function negotiated(accept) {
  const weights = { openmetrics: 0, prometheus: 0 };
  const exact = new Set();
  for (const entry of String(accept ?? '')
    .slice(0, READ)
    .split(',')) {
    const [type, ...parameters] = entry.split(';');
    const range = type.trim().toLowerCase();
    if (!Object.hasOwn(RANGES, range)) continue;
    const isExact = !range.endsWith('*');
    for (const format of RANGES[range]) {
      if (exact.has(format) && !isExact) continue;
      const weight = weightOf(parameters);
      const before = isExact && !exact.has(format) ? 0 : weights[format];
      weights[format] = Math.max(before, weight);
      if (isExact) exact.add(format);
    }
  }
  // Browsers and curl send a wildcard alone.
  return exact.has('openmetrics') &&
    weights.openmetrics > 0 &&
    weights.openmetrics >= weights.prometheus
    ? 'openmetrics'
    : 'prometheus';
}

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
function createMetricsHandler(metrics) {
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
