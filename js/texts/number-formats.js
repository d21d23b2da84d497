'use strict';

const { columnsOf, left, right } = require('./columns');

/** @param {number | null | undefined} ms */
function milliseconds(ms) {
  if (ms === null || ms === undefined) return '-';
  if (ms === 0) return '0 ms';
  const size = Math.abs(ms);
  if (size >= 1000) return `${Number((ms / 1000).toPrecision(3))} s`;
  if (size >= 1) return `${Number(ms.toPrecision(3))} ms`;
  return `${Number((ms * 1000).toPrecision(3))} µs`;
}

/** Per cent below which digits say nothing, and below which there is only the rounding of sums. */
const [LEAST_PERCENT, NO_PERCENT] = [0.001, 1e-7];

/** @param {number} size - in per cent: only nothing is 0, only the whole 100 */
function percentDigits(size) {
  if (size >= 99.5 && size < 100) return Math.floor(size * 10) / 10;
  if (size >= 10) return Math.round(size);
  if (size >= 0.1) return Number(size.toFixed(1));
  return Number(size.toPrecision(1));
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

/** @param {number} value */
const factor = (value) => `${Number(value.toPrecision(2))} ×`;

/** @param {number} value */
const whole = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** @param {number} count @param {string} noun - whose plural ends in s */
const counted = (count, noun) =>
  `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;

/** @param {number} value */
const bytes = (value) => {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))} MB`;
  if (size >= 1e3) return `${Number((value / 1e3).toPrecision(3))} kB`;
  return `${Math.round(value)} B`;
};

/** @param {number | null | undefined} pValue */
function chance(pValue) {
  if (pValue === null || pValue === undefined) return '-';
  return pValue < 0.0001
    ? 'p < 0.0001'
    : `p = ${Number(pValue.toPrecision(2))}`;
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
  bytes,
  chance,
  counted,
  factor,
  milliseconds,
  percent,
  percentOfChange,
  textTable,
  whole,
};
