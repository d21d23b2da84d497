'use strict';

/**
 * Sets an own property; one named `__proto__` does not change the prototype.
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
