'use strict';

/** Own properties of every function. */
const OF_ANY_FUNCTION = ['length', 'name', 'prototype', 'arguments', 'caller'];

/**
 * A replacement for `original` that calls `wrapper`, with its name and class (of asynchronous
 * functions). Properties that others put on it, such as the call counts of a mock, are shared by both.
 * @param {Function} wrapper - a method, so that it has no `prototype` of its own
 * @param {Function} original
 * @param {boolean} [isProxy] - whether the original is a Proxy, which browsers cannot find out
 * @returns {Function}
 */
function imitate(wrapper, original, isProxy = false) {
  const found = Object.getOwnPropertyDescriptors(original);
  // The mocks of node:test are Proxies that show their calls under no key of their own.
  const isPlain =
    !isProxy &&
    Reflect.ownKeys(found).every((key) =>
      OF_ANY_FUNCTION.includes(/** @type {string} */ (key)),
    );
  return isPlain
    ? Object.defineProperties(
        Object.setPrototypeOf(wrapper, Object.getPrototypeOf(original)),
        found,
      )
    : new Proxy(original, {
        apply: (_, thisArg, args) => Reflect.apply(wrapper, thisArg, args),
      });
}

module.exports = { imitate };
