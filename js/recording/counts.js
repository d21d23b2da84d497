'use strict';

const { ask, countErrors, countItems, elementsOf } = require('./result-reader');

/** @import { Readers } from './wired-execution' */

/**
 * What a stage or an execution counts as.
 * @typedef {{ success: boolean, items: number, errors: number, outputSize: number }} Counts
 */

/** @param {number} items @returns {Counts} of one that failed, or yielded them before it did */
const failureOf = (items) => ({
  success: false,
  items,
  errors: 1,
  outputSize: 0,
});

/**
 * What a caller's reader answers, as a count or a size: NaN for what is no number, which the native side
 * reads as 0 and counts. A BigInt or a symbol would throw where it is written down.
 *
 * @param {unknown} answer
 */
const figureIn = (answer) => (typeof answer === 'number' ? answer : NaN);

/**
 * Of one that returned `result`: its `errors`, and at least one where it says `success: false`. In
 * one function: where pipelines are rare, the code of each function called is no longer in the processor's cache.
 * @param {any} result
 * @param {number | undefined} yielded - items that it yielded, of an iterator or a stream
 * @param {Readers | null} readers - what says how large the result is and how many items are in it; null for none
 * @returns {Counts}
 */
function countsOf(result, yielded, readers) {
  let items = 1;
  let errors = 0;
  if (typeof result === 'object' && result !== null) {
    try {
      const given = result.errors;
      if (given)
        errors = Array.isArray(given) ? elementsOf(given) : countErrors(given);
    } catch {
      // What it says of its success counts.
    }
    try {
      if (errors === 0 && result.success === false) errors = 1;
    } catch {
      // It says nothing.
    }
    items = countItems(result);
  }
  const success = errors === 0;
  const counts = { success, items: yielded ?? items, errors, outputSize: 0 };
  if (readers === null) return counts;
  counts.outputSize = figureIn(ask(readers, 'calculateOutputSize', result, 0));
  if (yielded === undefined && readers.countProcessedItems)
    counts.items = figureIn(ask(readers, 'countProcessedItems', result, 0));
  return counts;
}

module.exports = { countsOf, failureOf };
