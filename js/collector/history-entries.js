'use strict';

// Entries of the histories: measured ones, and those that callers put in, stored as they are.

const { types } = require('node:util');
const { invalidArg } = require('../errors');
const { nameIn } = require('../recording/interner');
const { parseTime } = require('../boundary/iso-time');
const { readClocks } = require('../boundary/call-native');
const { layout } = require('../boundary/native');
const {
  executionEnd,
  pipelineEntryFrom,
} = require('../boundary/decoders/executions');
const { entryFrom } = require('../boundary/decoders/stages');

/**
 * @import { Table } from '../../native/index'
 * @import { CompletedExecutionFigures, PipelineEntryFigures, StageName } from '../../types/inputs'
 * @import { PipelineContext, StageFigures } from '../../types/inputs'
 * @import { PipelineEntry, StageEntry } from '../../types/results'
 * @import { Core } from '../recording/core'
 * @typedef {Pick<Core, 'native' | 'stages' | 'labels' | 'customLabels' | 'now' | 'wallNow' |
 *   'closed' | 'diagnostics' | 'callerObjects'>} Store - what entries are read from
 *   and written to, and where what is wrong with them is counted
 * @typedef {import('../../types/inputs').StageEntryFigures & { context?: StageFigures['context'] }} StageEntryFigures
 * @typedef {PipelineEntryFigures & CompletedExecutionFigures & { context?: PipelineContext | null }} GivenExecution
 * @typedef {ReturnType<typeof readClocks>} Clocks
 */

const S = layout.span;

/** How a Map inside an entry put in manually is written in its JSON text. */
const MAP_ENTRIES = '\u0000map';

/** Fields of an entry that are numbers of at least 0. */
const AMOUNTS = new Set([
  'duration',
  'totalDuration',
  'errorCount',
  'warningCount',
  'retryCount',
  'itemsProcessed',
  'inputSize',
  'outputSize',
]);

/** @param {unknown} value @returns {value is number} */
const isAmount = (value) =>
  typeof value === 'number' && value >= 0 && value < Infinity;

/**
 * A field of an entry as it goes into JSON text: an invalid amount becomes 0, and what JSON cannot
 * represent is left out.
 * @param {boolean} isOfEntry - rather than of what the entry holds
 * @param {string} key
 * @param {unknown} value
 */
function writable(isOfEntry, key, value) {
  if (value === undefined || value === null) return value;
  if (isOfEntry && AMOUNTS.has(key)) return isAmount(value) ? value : 0;
  if (types.isMap(value)) return { [MAP_ENTRIES]: [...value] };
  const isSaid =
    typeof value === 'number'
      ? Number.isFinite(value)
      : typeof value !== 'bigint';
  return isSaid ? value : undefined;
}

/** @type {(key: string, value: any) => unknown} */
const readMaps = (_, value) =>
  value !== null && typeof value === 'object' && MAP_ENTRIES in value
    ? new Map(value[MAP_ENTRIES])
    : value;

/**
 * Decodes an entry that a caller put in.
 * @param {string} text
 */
const fromText = (text) =>
  JSON.parse(text, text.includes('u0000map') ? readMaps : undefined);

/**
 * Entries that callers put in, or ids, one per row of a table.
 * @param {Table} table
 */
function fromTexts({ text, more }) {
  const first = fromText(text);
  return more === undefined ? first : [first, ...more.map(fromText)].flat();
}

/** @param {unknown} element @returns {element is object} whether it is an entry, not an id */
const isGiven = (element) => typeof element === 'object' && element !== null;

/** @template T @param {readonly T[]} value @param {string} what @returns {readonly T[]} */
function requireArray(value, what) {
  if (!Array.isArray(value))
    throw invalidArg(`${what} must be an array of entries`, value);
  return value;
}

/** @template T @param {readonly T[]} value @param {string} what @returns {readonly T[]} */
function requireEntries(value, what) {
  const wrong = requireArray(value, what).findIndex((entry) => !isGiven(entry));
  if (wrong >= 0)
    throw invalidArg(`${what}[${wrong}] must be an object`, value[wrong]);
  return value;
}

/**
 * The JSON text of an entry that a caller put in, without figures that JSON cannot represent.
 * @param {Pick<Core, 'diagnostics'>} core
 * @param {unknown} value
 * @param {object | null} known
 * @returns {string}
 */
function toText(core, value, known) {
  try {
    const text = JSON.stringify(
      value,
      /** @this {unknown} @param {string} key @param {unknown} field */
      function replace(key, field) {
        return writable(this === value, key, field);
      },
    );
    if (text !== undefined) return text;
  } catch {
    core.diagnostics.count('hostileInputs');
  }
  return JSON.stringify(known);
}

/**
 * @template S
 * @template T
 * @param {Pick<Core, 'diagnostics'>} core
 * @param {S} source
 * @param {(source: S) => T} path
 * @returns {T | undefined}
 */
function read(core, source, path) {
  try {
    return path(source);
  } catch {
    core.diagnostics.count('hostileInputs');
    return undefined;
  }
}

/**
 * The time of an entry that was put in: its own, else now; an invalid one is counted.
 * @param {Pick<Core, 'diagnostics'>} core
 * @param {unknown} timestamp
 * @param {number} wallNow
 */
function wallIn(core, timestamp, wallNow) {
  const wall = parseTime(timestamp);
  if (wall === wall) return wall;
  if (timestamp !== undefined && timestamp !== null)
    core.diagnostics.count('invalidNumbers');
  return wallNow;
}

/**
 * A size or a count as in measured runs: an invalid one becomes 0, and is counted.
 * @param {Pick<Core, 'diagnostics'>} core
 * @param {unknown} value
 */
function countIn(core, value) {
  if (value === undefined || value === null) return 0;
  if (isAmount(value)) return value;
  core.diagnostics.count('invalidNumbers');
  return 0;
}

/**
 * Whether a stage that was timed elsewhere succeeded: as given; else it failed if its success rate
 * is below 100 % and nothing was processed.
 * @param {unknown} success
 * @param {number | null | undefined} rate
 * @param {number | null | undefined} items
 */
function succeeded(success, rate, items) {
  const isPartial = typeof rate === 'number' && rate < 100;
  return Boolean(success ?? !(isPartial && !(items && items > 0)));
}

/** @param {Pick<Core, 'diagnostics'>} core @param {unknown} value @returns NaN where not given */
const amountIn = (core, value) =>
  value === undefined || value === null ? NaN : countIn(core, value);

/**
 * The wall-clock time of an entry that was put in, and the monotonic time from which its age
 * counts: as old as its timestamp says, and never in the future.
 * @param {Pick<Core, 'diagnostics'>} core
 * @param {unknown} timestamp
 * @param {Clocks} clocks
 * @returns {[wall: number, now: number]}
 */
function timesIn(core, timestamp, { now, wall }) {
  const at = wallIn(core, timestamp, wall);
  return [at, now - Math.max(wall - at, 0)];
}

/** @param {Pick<Core, 'labels'>} core @param {unknown} value */
const labelIn = (core, value) =>
  typeof value === 'string' && value !== '' ? core.labels.admit(value) : 0;

/**
 * @param {Store} core
 * @param {StageEntryFigures} entry
 * @param {Clocks} clocks
 * @param {number[]} figures
 * @param {string[]} texts
 */
function packEntry(core, entry, clocks, figures, texts) {
  /** @type {<T>(path: (of: StageEntryFigures) => T) => T | undefined} */
  const of = (path) => read(core, entry, path);
  /** @typedef {(of: StageEntryFigures) => unknown} Path */
  const count = (/** @type {Path} */ path) => countIn(core, of(path));
  const amount = (/** @type {Path} */ path) => amountIn(core, of(path));
  const label = (/** @type {Path} */ path) => labelIn(core, of(path));
  const duration = amount((e) => e.duration);
  const isSuccess = succeeded(
    of((e) => e.success),
    of((e) => e.successRate),
    of((e) => e.itemsProcessed),
  );
  const timestamp = of((e) => e.timestamp);
  figures.push(
    duration,
    core.callerObjects.figure(of((e) => e.memoryDelta)),
    amount((e) => e.throughput?.itemsPerSecond),
    amount((e) => e.errorCount),
    isSuccess ? 1 : 0,
    ...timesIn(core, timestamp, clocks),
    count((e) => e.inputSize ?? e.context?.inputSize),
    count((e) => e.outputSize),
    count((e) => e.itemsProcessed),
    count((e) => e.warningCount),
    count((e) => e.retryCount),
    label((e) => e.complexity ?? e.context?.complexity),
    label((e) => e.configurationHash ?? e.context?.configurationHash),
  );
  texts.push(toText(core, entry, { duration, success: isSuccess }));
}

/**
 * Stores entries of a stage; `replace` removes those it had.
 * @param {Store} core
 * @param {StageName} stageName
 * @param {readonly StageEntryFigures[]} entries
 * @param {boolean} replace
 */
function putEntries(core, stageName, entries, replace) {
  if (core.closed) return;
  /** @type {number[]} */
  const figures = [];
  /** @type {string[]} */
  const texts = [];
  const clocks = readClocks(core);
  for (const entry of entries) packEntry(core, entry, clocks, figures, texts);
  const id = core.stages.admit(nameIn(stageName), entries.length);
  core.native.putEntries(id, Float64Array.from(figures), texts, replace);
}

/**
 * A stage's entries from `since` on by the monotonic clock, oldest first.
 * @param {Store} core
 * @param {number} stageId
 * @param {number} since
 * @returns {StageEntry[]}
 */
function entriesOf(core, stageId, since) {
  const table = core.native.entries(stageId, since);
  const { numbers } = table;
  const own = core.customLabels.readBack(table.labels);
  /** @type {(object | string | null)[]} */
  const rows = fromTexts(table);
  return rows.map((given, row) =>
    isGiven(given)
      ? /** @type {StageEntry} */ (given)
      : entryFrom(numbers, row * S.LEN, given, core.labels.names, own),
  );
}

/** @param {Store} core @param {GivenExecution} execution @param {Clocks} clocks @returns its figures */
function packExecution(core, execution, clocks) {
  /** @type {<T>(path: (of: GivenExecution) => T) => T | undefined} */
  const of = (path) => read(core, execution, path);
  const duration = amountIn(
    core,
    of((e) => e.totalDuration),
  );
  const success = of((e) => e.success ?? e.result?.success);
  const timestamp = of((e) => e.timestamp);
  const times = timesIn(core, timestamp, clocks);
  return [
    duration,
    (success ?? true) ? 1 : 0,
    ...times,
    countIn(
      core,
      of((e) => e.context?.actionCount),
    ),
    labelIn(
      core,
      of((e) => e.context?.environment),
    ),
  ];
}

/** @param {Store} core @param {readonly GivenExecution[]} entries @param {boolean} replace */
function putPipeline(core, entries, replace) {
  if (core.closed) return;
  const clocks = readClocks(core);
  /** @type {number[]} */
  const figures = [];
  /** @type {string[]} */
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

/** @param {Store} core @param {number} since @returns {PipelineEntry[]} */
function pipelineEntriesOf(core, since) {
  const table = core.native.pipelineEntries(since);
  const { numbers } = table;
  const own = core.customLabels.readBack(table.labels);
  let at = 0;
  /** @type {(object | string | null)[]} */
  const rows = fromTexts(table);
  return rows.map((given) => {
    const from = at;
    at = executionEnd(numbers, from);
    return isGiven(given)
      ? /** @type {PipelineEntry} */ (given)
      : pipelineEntryFrom(numbers, from, given, core, own);
  });
}

module.exports = {
  countIn,
  entriesOf,
  fromText,
  fromTexts,
  isGiven,
  packExecution,
  pipelineEntriesOf,
  putEntries,
  putPipeline,
  read,
  requireArray,
  requireEntries,
  succeeded,
  toText,
  wallIn,
};
