'use strict';

// Spans whose returned object (a lazy thenable, an iterator, a stream) has not begun its work.

/** Most idle spans of one collector; beyond it the oldest ends as a plain value. */
const MAX_IDLE = 1000;

/**
 * @typedef {{ drop(span: any): void }} FollowedObject - what ends a span as one that never began
 * @typedef {Map<any, FollowedObject>} Idle - spans, oldest first, each with what follows it
 */

/** @type {WeakMap<object, Idle>} - spans that wait, by what records them */
const idleOf = new WeakMap();

/** The recorder of spans without an execution. */
const NO_ONE = {};

/** Whether a span was ever idle; most processes have none. */
let isUsed = false;

/** @param {any} span */
const recorderOf = ({ execution }) =>
  execution?.core ?? execution?.collector ?? NO_ONE;

/** @param {object} span @param {FollowedObject} followed */
function addIdle(span, followed) {
  isUsed = true;
  const recorder = recorderOf(span);
  /** @type {Idle} */
  const idle = idleOf.get(recorder) ?? new Map();
  idleOf.set(recorder, idle);
  if (idle.size >= MAX_IDLE) {
    const [oldest, its] = /** @type {[object, FollowedObject]} */ (
      idle.entries().next().value
    );
    its.drop(oldest);
  }
  idle.set(span, followed);
}

/** @param {object} span */
function removeIdle(span) {
  idleOf.get(recorderOf(span))?.delete(span);
}

/** @param {object} [recorder] @returns whether a returned object has not begun its work */
const hasIdle = (recorder = NO_ONE) => (idleOf.get(recorder)?.size ?? 0) > 0;

/**
 * Ends spans for which `belongs` holds as plain values: those of an ending execution, or of a
 * collector being queried.
 * @param {(span: any) => boolean} belongs
 * @param {object} [recorder]
 */
function endIdle(belongs, recorder = NO_ONE) {
  const idle = idleOf.get(recorder);
  if (idle === undefined || idle.size === 0) return;
  for (const [span, followed] of [...idle]) {
    if (idle.has(span) && belongs(span)) followed.drop(span);
  }
}

/** @param {object} execution */
function endIdleIn(execution) {
  if (isUsed)
    endIdle(
      (span) => span.execution === execution && span !== execution,
      recorderOf({ execution }),
    );
}

/** @param {object} core @param {object | undefined} started */
function endIdleOfStarted(core, started) {
  if (isUsed) endIdle(({ execution }) => execution.started === started, core);
}

module.exports = {
  addIdle,
  endIdle,
  endIdleIn,
  endIdleOfStarted,
  hasIdle,
  removeIdle,
};
