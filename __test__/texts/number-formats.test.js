'use strict';

const {
  factor,
  percent,
  percentOfChange,
} = require('../../js/texts/number-formats');

describe('a share in per cent', () => {
  it.each([
    [0, '0 %'],
    [1e-12, '0 %'],
    [1e-6, '<0.001 %'],
    [-1e-6, '-<0.001 %'],
    [0.00004, '0.004 %'],
    [-0.0004, '-0.04 %'],
    [0.001, '0.1 %'],
    [0.0996, '10 %'],
    [0.123, '12 %'],
    [0.994, '99 %'],
    [0.996, '99.6 %'],
    [0.99996, '99.9 %'],
    [-0.999, '-99.9 %'],
    [1, '100 %'],
    [2.345, '235 %'],
  ])('of %d is %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });

  it('has a sign where it is a change, and none where there is no change', () => {
    const changes = [0.2, -0.2, 0.0003, 0, 1e-15, -1e-15];
    expect(changes.map(percentOfChange)).toEqual([
      '+20 %',
      '-20 %',
      '+0.03 %',
      '0 %',
      '0 %',
      '0 %',
    ]);
  });
});

it('a factor has two digits and no power of ten', () => {
  expect([244.98, 3, 0.0333].map(factor)).toEqual(['240 ×', '3 ×', '0.033 ×']);
});
