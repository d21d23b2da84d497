'use strict';

/**
 * `Class`, over `Base`, so that it can be called without `new` where `Base` can: code compiled for old targets, and
 * `util.inherits`, call the base class as a function.
 * @template {new (...args: any[]) => object} T
 * @param {T} Class
 * @param {Function} Base
 * @param {(made: object, args: any[]) => void} [initialize] - what `Class` does after its base
 * @returns {T}
 */
function callableAs(Class, Base, initialize = () => {}) {
  if (Function.prototype.toString.call(Base).startsWith('class')) return Class;
  /** @this {object} */
  function Callable(/** @type {any[]} */ ...args) {
    if (new.target !== undefined)
      return Reflect.construct(Class, args, new.target);
    const answer = Reflect.apply(Base, this, args);
    const made = Object(answer) === answer ? answer : this;
    initialize(made, args);
    return made;
  }
  Object.setPrototypeOf(Callable, Base);
  Callable.prototype = Class.prototype;
  Object.defineProperty(Class.prototype, 'constructor', {
    value: Callable,
    configurable: true,
    writable: true,
  });
  return /** @type {T} */ (/** @type {unknown} */ (Callable));
}

module.exports = { callableAs };
