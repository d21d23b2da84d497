'use strict';

const { invalidArg } = require('../errors');

/** @import { ExportedHistory } from '../../types/insight' */

const FORMAT = 'pipeline-performance-metrics/history';
const VERSION = 1;

/** @param {unknown} value @returns {value is number[]} */
const isDurations = (value) =>
  Array.isArray(value) && value.every((v) => Number.isFinite(v) && v >= 0);

/** @param {unknown} value @param {number} runs @returns true for a size per run, or for nothing */
const isWork = (value, runs) =>
  value === undefined || (isDurations(value) && value.length === runs);

/** @param {Record<string, unknown> | null | undefined} value */
const isStage = (value) =>
  typeof value?.stage === 'string' &&
  isDurations(value.durations) &&
  isWork(value.inputSize, value.durations.length) &&
  isWork(value.itemsProcessed, value.durations.length);

const BYTE_ORDER_MARK = '\ufeff';

/** @param {string} name @param {string} text */
function parsed(name, text) {
  try {
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (cause) {
    throw invalidArg(
      `${name} must be a history as exportHistory() writes it: ${
        text.trim() === '' ? 'it is empty' : cause.message
      }`,
    );
  }
}

/** @param {string} name @param {unknown} given @returns {ExportedHistory} of its text or object */
function historyFrom(name, given) {
  const exported = typeof given === 'string' ? parsed(name, given) : given;
  const isOurs = exported?.format === FORMAT;
  if (!isOurs || exported.version !== VERSION) {
    throw invalidArg(
      `${name} must be a history of format ${FORMAT}, version ${VERSION}`,
      ...(isOurs ? [exported.version] : []),
    );
  }
  const { stages: listed } = exported;
  const wrong = Array.isArray(listed)
    ? listed.findIndex((stage) => !isStage(stage))
    : 0;
  if (wrong >= 0) {
    throw invalidArg(
      `${name} must list the name of every stage and its durations in milliseconds, and for sizes and items one value per run; stages[${wrong}] does not`,
    );
  }
  return {
    format: FORMAT,
    version: VERSION,
    stages: listed,
    executions: exported.executions,
  };
}

/**
 * Histories that `exportHistory` wrote, one per process, given as one or as a list of them; null
 * for an object without `format`. Throws for other texts and objects.
 * @param {string} name - of the argument, for the message
 * @param {unknown} given
 * @returns {ExportedHistory[] | null}
 */
function historiesFrom(name, given) {
  if (Array.isArray(given)) {
    if (given.length === 0)
      throw invalidArg(`${name} must be a list of at least one history`);
    return given.map((one, i) => historyFrom(`${name}[${i}]`, one));
  }
  const { format } = /** @type {{ format?: unknown }} */ (given ?? {});
  if (typeof given !== 'string' && format === undefined) return null;
  return [historyFrom(name, given)];
}

/** @param {string} name @param {unknown} given @returns those without executions */
const durationsFrom = (name, given) =>
  historiesFrom(name, given)?.map(({ format, version, stages }) => ({
    format,
    version,
    stages,
  })) ?? null;

module.exports = { durationsFrom, historiesFrom };
