'use strict';

/** A verdict, its chance and its interval say the same of autocorrelated noise. */

const { planted } = require('../fixtures/planted');

const PHI = 0.8;
const SERIES = 40;
const RUNS = 200;
/** False verdicts among so many series: 1 % are promised of long ones, half were where autocorrelation was left out. */
const MOST = 4;

/** Noise of which each run takes over four fifths of the one before, its sigma 0.2. */
function autoregressive() {
  let state = 0;
  return (fresh) => {
    state = PHI * state + Math.sqrt(1 - PHI * PHI) * fresh;
    return 10 * Math.exp(0.2 * state);
  };
}

/** Two stages of equal levels, each autocorrelated by itself, under configurations of `hashOf(run)`. */
function seriesOf(seed, hashOf = () => 'one') {
  const noises = [autoregressive(), autoregressive()];
  return planted(
    RUNS,
    (run, scatter) =>
      ['a', 'b'].map((name, index) => [
        name,
        noises[index](Math.log(scatter()) / 0.1),
        {},
        { configurationHash: hashOf(run) },
      ]),
    { seed },
  ).metrics;
}

const seeds = Array.from({ length: SERIES }, (_, index) => index + 1);
const isFalse = ({ verdict }) => ['slower', 'faster'].includes(verdict);

describe('a comparison within one process, of autocorrelated runs', () => {
  it('of two stages of one level hardly ever has a verdict', () => {
    const found = seeds.map((seed) =>
      seriesOf(seed).compare({ stage: 'a' }, { stage: 'b' }),
    );
    expect(found.filter(isFalse).length).toBeLessThanOrEqual(MOST);
  });

  it.each([
    ['after the other', (run) => (run < RUNS / 2 ? 'one' : 'two')],
    ['in turns', (run) => (run % 2 === 0 ? 'one' : 'two')],
  ])('of two configurations %s likewise', (_, hashOf) => {
    const found = seeds.map((seed) =>
      seriesOf(seed, hashOf).compare(
        { stage: 'a', configurationHash: 'one' },
        { stage: 'a', configurationHash: 'two' },
      ),
    );
    expect(found.filter(isFalse).length).toBeLessThanOrEqual(MOST);
  });

  it('has an interval without no change wherever it has a verdict', () => {
    const rows = seeds.flatMap((seed) => {
      const metrics = seriesOf(seed);
      const middle = metrics.getPipelineMetrics()[RUNS / 2].timestamp;
      return [
        metrics.compare({ stage: 'a' }, { stage: 'b' }),
        metrics.compare({ to: middle }, { from: middle, range: null }),
        metrics.compare(
          metrics.exportHistory(),
          seriesOf(-seed).exportHistory(),
        ),
      ].flatMap(({ stages }) => stages);
    });
    expect(rows.some(isFalse)).toBe(true);
    for (const { verdict, shiftLow, shiftHigh } of rows) {
      if (verdict === 'slower') expect(shiftLow).toBeGreaterThan(0);
      if (verdict === 'faster') expect(shiftHigh).toBeLessThan(0);
    }
  });
});
