'use strict';

const { columnsOf, left, right } = require('./columns');

/**
 * Units with their size in units of the value, largest first.
 *
 * @typedef {[name: string, size: number][]} Units
 */
/** @type {Units} */
const TIMES = [
  ['s', 1000],
  ['ms', 1],
  ['µs', 0.001],
];
/** @type {Units} */
const SIZES = [
  ['MB', 1e6],
  ['kB', 1e3],
  ['B', 1],
];
/** Smaller values, in µs, are rounding errors of sums. */
const LEAST_TIME = 0.001;

/** @param {number} value @param {number} [digits] */
const rounded = (value, digits = 3) => Number(value.toPrecision(digits));

/**
 * The largest unit of which the rounded value is at least one: 999.9 ms is 1 s.
 *
 * @param {number} value
 * @param {Units} units
 */
function unitOf(value, units) {
  const shown = rounded(Math.abs(value));
  return units.find(([, size]) => shown >= size) ?? units[units.length - 1];
}

/** @param {number} ms */
const timeUnit = (ms) => unitOf(ms, TIMES);

/** @param {number | null | undefined} ms */
function milliseconds(ms) {
  if (ms === null || ms === undefined) return '-';
  if (ms === 0) return '0 ms';
  const [name, size] = timeUnit(ms);
  const shown = rounded(ms / size);
  return Math.abs(shown) < LEAST_TIME
    ? `${ms < 0 ? '-' : ''}<${LEAST_TIME} ${name}`
    : `${shown} ${name}`;
}

/** Per cent below which digits mean nothing, and below which values are rounding errors of sums. */
const [LEAST_PERCENT, NO_PERCENT] = [0.001, 1e-7];

/** @param {number} size - in per cent; only nothing is shown as 0, only the whole as 100 */
function percentDigits(size) {
  if (size >= 99.5 && size < 100) return Math.floor(size * 10) / 10;
  if (size >= 10) return Math.round(size);
  if (size >= 0.1) return Number(size.toFixed(1));
  return rounded(size, 1);
}

/** @param {number | null | undefined} share */
function percent(share) {
  if (share === null || share === undefined) return '-';
  const size = Math.abs(share * 100);
  if (size < NO_PERCENT) return '0 %';
  const sign = share < 0 ? '-' : '';
  return size < LEAST_PERCENT
    ? `${sign}<${LEAST_PERCENT} %`
    : `${sign}${percentDigits(size)} %`;
}

/** @param {number} change */
function percentOfChange(change) {
  const text = percent(change);
  return change > 0 && text !== '0 %' ? `+${text}` : text;
}

/**
 * A change as a share of the former level, followed by a space; empty if that level is 0 ms.
 * @param {{ change: number, before: number }} of
 */
const byHowMuch = ({ change, before }) =>
  before === 0 ? '' : `${percent(Math.abs(change))} `;

/** @param {number} value */
const factor = (value) => `${rounded(value, 2)} ×`;

/** @param {number} value */
const whole = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** @param {number} count @param {string} noun - whose plural ends in s */
const counted = (count, noun) =>
  `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;

/** @param {number} value */
function bytes(value) {
  const all = Math.round(value);
  const [name, size] = unitOf(all, SIZES);
  return `${rounded(all / size)} ${name}`;
}

/** @param {number | null | undefined} pValue */
function chance(pValue) {
  if (pValue === null || pValue === undefined) return '-';
  return pValue < 0.0001 ? 'p < 0.0001' : `p = ${rounded(pValue, 2)}`;
}

/** @param {string[]} columns @param {string[][]} rows */
function textTable(columns, rows) {
  const widths = columns.map((name, i) =>
    rows.reduce(
      (width, row) => Math.max(width, columnsOf(row[i])),
      name.length,
    ),
  );
  /** @param {string[]} row */
  const line = (row) =>
    row
      .map((cell, i) =>
        i === 0 ? left(cell, widths[i]) : right(cell, widths[i]),
      )
      .join('  ');
  return [columns, ...rows].map((row) => line(row).trimEnd());
}

module.exports = {
  byHowMuch,
  bytes,
  chance,
  counted,
  factor,
  milliseconds,
  percent,
  percentOfChange,
  rounded,
  textTable,
  timeUnit,
  whole,
};
