'use strict';

/**
 * Every `execute` that measures.
 *
 * @type {WeakSet<Function>}
 */
const measuringMethods = new WeakSet();

// Longer than any real class hierarchy, short enough for a Proxy that answers with itself.
const MAX_ANCESTORS = 32;

/**
 * Whether `execute`, one of {@link measuringMethods}, is the one to measure `owner`: the first on its
 * prototype chain that measures. The others are called by that one through `super`, and one
 * `execute` of one stage is one span.
 *
 * @param {{ execute?: unknown }} owner
 * @param {Function} execute
 */
function isOutermost(owner, execute) {
  try {
    if (owner.execute === execute) return true;
    let holder = owner;
    for (let i = 0; i < MAX_ANCESTORS && holder !== null; i += 1) {
      const own = Object.getOwnPropertyDescriptor(holder, 'execute')?.value;
      if (own === execute) return true;
      if (measuringMethods.has(own)) return false;
      holder = Object.getPrototypeOf(holder);
    }
  } catch {
    // A getter or a Proxy of the caller's.
  }
  return true;
}

module.exports = { isOutermost, measuringMethods };
