'use strict';

// What a stage or a pipeline returned, read without trusting it.

// `data` is a record of a few fields; looking through a table that somebody put there would cost
// more than the figure is worth.
const MAX_FIELDS = 64;

const list = (value) => (Array.isArray(value) ? value.length : 0);

/** The longest array among the values of `data`; 0 without any. */
function longestList(data) {
  if (typeof data !== 'object' || data === null) return 0;
  let longest = 0;
  let fields = 0;
  for (const key in data) {
    fields += 1;
    if (fields > MAX_FIELDS) break;
    const value = data[key];
    if (Array.isArray(value) && value.length > longest) longest = value.length;
  }
  return longest;
}

/**
 * Items in a result: its actions if there are any, else the longest list in its data, else the
 * candidates that its stage was given, else entities or components; 1 for a result with no list
 * at all. A list is as many items as it has elements.
 *
 * @param {any} result
 * @param {any} [context] - what the stage was given
 */
function countItems(result, context) {
  if (typeof result !== 'object' || result === null) return 1;
  if (Array.isArray(result)) return result.length;
  const { actions, entities, components } = result;
  const count =
    list(actions) ||
    longestList(result.data) ||
    list(result.candidateActions) ||
    list(context?.candidateActions) ||
    list(entities) ||
    list(components);
  if (count > 0) return count;
  const hasList =
    Array.isArray(actions) ||
    Array.isArray(entities) ||
    Array.isArray(components);
  return hasList ? 0 : 1;
}

/** Errors a result reports: its `errors`, and at least one where it says `success: false`. */
function countErrors(result) {
  if (typeof result !== 'object' || result === null) return 0;
  const errors = list(result.errors);
  return result.success === false ? Math.max(errors, 1) : errors;
}

/** {@link countItems}; 1 where the caller's objects cannot be read. */
function itemsOf(result, context) {
  try {
    return countItems(result, context);
  } catch {
    return 1;
  }
}

/** {@link countErrors}; 0 where the result cannot be read. */
function errorsOf(result) {
  try {
    return countErrors(result);
  } catch {
    return 0;
  }
}

/** What a method of `readers` answers; `fallback` where it throws. */
function ask(readers, method, argument, fallback) {
  try {
    return readers[method](argument);
  } catch {
    return fallback;
  }
}

/**
 * A result whose size somebody works out. The collector asks for it after it has read its
 * clock, so that working it out does not count as the stage's time.
 */
class SizedStageResult {
  #result;
  #readers;
  #context;
  #outputSize;
  #itemsProcessed;

  constructor(result, readers, context, errorCount) {
    this.#result = result;
    this.#readers = readers;
    this.#context = context;
    this.success = errorCount === 0;
    this.errorCount = errorCount;
    this.warningCount = 0;
  }

  get outputSize() {
    this.#outputSize ??= ask(
      this.#readers,
      'calculateOutputSize',
      this.#result,
      0,
    );
    return this.#outputSize;
  }

  get itemsProcessed() {
    this.#itemsProcessed ??= this.#readers.countProcessedItems
      ? ask(this.#readers, 'countProcessedItems', this.#result, 0)
      : itemsOf(this.#result, this.#context);
    return this.#itemsProcessed;
  }
}

/**
 * What a stage that returned `result` counts as.
 *
 * @param {unknown} result
 * @param {unknown} context - what the stage was given
 * @param {{ calculateOutputSize: Function, countProcessedItems?: Function } | null} readers -
 *   who says how large the result is and how many items are in it; null for nobody
 */
function stageResultOf(result, context, readers) {
  const errorCount = errorsOf(result);
  if (readers !== null)
    return new SizedStageResult(result, readers, context, errorCount);
  return {
    success: errorCount === 0,
    outputSize: 0,
    itemsProcessed: itemsOf(result, context),
    errorCount,
    warningCount: 0,
  };
}

/** What a stage that threw counts as. */
function stageFailure() {
  return {
    success: false,
    outputSize: 0,
    itemsProcessed: 0,
    errorCount: 1,
    warningCount: 0,
  };
}

/** What an execution counts as that ran what `stageResult` tells of. */
function pipelineResultOf(stageResult) {
  return {
    success: stageResult.success,
    totalItemsProcessed: stageResult.itemsProcessed,
    finalOutputSize: stageResult.outputSize,
    totalErrors: stageResult.errorCount,
  };
}

module.exports = {
  ask,
  countItems,
  pipelineResultOf,
  stageFailure,
  stageResultOf,
};
