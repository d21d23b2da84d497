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

module.exports = { createMetricsHandler };
