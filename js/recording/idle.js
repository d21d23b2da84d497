'use strict';

// What measured code returned that works later and has not begun.

/** Spans that may wait for work to begin; past it the oldest ends as a plain value. */
const MAX_IDLE = 1000;

/**
 * @typedef {{ drop(span: any): void }} Following - what ends a span as one that never began
 */

/**
 * The spans that wait, oldest first, each with what follows it.
 *
 * @type {Map<any, Following>}
 */
const idle = new Map();

/**
 * Takes in a span whose work has not begun.
 *
 * @param {object} span
 * @param {Following} following
 */
function addIdle(span, following) {
  if (idle.size >= MAX_IDLE) {
    const [oldest, its] = /** @type {[object, Following]} */ (
      idle.entries().next().value
    );
    its.drop(oldest);
  }
  idle.set(span, following);
}

/** @param {object} span */
function removeIdle(span) {
  idle.delete(span);
}

/** Whether anything that was returned has not begun. */
const hasIdle = () => idle.size > 0;

/**
 * Ends those spans as plain values that `belongs` says: those of an execution that ends, or of a
 * collector that is asked for its figures.
 *
 * @param {(span: any) => boolean} belongs
 */
function endIdle(belongs) {
  for (const [span, following] of [...idle]) {
    if (idle.has(span) && belongs(span)) following.drop(span);
  }
}

/**
 * The same of what the stages of an execution returned.
 *
 * @param {object} execution
 */
function endIdleIn(execution) {
  if (hasIdle())
    endIdle((span) => span.execution === execution && span !== execution);
}

module.exports = { addIdle, endIdle, endIdleIn, hasIdle, removeIdle };
