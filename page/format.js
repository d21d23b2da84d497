'use strict';

// Numbers and times for people.

const { DAY_MS, clock } = require('../js/report/clock-time');
const { isolated } = require('../js/texts/columns');
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

/** A name before figures, isolated so that a right-to-left name does not reorder them. */
const nameBefore = (name) => isolated(visibleName(name));

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
