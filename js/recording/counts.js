'use strict';

const { ask, countErrors, countItems, elementsOf } = require('./result-reader');

/** @import { Readers } from './wired-execution' */

/**
 * The outcome of a stage or an execution, in numbers.
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
 * A count or size that a caller's reader returned: NaN if it is no number, which the native side reads
 * as 0 and counts. A BigInt or a symbol would throw when written to the journal.
 *
 * @param {unknown} answer
 */
const figureIn = (answer) => (typeof answer === 'number' ? answer : NaN);

/**
 * Counts for `result`: its `errors`, and at least one if it has `success: false`. One function, because where
 * pipelines are rare, each function called is a cache miss.
 * @param {any} result
 * @param {number | undefined} yielded - items that it yielded, of an iterator or a stream
 * @param {Readers | null} readers - gives size and item count of the result; null for none
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
      // The success it states counts.
    }
    try {
      if (errors === 0 && result.success === false) errors = 1;
    } catch {
      // It states none.
    }
    items = countItems(result);
  }
  const success = errors === 0;
  const counts = { success, items: yielded ?? items, errors, outputSize: 0 };
  if (readers !== null) read(counts, result, yielded === undefined, readers);
  return counts;
}

/**
 * Takes in what `readers` give.
 * @param {Counts} counts
 * @param {unknown} result
 * @param {boolean} isCounted - whether its items may be
 * @param {Readers} readers
 */
function read(counts, result, isCounted, readers) {
  counts.outputSize = figureIn(ask(readers, 'calculateOutputSize', result, 0));
  if (isCounted && readers.countProcessedItems)
    counts.items = figureIn(ask(readers, 'countProcessedItems', result, 0));
}

module.exports = { countsOf, failureOf };
