'use strict';

// Ids and names, whatever callers give as such.

const { invalidArg } = require('../errors');
const { isStage } = require('./interner');

/** What the ids begin with of executions that no caller gave one, before their number. */
const OWN_ID = 'execution-';

/** @param {unknown} value @returns {string} well-formed, so that it survives the crossing */
function toId(value) {
  if (typeof value !== 'string') {
    try {
      return String(value).toWellFormed();
    } catch {
      return 'unprintable';
    }
  }
  return value.isWellFormed() ? value : value.toWellFormed();
}

/** @param {unknown} started */
function idOf(started) {
  try {
    return /** @type {{ executionId?: unknown }} */ (started).executionId;
  } catch {
    return undefined;
  }
}

/** @param {unknown} value */
function toName(value) {
  return typeof value === 'string' ? value : toId(value);
}

/**
 * The name of a stage, first of the arguments: an object is the next one, and the name forgotten.
 * @param {unknown} value
 */
function toAsked(value) {
  if (isStage(value)) return value;
  if (typeof value === 'object' && value !== null) throw notAStage(value);
  return toName(value);
}

/** @param {unknown} value */
const notAStage = (value) =>
  invalidArg('stageName must be a string, or { stage } with one', value);

module.exports = {
  OWN_ID,
  idOf,
  notAStage,
  toAsked,
  toId,
  toName,
};
