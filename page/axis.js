'use strict';

// The axes of charts: round values along them, and the one below.

const { h } = require('./dom');
const { clock, whole } = require('./format');

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
/** Steps between times, in ms, from a second on. */
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
];
/** Share of the width at either end in which a label would reach beyond the axis. */
const EDGE = 0.06;
/** Labels that a narrow screen has room for. */
const FEW = 3;

/** The least of 1, 2 and 5 times a power of ten that is not below a value. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10]
    .map((digit) => digit * power)
    .find((step) => step >= value);
}

/** Multiples of a step between two bounds. */
function multiples(low, high, step) {
  const ticks = [];
  for (let n = Math.ceil(low / step); n * step <= high; n += 1)
    ticks.push(n * step);
  return ticks;
}

/** Round values at even distances, at most `most` steps of them. */
const evenTicks = (low, high, most) =>
  high > low ? multiples(low, high, roundUp((high - low) / most)) : [low];

/** Values 1, 2 and 5 times a power of ten. */
function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1)
    for (const digit of [1, 2, 5]) ticks.push(digit * 10 ** power);
  return ticks.filter((value) => value >= low && value <= high);
}

/** Round values on a logarithmic scale, at most `most` of them. */
function ticksOf(low, high, most) {
  const ticks =
    high / low < 6 ? evenTicks(low, high, most) : logTicks(low, high);
  const every = Math.ceil(ticks.length / most);
  return ticks.filter((_, place) => place % every === 0);
}

function timeStep(least) {
  if (least <= SECOND) return Math.max(1, roundUp(least));
  return (
    TIME_STEPS.find((step) => step >= least) ?? Math.ceil(least / DAY) * DAY
  );
}

/** A time with the digits that distinguish it from others at this distance in ms. */
function timeText(at, now, step) {
  const text = clock(at, now, step % MINUTE !== 0);
  const digits = step < SECOND ? 3 - Math.floor(Math.log10(step)) : 0;
  const ms = String(((at % SECOND) + SECOND) % SECOND).padStart(3, '0');
  return digits > 0 ? `${text}.${ms.slice(0, digits)}` : text;
}

/** Round times of this machine's day. */
function timeTicks({ from, to }, most) {
  const step = timeStep((to - from) / most);
  const shift = new Date(to).getTimezoneOffset() * MINUTE;
  return multiples(from - shift, to - shift, step).map((local) => ({
    place: (local + shift - from) / (to - from || 1),
    text: timeText(local + shift, to, step),
  }));
}

/** Positions of labels on the page's axis, from 0 to 1, and their texts. */
function pageTicks(axis, most) {
  if (axis.kind !== 'runs') return timeTicks(axis, most);
  const runs = axis.to - axis.from;
  return evenTicks(0, runs, most)
    .map((ago) => ({
      place: 1 - ago / (runs || 1),
      text: ago === 0 ? 'newest run' : `${whole(ago)} runs ago`,
    }))
    .reverse();
}

/** The axis below a chart. */
function xAxis(ticks) {
  const side = (place) =>
    place < EDGE ? 'first' : place > 1 - EDGE ? 'last' : null;
  return h(
    'div',
    {
      class: `x-axis${ticks.length > FEW ? ' many' : ''}`,
      'aria-hidden': 'true',
    },
    ticks.map(({ place, text }) =>
      h(
        'span',
        { class: side(place), style: { left: `${(place * 100).toFixed(2)}%` } },
        text,
      ),
    ),
  );
}

module.exports = { evenTicks, pageTicks, ticksOf, xAxis };
