'use strict';

/** A page serves nothing: what it answers is empty. */
function createMetricsHandler(metrics) {
  return (req, res) => {
    res.statusCode = 204;
    res.end();
  };
}

module.exports = { createMetricsHandler };
