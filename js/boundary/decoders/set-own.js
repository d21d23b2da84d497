'use strict';

/**
 * Sets a property of that name, `__proto__` included, without touching a prototype.
 * @template T
 * @param {Record<string, T>} target
 * @param {string} name
 * @param {T} value
 */
function setOwn(target, name, value) {
  if (name === '__proto__') {
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    target[name] = value;
  }
}

module.exports = { setOwn };
