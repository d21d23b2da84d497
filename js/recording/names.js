'use strict';

// Ids and names from whatever callers pass.

const { invalidArg } = require('../errors');
const { isStage } = require('./interner');

/** The prefix of generated execution ids, before their number. */
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
 * A stage name, the first argument; an object means that it was forgotten and the next one passed in its place.
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
