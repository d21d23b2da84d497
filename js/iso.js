'use strict';

const MILLIS = Array.from({ length: 1000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`);

let second = NaN;
let prefix = '';

/**
 * ISO 8601 in UTC of milliseconds since 1970, cut to whole milliseconds. A tenth of the cost
 * of `toISOString`, because runs of one second share all but the last digits.
 */
function isoTime(wallMs) {
  const ms = Math.floor(wallMs);
  const wholeSecond = Math.floor(ms / 1000);
  if (wholeSecond !== second) {
    prefix = new Date(wholeSecond * 1000).toISOString().slice(0, -4);
    second = wholeSecond;
  }
  return prefix + MILLIS[ms - wholeSecond * 1000];
}

/** Milliseconds of a timestamp as a caller writes it, or NaN. */
function parseTime(timestamp) {
  if (typeof timestamp === 'number') return timestamp;
  if (typeof timestamp === 'string') return Date.parse(timestamp);
  return timestamp instanceof Date ? timestamp.getTime() : NaN;
}

module.exports = { isoTime, parseTime };
