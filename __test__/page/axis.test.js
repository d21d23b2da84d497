'use strict';

/** Axes have round values. */

const { evenTicks, pageTicks, ticksOf } = require('../../page/axis');

const MINUTE = 60_000;
const NOON = new Date(2026, 0, 5, 12).getTime();

const times = (from, to) =>
  pageTicks({ kind: 'time', from, to }, 5).map(({ text }) => text);

it.each([
  [0, 93.5, [0, 20, 40, 60, 80]],
  [0, 8, [0, 2, 4, 6, 8]],
  [0, 0, [0]],
])('durations from %d to %d are at even steps', (low, high, ticks) => {
  expect(evenTicks(low, high, 5)).toEqual(ticks);
});

it('durations over decades are 1, 2 and 5 times a power of ten', () => {
  expect(ticksOf(0.9, 120, 8)).toEqual([1, 2, 5, 10, 20, 50, 100]);
});

it.each([
  ['minutes', 5 * MINUTE, ['12:01', '12:02', '12:03', '12:04', '12:05']],
  ['seconds', 9000, ['12:00:02', '12:00:04', '12:00:06', '12:00:08']],
  [
    'hundredths',
    90,
    ['12:00:00.02', '12:00:00.04', '12:00:00.06', '12:00:00.08'],
  ],
  ['hours', 300 * MINUTE, ['13:00', '14:00', '15:00', '16:00', '17:00']],
])('times are round on this machine: %s', (_, length, texts) => {
  expect(times(NOON + 1, NOON + length)).toEqual(texts);
});

it('days are whole ones', () => {
  const week = times(NOON - 7 * 1440 * MINUTE, NOON);
  expect(week.length).toBeGreaterThan(2);
  expect(week.every((text) => text.endsWith('00:00'))).toBe(true);
});

it('runs are counted back from the newest', () => {
  const ticks = pageTicks({ kind: 'runs', from: 0, to: 1200 }, 5);
  expect(ticks.map(({ text }) => text)).toEqual([
    '1,000 runs ago',
    '500 runs ago',
    'newest run',
  ]);
  expect(ticks.at(-1).place).toBe(1);
});
