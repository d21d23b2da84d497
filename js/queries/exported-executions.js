'use strict';

// The executions of an exported history: whether they are what `exportHistory` writes.

/**
 * @typedef {import('../../types/insight').ExportedExecutions} ExportedExecutions
 * @typedef {import('../../types/insight').ExportedExecution} ExportedExecution
 */

/** @param {unknown} value */
const isNumber = (value) => Number.isFinite(value);

/** @param {unknown} value */
const isAmount = (value) => typeof value === 'number' && value >= 0;

/**
 * Heap at a start and how much it grew.
 *
 * @param {unknown} value
 */
const isHeap = (value) =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 2 && value.every(isNumber));

/** @param {unknown} value @param {number} below */
const isPlace = (value, below) =>
  typeof value === 'number' &&
  Number.isInteger(value) &&
  value >= 0 &&
  value < below;

/**
 * @param {unknown} span
 * @param {number} place - among the stages of its execution
 * @param {number} names
 */
function isSpan(span, place, names) {
  if (!Array.isArray(span) || span.length !== 9) return false;
  const [name, start, duration, parent, success, ...others] = span;
  const [items, errors, inputSize, heap] = others;
  return (
    isPlace(name, names) &&
    isNumber(start) &&
    (duration === null || isNumber(duration)) &&
    (parent === null || isPlace(parent, place)) &&
    typeof success === 'boolean' &&
    [items, errors, inputSize].every(isAmount) &&
    isHeap(heap)
  );
}

/** @param {Record<string, unknown> | null | undefined} of @param {number} names */
const isExecution = (of, names) =>
  typeof of?.id === 'string' &&
  [of.start, of.duration, of.completedAt].every(isNumber) &&
  [of.items, of.errors].every(isAmount) &&
  typeof of.success === 'boolean' &&
  isHeap(of.heap) &&
  Array.isArray(of.stages) &&
  of.stages.every((span, place) => isSpan(span, place, names));

/**
 * Executions with their stages; histories of versions 1 and 2 have none.
 *
 * @param {any} value
 */
const isExecutions = (value) =>
  value === undefined ||
  (Array.isArray(value?.stageNames) &&
    value.stageNames.every(
      (/** @type {unknown} */ name) => typeof name === 'string',
    ) &&
    Array.isArray(value.list) &&
    value.list.every((/** @type {any} */ of) =>
      isExecution(of, value.stageNames.length),
    ));

/**
 * The same with ids and names that UTF-8 can hold.
 *
 * @param {ExportedExecutions | undefined} executions
 * @returns {ExportedExecutions | undefined}
 */
function wellFormedExecutions(executions) {
  if (executions === undefined) return undefined;
  const { stageNames, list } = executions;
  return {
    stageNames: stageNames.map((name) => name.toWellFormed()),
    list: list.map((of) => ({ ...of, id: of.id.toWellFormed() })),
  };
}

module.exports = { isExecutions, wellFormedExecutions };
