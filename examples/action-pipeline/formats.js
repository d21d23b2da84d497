'use strict';

/** Three significant digits, as one reads them at a glance. */
function significant(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

function scaled(value, steps) {
  const [, unit, factor] = steps.find(([from]) => Math.abs(value) >= from);
  return `${significant(value / factor)}${unit}`;
}

const DURATIONS = [
  [1000, ' s', 1000],
  [1, ' ms', 1],
  [0, ' µs', 0.001],
];
const RATES = [
  [1e6, ' M', 1e6],
  [1e3, ' k', 1e3],
  [0, '', 1],
];
const SIZES = [
  [1e6, ' MB', 1e6],
  [1e3, ' kB', 1e3],
  [0, ' B', 1],
];

/** @param {number} ms */
const duration = (ms) => scaled(ms, DURATIONS);

/** @param {number} perSecond */
const rate = (perSecond) => scaled(perSecond, RATES);

/** @param {number} bytes - growth shows its sign */
const growth = (bytes) => `${bytes > 0 ? '+' : ''}${scaled(bytes, SIZES)}`;

/** @param {number} bytes */
const size = (bytes) => scaled(bytes, SIZES);

/** @param {number} part - 0.5 is 50 % */
const percent = (part) => {
  const value = part * 100;
  return `${Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
};

/** @param {number} value - an integer */
const count = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

module.exports = { count, duration, growth, percent, rate, significant, size };
