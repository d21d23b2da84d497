'use strict';

/** @type {WeakSet<Function>} - every `execute` that measures */
const measuringMethods = new WeakSet();

// Longer than any real class hierarchy, short enough for a Proxy that answers with itself.
const MAX_ANCESTORS = 32;

/** @type {WeakMap<object, Function>} - our wrapper of its `execute`, also under another's */
const wrapperOf = new WeakMap();

/** @type {WeakSet<Function>} - those of them that another's function was seen to call */
const calledThrough = new WeakSet();

/**
 * Whether `execute`, one of {@link measuringMethods}, is the one to measure `owner`: the first
 * measuring one on its prototype chain. It calls the others through `super`; one `execute` of a stage
 * is one span.
 * @param {{ execute?: unknown }} owner
 * @param {Function} execute
 */
function isOutermost(owner, execute) {
  try {
    if (owner.execute === execute) return true;
    /** @type {object} */
    let holder = owner;
    for (let i = 0; i < MAX_ANCESTORS && holder !== null; i += 1) {
      const own = methodIn(holder);
      const covered = wrapperOf.get(holder);
      if (own === execute) return true;
      if (covered === execute) {
        calledThrough.add(execute);
        return true;
      }
      if (
        measuringMethods.has(/** @type {Function} */ (own)) ||
        calledThrough.has(/** @type {Function} */ (covered))
      )
        return false;
      holder = Object.getPrototypeOf(holder);
    }
  } catch {
    // A getter or a Proxy of the caller's.
  }
  return true;
}

/** @param {object} holder @returns its own `execute`, unless a getter hands that out */
const methodIn = (holder) =>
  Object.getOwnPropertyDescriptor(holder, 'execute')?.value;

module.exports = {
  isOutermost,
  measuringMethods,
  methodIn,
  wrapperOf,
};
