'use strict';

const { types } = require('node:util');

const MILLIS = Array.from(
  { length: 1000 },
  (_, ms) => `${String(ms).padStart(3, '0')}Z`,
);

let second = NaN;
let prefix = '';
let millisecond = NaN;
let latest = '';

/** The furthest from 1970 that a date can be, in ms. */
const FURTHEST = 8.64e15;

/**
 * ISO 8601 in UTC of milliseconds since 1970, cut to whole ones; no date is beyond the furthest. Far
 * below the cost of `toISOString`, as what completes together shares most digits.
 * @param {number} wallMs
 */
function isoTime(wallMs) {
  const ms = Math.floor(Math.min(Math.max(wallMs, -FURTHEST), FURTHEST));
  if (ms === millisecond) return latest;
  const wholeSecond = Math.floor(ms / 1000);
  if (wholeSecond !== second) {
    prefix = new Date(wholeSecond * 1000).toISOString().slice(0, -4);
    second = wholeSecond;
  }
  millisecond = ms;
  latest = prefix + MILLIS[ms - wholeSecond * 1000];
  return latest;
}

/** @param {unknown} timestamp @returns {number} in ms, of what callers write; NaN for no date */
function parseTime(timestamp) {
  if (typeof timestamp === 'number')
    return Math.abs(timestamp) <= FURTHEST ? timestamp : NaN;
  if (typeof timestamp === 'string') return Date.parse(timestamp);
  return types.isDate(timestamp) ? timestamp.getTime() : NaN;
}

module.exports = { isoTime, parseTime };
