'use strict';

/** @template T @param {T} value @returns {T} another of plain data, however deep */
function copyOf(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return /** @type {any} */ (value.map(copyOf));
  // Spread first: an own field called __proto__ is then one that can be assigned.
  const copy = /** @type {any} */ ({ ...value });
  for (const key of Object.keys(copy)) {
    const field = copy[key];
    if (typeof field === 'object' && field !== null) copy[key] = copyOf(field);
  }
  return copy;
}

/**
 * Caches the result of `make` until records, alerts or baselines change; callers get a copy.
 * @template T
 * @param {{ native: { version(): number } }} core
 * @param {() => T} make
 * @param {(value: T) => T} copy
 */
function cached(core, make, copy = copyOf) {
  let version = NaN;
  /** @type {T} */
  let value;
  return () => {
    const now = core.native.version();
    if (now !== version) {
      value = make();
      version = now;
    }
    return copy(value);
  };
}

module.exports = { cached };
