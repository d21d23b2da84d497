'use strict';

const { types } = require('node:util');
const { invalidArg } = require('../errors');
const { imitate } = require('./imitate');
const { measuringMethods, methodIn, wrapperOf } = require('./outermost');

/** @typedef {{ execute?: Function, constructor?: Function }} Holder */

/**
 * What a wrapper measures.
 * @template T
 * @typedef {{ original: Function, targets: T[], wrapper: Function }} Call
 */

/** @param {object} holder @returns what stands under `execute` on an object or above it */
function descriptorAt(holder) {
  for (let at = holder; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, 'execute');
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

/** @param {object} holder @returns whether it has a method `execute`; a getter is none, and not asked */
function hasExecute(holder) {
  try {
    return typeof descriptorAt(holder)?.value === 'function';
  } catch {
    // A Proxy of the caller's.
    return false;
  }
}

/** @type {WeakMap<object, WrappedMethod<any>>} - by the object that has the `execute` */
const wired = new WeakMap();

/**
 * The originals of our silenced wrappers. One that reappears from under a test's spy is not wrapped
 * again.
 * @type {WeakMap<Function, Function>}
 */
const silent = new WeakMap();

/** @param {Function} method @returns {Function} */
function withoutSilent(method) {
  let original = method;
  for (
    let under = silent.get(original);
    under !== undefined;
    under = silent.get(original)
  )
    original = under;
  return original;
}

/**
 * The `execute` of one object, wrapped as long as any installation needs it: one wrapper, however
 * many installations share the class.
 * @template {{ isRemoved: boolean, isRunning: boolean }} T
 */
class WrappedMethod {
  /** @type {T[]} - that calls are reported to, the latest last */
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
   * @param {(call: Call<T>) => Function} make - makes a wrapper of `call.original`
   */
  constructor(holder, make) {
    this.#holder = holder;
    this.#make = make;
  }

  /**
   * Reports to `target` as well; whether it did not before. Throws where the method cannot be
   * replaced.
   * @param {T} target
   */
  add(target) {
    if (this.#wrapper === null || methodIn(this.#holder) !== this.#wrapper)
      this.#wrap();
    if (this.targets.includes(target)) return false;
    this.targets.push(target);
    return true;
  }

  /** Replaces the method with a measuring one. */
  #wrap() {
    const holder = this.#holder;
    const own = Object.getOwnPropertyDescriptor(holder, 'execute');
    const found = /** @type {PropertyDescriptor} */ (descriptorAt(holder));
    const original = withoutSilent(found.value);
    /** @type {Call<T>} */
    const call = { original, targets: this.targets, wrapper: original };
    const wrapper = imitate(
      this.#make(call),
      original,
      types.isProxy(original),
    );
    call.wrapper = wrapper;
    const isCovered = isDefined(holder, {
      configurable: true,
      enumerable: own !== undefined && own.enumerable,
      writable: true,
      value: wrapper,
    });
    if (!isCovered)
      throw invalidArg(
        `${nameOf(holder)} cannot be replaced: the object is frozen, sealed or not extensible`,
      );
    // Another wrapper may cover our former one and call it, which then stays silent.
    this.#silence();
    this.#call = call;
    this.#wrapper = wrapper;
    this.#descriptor = own && { ...own, value: original };
    measuringMethods.add(wrapper);
    wrapperOf.set(holder, wrapper);
  }

  #silence() {
    if (this.#wrapper === null) return;
    const call = /** @type {Call<T>} */ (this.#call);
    measuringMethods.delete(this.#wrapper);
    wrapperOf.delete(this.#holder);
    silent.set(this.#wrapper, call.original);
    call.targets = [];
  }

  /**
   * Stops reporting to `target`, and restores the original once no target is left. While its
   * pipeline runs it stays listed, so that no other target takes over the rest of that pipeline.
   * @param {T} target
   */
  remove(target) {
    const { targets } = this;
    if (!targets.includes(target)) return;
    const left = targets.filter((one) =>
      one.isRemoved ? one.isRunning : one !== target,
    );
    const isLast = left.every(({ isRemoved }) => isRemoved);
    targets.splice(0, targets.length, ...(isLast ? [] : left));
    if (isLast) this.#unwrap();
  }

  /** Where another wrapper covers ours, it stays, and ours is silenced. */
  #unwrap() {
    const holder = this.#holder;
    this.#silence();
    if (methodIn(holder) === this.#wrapper) {
      if (this.#descriptor === undefined) delete holder.execute;
      else Object.defineProperty(holder, 'execute', this.#descriptor);
    }
    this.#wrapper = null;
  }
}

/** @param {Holder} holder @param {PropertyDescriptor} execute @returns whether it has that now */
function isDefined(holder, execute) {
  try {
    return Reflect.defineProperty(holder, 'execute', execute);
  } catch {
    // A Proxy of the caller's.
    return false;
  }
}

/** @param {Holder} holder */
const nameOf = (holder) =>
  holder.constructor?.prototype === holder && holder.constructor.name !== ''
    ? `${holder.constructor.name}.prototype.execute`
    : 'execute of an object in pipelines or stages';

/**
 * The wrapped `execute` of an object, the same for all installations.
 * @template {{ isRemoved: boolean, isRunning: boolean }} T
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

module.exports = { hasExecute, wrappedMethodOf };
