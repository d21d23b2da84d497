'use strict';

/**
 * Milliseconds with three digits and their unit.
 *
 * @param {number | null | undefined} ms
 */
function milliseconds(ms) {
  if (ms === null || ms === undefined) return '-';
  if (ms === 0) return '0 ms';
  const size = Math.abs(ms);
  if (size >= 1000) return `${Number((ms / 1000).toPrecision(3))} s`;
  if (size >= 1) return `${Number(ms.toPrecision(3))} ms`;
  return `${Number((ms * 1000).toPrecision(3))} µs`;
}

/**
 * A share in per cent, to a whole one from 10 % up.
 *
 * @param {number | null | undefined} share
 */
function percent(share) {
  if (share === null || share === undefined) return '-';
  const value = share * 100;
  return `${Math.abs(value) >= 10 ? Math.round(value) : Number(value.toFixed(1))} %`;
}

/**
 * A whole number with its thousands set apart.
 *
 * @param {number} value
 */
const whole = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/**
 * Bytes with three digits and their unit.
 *
 * @param {number} value
 */
const bytes = (value) => {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))} MB`;
  if (size >= 1e3) return `${Number((value / 1e3).toPrecision(3))} kB`;
  return `${Math.round(value)} B`;
};

/**
 * A p-value; never more exact than it is worth.
 *
 * @param {number | null | undefined} pValue
 */
function chance(pValue) {
  if (pValue === null || pValue === undefined) return '-';
  return pValue < 0.0001
    ? 'p < 0.0001'
    : `p = ${Number(pValue.toPrecision(2))}`;
}

/**
 * Lines of columns, the first to the left, the others to the right.
 *
 * @param {string[]} columns
 * @param {string[][]} rows
 */
function textTable(columns, rows) {
  const widths = columns.map((name, i) =>
    rows.reduce((width, row) => Math.max(width, row[i].length), name.length),
  );
  /** @param {string[]} row */
  const line = (row) =>
    row
      .map((cell, i) =>
        i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
      )
      .join('  ');
  return [columns, ...rows].map((row) => line(row).trimEnd());
}

module.exports = { bytes, chance, milliseconds, percent, textTable, whole };
