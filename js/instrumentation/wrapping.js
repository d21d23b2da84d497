'use strict';

const { invalidArg } = require('../errors');
const { measuringMethods } = require('./outermost');

/** What is wired, by the object that has the `execute`. */
const wired = new WeakMap();

/**
 * The `execute` of one object, wrapped for as long as any installation wants it. There is one
 * wrapper, however many installations share the class.
 */
class WrappedMethod {
  /** Whom calls are reported to, the latest last. */
  targets = [];
  #holder;
  #make;
  #wrapper = null;
  #call = null;
  #descriptor;

  /**
   * @param {object} holder
   * @param {(call: object) => Function} make - makes a wrapper; `call` has `original`, which it
   *   wraps, and `targets`, none of them where it is to be silent
   */
  constructor(holder, make) {
    this.#holder = holder;
    this.#make = make;
  }

  /** Reports to `target` as well. Throws where the method cannot be replaced. */
  add(target) {
    if (this.#wrapper === null || this.#holder.execute !== this.#wrapper)
      this.#wrap();
    if (!this.targets.includes(target)) this.targets.push(target);
  }

  /** Puts a measuring method in place, with the name and length of what stood there. */
  #wrap() {
    const holder = this.#holder;
    const original = holder.execute;
    const descriptor = Object.getOwnPropertyDescriptor(holder, 'execute');
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
    this.#call.targets = [];
  }

  /** Reports to `target` no more; puts back what stood there once there is no target left. */
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

const nameOf = (holder) => {
  const name = holder.constructor?.name;
  return typeof name === 'string' && name !== ''
    ? `${name}.prototype`
    : 'an object given in stages';
};

/** The wrapped `execute` of an object, the same for all installations. */
function wrappedMethodOf(holder, make) {
  let method = wired.get(holder);
  if (method === undefined) {
    method = new WrappedMethod(holder, make);
    wired.set(holder, method);
  }
  return method;
}

module.exports = { wrappedMethodOf };
