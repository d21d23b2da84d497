'use strict';

const { BARS, judge } = require('../bars');
const { TOLERANCE, compare, ratiosOf } = require('../check');
const { warningsOf } = require('../machine');
const { parseOptions } = require('../options');

const barOf = (figures, id) =>
  judge(figures).find(({ bar }) => bar.figure === id && !bar.over);

describe('bars', () => {
  it('hold at the limit itself where it may be reached, and not where it may not', () => {
    expect(barOf({ 'cost/0/wired': { value: 1.8 } }, 'cost/0/wired').met).toBe(
      true,
    );
    expect(barOf({ 'cost/0/wired': { value: 1.81 } }, 'cost/0/wired').met).toBe(
      false,
    );
    const overhead = { value: 0.5, low: 0.4, high: 1 };
    expect(
      barOf({ 'overhead/250/wired': overhead }, 'overhead/250/wired').met,
    ).toBe(false);
  });

  it('look at the upper end of the interval where they say so', () => {
    const figures = {
      'overhead/125/wired': { value: 0.9, low: 0.8, high: 1.4 },
    };
    expect(barOf(figures, 'overhead/125/wired').met).toBe(false);
  });

  it('are neither met nor missed by what was not measured', () => {
    for (const { measured, met } of judge({}))
      expect([measured, met]).toEqual([null, null]);
    const overMinimum = judge({ 'cost/0/wired-heap': { value: 3 } }).find(
      ({ bar }) => bar.over,
    );
    expect(overMinimum.met).toBeNull();
  });

  it('compare with a rival by ratio', () => {
    const figures = {
      'cost/0/wired-heap': { value: 4 },
      'cost/0/otel-spans': { value: 16 },
    };
    const row = judge(figures).find(
      ({ bar }) => bar.over === 'cost/0/otel-spans',
    );
    expect([row.measured.value, row.met]).toEqual([0.25, true]);
  });

  it('are not met by a figure that is no number', () => {
    expect(
      barOf({ 'duration/basic': { value: NaN } }, 'duration/basic').met,
    ).toBe(false);
  });

  it('each have one limit', () => {
    for (const bar of BARS) {
      expect(
        [bar.most, bar.below].filter((limit) => limit !== undefined),
      ).toHaveLength(1);
    }
  });
});

describe('the regression gate', () => {
  const committed = { 'cost/0/basic': 2 };

  it('passes up to its tolerance and fails past it', () => {
    const failsAt = (ratio) =>
      compare(committed, { 'cost/0/basic': ratio })[0].failed;
    expect([
      failsAt(1),
      failsAt(2 * TOLERANCE),
      failsAt(2 * TOLERANCE + 0.01),
    ]).toEqual([false, false, true]);
  });

  it('fails on a ratio that was not measured', () => {
    expect(compare(committed, {})[0].failed).toBe(true);
  });

  it('measures in hand-written minimums, so that a slower machine changes nothing', () => {
    const figures = (speed) => ({
      'calls/hot/basic': { low: 4 * speed },
      'calls/hot/minimum': { low: 2 * speed },
    });
    expect(ratiosOf(figures(1))).toEqual({ 'calls/hot/basic': 2 });
    expect(ratiosOf(figures(3))).toEqual({ 'calls/hot/basic': 2 });
  });

  it('takes the least that a process found, so that those which other work disturbed change nothing', () => {
    const figures = {
      'calls/hot/basic': { low: 4, value: 7, high: 9 },
      'calls/hot/minimum': { low: 2, value: 2, high: 6 },
    };
    expect(ratiosOf(figures)).toEqual({ 'calls/hot/basic': 2 });
  });
});

describe('warnings', () => {
  const quiet = { load: 0.1, cores: 2 };

  it('stay away on a quiet machine', () => {
    const figures = {
      'spread/0/basic': { value: 3 },
      'disturbed/0/basic': { value: 2 },
    };
    expect(warningsOf(quiet, figures)).toEqual([]);
  });

  it('report bodies that were not of the length they are listed with', () => {
    const lasting = (took) => ({
      'bare/0/basic': { value: 0.1 },
      'bare/50/basic': { value: 4 * took },
    });
    expect(warningsOf(quiet, lasting(55))).toEqual([]);
    expect(warningsOf(quiet, lasting(24))).toEqual([
      'bodies of 50 µs took 24 µs',
    ]);
  });

  it('report load, of a restless bare loop and of interruptions', () => {
    const figures = {
      'spread/0/basic': { value: 40 },
      'disturbed/0/basic': { value: 80 },
    };
    const warnings = warningsOf({ load: 3, cores: 2 }, figures);
    expect(warnings).toEqual([
      expect.stringContaining('load average 3.0'),
      expect.stringContaining('up to 40 %'),
      expect.stringContaining('80 % of the samples'),
    ]);
  });
});

describe('options', () => {
  it('choose one effort', () => {
    const names = [[], ['--quick'], ['--long'], ['--check']].map(
      (argv) => parseOptions(argv).effortName,
    );
    expect(names).toEqual(['standard', 'quick', 'long', 'check']);
    expect(() => parseOptions(['--quick', '--long'])).toThrow(RangeError);
    expect(() => parseOptions(['--quick', '--check'])).toThrow(RangeError);
  });

  it('name the candidates when given one that does not exist', () => {
    expect(() => parseOptions(['--candidate', 'unknown'])).toThrow(
      /prom-client/,
    );
  });

  it('refuse to judge a part of the candidates', () => {
    for (const option of ['--check', '--write-docs', '--write-baseline']) {
      const parse = () => parseOptions(['--candidate', 'basic', option]);
      expect(parse).toThrow(RangeError);
    }
  });
});
