'use strict';

// Numbers and times for people.

const { DAY_MS, clock } = require('../js/report/clock-time');
const {
  bytes,
  counted,
  milliseconds,
  percent,
  rounded,
  timeUnit,
  whole,
} = require('../js/texts/number-formats');
const { visibleName } = require('../js/visible-text');

/** A time in full precision. */
const exactTime = (ms) => new Date(ms).toISOString();

/** Units of past times, in ms, and the most of each that are shown. */
const SPANS = [
  ['s', 1000, 99],
  ['min', 60_000, 99],
  ['h', 3_600_000, 47],
  ['days', DAY_MS, Infinity],
];

/** How long ago something was, or how long it lasts. */
function span(ms) {
  if (ms < 1000) return 'under 1 s';
  const shown = SPANS.map(([, size]) => Math.round(ms / size));
  const place = SPANS.findIndex(([, , most], at) => shown[at] <= most);
  return `${shown[place]} ${SPANS[place][0]}`;
}

/** A common unit for durations in a column, each with three digits. */
function column(durations) {
  const [unit, size] = timeUnit(
    Math.max(0, ...durations.filter((value) => value !== null)),
  );
  const show = (ms) => (ms === null ? '-' : String(rounded(ms / size)));
  return { unit, show };
}

/** A change of level with its sign. */
const signed = ({ change, before }) =>
  before === 0
    ? 'from 0'
    : `${change > 0 ? '+' : '−'}${percent(Math.abs(change))}`;

/** Characters that are read from right to left. */
const FROM_RIGHT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name before figures, isolated so that a right-to-left name does not reorder them. */
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
