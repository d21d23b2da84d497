'use strict';

const { setOwn } = require('../boundary/decoders');

/**
 * Another of plain data, however deep.
 *
 * @template T
 * @param {T} value
 * @returns {T}
 */
function copyOf(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return /** @type {any} */ (value.map(copyOf));
  const copy = /** @type {any} */ ({});
  for (const [key, field] of Object.entries(value))
    setOwn(copy, key, copyOf(field));
  return copy;
}

/**
 * What `make` makes, made again only after records, alerts or baselines changed. What is
 * cached is not handed out: callers get a copy.
 *
 * @template T
 * @param {{ native: { version(): number } }} core
 * @param {() => T} make
 */
function cached(core, make) {
  let version = NaN;
  /** @type {T} */
  let value;
  return () => {
    const now = core.native.version();
    if (now !== version) {
      value = make();
      version = now;
    }
    return copyOf(value);
  };
}

module.exports = { cached };
