'use strict';

const { invalidArg } = require('../errors');
const {
  isFirst,
  measuringMethods,
  methodIn,
  wrapperOf,
} = require('./outermost');

/** @typedef {{ execute?: Function, constructor?: Function }} Holder */

/**
 * What a wrapper measures; `wrapper` is undefined where it was asked before whether it is to.
 *
 * @template T
 * @typedef {{ original: Function, targets: T[], wrapper?: Function }} Call
 */

/** What every function has of its own. */
const OF_ANY_FUNCTION = ['prototype', 'arguments', 'caller'];

/**
 * Gives `wrapper` all that is found on `original`: name and length, its class (that of asynchronous
 * functions), and what others put there, such as the calls that a mock function counts.
 *
 * @param {Function} wrapper
 * @param {Function} original
 */
function imitate(wrapper, original) {
  const found = Object.getOwnPropertyDescriptors(original);
  for (const key of OF_ANY_FUNCTION) Reflect.deleteProperty(found, key);
  Object.setPrototypeOf(wrapper, Object.getPrototypeOf(original));
  return Object.defineProperties(wrapper, found);
}

/**
 * What stands under `execute` on an object or above it.
 *
 * @param {object} holder
 */
function descriptorAt(holder) {
  for (let at = holder; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, 'execute');
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

/**
 * Whether an object has a method `execute`, or a getter that may hand one out: that is not asked,
 * as what it reads may not be there.
 *
 * @param {object} holder
 */
function hasExecute(holder) {
  try {
    const found = descriptorAt(holder);
    return (
      found !== undefined &&
      (found.get !== undefined || typeof found.value === 'function')
    );
  } catch {
    // A Proxy of the caller's.
    return false;
  }
}

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
   * Reports to `target` as well; whether it did not before. Throws where the method cannot be
   * replaced.
   *
   * @param {T} target
   */
  add(target) {
    if (this.#wrapper === null || methodIn(this.#holder) !== this.#wrapper)
      this.#wrap();
    if (this.targets.includes(target)) return false;
    this.targets.push(target);
    return true;
  }

  /** Puts a measuring method in place of what stands there. */
  #wrap() {
    const holder = this.#holder;
    const descriptor = Object.getOwnPropertyDescriptor(holder, 'execute');
    const found = /** @type {PropertyDescriptor} */ (descriptorAt(holder));
    /** @type {Call<T>} */
    const call = { original: found.get ?? found.value, targets: this.targets };
    const isReplaced = Reflect.defineProperty(holder, 'execute', {
      configurable: true,
      enumerable: descriptor !== undefined && descriptor.enumerable,
      ...(found.get === undefined
        ? { writable: true, value: this.#wrapperFor(call) }
        : { get: this.#getterFor(call), set: found.set }),
    });
    if (!isReplaced)
      throw invalidArg(
        `${nameOf(holder)}.execute cannot be replaced: the object is frozen, sealed or not extensible`,
      );
    // Another wrapper may stand over the one before and call it, which then stays silent.
    this.#silence();
    const wrapper = /** @type {Function} */ (call.wrapper);
    this.#call = call;
    this.#wrapper = wrapper;
    this.#descriptor = descriptor;
    measuringMethods.add(wrapper);
    wrapperOf.set(holder, wrapper);
  }

  /** @param {Call<T>} call */
  #wrapperFor(call) {
    call.wrapper = imitate(this.#make(call), call.original);
    return call.wrapper;
  }

  /**
   * A getter that hands out a wrapper of what the original hands out, the same for the same.
   *
   * @param {Call<T>} call
   */
  #getterFor(call) {
    const make = this.#make;
    /** @type {WeakMap<Function, Function>} */
    const wrappers = new WeakMap();
    /** @this {object} */
    const getter = function () {
      const method = Reflect.apply(call.original, this, []);
      const isMeasured =
        typeof method === 'function' &&
        call.targets.length > 0 &&
        isFirst(this, getter);
      if (!isMeasured) return method;
      let wrapper = wrappers.get(method);
      if (wrapper === undefined) {
        const { targets } = call;
        wrapper = imitate(make({ original: method, targets }), method);
        wrappers.set(method, wrapper);
      }
      return wrapper;
    };
    imitate(getter, call.original);
    call.wrapper = getter;
    return getter;
  }

  #silence() {
    if (this.#wrapper === null) return;
    measuringMethods.delete(this.#wrapper);
    wrapperOf.delete(this.#holder);
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
    if (methodIn(holder) === this.#wrapper) {
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

module.exports = { hasExecute, wrappedMethodOf };
