'use strict';

/**
 * Methods of ours on one object of the caller's, over those it has: unseen where properties are
 * listed, with the name and length of what they cover, and gone once cleared.
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
    Object.defineProperties(method, {
      name: { value: original.name, configurable: true },
      length: { value: original.length, configurable: true },
    });
    const isCovered = Reflect.defineProperty(this.#owner, key, {
      value: method,
      configurable: true,
      enumerable: own !== undefined && own.enumerable,
      writable: true,
    });
    if (isCovered) this.#covered.set(key, { own, method });
    return isCovered;
  }

  /** Puts back what was covered, unless the caller has put another method there since. */
  clear() {
    for (const [key, { own, method }] of this.#covered) {
      const current = Object.getOwnPropertyDescriptor(this.#owner, key);
      if (current?.value !== method) continue;
      if (own === undefined) Reflect.deleteProperty(this.#owner, key);
      else Reflect.defineProperty(this.#owner, key, own);
    }
    this.#covered.clear();
  }
}

module.exports = { Shadows };
