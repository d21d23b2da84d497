'use strict';

const { types } = require('node:util');
const { ignorePromise } = require('../config/ignore-promise');

// Reads the result of a stage or a pipeline without trusting it: each name once, and a getter that
// throws counts as missing.

/** @template Method @typedef {ReturnType<Extract<Method, (argument: any) => unknown>>} Answer */

/** @typedef {{ next?: unknown, [Symbol.iterator](): Iterator<unknown> }} Iterated */

// `data` usually has a few fields; searching a large table in its place would cost more than the
// figure is worth.
const MAX_FIELDS = 64;

// Most errors counted in an iterable without a size.
const MAX_ERRORS = 1000;

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null;

/** @param {unknown[]} list @returns its length; 0 if a Proxy gives no count */
function elementsOf({ length }) {
  return typeof length === 'number' && length > 0 && length < Infinity
    ? length
    : 0;
}

/**
 * The elements of the longest list among the fields of an object, where they are more than `most`.
 * @param {Record<string, unknown>} data
 * @param {number} most
 */
function longestList(data, most) {
  let fields = 0;
  for (const key in data) {
    fields += 1;
    if (fields > MAX_FIELDS) break;
    try {
      const list = data[key];
      if (Array.isArray(list)) most = Math.max(most, elementsOf(list));
    } catch {
      // The other fields still count.
    }
  }
  return most;
}

/**
 * Items in a result: the length of its actions, else of the longest list in its data, else of its
 * candidates, entities or components; 1 for a result with no list at all, 0 where its lists are empty.
 * Short, so that V8 inlines it where a stage ends.
 * @param {any} result - an object
 */
function countItems(result) {
  let actions = -1;
  try {
    if (Array.isArray(result)) return elementsOf(result);
    const given = result.actions;
    if (Array.isArray(given)) actions = elementsOf(given);
  } catch {
    // The other names still count.
  }
  return actions > 0 ? actions : countOtherItems(result, actions);
}

/**
 * One function that reads each property by its name: a call for each, with the name as an argument, takes
 * longer where pipelines are rare.
 * @param {Record<string, unknown>} result
 * @param {number} most - elements of its lists so far: 0, or -1 without any
 */
function countOtherItems(result, most) {
  try {
    const { data } = result;
    if (Array.isArray(data)) most = Math.max(most, elementsOf(data));
    else if (isObject(data) && !ArrayBuffer.isView(data))
      most = longestList(data, most);
  } catch {
    // No list, like each that cannot be read.
  }
  if (most > 0) return most;
  try {
    const list = result.candidateActions;
    if (Array.isArray(list)) most = elementsOf(list);
  } catch {
    // No list.
  }
  if (most > 0) return most;
  try {
    const list = result.entities;
    if (Array.isArray(list)) most = elementsOf(list);
  } catch {
    // No list.
  }
  if (most > 0) return most;
  try {
    const list = result.components;
    if (Array.isArray(list)) most = elementsOf(list);
  } catch {
    // No list.
  }
  // A result without lists is one item; one whose lists are empty is none.
  return most === -1 ? 1 : most;
}

/** @param {Iterated} iterable @returns its elements; 1 for an iterator, which counting uses up */
function countIterable(iterable) {
  if (typeof iterable.next === 'function') return 1;
  const iterator = iterable[Symbol.iterator]();
  let count = 0;
  while (count < MAX_ERRORS && !iterator.next().done) count += 1;
  return count;
}

/** @param {unknown} errors - no list @returns how many: its elements, else one for what is there */
function countErrors(errors) {
  if (!isObject(errors) || types.isNativeError(errors)) return errors ? 1 : 0;
  try {
    const { length } = errors;
    const count = typeof length === 'number' ? length : errors.size;
    if (typeof count === 'number')
      return count >= 0 && count < Infinity ? Math.floor(count) : 1;
    return typeof (/** @type {Iterated} */ (errors)[Symbol.iterator]) ===
      'function'
      ? countIterable(/** @type {Iterated} */ (errors))
      : 1;
  } catch {
    return 1;
  }
}

/**
 * What a method of `readers` returns; `fallback` if it throws.
 * @template Readers
 * @template {keyof Readers} Method
 * @param {Readers} readers
 * @param {Method} method
 * @param {unknown} argument
 * @param {Answer<Readers[Method]>} fallback
 * @returns {Answer<Readers[Method]>}
 */
function ask(readers, method, argument, fallback) {
  try {
    const answer = /** @type {Record<keyof Readers, Function>} */ (readers)[
      method
    ](argument);
    ignorePromise(answer);
    return answer;
  } catch {
    return fallback;
  }
}

module.exports = { ask, countErrors, countItems, elementsOf, isObject };
