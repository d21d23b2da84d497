'use strict';

// Numbers and times as people say them.

const { DAY_MS, clock } = require('../js/report/clock-time');
const {
  bytes,
  counted,
  milliseconds,
  percent,
  whole,
} = require('../js/texts/number-formats');
const { visibleName } = require('../js/visible-text');

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

/** Characters that are read from right to left. */
const FROM_RIGHT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name before figures, which stay in their order where it is read from right to left. */
function nameBefore(name) {
  const shown = visibleName(name);
  return FROM_RIGHT.test(shown) ? `\u2068${shown}\u2069` : shown;
}

module.exports = {
  bytes,
  clock,
  column,
  counted,
  exactTime,
  milliseconds,
  nameBefore,
  percent,
  signed,
  span,
  visibleName,
  whole,
};
