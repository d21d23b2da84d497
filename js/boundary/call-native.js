'use strict';

const { fromNative, invalidArg } = require('../errors');

/** @typedef {Pick<import('../recording/core').Core, 'now' | 'wallNow'>} Clocks */

/** @param {Clocks} clocks @returns both in ms: ages are judged by the first, the second is shown */
const readClocks = (clocks) => ({
  now: clocks.now(),
  wall: clocks.wallNow(),
});

/**
 * The monotonic time from which a query that looks `timeRange` ms back counts entries.
 * @param {Pick<Clocks, 'now'>} clocks
 * @param {unknown} timeRange
 * @param {string} [name] - of the range, for the message
 * @param {number} [now]
 */
function sinceOf(clocks, timeRange, name = 'timeRange', now = clocks.now()) {
  if (timeRange === undefined || timeRange === null || timeRange === 0)
    return -Infinity;
  if (typeof timeRange === 'number' && timeRange > 0) return now - timeRange;
  throw invalidArg(
    `${name} must be a number of milliseconds above 0, or null`,
    timeRange,
  );
}

/**
 * Runs a query; an error of the native side becomes one of the caller's realm.
 * @template T
 * @param {() => T} query
 */
function asked(query) {
  try {
    return query();
  } catch (error) {
    throw error?.code?.startsWith?.('ERR_PPM_') ? error : fromNative(error);
  }
}

/** @param {string} found */
const replaced = (found) => (found === '\\\\' ? found : '\\ufffd');

/** @param {unknown} value @returns JSON text that UTF-8 can hold: half a character is replaced */
const jsonText = (value) =>
  JSON.stringify(value).replace(/\\\\|\\ud[89a-f]../g, replaced);

module.exports = { asked, jsonText, readClocks, sinceOf };
