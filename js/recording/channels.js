'use strict';

// Publishes what ends to subscribers in this process. Without a subscriber no message is built.

const { channel } = require('node:diagnostics_channel');
const {
  executionEnd,
  executionFrom,
  stagesFrom,
} = require('../boundary/decoders/executions');

/**
 * @import { Table } from '../../native/index'
 * @import { Core } from './core'
 */

// Held here, since Node.js holds channels weakly. Without a subscriber `publish` does nothing.
const executions = channel('pipeline-performance-metrics:execution');
const stages = channel('pipeline-performance-metrics:stage');
const ALERTS = 'pipeline-performance-metrics:alert';
const alerts = channel(ALERTS);

/** Whether anything subscribes to what a replay records. */
const isObserved = () => executions.hasSubscribers || stages.hasSubscribers;

/** @param {Core['engine']} engine @returns the position to publish from; null without subscribers */
function beforeReplay(engine) {
  if (!isObserved()) return null;
  try {
    return engine.endedCount();
  } catch {
    // Faulted: the replay says so.
    return null;
  }
}

/**
 * What a replay recorded, read before any code of a caller runs; later records are published by their
 * own replay.
 * @param {Core['engine']} engine
 * @param {number | null} ended - as {@link beforeReplay} returned it
 */
function endedSince(engine, ended) {
  try {
    return ended === null ? null : engine.endedSince(ended);
  } catch {
    return null;
  }
}

/**
 * Publishes the measured executions that a replay recorded, each after its stages.
 * @param {Pick<Core, 'customLabels' | 'stages' | 'labels'>} core
 * @param {Table} table
 */
function publishEnded(core, table) {
  const own = core.customLabels.readBack(table.labels);
  const { numbers } = table;
  let at = 0;
  for (const id of JSON.parse(table.text)) {
    if (stages.hasSubscribers)
      for (const stage of stagesFrom(numbers, at, id, core, own))
        if (stage.completed) stages.publish(stage);
    if (executions.hasSubscribers)
      executions.publish(executionFrom(numbers, at, id, core, own));
    at = executionEnd(numbers, at);
  }
}

module.exports = {
  ALERTS,
  alerts,
  beforeReplay,
  endedSince,
  executions,
  isObserved,
  publishEnded,
  stages,
};
