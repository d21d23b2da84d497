'use strict';

const { fromNative, invalidArg } = require('../errors');

/** Both clocks now, in ms: the monotonic one judges ages, the wall clock is shown. */
const readClocks = (core) => ({ now: core.now(), wall: core.wallNow() });

/** From when, by the monotonic clock, entries count for a query that looks `timeRange` ms back. */
function sinceOf(core, timeRange, name = 'timeRange', now = core.now()) {
  if (timeRange === undefined || timeRange === null || timeRange === 0)
    return -Infinity;
  if (typeof timeRange === 'number' && timeRange > 0) return now - timeRange;
  throw invalidArg(`${name} must be a number of milliseconds above 0, or null`);
}

/** Runs a query; what the native side throws becomes an error of the caller's realm. */
function asked(query) {
  try {
    return query();
  } catch (error) {
    throw error?.code?.startsWith?.('ERR_PPM_') ? error : fromNative(error);
  }
}

module.exports = { asked, readClocks, sinceOf };
