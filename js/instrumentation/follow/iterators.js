'use strict';

const { types } = require('node:util');
const { Following, join } = require('./following');
const { hear } = require('./promises');

/**
 * @import { FollowingSpan as Span } from './following'
 * @typedef {Record<'next' | 'return' | 'throw', Function | undefined>} Steps
 * @typedef {(following: Following, original: Function, isReturn: boolean) => Function} StepOf
 * @typedef {ReturnType<Following['shadowsOf']>} Shadows
 */

/** @param {Following} following @param {any} step @param {boolean} isReturn */
function stepped(following, step, isReturn) {
  const isEnd =
    typeof step !== 'object' ||
    step === null ||
    (isReturn ? step.done !== false : Boolean(step.done));
  if (!isEnd) following.yielded();
  else following.succeeded(isReturn ? undefined : step?.value);
}

/**
 * {@link stepped}, for results that may be unreadable.
 * @param {Following} following
 * @param {unknown} step
 * @param {boolean} isReturn
 */
function read(following, step, isReturn) {
  try {
    stepped(following, step, isReturn);
  } catch {
    following.yielded();
  }
}

/** @param {Following} following @param {Function} original @param {boolean} isReturn */
function syncStep(following, original, isReturn) {
  let isRunning = false;
  return function (/** @type {unknown[]} */ ...args) {
    // A generator that calls itself while running gets an error that does not end it.
    if (following.hasEnded || isRunning)
      return Reflect.apply(original, this, args);
    isRunning = true;
    let step;
    try {
      step = following.run(original, this, args);
    } catch (error) {
      following.failed(error);
      throw error;
    } finally {
      isRunning = false;
    }
    read(following, step, isReturn);
    return step;
  };
}

/** Not a valid step. */
const NONE = Symbol('none');

/** @param {Following} following @param {Function} original @param {boolean} isReturn */
function asyncStep(following, original, isReturn) {
  let asked = 0;
  /** @type {unknown} */
  let counted = NONE;
  const answered = (/** @type {unknown} */ step) => {
    asked -= 1;
    // One step may be the answer of another: `next` may call itself.
    const isCounted = step === counted;
    counted = asked > 0 ? step : NONE;
    if (!isCounted) read(following, step, isReturn);
  };
  const failed = (/** @type {unknown} */ error) => {
    asked -= 1;
    following.failed(error);
  };
  return function (/** @type {unknown[]} */ ...args) {
    if (following.hasEnded) return Reflect.apply(original, this, args);
    asked += 1;
    let step;
    try {
      step = following.run(original, this, args);
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
 * @param {Following} following
 * @param {Shadows} shadows
 * @param {Steps} iterator
 * @param {(keyof Steps)[]} keys
 * @param {StepOf} [stepOf]
 */
function coverSteps(following, shadows, iterator, keys, stepOf = asyncStep) {
  for (const key of keys) {
    const original = iterator[key];
    if (typeof original !== 'function') continue;
    const step = stepOf(following, original, key === 'return');
    if (!shadows.cover(key, original, step)) return false;
  }
  return true;
}

/**
 * Loops close an iterator early through `return`; one without it gets one that does nothing else.
 * @param {Following} following
 * @param {Shadows} shadows
 * @param {Steps} iterator
 */
function coverClose(following, shadows, iterator) {
  if (typeof iterator.return === 'function') return;
  const closing = {
    async return(/** @type {unknown} */ value) {
      following.succeeded(undefined);
      return { value, done: true };
    },
  };
  shadows.cover('return', closing.return, closing.return);
}

/** @param {Steps} iterator */
function observeSync(iterator) {
  const following = new Following(0);
  const shadows = following.shadowsOf(iterator);
  if (coverSteps(following, shadows, iterator, STEPS, syncStep))
    return following;
  shadows.clear();
  return undefined;
}

/** @param {Following} following @param {Shadows} shadows @param {Steps} iterator */
function coverAsync(following, shadows, iterator) {
  if (!coverSteps(following, shadows, iterator, STEPS)) return false;
  coverClose(following, shadows, iterator);
  return true;
}

/**
 * Wraps the method that returns iterators: the first is followed, unless it is the iterable itself.
 * @param {Following} following
 * @param {Shadows} shadows
 * @param {{ [Symbol.asyncIterator]: Function }} iterable
 */
function coverOpen(following, shadows, iterable) {
  const open = iterable[Symbol.asyncIterator];
  return shadows.cover(
    Symbol.asyncIterator,
    open,
    function (/** @type {unknown[]} */ ...args) {
      if (following.hasEnded) return Reflect.apply(open, this, args);
      const iterator = following.run(open, this, args);
      if (iterator === iterable) return iterator;
      shadows.clear();
      if (!coverAsync(following, following.shadowsOf(iterator), iterator))
        following.succeeded(undefined);
      return iterator;
    },
  );
}

/** @param {Steps & { [Symbol.asyncIterator]: Function }} iterable */
function observeAsync(iterable) {
  const following = new Following(0);
  const shadows = following.shadowsOf(iterable);
  const isIterator = typeof iterable.next === 'function';
  // A generator returns itself.
  const isOpenCovered =
    types.isGeneratorObject(iterable) ||
    coverOpen(following, shadows, iterable);
  const isCovered =
    isOpenCovered && (!isIterator || coverAsync(following, shadows, iterable));
  if (isCovered) return following;
  shadows.clear();
  return undefined;
}

/** @param {Steps} iterator @param {Span} span */
const followIterator = (iterator, span) => join(iterator, span, observeSync);
/** @param {object} iterable @param {Span} span */
const followAsyncIterable = (iterable, span) =>
  join(iterable, span, observeAsync);

module.exports = { coverSteps, followAsyncIterable, followIterator };
