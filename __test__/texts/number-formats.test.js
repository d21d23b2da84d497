'use strict';

const {
  bytes,
  factor,
  milliseconds,
  percent,
  percentOfChange,
} = require('../../js/texts/number-formats');

describe('a time', () => {
  it.each([
    [999.4, '999 ms'],
    [999.9, '1 s'],
    [-999.9, '-1 s'],
    [0.9994, '999 µs'],
    [0.9999, '1 ms'],
    [1234.5, '1.23 s'],
    [0.0005, '0.5 µs'],
    [1e-12, '<0.001 µs'],
    [-1e-12, '-<0.001 µs'],
    [0, '0 ms'],
    [null, '-'],
  ])('of %d ms is %s', (ms, text) => {
    expect(milliseconds(ms)).toBe(text);
  });
});

describe('a size', () => {
  it.each([
    [0.4, '0 B'],
    [999.4, '999 B'],
    [999.7, '1 kB'],
    [999_499, '999 kB'],
    [999_999, '1 MB'],
    [-999_999, '-1 MB'],
    [2_345_678, '2.35 MB'],
  ])('of %d bytes is %s', (size, text) => {
    expect(bytes(size)).toBe(text);
  });
});

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
