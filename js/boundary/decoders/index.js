'use strict';

// Rows of numbers to the plain objects a caller gets. Field for field, no arithmetic.

module.exports = {
  ...require('./set-own'),
  ...require('./rates'),
  ...require('./stages'),
  ...require('./executions'),
  ...require('./alerts'),
};
