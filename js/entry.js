'use strict';

// The package, or where the addon is optional and does not load, a stand-in with the same API that
// records nothing. Bundles for browsers take browser.js in place of this file.

const { VERSION } = require('./boundary/addon-candidates');
const { addonOnce, isOptional } = require('./boundary/native-loader');

/**
 * Copies of one version in one realm (nested by npm, or loaded again by a test runner) share the first: two would not
 * see each other's spans, and count them twice. It is stored as a function, because a test runner deletes properties
 * of objects on the global object.
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
  // Each copy gets its own object, since a test may replace a function in it.
  Reflect.defineProperty(globalThis, COPY, {
    configurable: true,
    value: () => Object.defineProperties({}, exported),
  });
}
