'use strict';

// The package as it is, or where the addon is optional and does not load, its stand-in: the same
// API, which records nothing. Bundles for browsers take browser.js in place of this file.

const { addonOnce, isOptional } = require('./boundary/native-loader');

/** Why the stand-in is used; undefined where the addon is. */
const reason = isOptional() ? addonOnce().error : undefined;

// Node.js reads the names to import from the last of these assignments.
if (reason !== undefined) {
  process.emitWarning('Nothing is recorded: the native addon did not load', {
    code: 'PPM_STAND_IN',
    detail: reason.message,
  });
  module.exports = require('../browser.js');
} else {
  module.exports = require('./index.js');
}
