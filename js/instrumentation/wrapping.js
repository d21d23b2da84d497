'use strict';

const { invalidArg } = require('../errors');
const { measuringMethods } = require('./outermost');

/** @typedef {{ execute?: Function, constructor?: Function }} Holder */

/**
 * @template T
 * @typedef {{ original: Function, targets: T[], wrapper?: Function }} Call
 */

/**
 * What is wired, by the object that has the `execute`.
 *
 * @type {WeakMap<object, WrappedMethod<any>>}
 */
const wired = new WeakMap();

/**
 * The `execute` of one object, wrapped for as long as any installation wants it. There is one
 * wrapper, however many installations share the class.
 *
 * @template T
 */
class WrappedMethod {
  /**
   * Whom calls are reported to, the latest last.
   *
   * @type {T[]}
   */
  targets = [];
  #holder;
  #make;
  /** @type {Function | null} */
  #wrapper = null;
  /** @type {Call<T> | null} */
  #call = null;
  /** @type {PropertyDescriptor | undefined} */
  #descriptor;

  /**
   * @param {Holder} holder
   * @param {(call: Call<T>) => Function} make - makes a wrapper; `call` has `original`, which it
   */
  constructor(holder, make) {
    this.#holder = holder;
    this.#make = make;
  }

  /**
   * Reports to `target` as well. Throws where the method cannot be replaced.
   *
   * @param {T} target
   */
  add(target) {
    if (this.#wrapper === null || this.#holder.execute !== this.#wrapper)
      this.#wrap();
    if (!this.targets.includes(target)) this.targets.push(target);
  }

  /** Puts a measuring method in place, with the name and length of what stood there. */
  #wrap() {
    const holder = this.#holder;
    const original = /** @type {Function} */ (holder.execute);
    const descriptor = Object.getOwnPropertyDescriptor(holder, 'execute');
    /** @type {Call<T>} */
    const call = { original, targets: this.targets };
    const wrapper = Object.defineProperties(this.#make(call), {
      name: { value: original.name, configurable: true },
      length: { value: original.length, configurable: true },
    });
    call.wrapper = wrapper;
    const isReplaced = Reflect.defineProperty(holder, 'execute', {
      configurable: true,
      enumerable: descriptor !== undefined && descriptor.enumerable,
      writable: true,
      value: wrapper,
    });
    if (!isReplaced)
      throw invalidArg(
        `${nameOf(holder)}.execute cannot be replaced: the object is frozen, sealed or not extensible`,
      );
    // Another wrapper may stand over the one before and call it, which then stays silent.
    this.#silence();
    this.#call = call;
    this.#wrapper = wrapper;
    this.#descriptor = descriptor;
    measuringMethods.add(wrapper);
  }

  #silence() {
    if (this.#wrapper === null) return;
    measuringMethods.delete(this.#wrapper);
    /** @type {Call<T>} */ (this.#call).targets = [];
  }

  /**
   * Reports to `target` no more; puts back what stood there once there is no target left.
   *
   * @param {T} target
   */
  remove(target) {
    const at = this.targets.indexOf(target);
    if (at < 0) return;
    this.targets.splice(at, 1);
    if (this.targets.length === 0) this.#unwrap();
  }

  /** Where another wrapper stands over ours, that stays, and ours falls silent. */
  #unwrap() {
    const holder = this.#holder;
    this.#silence();
    const own = Object.getOwnPropertyDescriptor(holder, 'execute');
    if (own?.value === this.#wrapper) {
      if (this.#descriptor === undefined) delete holder.execute;
      else Object.defineProperty(holder, 'execute', this.#descriptor);
    }
    this.#wrapper = null;
  }
}

/** @param {Holder} holder */
const nameOf = (holder) => {
  const name = holder.constructor?.name;
  return typeof name === 'string' && name !== ''
    ? `${name}.prototype`
    : 'an object given in stages';
};

/**
 * The wrapped `execute` of an object, the same for all installations.
 *
 * @template T
 * @param {object} holder
 * @param {(call: Call<T>) => Function} make
 * @returns {WrappedMethod<T>}
 */
function wrappedMethodOf(holder, make) {
  let method = wired.get(holder);
  if (method === undefined) {
    method = new WrappedMethod(holder, make);
    wired.set(holder, method);
  }
  return method;
}

module.exports = { wrappedMethodOf };
