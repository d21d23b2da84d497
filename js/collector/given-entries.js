'use strict';

// Entries of the histories: those that callers put in, kept as they are, and those measured.

const { toAsked } = require('../recording/names');
const { nameIn } = require('../recording/interner');
const { parseTime } = require('../boundary/iso-time');
const { readClocks } = require('../boundary/call-native');
const { layout } = require('../boundary/native');
const {
  entryFrom,
  executionEnd,
  pipelineEntryFrom,
} = require('../boundary/decoders');

const S = layout.span;

/** How a Map inside an entry put in manually is written in its JSON text. */
const MAP_ENTRIES = '\u0000map';

const writeMaps = (_, value) =>
  value instanceof Map ? { [MAP_ENTRIES]: [...value] } : value;

const readMaps = (_, value) =>
  value !== null && typeof value === 'object' && MAP_ENTRIES in value
    ? new Map(value[MAP_ENTRIES])
    : value;

/** What callers put in and ids, one a row, as the native side gives them back. */
function fromTexts(text) {
  return JSON.parse(text, text.includes('u0000map') ? readMaps : undefined);
}

/** JSON text of what a caller put in; figures that JSON cannot say are left out. */
function toText(core, value, known) {
  try {
    const text = JSON.stringify(value, writeMaps);
    if (text !== undefined) return text;
  } catch {
    core.hostileInputs += 1;
  }
  return JSON.stringify(known);
}

function read(core, source, path) {
  try {
    return path(source);
  } catch {
    core.hostileInputs += 1;
    return undefined;
  }
}

/** When something put in was: as it says, else now; a time that no date can be is counted. */
function wallIn(core, timestamp, wallNow) {
  const wall = parseTime(timestamp);
  if (wall === wall) return wall;
  if (timestamp !== undefined && timestamp !== null) core.invalidNumbers += 1;
  return wallNow;
}

/** A size or a count as a measured run has it: what cannot be one is 0, and counted. */
function countIn(core, value) {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
  core.invalidNumbers += 1;
  return 0;
}

/**
 * When something put in was, by the wall clock, and from when its age counts, by the monotonic
 * one: it is as old as its timestamp says then, and no younger than what is put in now.
 */
function timesIn(core, timestamp, { now, wall }) {
  const at = wallIn(core, timestamp, wall);
  return [at, now - Math.max(wall - at, 0)];
}

const labelIn = (core, value) =>
  typeof value === 'string' && value !== '' ? core.labels.admit(value) : 0;

/** The figures of a stage entry, as the native side takes them, and its text. */
function packEntry(core, entry, clocks, figures, texts) {
  const of = (path) => read(core, entry, path);
  const duration = core.figure(of((e) => e.duration));
  const success = of((e) => e.success);
  figures.push(
    duration,
    core.figure(of((e) => e.memoryDelta)),
    core.figure(of((e) => e.throughput?.itemsPerSecond)),
    core.figure(of((e) => e.errorCount)),
    success === undefined || success ? 1 : 0,
    ...timesIn(
      core,
      of((e) => e.timestamp),
      clocks,
    ),
    countIn(
      core,
      of((e) => e.inputSize ?? e.context?.inputSize),
    ),
    countIn(
      core,
      of((e) => e.outputSize),
    ),
    countIn(
      core,
      of((e) => e.itemsProcessed),
    ),
    countIn(
      core,
      of((e) => e.warningCount),
    ),
    countIn(
      core,
      of((e) => e.retryCount),
    ),
    labelIn(
      core,
      of((e) => e.complexity ?? e.context?.complexity),
    ),
    labelIn(
      core,
      of((e) => e.configurationHash ?? e.context?.configurationHash),
    ),
  );
  texts.push(toText(core, entry, { duration, success }));
}

/** Keeps entries of a stage; `replace` removes those it had. */
function putEntries(core, stageName, entries, replace) {
  if (core.closed) return;
  const figures = [];
  const texts = [];
  const clocks = readClocks(core);
  for (const entry of entries) packEntry(core, entry, clocks, figures, texts);
  const id = core.stages.admit(nameIn(toAsked(stageName)));
  core.native.putEntries(id, Float64Array.from(figures), texts, replace);
}

/** A stage's entries from `since` on by the monotonic clock, oldest first. */
function entriesOf(core, stageId, since) {
  const { numbers, text, labels } = core.native.entries(stageId, since);
  const own = core.customLabels.readBack(labels);
  return fromTexts(text).map((given, row) =>
    typeof given === 'object' && given !== null
      ? given
      : entryFrom(numbers, row * S.LEN, given, core.labels.names, own),
  );
}

/** Figures of an execution that is put in, as the native side takes them. */
function packExecution(core, execution, clocks) {
  const of = (path) => read(core, execution, path);
  const duration = core.figure(of((e) => e.totalDuration));
  const success = of((e) => e.success ?? e.result?.success);
  const times = timesIn(
    core,
    of((e) => e.timestamp),
    clocks,
  );
  return [duration, success === undefined || success ? 1 : 0, ...times];
}

/** Keeps entries of the pipeline history; `replace` removes those it had. */
function putPipeline(core, entries, replace) {
  if (core.closed) return;
  const clocks = readClocks(core);
  const figures = [];
  const texts = [];
  for (const entry of entries) {
    const packed = packExecution(core, entry, clocks);
    figures.push(...packed);
    texts.push(
      toText(core, entry, {
        totalDuration: packed[0],
        success: packed[1] === 1,
      }),
    );
  }
  core.native.putPipeline(Float64Array.from(figures), texts, replace);
}

/** The pipeline history from `since` on by the monotonic clock, oldest first. */
function pipelineEntriesOf(core, since) {
  const table = core.native.pipelineEntries(since);
  const { stages, labels } = core;
  const { numbers } = table;
  const own = core.customLabels.readBack(table.labels);
  let at = 0;
  return fromTexts(table.text).map((given) => {
    const from = at;
    at = executionEnd(numbers, from);
    return typeof given === 'object' && given !== null
      ? given
      : pipelineEntryFrom(
          numbers,
          from,
          given,
          stages.names,
          labels.names,
          own,
        );
  });
}

module.exports = {
  entriesOf,
  fromTexts,
  packExecution,
  pipelineEntriesOf,
  putEntries,
  putPipeline,
  toText,
  wallIn,
};
