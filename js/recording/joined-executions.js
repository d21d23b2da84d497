'use strict';

// Lets callers start and complete stages of measured executions directly, such as a stage that
// reports to its trace.

const { startedExecution } = require('../boundary/decoders/executions');
const { toId } = require('./names');
const { RunningExecution } = require('./running-executions');

/**
 * @import { Core } from './core'
 * @import { WiredExecution } from './wired-execution'
 */

/**
 * The running execution that a call names, started either way, or undefined. A measured one is
 * represented by an object like those of executions started directly.
 * @param {Core} core
 * @param {unknown} asked
 * @returns {RunningExecution | undefined}
 */
function executionOf(core, asked) {
  const started = core.executions.find(asked);
  const { journal } = core;
  if (started !== undefined || journal.active === 0) return started;
  // An object returned by a start identifies only the execution it was returned for.
  if (typeof asked === 'object' && asked !== null) return undefined;
  const wired = journal.find(toId(asked));
  if (wired === undefined) return undefined;
  wired.joined ??= join(core, wired);
  return wired.joined ?? undefined;
}

/** @param {Core} core @param {WiredExecution} wired */
function join({ engine, journal }, { captures, id, number }) {
  journal.replay();
  const slot = engine.slotOf(number);
  if (slot === null) return null;
  const context = { actionCount: 0, traceVerbosity: '', environment: '' };
  return new RunningExecution(
    slot,
    id,
    startedExecution(id, context),
    captures,
  );
}

/** @param {Core} core @param {WiredExecution} wired - that has ended, or will not */
function leaveJoined({ ended, engine }, { abandoned, joined }) {
  if (joined === null) return;
  joined.end();
  if (abandoned !== 'no') ended.abandoned(joined);
  else ended.completed(joined);
  joined.storeLabels(engine);
}

module.exports = { executionOf, leaveJoined };
