'use strict';

// Ids and names, whatever callers give as such.

const { isStage } = require('./interner');

/** An execution id as text, with lone surrogates replaced, so that it survives the crossing. */
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

/** The id that an execution or a stage says it has. */
function idOf(started) {
  try {
    return started.executionId;
  } catch {
    return undefined;
  }
}

/** A stage name as text. */
function toName(value) {
  return typeof value === 'string' ? value : toId(value);
}

/** What a question is about: a name as text, or `{ stage: name }`. */
function toAsked(value) {
  return isStage(value) ? value : toName(value);
}

module.exports = { idOf, toAsked, toId, toName };
