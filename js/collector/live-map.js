'use strict';

const { inspect } = require('node:util');
const { asked } = require('../boundary/call-native');
const { invalidArg } = require('../errors');

/**
 * The store behind a live Map.
 * @template Value, Given
 * @typedef {object} Store
 * @property {() => any[]} keys - in order of insertion; `{ stage: name }` for a stage that is
 *   called as whole pipelines are, where the Map holds those too
 * @property {() => number} [size] - where that costs less than to list the keys
 * @property {(key: unknown) => boolean} has
 * @property {(key: unknown) => Value | undefined} get - a copy made now
 * @property {(key: unknown, given: Given) => void} set
 * @property {(key: unknown) => boolean} delete - whether there was one
 */

/**
 * A Map over the native store: `get` copies out, `set` writes through. It extends Map only for
 * `instanceof`, and stores nothing in it. Errors of the native side get one of our codes.
 * @template Value, Given
 * @extends {Map<any, Value>}
 */
class LiveMap extends Map {
  #store;

  /** @param {Store<Value, Given>} store */
  constructor(store) {
    super();
    this.#store = /** @type {Store<Value, Given>} */ (
      Object.fromEntries(
        Object.entries(store).map(([name, call]) => [
          name,
          (/** @type {[any, any]} */ ...args) => asked(() => call(...args)),
        ]),
      )
    );
  }

  get size() {
    return this.#store.size?.() ?? this.#store.keys().length;
  }

  /** @param {unknown} key */
  has(key) {
    return this.#store.has(key);
  }

  /** @param {unknown} key */
  get(key) {
    return this.#store.get(key);
  }

  /** @param {unknown} key @param {any} given - a `Given`, of which each `Value` is one */
  set(key, given) {
    this.#store.set(key, given);
    return this;
  }

  /** @param {unknown} key @param {any} given - set where there is no such key */
  getOrInsert(key, given) {
    return this.getOrInsertComputed(key, () => given);
  }

  /** @param {unknown} key @param {(key: unknown) => any} make */
  getOrInsertComputed(key, make) {
    if (typeof make !== 'function')
      throw invalidArg('callback must be a function', make);
    if (!this.has(key)) this.set(key, make(key));
    return this.get(key);
  }

  /** @param {unknown} key */
  delete(key) {
    return this.#store.delete(key);
  }

  keys() {
    return this.#store.keys()[Symbol.iterator]();
  }

  /** @returns {any} */
  *values() {
    for (const key of this.#store.keys()) yield this.get(key);
  }

  /** @returns {any} */
  *entries() {
    for (const key of this.#store.keys()) yield [key, this.get(key)];
  }

  /** @returns {any} */
  [Symbol.iterator]() {
    return this.entries();
  }

  /**
   * @param {(value: Value, key: any, map: Map<any, Value>) => void} callback
   * @param {unknown} [thisArg]
   */
  forEach(callback, thisArg) {
    for (const [key, value] of this.entries())
      callback.call(thisArg, value, key, this);
  }

  clear() {
    for (const key of this.#store.keys()) this.delete(key);
  }

  /** @param {number} depth @param {object} options @param {typeof inspect} show */
  [inspect.custom](depth, options, show) {
    return show(new Map(this), options);
  }
}

module.exports = { LiveMap };
