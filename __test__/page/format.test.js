'use strict';

const { column, span } = require('../../page/format');

it.each([
  [[999.9, 1], 's', ['1', '0.001']],
  [[999.4, 0.25, null], 'ms', ['999', '0.25', '-']],
  [[0.9999], 'ms', ['1']],
  [[0, 0], 'µs', ['0', '0']],
])('a column of %j is in %s', (durations, unit, texts) => {
  const { unit: shown, show } = column(durations);
  expect([shown, durations.map(show)]).toEqual([unit, texts]);
});

it.each([
  [999, 'under 1 s'],
  [1000, '1 s'],
  [99_400, '99 s'],
  [99_600, '2 min'],
  [5_939_000, '99 min'],
  [5_999_000, '2 h'],
  [47 * 3_600_000, '47 h'],
  [48 * 3_600_000 - 1, '2 days'],
  [9 * 86_400_000, '9 days'],
])('%d ms are %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});
