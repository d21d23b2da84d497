'use strict';

const { types } = require('node:util');
const { FollowedObject, join } = require('./followed-object');
const { hear } = require('./promises');

/**
 * @import { ResultSpan as Span } from './followed-object'
 * @typedef {Record<'next' | 'return' | 'throw', Function | undefined>} Steps
 * @typedef {(followed: FollowedObject, original: Function, isReturn: boolean) => Function} StepOf
 * @typedef {ReturnType<FollowedObject['shadowsOf']>} Shadows
 */

/** @param {FollowedObject} followed @param {any} step @param {boolean} isReturn */
function stepped(followed, step, isReturn) {
  const isEnd =
    typeof step !== 'object' ||
    step === null ||
    (isReturn ? step.done !== false : Boolean(step.done));
  if (!isEnd) followed.yielded();
  else followed.succeeded(isReturn ? undefined : step?.value);
}

/**
 * {@link stepped}, for results that may be unreadable.
 * @param {FollowedObject} followed
 * @param {unknown} step
 * @param {boolean} isReturn
 */
function read(followed, step, isReturn) {
  try {
    stepped(followed, step, isReturn);
  } catch {
    followed.yielded();
  }
}

/** @param {FollowedObject} followed @param {Function} original @param {boolean} isReturn */
function syncStep(followed, original, isReturn) {
  let isRunning = false;
  return function (/** @type {unknown[]} */ ...args) {
    // A generator that calls itself while running gets an error that does not end it.
    if (followed.hasEnded || isRunning)
      return Reflect.apply(original, this, args);
    isRunning = true;
    let step;
    try {
      step = followed.run(original, this, args);
    } catch (error) {
      followed.failed(error);
      throw error;
    } finally {
      isRunning = false;
    }
    read(followed, step, isReturn);
    return step;
  };
}

/** Not a valid step. */
const NONE = Symbol('none');

/** @param {FollowedObject} followed @param {Function} original @param {boolean} isReturn */
function asyncStep(followed, original, isReturn) {
  let asked = 0;
  /** @type {unknown} */
  let counted = NONE;
  const answered = (/** @type {unknown} */ step) => {
    asked -= 1;
    // One step may be the answer of another: `next` may call itself.
    const isCounted = step === counted;
    counted = asked > 0 ? step : NONE;
    if (!isCounted) read(followed, step, isReturn);
  };
  const failed = (/** @type {unknown} */ error) => {
    asked -= 1;
    followed.failed(error);
  };
  return function (/** @type {unknown[]} */ ...args) {
    if (followed.hasEnded) return Reflect.apply(original, this, args);
    asked += 1;
    let step;
    try {
      step = followed.run(original, this, args);
    } catch (error) {
      failed(error);
      throw error;
    }
    return hear(step, answered, failed);
  };
}

/** @type {(keyof Steps)[]} */
const STEPS = ['next', 'return', 'throw'];

/**
 * Wraps the steps of an iterator, asynchronous by default; false where it cannot be changed.
 * @param {FollowedObject} followed
 * @param {Shadows} shadows
 * @param {Steps} iterator
 * @param {(keyof Steps)[]} keys
 * @param {StepOf} [stepOf]
 */
function coverSteps(followed, shadows, iterator, keys, stepOf = asyncStep) {
  for (const key of keys) {
    const original = iterator[key];
    if (typeof original !== 'function') continue;
    const step = stepOf(followed, original, key === 'return');
    if (!shadows.cover(key, original, step)) return false;
  }
  return true;
}

/**
 * Loops close an iterator early through `return`; one without it gets one that does nothing else.
 * @param {FollowedObject} followed
 * @param {Shadows} shadows
 * @param {Steps} iterator
 */
function coverClose(followed, shadows, iterator) {
  if (typeof iterator.return === 'function') return;
  const closing = {
    async return(/** @type {unknown} */ value) {
      followed.succeeded(undefined);
      return { value, done: true };
    },
  };
  shadows.cover('return', closing.return, closing.return);
}

/** @param {Steps} iterator */
function observeSync(iterator) {
  const followed = new FollowedObject(0);
  const shadows = followed.shadowsOf(iterator);
  if (coverSteps(followed, shadows, iterator, STEPS, syncStep)) return followed;
  shadows.clear();
  return undefined;
}

/** @param {FollowedObject} followed @param {Shadows} shadows @param {Steps} iterator */
function coverAsync(followed, shadows, iterator) {
  if (!coverSteps(followed, shadows, iterator, STEPS)) return false;
  coverClose(followed, shadows, iterator);
  return true;
}

/**
 * Wraps the method that returns iterators: the first is followed, unless it is the iterable itself.
 * @param {FollowedObject} followed
 * @param {Shadows} shadows
 * @param {{ [Symbol.asyncIterator]: Function }} iterable
 */
function coverOpen(followed, shadows, iterable) {
  const open = iterable[Symbol.asyncIterator];
  return shadows.cover(
    Symbol.asyncIterator,
    open,
    function (/** @type {unknown[]} */ ...args) {
      if (followed.hasEnded) return Reflect.apply(open, this, args);
      const iterator = followed.run(open, this, args);
      if (iterator === iterable) return iterator;
      shadows.clear();
      if (!coverAsync(followed, followed.shadowsOf(iterator), iterator))
        followed.succeeded(undefined);
      return iterator;
    },
  );
}

/** @param {Steps & { [Symbol.asyncIterator]: Function }} iterable */
function observeAsync(iterable) {
  const followed = new FollowedObject(0);
  const shadows = followed.shadowsOf(iterable);
  const isIterator = typeof iterable.next === 'function';
  // A generator returns itself.
  const isOpenCovered =
    types.isGeneratorObject(iterable) || coverOpen(followed, shadows, iterable);
  const isCovered =
    isOpenCovered && (!isIterator || coverAsync(followed, shadows, iterable));
  if (isCovered) return followed;
  shadows.clear();
  return undefined;
}

/** @param {Steps} iterator @param {Span} span */
const followIterator = (iterator, span) => join(iterator, span, observeSync);
/** @param {object} iterable @param {Span} span */
const followAsyncIterable = (iterable, span) =>
  join(iterable, span, observeAsync);

module.exports = { coverSteps, followAsyncIterable, followIterator };
