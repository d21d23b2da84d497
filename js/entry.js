'use strict';

// The package as it is, or where the addon is optional and does not load, its stand-in: the same
// API, which records nothing. Bundles for browsers take browser.js in place of this file.

const { VERSION } = require('./boundary/addon-candidates');
const { addonOnce, isOptional } = require('./boundary/native-loader');

/**
 * Copies of one version in one realm, as npm nests them or a test runner loads them again, are one package: two would
 * not see what the other measures, and count it twice. Where the first is, is a function: a test runner deletes
 * properties of what it finds on the global object.
 */
const COPY = Symbol.for(`pipeline-performance-metrics@${VERSION}`);
/** @type {unknown} */
const first = Reflect.get(globalThis, COPY);

/** Why the stand-in is used; undefined where the addon is. */
const reason =
  first === undefined && isOptional() ? addonOnce().error : undefined;

// Node.js reads the names to import from the last of these assignments.
if (typeof first === 'function') {
  module.exports = first();
} else if (reason !== undefined) {
  process.emitWarning('Nothing is recorded: the native addon did not load', {
    code: 'PPM_STAND_IN',
    detail: reason.message,
  });
  module.exports = require('../browser.js');
} else {
  module.exports = require('./index.js');
  const exported = Object.getOwnPropertyDescriptors(module.exports);
  // Each gets an object of its own: a test may replace a function in it.
  Reflect.defineProperty(globalThis, COPY, {
    configurable: true,
    value: () => Object.defineProperties({}, exported),
  });
}
