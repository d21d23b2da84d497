'use strict';

const { types } = require('node:util');
const { Shadows } = require('./shadows');

/** @typedef {(value: any) => unknown} Callback */

/** Native, whatever is in the place of Promise. */
const fulfilled = (async () => {})();
/** The prototype of this realm's native promises, and its `then`. */
const promisePrototype = Object.getPrototypeOf(fulfilled);
const listen = promisePrototype.then;

/** Whether other code replaced it before, as zone.js does; its results may be of another class. */
const isReplaced = !Function.prototype.toString
  .call(listen)
  .includes('[native code]');

/** @param {unknown} value @returns {value is Promise<unknown>} of no subclass, in any realm */
function isPlainPromise(value) {
  if (!types.isPromise(value)) return false;
  const aboveClass = Object.getPrototypeOf(Object.getPrototypeOf(value));
  return aboveClass !== null && Object.getPrototypeOf(aboveClass) === null;
}

/**
 * Whether it is of the class that other code put in the place of Promise, as zone.js does. One that can be
 * cancelled is not: to derive from it is a claim to its value.
 * @param {any} thenable
 */
const isOfReplacement = (thenable) =>
  Promise !== promisePrototype.constructor &&
  thenable.constructor === Promise &&
  !('cancel' in thenable);

/** Symbols that Node puts on promises to carry contexts, different for each promise. */
const OF_NODE = [
  'async_id_symbol',
  'trigger_async_id_symbol',
  'kResourceStore',
];

/**
 * Copies to `target` what callers attached to `source`, such as a method `cancel`.
 * @param {object} source
 * @param {object} target
 */
function copyExtras(source, target) {
  for (const key of Reflect.ownKeys(source)) {
    const isNodes =
      typeof key === 'symbol' && OF_NODE.includes(key.description ?? '');
    if (isNodes || Object.hasOwn(target, key)) continue;
    Object.defineProperty(
      target,
      key,
      /** @type {PropertyDescriptor} */ (
        Object.getOwnPropertyDescriptor(source, key)
      ),
    );
  }
}

/**
 * Whether callers attached anything: an enumerable name, or an iterator symbol. Other symbols and
 * hidden names alone are missed: listing them takes longer than following.
 * @param {object} promise
 */
function hasExtras(promise) {
  for (const key in promise) if (Object.hasOwn(promise, key)) return true;
  return (
    /** @type {AsyncIterable<unknown>} */ (promise)[Symbol.asyncIterator] !==
    undefined
  );
}

/**
 * Listens past a `then` that other code put in place.
 * @param {Promise<unknown>} promise
 * @param {Callback} onFulfilled
 * @param {Callback} onRejected
 */
async function awaited(promise, onFulfilled, onRejected) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return onRejected(error);
  }
  return onFulfilled(value);
}

/**
 * A promise that settles as the callbacks do, with what callers attached to `promise`.
 * @param {Promise<unknown>} promise
 * @param {Callback} onFulfilled
 * @param {Callback} onRejected
 * @param {Promise<unknown>['then']} [then] - that of its class
 */
function derived(promise, onFulfilled, onRejected, then = listen) {
  const following =
    isReplaced && types.isPromise(promise)
      ? awaited(promise, onFulfilled, onRejected)
      : then.call(promise, onFulfilled, onRejected);
  if (hasExtras(promise)) copyExtras(promise, following);
  return following;
}

/**
 * Whether a thenable starts by itself: a subclass of Promise, or a promise of a library, whose
 * class has the static methods of Promise.
 * @param {object} thenable
 */
function isEager(thenable) {
  if (types.isPromise(thenable)) return true;
  // A proxy for something else, such as an object of another process.
  if (types.isProxy(thenable)) return false;
  /** @type {Function & { resolve?: unknown, reject?: unknown }} */
  const Class = thenable.constructor;
  return (
    typeof Class === 'function' &&
    typeof Class.resolve === 'function' &&
    typeof Class.reject === 'function'
  );
}

/** @param {object} promise @returns {Map<PropertyKey, Function>} but those that end in `then` */
function methodsAbove(promise) {
  const methods = new Map();
  let holder = Object.getPrototypeOf(promise);
  for (;;) {
    const above = Object.getPrototypeOf(holder);
    // The root is Promise.prototype, of whichever realm.
    if (above === null || Object.getPrototypeOf(above) === null) return methods;
    for (const key of Reflect.ownKeys(holder)) {
      const { value } = /** @type {PropertyDescriptor} */ (
        // Its own is that of a stage, where its pipeline returns it, too.
        Object.getOwnPropertyDescriptor(promise, key) ??
          Object.getOwnPropertyDescriptor(holder, key)
      );
      if (
        key !== 'constructor' &&
        typeof value === 'function' &&
        !methods.has(key)
      )
        methods.set(key, value);
    }
    holder = above;
  }
}

/** @param {unknown} promise - that is to count as handled @param {Function} then */
function silence(promise, then) {
  try {
    Reflect.apply(then, promise, [undefined, () => {}]);
  } catch {
    // Not a promise: such a class may return anything.
  }
}

/**
 * Bluebird with cancellation cancels a promise once all its listeners have given up. Ours is left out of
 * their count, and `finally` reports a cancellation.
 * @param {{ _branchesRemainingToCancel?: number }} promise
 * @param {any} ours - the promise that listening to it returned
 * @param {() => void} ended
 */
function withoutVote(promise, ours, ended) {
  const { _branchesRemainingToCancel: votes } = promise;
  if (votes === undefined || !(votes > 0)) return;
  promise._branchesRemainingToCancel = votes - 1;
  ours.finally(ended);
}

/** The methods that ask a promise for its value. */
const ASKING = ['then', 'catch', 'finally'];

/** Listens to one promise; see {@link attend}. */
class Attendance {
  #promise;
  #then;
  #shadows;
  #onSuccess;
  #onFailure;
  #isSettled = false;
  #isAwaited;
  /** Whether it listens, or the promise that another method returned is followed. */
  #isDecided = false;
  /** @type {unknown} - the promise that listening returned */
  ours;

  /**
   * @param {object} promise
   * @param {Function} then
   * @param {(value: unknown) => void} onSuccess
   * @param {(error: unknown) => void} onFailure
   */
  constructor(promise, then, onSuccess, onFailure) {
    this.#promise = promise;
    this.#then = then;
    this.#shadows = new Shadows(promise);
    this.#onSuccess = onSuccess;
    this.#onFailure = onFailure;
    this.#isAwaited = !types.isPromise(promise);
  }

  /** @param {unknown} value */
  #succeeded(value) {
    if (!this.#isSettled) this.#onSuccess(value);
    this.#isSettled = true;
  }

  /** @param {unknown} [error] */
  failed(error) {
    if (!this.#isSettled) this.#onFailure(error);
    this.#isSettled = true;
  }

  listen() {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.ours = Reflect.apply(this.#then, this.#promise, [
      (/** @type {unknown} */ value) => {
        this.#shadows.clear();
        this.#succeeded(value);
      },
      (/** @type {unknown} */ error) => {
        this.failed(error);
        if (!this.#isAwaited) throw error;
      },
    ]);
  }

  /** The same where it was not asked for: no code of the caller gets what its `then` throws. */
  listenSafely() {
    try {
      this.listen();
    } catch {
      this.#succeeded(this.#promise);
    }
  }

  /** Its consumer listens. */
  attended() {
    this.#isAwaited = true;
    this.#shadows.clear();
    this.listenSafely();
    silence(this.ours, this.#then);
  }

  /** @param {() => unknown} call - of a method that does not ask for its value */
  called(call) {
    if (this.#isDecided) this.attended();
    const answer = call();
    if (this.#isDecided || answer === this.#promise) return answer;
    if (types.isPromise(answer)) return this.#followInstead(answer);
    // It may have listened by a way of its own.
    this.#isAwaited = true;
    return answer;
  }

  /** @param {any} other - a promise @returns what the caller gets for it */
  #followInstead(other) {
    this.#isDecided = true;
    this.#shadows.clear();
    const succeeded = (/** @type {unknown} */ value) => this.#succeeded(value);
    const failed = (/** @type {unknown} */ error) => this.failed(error);
    if (isPlainPromise(other)) return hear(other, succeeded, failed);
    try {
      attend(other, other.then, succeeded, failed);
    } catch {
      succeeded(other);
    }
    return other;
  }

  /** @param {Map<PropertyKey, Function>} methods @returns false where one of them cannot be wrapped */
  cover(methods) {
    const covered = (
      /** @type {PropertyKey} */ key,
      /** @type {Function} */ original,
    ) => {
      const attendance = this;
      const isAsking = ASKING.includes(/** @type {string} */ (key));
      return function () {
        const call = () => Reflect.apply(original, this, arguments);
        if (!isAsking) return attendance.called(call);
        attendance.attended();
        return call();
      };
    };
    try {
      for (const [key, original] of methods)
        if (!this.#shadows.cover(key, original, covered(key, original)))
          return false;
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * Listens to a promise of a class of its own through its own `then`, as its consumer would.
 *
 * A subclass with a `then` of its own may begin its work there, like the clients of web services, and
 * have other methods for who wants no such work. It is listened to a microtask later, unless its
 * consumer calls one of them before that returns a promise, which is followed instead.
 *
 * Listening marks its rejection as handled, so for one without a listener of its consumer, ours
 * rejects again: it stays unhandled until the consumer listens, by any method. Node does not report
 * a library's promises.
 * @param {object} promise
 * @param {Function} then
 * @param {(value: unknown) => void} onSuccess
 * @param {(error: unknown) => void} onFailure
 */
function attend(promise, then, onSuccess, onFailure) {
  const attendance = new Attendance(promise, then, onSuccess, onFailure);
  if (!types.isPromise(promise)) {
    attendance.listen();
    withoutVote(promise, attendance.ours, () => attendance.failed());
    return;
  }
  const methods = methodsAbove(promise);
  const isOwnThen = methods.has('then');
  if (!isOwnThen) attendance.listen();
  if (!attendance.cover(methods.set('then', then))) attendance.attended();
  else if (isOwnThen) listen.call(fulfilled, () => attendance.listenSafely());
}

/**
 * Observes how a step of an asynchronous iterator ends.
 * @param {any} step
 * @param {Callback} onSuccess
 * @param {(error: unknown) => void} onFailure
 * @returns what its consumer gets: a promise that settles as the step does, or the step itself
 *   where it is none
 */
function hear(step, onSuccess, onFailure) {
  const tell = (/** @type {unknown} */ value) => {
    onSuccess(value);
    return value;
  };
  const raise = (/** @type {unknown} */ error) => {
    onFailure(error);
    throw error;
  };
  if (isPlainPromise(step)) return derived(step, tell, raise);
  const isThenable =
    (typeof step === 'object' || typeof step === 'function') &&
    typeof step?.then === 'function';
  return isThenable ? Promise.resolve(step).then(tell, raise) : tell(step);
}

module.exports = {
  attend,
  derived,
  hear,
  isEager,
  isOfReplacement,
  isPlainPromise,
  promisePrototype,
};
