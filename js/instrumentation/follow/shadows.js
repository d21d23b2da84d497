'use strict';

const { types } = require('node:util');
const { imitate } = require('../imitate');

/**
 * Whether a method has nothing but name and length, unlike an asynchronous one or a test's spy. Imitating those
 * takes longer than following does.
 * @param {Function} method
 */
function isBare(method) {
  for (const _ in method) return false;
  return (
    Object.getPrototypeOf(method) === Function.prototype &&
    !types.isProxy(method)
  );
}

/**
 * Our methods over those of one caller's object: not enumerable, looking like the originals, and
 * gone once cleared.
 */
class Shadows {
  #owner;
  #covered = new Map();

  /** @param {object} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  /**
   * @param {PropertyKey} key
   * @param {Function} original - what the object has there
   * @param {Function} method
   * @returns {boolean} false for an object that cannot be changed
   */
  cover(key, original, method) {
    const own = Object.getOwnPropertyDescriptor(this.#owner, key);
    if (
      own === undefined ? !Object.isExtensible(this.#owner) : !own.configurable
    )
      return false;
    const standIn = isBare(original)
      ? Object.defineProperties(method, {
          name: { value: original.name, configurable: true },
          length: { value: original.length, configurable: true },
        })
      : imitate(method, original, types.isProxy(original));
    const isCovered = Reflect.defineProperty(this.#owner, key, {
      value: standIn,
      configurable: true,
      enumerable: own !== undefined && own.enumerable,
      writable: true,
    });
    if (isCovered) this.#covered.set(key, { own, standIn });
    return isCovered;
  }

  /** Restores the originals, except where the caller has put another method since. */
  clear() {
    for (const [key, { own, standIn }] of this.#covered) {
      const current = Object.getOwnPropertyDescriptor(this.#owner, key);
      if (current?.value !== standIn) continue;
      if (own === undefined) Reflect.deleteProperty(this.#owner, key);
      else Reflect.defineProperty(this.#owner, key, own);
    }
    this.#covered.clear();
  }
}

module.exports = { Shadows };
