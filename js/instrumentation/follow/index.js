'use strict';

const { types } = require('node:util');
const { followAsyncIterable, followIterator } = require('./iterators');
const { followNodeStream, isNodeStream } = require('./node-streams');
const {
  attend,
  derived,
  isEager,
  isOfReplacement,
  isPlainPromise,
  promisePrototype,
} = require('./promises');
const { followThenable } = require('./thenables');
const { followWebStream, isWebStream } = require('./web-streams');

/** @import { ResultSpan as Span } from './followed-object' */

const { asyncIterator, iterator } = Symbol;

/** @param {any} stream @param {Span} span @returns false where it cannot be followed */
function followStream(stream, span) {
  if (isWebStream(stream)) return followWebStream(stream, span);
  return isNodeStream(stream)
    ? followNodeStream(stream, span)
    : followAsyncIterable(stream, span);
}

/** @param {{ next?: unknown, return?: unknown }} value @returns not for those of arrays and Maps */
const isGenerator = (value) =>
  typeof value.next === 'function' && typeof value.return === 'function';

/** A name that no object has. */
const UNKNOWN = Symbol('unknown');

/**
 * Whether a value has every property, like a proxy for an object of another process or worker:
 * reading from it shows nothing and may start work.
 * @param {any} value
 */
const hasAnything = (value) =>
  types.isProxy(value) && value[UNKNOWN] !== undefined;

/**
 * Follows an iterable object that is no promise.
 * @param {any} value
 * @param {Span} span
 * @returns whether it is a generator or a stream, whose end is the end of `span`
 */
function followIterated(value, span) {
  if (typeof value[asyncIterator] === 'function')
    return !hasAnything(value) && followStream(value, span);
  return (
    typeof value[iterator] === 'function' &&
    isGenerator(value) &&
    followIterator(value, span)
  );
}

/**
 * Ends `span` with a value that is no promise: at once, or when a generator or stream ends.
 * @param {any} value
 * @param {Span} span
 */
function fulfilled(value, span) {
  if (typeof value === 'object' && value !== null) {
    try {
      if (
        (value[asyncIterator] !== undefined || value[iterator] !== undefined) &&
        followIterated(value, span)
      )
        return;
    } catch {
      // What cannot be read is a plain value.
    }
  }
  span.succeeded(value, undefined);
}

/**
 * @param {Promise<unknown>} promise
 * @param {Span} span
 * @param {Promise<unknown>['then']} [then] - that of its class, where that is not Promise
 */
function followPromise(promise, span, then) {
  return derived(
    promise,
    (result) => {
      fulfilled(result, span);
      return result;
    },
    (error) => {
      span.failed(error);
      throw error;
    },
    then,
  );
}

/**
 * What the caller gets for a thenable; undefined if it is not really one.
 * @param {any} value
 * @param {Function} then
 * @param {Span} span
 */
function followOther(value, then, span) {
  if (hasAnything(value)) return undefined;
  if (isPlainPromise(value)) return followPromise(value, span);
  if (isOfReplacement(value))
    return followPromise(value, span, /** @type {any} */ (then));
  if (isEager(value)) {
    attend(
      value,
      then,
      (result) => fulfilled(result, span),
      (error) => span.failed(error),
    );
    return value;
  }
  return followThenable(value, then, span) ? value : undefined;
}

/**
 * Ends `span` once the result of a measured function is complete, and returns what the caller gets.
 *
 * - A plain value ends it at once, and so does one that answers to every name.
 * - A promise, of any realm or of the class in its place: the caller gets one that settles the same way,
 *   one microtask later. Listening to the promise itself would hide an unhandled rejection.
 * - A subclass of Promise, or a library's promise, is listened to and returned itself; see `attend`.
 * - Any other thenable is returned itself and followed when its caller calls `then`.
 * - Generators, asynchronous iterators and streams are returned themselves and followed to their
 *   end, also where a promise resolves to one.
 *
 * Work that has not begun leaves the span open, until it is ended as a plain value.
 * @param {any} value
 * @param {object} span - none of its methods throws what is not thrown by what it calls
 * @param {(result: unknown, items: number | undefined) => void} span.succeeded - called once at
 *   most; `items` is what was yielded, undefined where the result says it
 * @param {(error: unknown, items?: number) => void} span.failed - instead; `items` is what was
 *   yielded before
 * @param {(fn: Function, thisArg: unknown, args: any[]) => unknown} span.runInContext - calls
 *   `fn` in the asynchronous context of the span
 * @param {() => void} [span.returned] - the call is over, its work has not begun
 * @param {(items: number | undefined) => void} [span.neverBegan] - instead of `succeeded`, after
 *   `returned`: the span ends as of then
 */
function follow(value, span) {
  if (
    typeof value === 'object' ? value === null : typeof value !== 'function'
  ) {
    span.succeeded(value, undefined);
    return value;
  }
  try {
    // Such values are functions, so that they can be called: others are not asked first.
    if (typeof value === 'function' && hasAnything(value)) {
      span.succeeded(value, undefined);
      return value;
    }
    const { then } = value;
    if (typeof then === 'function') {
      if (Object.getPrototypeOf(value) === promisePrototype) {
        try {
          return followPromise(value, span);
        } catch {
          // A fake, or a Proxy over a promise: listening throws.
        }
      }
      const followed = followOther(value, then, span);
      if (followed !== undefined) return followed;
    }
    // Like `fulfilled`, inlined to spare each stage the call.
    if (
      typeof value === 'object' &&
      (value[asyncIterator] !== undefined || value[iterator] !== undefined) &&
      followIterated(value, span)
    )
      return value;
  } catch {
    // What cannot be read is a plain value.
  }
  span.succeeded(value, undefined);
  return value;
}

module.exports = { follow };
