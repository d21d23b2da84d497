'use strict';

const { Following, join } = require('./following');
const { derived, isPlainPromise } = require('./promises');

const raise = (error) => {
  throw error;
};

/** A callback that reports to `tell` first; where there is none, what is left out passes on. */
function telling(callback, tell, passOn) {
  return function tellingCallback(value) {
    tell(value);
    return typeof callback === 'function'
      ? Reflect.apply(callback, this, arguments)
      : passOn(value);
  };
}

/** `catch` and `finally` of a thenable, as far as it has them. */
function waysOf(thenable) {
  return ['catch', 'finally']
    .map((key) => [key, thenable[key]])
    .filter(([, way]) => typeof way === 'function');
}

/**
 * Follows a thenable that starts when it is asked, through the consumer that its caller gives
 * it: it is asked no more often and no earlier than without us. Its `then`, `catch` and
 * `finally` are ours until one of them is called.
 */
function overhear(thenable, then) {
  const following = new Following(undefined);
  const shadows = following.shadowsOf(thenable);
  const succeeded = (value) => following.succeeded(value);
  const failed = (error) => following.failed(error);
  let isAsked = false;

  const start = (method, receiver, args) => {
    try {
      return following.run(method, receiver, args);
    } catch (error) {
      following.failed(error);
      throw error;
    }
  };

  const askedByThen = function (onFulfilled, onRejected, ...rest) {
    isAsked = true;
    shadows.clear();
    if (following.hasEnded) return Reflect.apply(then, this, arguments);
    return start(then, this, [
      telling(onFulfilled, succeeded, (value) => value),
      telling(onRejected, failed, raise),
      ...rest,
    ]);
  };

  // Most of these call the thenable's own `then`; of one that does not, the answer is heard.
  const askedBy = (way, isCatch) =>
    function (...args) {
      if (following.hasEnded) return Reflect.apply(way, this, args);
      if (isCatch && args.length === 1 && typeof args[0] === 'function')
        args[0] = telling(args[0], failed, raise);
      const answer = start(way, this, args);
      if (isAsked || !isPlainPromise(answer)) return answer;
      shadows.clear();
      return derived(
        answer,
        (value) => {
          succeeded(value);
          return value;
        },
        (error) => {
          failed(error);
          throw error;
        },
      );
    };

  if (!shadows.cover('then', then, askedByThen)) return undefined;
  for (const [key, way] of waysOf(thenable))
    shadows.cover(key, way, askedBy(way, key === 'catch'));
  return following;
}

/** Whether `span` ends as the thenable does. */
function followThenable(thenable, then, span) {
  return join(thenable, span, () => overhear(thenable, then));
}

module.exports = { followThenable };
