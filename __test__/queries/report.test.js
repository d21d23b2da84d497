'use strict';

const { newCollector } = require('../fixtures/collector');
const { alertText } = require('../../js/report/alert-text');
const { circumstances } = require('../../js/texts/recommendation-texts');
const { planted, regressed } = require('../fixtures/planted');

describe('the report', () => {
  it.each(['text', 'markdown'])(
    'as %s names a planted regression and a planted cause',
    (format) => {
      const { metrics } = regressed();
      const report = metrics.generateReport({ format }).replaceAll('\\', '');
      const [change] = metrics.detectChangePoints('resolve').changes;
      expect(report).toMatch(
        new RegExp(
          `resolve: \\d+ % slower since ${change.timestamp} .${change.executionId}`,
        ),
      );
      expect(report).toMatch(
        /format is slow where configurationHash is cold-cache/,
      );
      // What to do comes before the figures behind it.
      expect(report.indexOf('Recommendations')).toBeLessThan(
        report.indexOf('Lasting changes'),
      );
      expect(report.indexOf('Lasting changes')).toBeLessThan(
        report.indexOf('Stages'),
      );
    },
  );

  it('shows the path as bars and the runs as lines', () => {
    const { metrics } = regressed();
    const time = metrics.generateReport().split('Where the time goes')[1];
    const resolve = time.split('\n').find((row) => row.startsWith('resolve '));
    // 57 % of the path, and a line that goes up after two thirds.
    expect(resolve).toMatch(/ 57 % +█{13}▊·{10} +[▁-█]{20}$/u);
    const line = resolve.slice(-20);
    expect(line.slice(15)).toMatch(/^[▇█]+$/u);
    expect(line.slice(0, 12)).not.toMatch(/█/u);
  });

  it('has no drawing in markdown, whose letters have no one width, and each stage in one row', () => {
    const { metrics } = regressed();
    const markdown = metrics.generateReport({ format: 'markdown' });
    expect(markdown).not.toMatch(/[█▁·]/u);
    const rows = markdown.split('\n').filter((l) => l.startsWith('| resolve '));
    expect(rows).toHaveLength(1);
  });

  it('is the same for the same records and the same clock', () => {
    const { metrics } = regressed();
    const again = regressed();
    for (const format of ['text', 'markdown', 'json']) {
      const report = metrics.generateReport({ format });
      expect(metrics.generateReport({ format })).toBe(report);
      expect(again.metrics.generateReport({ format })).toBe(report);
    }
  });

  it('as JSON holds the answers themselves', () => {
    const { metrics } = regressed();
    const report = JSON.parse(metrics.generateReport({ format: 'json' }));
    expect(report.recommendations).toEqual(metrics.getActiveRecommendations());
    expect(report.stages.find((of) => of.stage === 'load')).toMatchObject(
      metrics.getQuantiles('load'),
    );
  });

  it('is one page however many stages there are', () => {
    const names = Array.from({ length: 200 }, (_, i) => `stage-${i}`);
    const { metrics } = planted(20, () => names.map((name) => [name, 1]));
    expect(metrics.generateReport().split('\n').length).toBeLessThan(70);
    expect(metrics.generateReport()).toContain('and ');
  });

  it('of few runs does not say that nothing changed lastingly, but how many that takes', () => {
    const changesIn = (runs) =>
      planted(runs, () => [['load', 10]])
        .metrics.generateReport()
        .match(/^Lasting changes\n-+\n(.*)$/m)[1];
    expect(changesIn(59)).toBe('A lasting change can be seen from 60 runs on.');
    expect(changesIn(60)).toBe('None found.');
  });

  it('without a run says that nothing stands out', () => {
    const { metrics } = newCollector();
    expect(metrics.generateReport()).toContain('Nothing stands out.');
    expect(metrics.generateReport({ format: 'markdown' })).toMatch(
      /^# Pipeline performance$/m,
    );
  });

  it('says what a gain depends on, names steep growth, and a shift of the work as that', () => {
    const { metrics } = planted(300, (run, scatter) => {
      const inputSize = (100 + ((run * 37) % 90)) * (run < 200 ? 1 : 3);
      const took = (inputSize ** 1.7 / 100) * scatter();
      return [['scan', took, {}, { inputSize }]];
    });
    const report = metrics.generateReport();
    expect(report).toMatch(/of an execution, if it took half the time, from/);
    expect(report).toMatch(
      /scan: its time grows with the power 1\.[678] of inputSize/,
    );
    const [shift] = metrics.detectChangePoints('scan').work;
    expect(shift).toMatchObject({ measure: 'inputSize', index: 200 });
    expect(report).toContain(
      `scan: inputs are ${Number(shift.factor.toPrecision(2))} × as large since ${shift.timestamp}`,
    );
    expect(report).not.toMatch(/scan: .* slower since/);
  });

  it('says of each stage what part of the time it takes, and of one execution that it is one', () => {
    const { metrics } = planted(1, () => [
      ['read', 45],
      ['parse', 40],
      ['write', 15],
    ]);
    const report = metrics.generateReport();
    expect(report).toContain(
      'Make read faster: it takes 45 % of the stage time',
    );
    expect(report).toContain(
      'Make parse faster: it takes 40 % of the stage time',
    );
    expect(report).toContain('from 1 execution.');
    expect(report).toContain('paths of the last 1 execution\n');
  });

  it('says that items are as many, and of no trend that is not sure that it is stable', () => {
    const { metrics } = planted(300, (run) => {
      const itemsProcessed = (100 + ((run * 37) % 90)) * (run < 200 ? 1 : 3);
      return [['scan', itemsProcessed / 10 + (run % 3), { itemsProcessed }]];
    });
    const report = metrics.generateReport();
    expect(report).toMatch(/scan: items are [\d.]+ × as many since/);
    // Three times as long in all, which p = 0.15 does not call a trend; faster for the same work.
    expect(report).toMatch(/^pipeline_total .* stepped \+189 %$/m);
    expect(report).toMatch(/^scan .* improving -8\.8 %$/m);
  });

  it('gives no per cent of a level of 0 ms, and calls a step no trend that is unsure', () => {
    const { metrics } = planted(80, (run) => [
      ['a', run < 40 ? 0 : 5],
      ['b', 1],
    ]);
    const report = metrics.generateReport();
    expect(report).toMatch(
      /^a: slower since \S+ \(run-40\), 0 ms to 5 ms, p < 0\.0001$/m,
    );
    expect(report).toContain('it takes longer (0 ms before, 5 ms after)');
    expect(report).toMatch(/^pipeline_total .* stepped \+500 %$/m);
    expect(report).toMatch(/^a .* 71 % +stable$/m);
  });

  it('says of a pipeline without a wall time that no path has any', () => {
    const { metrics } = planted(30, () => [['a', 0]]);
    expect(metrics.generateReport()).toMatch(
      /^pipeline_total .* 0 % +stable$/m,
    );
  });

  it('says from where on a level is a new one, which is not the level before', () => {
    const alert = { type: 'level_shift', actual: 25, threshold: 20 };
    expect(alertText(alert)).toBe('level shift: 25 ms, a new level from 20 ms');
  });

  it.each([
    ['retries', { low: 2, high: 2 }, 'retries are 2'],
    ['errors', { low: 1, high: 4 }, 'errors are from 1 to 4'],
    ['inputSize', { low: 1, high: 4 }, 'inputSize is from 1 to 4'],
    ['labels.tenant', { low: null, value: null }, 'labels.tenant is rare'],
  ])(
    'says of %s in its own number what slow runs share',
    (attribute, slow, text) => {
      expect(circumstances({ attribute, slow })).toBe(text);
    },
  );

  it('keeps a stage name from breaking a table', () => {
    const { metrics } = planted(10, () => [['a | b\n# c', 5]]);
    const row = metrics
      .generateReport({ format: 'markdown' })
      .split('\n')
      .find((line) => line.startsWith('| a '));
    expect(row).toContain('a \\| b # c');
  });
});
