'use strict';

// The live Maps of whole executions: running, completed, and their history.

const { adoptExecution } = require('../recording/direct-execution-calls');
const { toId } = require('../recording/names');
const { readClocks } = require('../boundary/call-native');
const { executionFrom } = require('../boundary/decoders/executions');
const { requireObject } = require('../errors');
const {
  fromText,
  fromTexts,
  isGiven,
  packExecution,
  pipelineEntriesOf,
  putPipeline,
  requireEntries,
  toText,
} = require('./history-entries');
const { LiveMap } = require('./live-map');

/**
 * @import { CompletedExecutionFigures, PipelineEntryFigures } from '../../types/inputs'
 * @import { RunningExecutionFigures } from '../../types/inputs'
 * @import { CompletedExecution, Execution, PipelineEntry } from '../../types/results'
 * @import { Core } from '../recording/core'
 * @import { ExecutionRecorder } from '../recording/direct-recorder'
 * @import { Store } from './history-entries'
 */

/** The only key of the history of whole pipelines. */
const PIPELINE = 'pipeline';

/** @param {Store} core @returns {LiveMap<PipelineEntry[], readonly PipelineEntryFigures[]>} */
function performanceHistoryMap(core) {
  /** Entries that callers put under keys of their own, as JSON text. */
  const others = new Map();
  return new LiveMap({
    keys: () => [
      ...(core.native.hasPipeline() ? [PIPELINE] : []),
      ...others.keys(),
    ],
    has: (key) =>
      key === PIPELINE ? core.native.hasPipeline() : others.has(key),
    get(key) {
      if (key !== PIPELINE) {
        const text = others.get(key);
        return text === undefined ? undefined : fromText(text);
      }
      return core.native.hasPipeline()
        ? pipelineEntriesOf(core, -Infinity)
        : undefined;
    },
    set(key, entries) {
      const list = requireEntries(entries, 'the pipeline history');
      if (key === PIPELINE) putPipeline(core, list, true);
      else others.set(key, toText(core, list, []));
    },
    delete: (key) =>
      key === PIPELINE ? core.native.removePipeline() : others.delete(key),
  });
}

/** @param {Store} core @returns {LiveMap<CompletedExecution, CompletedExecutionFigures>} */
function pipelineExecutionsMap(core) {
  return new LiveMap({
    size: () => core.native.completedSize(),
    // Spread, because in Jest objects made by the native side are of another realm.
    keys: () =>
      [...core.native.completedIds()].flatMap((part) => JSON.parse(part)),
    has: (id) => core.native.hasCompleted(toId(id)),
    get(id) {
      const table = core.native.completed(toId(id));
      if (table === null) return undefined;
      /** @type {[object | string]} */
      const [given] = fromTexts(table);
      if (isGiven(given)) return /** @type {CompletedExecution} */ (given);
      const own = core.customLabels.readBack(table.labels);
      const execution = executionFrom(table.numbers, 0, given, core, own);
      return /** @type {CompletedExecution} */ (execution);
    },
    set(id, execution) {
      requireObject(execution, 'a completed execution');
      if (core.closed) return;
      const figures = packExecution(core, execution, readClocks(core));
      const text = toText(core, execution, { executionId: toId(id) });
      core.native.putCompleted(toId(id), Float64Array.from(figures), text);
    },
    delete: (id) => core.native.removeCompleted(toId(id)),
  });
}

/**
 * Running executions. Setting an entry starts an execution of that id.
 * @param {Core} core
 * @param {ExecutionRecorder} collector
 * @returns {LiveMap<Execution, RunningExecutionFigures>}
 */
function activeExecutionsMap(core, collector) {
  function keys() {
    // A start that waits in the journal may exceed the maximum, and abandon another.
    core.journal.replay();
    const started = core.executions.all().map((execution) => execution.id);
    const wired = core.journal.running().map((execution) => execution.id);
    return [...started, ...wired];
  }

  /**
   * @param {string} id
   * @param {number | null} slot
   * @param {number[] | null} given - rows of the labels that it was given
   */
  function read(id, slot, given) {
    const numbers = slot === null ? null : core.native.running(slot);
    if (numbers === null) return undefined;
    const own = core.customLabels.readRunning(given, numbers);
    return executionFrom(numbers, 0, id, core, own);
  }

  return new LiveMap({
    keys,
    has: (id) => keys().includes(toId(id)),
    get(key) {
      const id = toId(key);
      const execution = core.executions.get(id);
      if (execution !== undefined)
        return read(execution.id, execution.slot, execution.labels);
      const { native } = core;
      const wired = core.journal.find(id);
      return wired === undefined
        ? undefined
        : read(id, native.slotOf(wired.number), null);
    },
    set(id, execution) {
      if (!core.closed)
        adoptExecution(core, id, execution, collector.verbosityConfig);
    },
    delete(key) {
      const id = toId(key);
      const execution = core.executions.get(id);
      if (execution === undefined) return core.journal.discard(id);
      core.executions.remove(execution);
      return core.native.close(execution.slot, true);
    },
  });
}

module.exports = {
  activeExecutionsMap,
  performanceHistoryMap,
  pipelineExecutionsMap,
};
