'use strict';

// Numbers and times as people say them.

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

/** A time as exactly as it was read. */
const exactTime = (ms) => new Date(ms).toISOString();

/** Units of what is ago, in ms, and how many of one are shown at most. */
const SPANS = [
  ['s', 1000, 99],
  ['min', 60_000, 99],
  ['h', 3_600_000, 47],
  ['days', DAY_MS, Infinity],
];

/** How long something is ago, or lasts. */
function span(ms) {
  if (ms < 1000) return 'under 1 s';
  const shown = SPANS.map(([, size]) => Math.round(ms / size));
  const place = SPANS.findIndex(([, , most], at) => shown[at] <= most);
  return `${shown[place]} ${SPANS[place][0]}`;
}

/** One unit for durations that stand below each other, and each in it with three digits. */
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
