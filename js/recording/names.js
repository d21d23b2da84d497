'use strict';

// Ids and names, whatever callers give as such.

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

/** @param {unknown} value */
function toAsked(value) {
  return isStage(value) ? value : toName(value);
}

module.exports = {
  OWN_ID,
  idOf,
  toAsked,
  toId,
  toName,
};
