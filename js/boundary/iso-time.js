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

/** The largest distance of a date from 1970, in ms. */
const FURTHEST = 8.64e15;

/**
 * Milliseconds since 1970 as ISO 8601 in UTC, truncated to whole ms and clamped to the range of
 * dates. Much cheaper than `toISOString`: consecutive calls share most digits, which are cached.
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
