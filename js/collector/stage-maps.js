'use strict';

// The live Maps by stage name, in the order the native side lists the stages.

const { toAsked } = require('../recording/names');
const { checkThresholds } = require('../config/thresholds');
const { invalidArg } = require('../errors');
const { isoTime } = require('../boundary/iso-time');
const {
  entriesOf,
  putEntries,
  requireEntries,
  wallIn,
} = require('./history-entries');
const { LiveMap } = require('./live-map');

/**
 * @import { BaselineFigures, StageEntryFigures, StageName } from '../../types/inputs'
 * @import { ThresholdFigures } from '../../types/inputs'
 * @import { Baseline, ContextBaseline, StageEntry, StageThreshold } from '../../types/results'
 * @import { Core } from '../recording/core'
 * @import { Store } from './history-entries'
 */

/**
 * Entries of the native side, by stage number.
 * @template Value, Given
 * @typedef {object} StageEntries
 * @property {() => ArrayLike<number>} list - the stages that have an entry
 * @property {(id: number) => Value | undefined} read
 * @property {(name: unknown, given: Given) => void} set
 * @property {(id: number) => boolean} remove - whether there was one
 */

/**
 * @template Value, Given
 * @param {{ find(key: unknown): number, keyOf(id: number): unknown }} names
 * @param {StageEntries<Value, Given>} entries
 * @returns {LiveMap<Value, Given>}
 */
function stageMap(names, { list, read, set, remove }) {
  const listed = (/** @type {number} */ id) =>
    id >= 0 && Array.from(list()).includes(id);
  return new LiveMap({
    keys: () => Array.from(list(), (id) => names.keyOf(id)),
    has: (key) => listed(names.find(key)),
    get(key) {
      const id = names.find(key);
      return id < 0 ? undefined : read(id);
    },
    set,
    delete(key) {
      const id = names.find(key);
      return id >= 0 && remove(id);
    },
  });
}

/** @param {Pick<Core, 'stages'>} core */
const withPipeline = ({ stages }) => ({
  find: (/** @type {unknown} */ key) =>
    stages.find(/** @type {StageName} */ (key)),
  keyOf: (/** @type {number} */ id) => stages.askedBy(id),
});

/**
 * Entries of stages only: here even a stage named like whole pipelines has its plain name.
 * @param {Store} core
 * @returns {LiveMap<StageEntry[], readonly StageEntryFigures[]>}
 */
function stageMetricsMap(core) {
  const { stages } = core;
  const list = () => core.native.stagesWith('entries');
  return stageMap(
    {
      find: (key) => stages.findStage(/** @type {StageName} */ (key)),
      keyOf: (id) => stages.names[id],
    },
    {
      list,
      read(id) {
        const entries = entriesOf(core, id, -Infinity);
        // The list can be long, so it is read only for a stage without entries.
        return entries.length > 0 || list().includes(id) ? entries : undefined;
      },
      set(name, entries) {
        const about = toAsked(name);
        putEntries(core, about, requireEntries(entries, 'stage metrics'), true);
      },
      remove: (id) => core.native.removeOf('entries', id),
    },
  );
}

/**
 * @param {Pick<Core, 'native'>} core
 * @param {number} id - of a stage, or of whole pipelines
 * @returns {StageThreshold | undefined}
 */
function thresholdOf({ native }, id) {
  const text = native.threshold(id);
  if (text === null) return undefined;
  const entry = JSON.parse(text);
  if (entry.timestamp !== undefined) entry.timestamp = isoTime(entry.timestamp);
  return entry;
}

/** @param {Store} core @returns {LiveMap<StageThreshold, ThresholdFigures>} */
function alertThresholdsMap(core) {
  return stageMap(withPipeline(core), {
    list: () => core.native.stagesWith('threshold'),
    read: (id) => thresholdOf(core, id),
    set(name, thresholds) {
      const about = toAsked(name);
      const { maxDuration, maxMemory, baselineDuration, baselineMemory } =
        checkThresholds(about, thresholds);
      const id = core.stages.intern(about);
      const setAt = wallIn(core, thresholds.timestamp, core.wallNow());
      const before = thresholdOf(core, id);
      const orKnown = (/** @type {number} */ figure, known = NaN) =>
        Number.isNaN(figure) ? known : figure;
      core.native.setThreshold(
        id,
        maxDuration,
        maxMemory,
        setAt,
        orKnown(baselineDuration, before?.baselineDuration),
        orKnown(baselineMemory, before?.baselineMemory),
      );
    },
    remove: (id) => core.native.removeOf('threshold', id),
  });
}

/**
 * A baseline as the native side writes it, with the complexities of its contexts by name.
 * @typedef {Omit<ContextBaseline, 'complexity'> & { complexity: number }} NumberedContext
 * @param {Pick<Core, 'labels'>} core
 * @param {Omit<Baseline, 'contexts'> & { contexts: NumberedContext[] }} baseline
 * @returns {Baseline}
 */
const baselineFrom = ({ labels }, { contexts, ...figures }) => ({
  ...figures,
  contexts: contexts.map(({ complexity, ...of }) => ({
    complexity: labels.names[complexity],
    ...of,
  })),
});

/** @param {Store} core @returns {LiveMap<Baseline, BaselineFigures>} */
function performanceBaselinesMap(core) {
  const sum = (/** @type {unknown} */ value) => {
    const figure = core.callerObjects.figure(value);
    return figure > 0 ? figure : 0;
  };
  return stageMap(withPipeline(core), {
    list: () => core.native.stagesWith('normal'),
    read(id) {
      const text = core.native.normal(id);
      return text === null ? undefined : baselineFrom(core, JSON.parse(text));
    },
    set(name, baseline) {
      const about = toAsked(name);
      if (typeof baseline !== 'object' || baseline === null) {
        throw invalidArg(
          'a baseline must be an object with count, totalDuration and totalMemory',
          baseline,
        );
      }
      if (core.closed) return;
      core.native.setNormal(
        core.stages.intern(about),
        sum(baseline.count),
        sum(baseline.totalDuration),
        sum(baseline.totalMemory),
      );
    },
    remove: (id) => core.native.removeOf('normal', id),
  });
}

module.exports = {
  alertThresholdsMap,
  baselineFrom,
  performanceBaselinesMap,
  stageMetricsMap,
};
