'use strict';

const { FollowedObject, join } = require('./followed-object');
const { hear, isPlainPromise } = require('./promises');

/** @typedef {(value: any) => unknown} Callback */

/** @param {unknown} error */
const raise = (error) => {
  throw error;
};

/**
 * A callback that reports to `tell` first; without one, the value or error is passed on.
 * @param {unknown} callback
 * @param {Callback} tell
 * @param {Callback} passOn
 */
function telling(callback, tell, passOn) {
  return function tellingCallback(/** @type {unknown} */ value) {
    tell(value);
    return typeof callback === 'function'
      ? Reflect.apply(callback, this, arguments)
      : passOn(value);
  };
}

/** @param {Record<string, unknown>} thenable @returns {[string, Function][]} `catch`, `finally` */
function waysOf(thenable) {
  return /** @type {[string, Function][]} */ (
    ['catch', 'finally']
      .map((key) => [key, thenable[key]])
      .filter(([, way]) => typeof way === 'function')
  );
}

/**
 * Follows a lazy thenable through its caller's own listeners, so that it starts no earlier and no
 * more often than unmeasured. Its `then`, `catch` and `finally` are ours until one of them is
 * called.
 * @param {Record<string, unknown>} thenable
 * @param {Function} then
 */
function overhear(thenable, then) {
  const followed = new FollowedObject(undefined);
  const shadows = followed.shadowsOf(thenable);
  const succeeded = (/** @type {unknown} */ value) => followed.succeeded(value);
  const failed = (/** @type {unknown} */ error) => followed.failed(error);
  let isAsked = false;

  /** @type {(method: Function, receiver: unknown, args: unknown[]) => unknown} */
  const start = (method, receiver, args) => {
    try {
      return followed.run(method, receiver, args);
    } catch (error) {
      followed.failed(error);
      throw error;
    }
  };

  /** @type {(this: unknown, ...args: unknown[]) => unknown} */
  const askedByThen = function (onFulfilled, onRejected, ...rest) {
    isAsked = true;
    shadows.clear();
    if (followed.hasEnded) return Reflect.apply(then, this, arguments);
    return start(then, this, [
      telling(onFulfilled, succeeded, (value) => value),
      telling(onRejected, failed, raise),
      ...rest,
    ]);
  };

  // Most of these call the thenable's own `then`; for one that does not, its result is followed.
  /** @type {(way: Function, isCatch: boolean) => Function} */
  const askedBy = (way, isCatch) =>
    function (/** @type {unknown[]} */ ...args) {
      if (followed.hasEnded) return Reflect.apply(way, this, args);
      if (isCatch && args.length === 1 && typeof args[0] === 'function')
        args[0] = telling(args[0], failed, raise);
      const answer = start(way, this, args);
      if (isAsked || !isPlainPromise(answer)) return answer;
      shadows.clear();
      return hear(answer, succeeded, failed);
    };

  if (!shadows.cover('then', then, askedByThen)) return undefined;
  for (const [key, way] of waysOf(thenable))
    shadows.cover(key, way, askedBy(way, key === 'catch'));
  return followed;
}

/**
 * Whether `span` ends as the thenable does.
 * @param {any} thenable
 * @param {Function} then
 * @param {import('./followed-object').ResultSpan} span
 */
function followThenable(thenable, then, span) {
  return join(thenable, span, () => overhear(thenable, then));
}

module.exports = { followThenable };
