'use strict';

const { newCollector } = require('../fixtures/collector');

describe('the pattern of a list of entries', () => {
  const patternOf = (durations) => {
    const { metrics, clock } = newCollector();
    const entries = durations.map((duration, i) => ({
      duration,
      success: true,
      timestamp: clock.iso((durations.length - i) * 1000),
    }));
    return metrics.performanceAnalyzer.analyzePerformancePattern(entries);
  };
  const wobble = (i) => ((i * 7) % 5) * 0.25;
  const series = (length, at) => Array.from({ length }, (_, i) => at(i));

  it('is stable and without anomalies where nothing changes', () => {
    const pattern = patternOf(series(60, (i) => 20 + wobble(i)));
    expect(pattern).toMatchObject({ trend: 'stable', anomalies: [] });
    expect(pattern.predictions).toEqual(expect.any(Object));
  });

  it('predicts the next run with a range, where twenty tell enough', () => {
    const { low, nextDuration, high, confidence } = patternOf(
      series(60, (i) => 20 + i + wobble(i)),
    ).predictions;
    expect(Math.abs(nextDuration - 80.5)).toBeLessThan(1);
    expect(low).toBeLessThan(nextDuration);
    expect(high).toBeGreaterThan(nextDuration);
    expect(confidence).toBe(0.8);
    expect(patternOf(series(19, wobble)).predictions).toEqual({});
  });

  it('degrades where durations grow and improves where they shrink', () => {
    const growing = series(60, (i) => 20 + i + wobble(i));
    expect(patternOf(growing).trend).toBe('degrading');
    expect(patternOf([...growing].reverse()).trend).toBe('improving');
  });

  it('has the one spike among its anomalies', () => {
    const spiked = series(60, (i) => (i === 40 ? 900 : 20 + wobble(i)));
    expect(patternOf(spiked).anomalies).toHaveLength(1);
  });

  it('is finite for no entries, for one and for equal ones', () => {
    for (const durations of [[], [5], [5, 5, 5, 5, 5, 5]]) {
      const pattern = patternOf(durations);
      expect(pattern.anomalies).toEqual([]);
      expect(JSON.stringify(pattern)).not.toMatch(/null/);
    }
  });
});
