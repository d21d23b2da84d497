'use strict';

const { invalidArg } = require('../errors');
const { imitate } = require('./imitate');
const {
  isFirst,
  measuringMethods,
  methodIn,
  wrapperOf,
} = require('./outermost');

/** @typedef {{ execute?: Function, constructor?: Function }} Holder */

/**
 * What a wrapper measures; `wrapper` is undefined where the decision to measure was made before.
 * @template T
 * @typedef {{ original: Function, targets: T[], wrapper?: Function }} Call
 */

/** @param {object} holder @returns what stands under `execute` on an object or above it */
function descriptorAt(holder) {
  for (let at = holder; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, 'execute');
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

/**
 * Whether an object has a method `execute`, or a getter that may return one; the getter is not run,
 * as what it reads may not exist yet.
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
    const kind = found.get === undefined ? 'value' : 'get';
    /** @type {Call<T>} */
    const call = {
      original: withoutSilent(/** @type {Function} */ (found[kind])),
      targets: this.targets,
    };
    if (!this.#cover(holder, found, call))
      throw invalidArg(
        `${nameOf(holder)} cannot be replaced: the object is frozen, sealed or not extensible`,
      );
    // Another wrapper may cover our former one and call it, which then stays silent.
    this.#silence();
    const wrapper = /** @type {Function} */ (call.wrapper);
    this.#call = call;
    this.#wrapper = wrapper;
    this.#descriptor = own && { ...own, [kind]: call.original };
    wrapperOf.set(holder, wrapper);
  }

  /**
   * Puts a measuring method, or a getter of one, over what was found; returns whether that was
   * possible.
   * @param {Holder} holder
   * @param {PropertyDescriptor} found
   * @param {Call<T>} call
   */
  #cover(holder, found, call) {
    const own = Object.getOwnPropertyDescriptor(holder, 'execute');
    const isCovered = isDefined(holder, {
      configurable: true,
      enumerable: own !== undefined && own.enumerable,
      ...(found.get === undefined
        ? { writable: true, value: this.#wrapperFor(call) }
        : { get: this.#getterFor(call), set: found.set }),
    });
    if (isCovered) measuringMethods.add(/** @type {Function} */ (call.wrapper));
    return isCovered;
  }

  /** @param {Call<T>} call */
  #wrapperFor(call) {
    const wrapper = imitate(this.#make(call), call.original);
    call.wrapper = wrapper;
    return wrapper;
  }

  /** @param {Call<T>} call @returns a getter of wrappers, the same for the same original */
  #getterFor(call) {
    const make = this.#make;
    const cover = (
      /** @type {object} */ stage,
      /** @type {unknown} */ before,
    ) => this.#coverOwn(stage, before);
    /** @type {WeakMap<Function, Function>} */
    const wrappers = new WeakMap();
    const { getter } = {
      /** @this {Holder} */
      getter() {
        const before = ownOf(this);
        const method = Reflect.apply(call.original, this, []);
        const isMeasured =
          typeof method === 'function' &&
          call.targets.length > 0 &&
          isFirst(this, /** @type {Function} */ (call.wrapper));
        if (!isMeasured) return method;
        if (cover(this, before)) return this.execute;
        let wrapper = wrappers.get(method);
        if (wrapper === undefined) {
          const { targets } = call;
          wrapper = imitate(make({ original: method, targets }), method);
          wrappers.set(method, wrapper);
        }
        return wrapper;
      },
    };
    const wrapper = imitate(getter, call.original);
    call.wrapper = wrapper;
    return /** @type {() => unknown} */ (wrapper);
  }

  /**
   * A getter may define what it returns on the stage itself, as binding decorators do; that is wrapped too.
   * Returns whether it did.
   * @param {object} stage
   * @param {unknown} before - what the stage had of its own before the getter was asked
   */
  #coverOwn(stage, before) {
    const own = ownOf(stage);
    if (own === undefined || own === before) return false;
    const found = /** @type {PropertyDescriptor} */ (descriptorAt(stage));
    const { targets } = this;
    return (
      found.configurable === true &&
      this.#cover(stage, found, { original: own, targets })
    );
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

/**
 * {@link methodIn}, for what may be a Proxy of the caller's.
 * @param {object} holder
 */
function ownOf(holder) {
  try {
    return methodIn(holder);
  } catch {
    return undefined;
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
