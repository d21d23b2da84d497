'use strict';

const { types } = require('node:util');

const isObject = (value) =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** `then` of a value, read once; undefined where there is none, or reading it throws. */
function thenOf(value) {
  try {
    const { then } = value;
    return typeof then === 'function' ? then : undefined;
  } catch {
    return undefined;
  }
}

/** What the promises of this realm's asynchronous functions inherit, and their way of listening. */
const promisePrototype = Object.getPrototypeOf((async () => {})());
const listen = promisePrototype.then;

/** Whether a value inherits directly from this realm's Promise: a promise, unless it is made up. */
function looksLikePromise(value) {
  try {
    return Object.getPrototypeOf(value) === promisePrototype;
  } catch {
    return false;
  }
}

/** A promise of any realm whose class is Promise itself, not a subclass with ways of its own. */
function isPlainPromise(value) {
  if (!types.isPromise(value)) return false;
  const aboveClass = Object.getPrototypeOf(Object.getPrototypeOf(value));
  return aboveClass !== null && Object.getPrototypeOf(aboveClass) === null;
}

/** Gives `target` what callers attached to `source`, such as a method `cancel`. */
function copyExtras(source, target) {
  for (const key of Object.keys(source)) {
    Object.defineProperty(
      target,
      key,
      Object.getOwnPropertyDescriptor(source, key),
    );
  }
}

function hasExtras(promise) {
  // Free of charge where there are none, unlike a list of them.
  for (const key in promise) if (Object.hasOwn(promise, key)) return true;
  return false;
}

/** A promise that settles as `promise` does, once `span` has been told; throws for none. */
function derived(promise, span) {
  const following = Reflect.apply(listen, promise, [
    (result) => {
      span.succeeded(result);
      return result;
    },
    (error) => {
      span.failed();
      throw error;
    },
  ]);
  if (hasExtras(promise)) copyExtras(promise, following);
  return following;
}

/** The same without a throw: undefined for what only looks like a promise. */
function derivedOf(value, span) {
  try {
    return derived(value, span);
  } catch {
    return undefined;
  }
}

/**
 * Listens to a thenable through the consumer that its caller gives it, so that it is asked no
 * more often and no earlier than without us: its `then` is ours until it is first called.
 *
 * @returns {boolean} false for a thenable that cannot be changed
 */
function overhear(thenable, then, span) {
  const own = Object.getOwnPropertyDescriptor(thenable, 'then');
  if (own === undefined ? !Object.isExtensible(thenable) : !own.configurable)
    return false;
  let settled = false;
  const telling = (callback, tell) =>
    typeof callback !== 'function'
      ? callback
      : function tellingCallback(value) {
          if (!settled) {
            settled = true;
            tell(value);
          }
          return Reflect.apply(callback, this, arguments);
        };
  const onSuccess = (value) => span.succeeded(value);
  const onFailure = () => span.failed();
  function overheard(onFulfilled, onRejected, ...rest) {
    const current = Object.getOwnPropertyDescriptor(thenable, 'then');
    if (current?.value === overheard) {
      if (own === undefined) delete thenable.then;
      else Object.defineProperty(thenable, 'then', own);
    }
    return Reflect.apply(then, this, [
      telling(onFulfilled, onSuccess),
      telling(onRejected, onFailure),
      ...rest,
    ]);
  }
  return Reflect.defineProperty(thenable, 'then', {
    value: overheard,
    configurable: true,
    enumerable: own !== undefined && own.enumerable,
    writable: true,
  });
}

function canOverhear(thenable, then, span) {
  try {
    return overhear(thenable, then, span);
  } catch {
    return false;
  }
}

/**
 * Tells `span` once `value` is there, and returns what the caller gets.
 *
 * A plain value is returned as it is. For a promise it is a promise that settles as it does,
 * one microtask later: listening to the promise itself would hide a rejection that nobody
 * handles. Any other thenable, subclasses of Promise included, is returned itself and heard when
 * its caller asks it; one that is frozen counts as a plain value.
 *
 * @param {unknown} value
 * @param {{ succeeded(result: unknown): void, failed(): void }} span - neither method throws
 */
function follow(value, span) {
  if (isObject(value)) {
    if (looksLikePromise(value)) {
      const following = derivedOf(value, span);
      if (following !== undefined) return following;
    }
    const then = thenOf(value);
    if (then !== undefined) {
      if (isPlainPromise(value)) return derived(value, span);
      if (canOverhear(value, then, span)) return value;
    }
  }
  span.succeeded(value);
  return value;
}

module.exports = { follow };
