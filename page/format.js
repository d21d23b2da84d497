'use strict';

// Numbers and times as people say them.

const { DAY_MS, clock } = require('../js/report/clock-time');
const {
  bytes,
  milliseconds,
  percent,
  whole,
} = require('../js/texts/number-formats');
const { visibleName } = require('../js/boundary/visible-text');

/** A time as exactly as it was read. */
const exactTime = (ms) => new Date(ms).toISOString();

/** How long something is ago, or lasts. */
function span(ms) {
  if (ms < 1000) return 'under 1 s';
  if (ms < 100_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 6_000_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 2 * DAY_MS
    ? `${Math.round(ms / 3_600_000)} h`
    : `${Math.round(ms / DAY_MS)} days`;
}

const UNITS = [
  [1000, 's'],
  [1, 'ms'],
  [0, 'µs'],
];
const IN_MS = { s: 1000, ms: 1, µs: 0.001 };

/** One unit for durations that stand below each other, and each in it with three digits. */
function column(durations) {
  const longest = Math.max(0, ...durations.filter((value) => value !== null));
  const [, unit] = UNITS.find(([from]) => longest >= from);
  const show = (ms) =>
    ms === null ? '-' : String(Number((ms / IN_MS[unit]).toPrecision(3)));
  return { unit, show };
}

/** A change with its sign. */
const signed = (change) =>
  `${change > 0 ? '+' : '−'}${percent(Math.abs(change))}`;

/** The least of 1, 2 and 5 times a power of ten that is not below a value. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10]
    .map((digit) => digit * power)
    .find((step) => step >= value);
}

function evenTicks(low, high, most) {
  const step = roundUp((high - low) / most);
  const ticks = [];
  for (let n = Math.ceil(low / step); n * step <= high; n += 1)
    ticks.push(n * step);
  return ticks;
}

/** Values 1, 2 and 5 times a power of ten. */
function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1)
    for (const digit of [1, 2, 5]) ticks.push(digit * 10 ** power);
  return ticks.filter((value) => value >= low && value <= high);
}

/** Round values between two bounds, at most `most` of them. */
function ticksOf(low, high, most) {
  const ticks =
    high / low < 6 ? evenTicks(low, high, most) : logTicks(low, high);
  const every = Math.ceil(ticks.length / most);
  return ticks.filter((_, place) => place % every === 0);
}

module.exports = {
  bytes,
  clock,
  column,
  exactTime,
  milliseconds,
  percent,
  signed,
  span,
  ticksOf,
  visibleName,
  whole,
};
