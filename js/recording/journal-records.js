'use strict';

// Writes the journal records other than starts: eight numbers each, listed in the layout of the
// native side.

const { layout } = require('../boundary/native');

/**
 * @import { StageContextRead } from './caller-objects'
 * @import { Core } from './core'
 * @import { Counts } from './counts'
 * @import { WiredExecution } from './wired-execution'
 * @import { WiredStage } from './wired-stage'
 * @typedef {NonNullable<ReturnType<Core['customLabels']['read']>>} ReadLabels
 */

const { RECORD_LEN, JOURNAL_RECORDS } = layout.at;
/** The offset of the stages' bounds, behind all records. */
const BOUNDS_AT = RECORD_LEN * JOURNAL_RECORDS;
const { STAGE_CONTEXT, THREAD_USAGE, LABEL, ABANDON } = layout.record;
const { CPU, IO } = layout.slab;

/**
 * Writes the end of a stage or an execution, after what the thread used, if that was read.
 * @param {Pick<Core, 'journal' | 'probes' | 'slab'>} core
 * @param {number} kind
 * @param {WiredExecution | WiredStage} span
 * @param {number} stage - its number, or that of whole pipelines
 * @param {number} now
 * @param {number} heap
 * @param {number} grown - by how much, in bytes; NaN where that is not known
 * @param {Counts} counts
 * @returns whether an alert is possible: it failed, or took longer or allocated more than its bounds
 */
function writeEnd(core, kind, span, stage, now, heap, grown, counts) {
  const { journal, probes } = core;
  const { execution } = span;
  if (journal.at >= journal.fullAt) journal.makeRoom();
  if (!execution.isPlain && execution.captures.usage && span !== execution)
    writeUsage(core);
  const { numbers, at } = journal;
  const { errors } = counts;
  numbers[at] = kind;
  numbers[at + 1] = span.number;
  numbers[at + 2] = now;
  numbers[at + 3] = probes.wall;
  numbers[at + 4] = heap;
  numbers[at + 5] = counts.items;
  numbers[at + 6] = errors;
  numbers[at + 7] = counts.outputSize;
  journal.at = at + RECORD_LEN;
  const bounds = BOUNDS_AT + 2 * stage;
  return (
    errors > 0 ||
    now - span.start > numbers[bounds] ||
    grown > numbers[bounds + 1]
  );
}

/**
 * Writes what the thread used at the last reading. It is part of the record that follows and replayed
 * with it, so there must be room for both.
 * @param {Pick<Core, 'slab' | 'journal'>} core
 */
function writeUsage({ slab, journal }) {
  const { numbers, at } = journal;
  numbers[at] = THREAD_USAGE;
  numbers[at + 1] = slab[CPU];
  numbers[at + 2] = slab[IO];
  journal.at = at + RECORD_LEN;
}

/**
 * Writes further context of a stage: part of the record that follows, like {@link writeUsage}.
 * @param {Pick<Core, 'journal'>} core
 * @param {StageContextRead} read
 */
function writeStageContext({ journal }, read) {
  const { numbers, at } = journal;
  numbers[at] = STAGE_CONTEXT;
  numbers[at + 1] = read.expectedOutputSize;
  numbers[at + 2] = read.complexityId;
  numbers[at + 3] = read.configurationId;
  journal.at = at + RECORD_LEN;
}

/** @param {Pick<Core, 'journal'>} core @param {number} number @param {ReadLabels} labels */
function writeLabels({ journal }, number, labels) {
  for (const label of labels) {
    if (journal.at >= journal.fullAt) journal.makeRoom();
    const { numbers, at } = journal;
    numbers[at] = LABEL;
    numbers[at + 1] = number;
    numbers[at + 2] = label.nameId;
    numbers[at + 3] = label.kind;
    numbers[at + 4] = label.number;
    journal.at = at + RECORD_LEN;
  }
}

/** @param {Pick<Core, 'journal'>} core @param {number} number - of what will not end */
function writeAbandoned({ journal }, number) {
  if (journal.at >= journal.fullAt) journal.makeRoom();
  const { numbers, at } = journal;
  numbers[at] = ABANDON;
  numbers[at + 1] = number;
  journal.at = at + RECORD_LEN;
}

module.exports = {
  BOUNDS_AT,
  writeAbandoned,
  writeEnd,
  writeLabels,
  writeStageContext,
  writeUsage,
};
