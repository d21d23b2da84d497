'use strict';

// What a stage or a pipeline returned, read without trusting it.

const list = (value) => (Array.isArray(value) ? value.length : 0);

/** The longest array among the values of `data`; 0 without any. */
function longestList(data) {
  let longest = 0;
  if (typeof data === 'object' && data !== null) {
    for (const key in data) {
      const { [key]: value } = data;
      if (Array.isArray(value) && value.length > longest) longest = value.length;
    }
  }
  return longest;
}

/**
 * Items in a result: its actions if there are any, else the longest list in its data, else its
 * candidates, entities or components; 1 for a result with no list at all.
 */
function countItems(result) {
  if (typeof result !== 'object' || result === null) return 1;
  const { actions } = result;
  const count =
    list(actions) ||
    longestList(result.data) ||
    list(result.candidateActions) ||
    list(result.entities) ||
    list(result.components);
  if (count > 0) return count;
  const hasList =
    Array.isArray(actions) || Array.isArray(result.entities) || Array.isArray(result.components);
  return hasList ? 0 : 1;
}

/** Errors a result reports: its `errors`, and at least one where it says `success: false`. */
function countErrors(result) {
  if (typeof result !== 'object' || result === null) return 0;
  const errors = list(result.errors);
  return result.success === false ? Math.max(errors, 1) : errors;
}

/** The answer of `read`; `fallback` where reading the caller's object throws. */
function safely(read, value, fallback) {
  try {
    return read(value);
  } catch {
    return fallback;
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
 * What a stage that returned `result` counts as.
 *
 * @param {unknown} result
 * @param {{ calculateOutputSize?: Function, countProcessedItems?: Function } | null} readers -
 *   who says how large the result is and how many items are in it
 */
function stageResultOf(result, readers) {
  const errorCount = safely(countErrors, result, 0);
  return {
    success: errorCount === 0,
    outputSize: readers?.calculateOutputSize ? ask(readers, 'calculateOutputSize', result, 0) : 0,
    itemsProcessed: readers?.countProcessedItems
      ? ask(readers, 'countProcessedItems', result, 0)
      : safely(countItems, result, 1),
    errorCount,
    warningCount: 0,
  };
}

/** What a stage that threw counts as. */
function stageFailure() {
  return { success: false, outputSize: 0, itemsProcessed: 0, errorCount: 1, warningCount: 0 };
}

/** What a pipeline that returned `result` counts as. */
function pipelineResultOf(result) {
  const totalErrors = safely(countErrors, result, 0);
  return {
    success: totalErrors === 0,
    totalItemsProcessed: safely(countItems, result, 1),
    finalOutputSize: 0,
    totalErrors,
  };
}

/** What a pipeline that threw counts as. */
function pipelineFailure() {
  return { success: false, totalItemsProcessed: 0, finalOutputSize: 0, totalErrors: 1 };
}

module.exports = {
  ask,
  countItems,
  pipelineFailure,
  pipelineResultOf,
  safely,
  stageFailure,
  stageResultOf,
};
