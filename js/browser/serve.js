'use strict';

/**
 * A page serves nothing: there is no address.
 *
 * @type {typeof import('../../types/page').serveMetrics}
 */
async function serveMetrics(metrics, options) {
  return { url: '', port: 0, async close() {} };
}

module.exports = { serveMetrics };
