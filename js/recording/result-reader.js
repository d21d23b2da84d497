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

/** @param {unknown} value @returns elements; -1 for no list */
const list = (value) => (Array.isArray(value) ? elementsOf(value) : -1);

/** @param {unknown} data @returns the length of its longest array, or its own; -1 without any */
function longestList(data) {
  if (!isObject(data) || ArrayBuffer.isView(data)) return -1;
  if (Array.isArray(data)) return list(data);
  let longest = -1;
  let fields = 0;
  for (const key in data) {
    fields += 1;
    if (fields > MAX_FIELDS) break;
    try {
      const length = list(data[key]);
      if (length > longest) longest = length;
    } catch {
      // The other fields still count.
    }
  }
  return longest;
}

/**
 * One property of a result. A variable name would defeat inline caches.
 * @typedef {(result: Record<string, unknown>) => unknown} Read
 */

/** @type {Read} */
const candidatesOf = (result) => result.candidateActions;
/** @type {Read} */
const entitiesOf = (result) => result.entities;
/** @type {Read} */
const componentsOf = (result) => result.components;

/** @param {Record<string, unknown>} result @param {Read} read @returns elements; -1 for no list */
function lengthOf(result, read) {
  try {
    return list(read(result));
  } catch {
    return -1;
  }
}

/** @param {Record<string, unknown>} result */
function longestIn(result) {
  try {
    return longestList(result.data);
  } catch {
    return -1;
  }
}

/**
 * Items in a result: the length of its actions, else of the longest list in its data, else of its
 * candidates, entities or components; 1 for a result with no list at all.
 * @param {unknown} result
 */
function countItems(result) {
  if (!isObject(result)) return 1;
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

/** @param {Record<string, unknown>} result @param {number} actions - none, or -1 for no list */
function countOtherItems(result, actions) {
  const longest = longestIn(result);
  if (longest > 0) return longest;
  const candidates = lengthOf(result, candidatesOf);
  if (candidates > 0) return candidates;
  const entities = lengthOf(result, entitiesOf);
  if (entities > 0) return entities;
  const components = lengthOf(result, componentsOf);
  if (components > 0) return components;
  // A result without lists is one item; one whose lists are empty is none.
  const most = Math.max(actions, longest, candidates, entities, components);
  return most === 0 ? 0 : 1;
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

module.exports = { ask, countErrors, countItems, elementsOf };
