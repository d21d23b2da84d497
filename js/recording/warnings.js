'use strict';

// What a call says of an execution or a stage that does not run, or no longer: one warning, and
// one more in a counter. A collector that was disposed of says nothing.

const { idOf, toId, toName } = require('./names');

/**
 * @typedef {import('./notifier').Notifier} Notifier
 * @typedef {Pick<import('./core').Core, 'closed' | 'unknownReferences' | 'ended' |
 *   'duplicateCompletions'>} Unknowns - what counts such calls
 */

/**
 * @param {Unknowns} core
 * @param {Notifier} notifier
 * @param {string} message
 */
function warnOfUnknown(core, notifier, message) {
  if (core.closed) return;
  core.unknownReferences += 1;
  notifier.warn(message);
}

/**
 * An execution as a caller named it: by its id, or by the object that its start returned.
 *
 * @param {unknown} execution
 */
function idText(execution) {
  const isObject = typeof execution === 'object' && execution !== null;
  return toId(isObject ? (idOf(execution) ?? execution) : execution);
}

/**
 * Counts a call of an execution that was abandoned, and says so at the first.
 *
 * @param {Unknowns} core
 * @param {Notifier} notifier
 * @param {unknown} id
 * @param {boolean} isFirst
 */
function warnOfAbandoned(core, notifier, id, isFirst) {
  if (isFirst)
    warnOfUnknown(
      core,
      notifier,
      `Execution ${id} was abandoned; its calls do nothing`,
    );
  else core.unknownReferences += 1;
}

/**
 * Whether a call is one of an execution that was abandoned, which is said once.
 *
 * @param {Unknowns} core
 * @param {Notifier} notifier
 * @param {...unknown} started
 */
function isOfAbandoned(core, notifier, ...started) {
  for (const object of started) {
    const { isAbandoned, isFirst, id } = core.ended.callOf(object);
    if (!isAbandoned) continue;
    warnOfAbandoned(core, notifier, id, isFirst);
    return true;
  }
  return false;
}

/**
 * Says that a stage was started in no execution.
 *
 * @param {Unknowns} core
 * @param {Notifier} notifier
 * @param {unknown} executionId
 */
function warnOfStart(core, notifier, executionId) {
  if (isOfAbandoned(core, notifier, executionId)) return null;
  const id = idText(executionId);
  warnOfUnknown(core, notifier, `Stage started in an unknown execution: ${id}`);
  return null;
}

/**
 * Says that no execution of that id was there to complete.
 *
 * @param {Unknowns} core
 * @param {Notifier} notifier
 * @param {unknown} executionId
 */
function warnOfEnd(core, notifier, executionId) {
  if (isOfAbandoned(core, notifier, executionId)) return undefined;
  const id = idText(executionId);
  warnOfUnknown(core, notifier, `Completion of an unknown execution: ${id}`);
  return undefined;
}

/**
 * Says why a stage was not completed.
 *
 * @param {Unknowns} core
 * @param {Notifier} notifier
 * @param {import('./running-executions').RunningExecution | undefined} execution - the one meant
 * @param {unknown} executionId
 * @param {unknown} stage - as the caller named it
 */
function warnOfCompletion(core, notifier, execution, executionId, stage) {
  if (isOfAbandoned(core, notifier, stage, executionId)) return undefined;
  const id = idText(executionId);
  if (execution === undefined || execution.isOver) {
    warnOfUnknown(
      core,
      notifier,
      `Stage completed in an unknown execution: ${id}`,
    );
    return undefined;
  }
  const name = nameOf(stage);
  if (execution.byName.has(name)) {
    core.duplicateCompletions += 1;
    notifier.warn(`Stage ${name} of ${id} has already completed`);
    return undefined;
  }
  const what = `stage ${name}, which never started in ${id}`;
  warnOfUnknown(core, notifier, `Completion of ${what}`);
  return undefined;
}

/**
 * Says that an execution took the place of another of its id.
 *
 * @param {Notifier} notifier
 * @param {string} id
 */
function warnOfRestart(notifier, id) {
  notifier.warn(
    `Execution ${id} was started again before it completed; the earlier one is abandoned`,
  );
}

/**
 * The name of a stage, given by name or by handle.
 *
 * @param {unknown} stage
 */
function nameOf(stage) {
  const isHandle = typeof stage === 'object' && stage !== null;
  if (!isHandle) return toName(stage);
  try {
    return toName(/** @type {{ stageName?: unknown }} */ (stage).stageName);
  } catch {
    return 'unprintable';
  }
}

module.exports = {
  warnOfAbandoned,
  warnOfCompletion,
  warnOfEnd,
  warnOfRestart,
  warnOfStart,
};
