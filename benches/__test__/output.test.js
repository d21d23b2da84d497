'use strict';

const { candidates } = require('../candidates');
const { documentOf } = require('../document');
const { plot } = require('../plot');
const { short, toText } = require('../table');
const { tablesOf } = require('../tables');

const BODIES = [0, 50, 125, 250, 1000];
const MACHINE = {
  processor: 'A Processor',
  cores: 2,
  memoryGiB: 24,
  platform: 'Linux 6 x64',
  node: 'v20.0.0',
  v8: '11.3',
  commit: 'abc',
  date: '2026-01-01',
};

/** Figures of a whole run, all of them `value` with an interval around it. */
function figuresOf(value) {
  const figure = { value, low: value * 0.8, high: value * 1.2 };
  const figures = {};
  const add = (...ids) => ids.forEach((id) => (figures[id] = figure));
  for (const { name } of candidates) {
    for (const us of BODIES) {
      for (const kind of [
        'cost',
        'overhead',
        'calls',
        'bodies',
        'garbage',
        'collected',
        'own',
        'own/measured',
      ])
        add(`${kind}/${us}/${name}`);
    }
    for (const state of ['hot', 'cold']) {
      add(`calls/${state}/${name}`);
      for (const key of ['p50', 'p99', 'max'])
        add(`tail/${state}/${name}/${key}`);
    }
  }
  for (const records of [10_000, 100_000, 1_000_000]) {
    add(`memory/${records}/rss`, `memory/${records}/heap`);
    for (const query of ['summary', 'aggregate', 'report']) {
      add(
        `memory/${records}/${query}/cold`,
        `memory/${records}/${query}/again`,
      );
    }
  }
  for (const query of ['summary', 'aggregate', 'report'])
    for (const history of ['queries', 'restless'])
      add(`${history}/${query}/cold`, `${history}/${query}/again`);
  for (const level of [10, 100, 1000, 10_000, 100_000, 1_000_000])
    add(`growth/history/${level}`);
  for (const level of [1, 10, 100, 1000]) add(`growth/active/${level}`);
  for (const level of [5, 20, 50, 100, 200]) add(`growth/names/${level}`);
  add('growth/history', 'growth/active', 'growth/names', 'memory/most/rss');
  for (const state of ['idle', 'load'])
    add(...['p50', 'p99', 'max'].map((key) => `alert/${state}/${key}`));
  add(
    'alert/p99',
    'soak/rss',
    'soak/heap',
    'install/basic',
    'install/overlapping',
    'install/bare',
    'duration/basic',
  );
  return figures;
}

describe('numbers', () => {
  it('have three digits that count, and no exponent', () => {
    const shown = [0, 0.0004, 0.1234, 0.9996, 1.234, 12.34, 123.4, 1234567].map(
      short,
    );
    expect(shown).toEqual([
      '0',
      '0',
      '0.123',
      '1.00',
      '1.23',
      '12.3',
      '123',
      '1,234,567',
    ]);
  });

  it('that are missing show as a dash', () => {
    expect([short(undefined), short(NaN)]).toEqual(['–', '–']);
  });
});

describe('tables', () => {
  it.each([0.123, 12.3, 1234, 8000])(
    'fit a terminal of 100 columns with figures like %d',
    (value) => {
      for (const table of tablesOf(figuresOf(value), BODIES)) {
        const longest = Math.max(
          ...toText(table)
            .split('\n')
            .map((line) => line.length),
        );
        expect([table.title, longest <= 100 ? 100 : longest]).toEqual([
          table.title,
          100,
        ]);
      }
    },
  );

  it('show only what was measured', () => {
    const figures = figuresOf(1);
    const some = Object.fromEntries(
      Object.entries(figures).filter(([id]) => id.endsWith('/0/wired')),
    );
    expect(
      tablesOf(some, BODIES).map(({ title, rows }) => [title, rows.length]),
    ).toEqual([
      ['Cost of a pipeline of four empty stages', 1],
      ['µs a pipeline: what the package says it costs/as measured here', 1],
      ['Bars', 1],
    ]);
  });
});

describe('the document', () => {
  const run = {
    machine: MACHINE,
    effort: 'long',
    bodies: BODIES,
    warnings: [],
    figures: figuresOf(2),
  };

  it('says what it was taken on, and how to take it again', () => {
    const text = documentOf(run);
    expect(text).toContain('npm run bench -- --long --write-docs');
    for (const part of ['A Processor', 'v20.0.0', 'commit abc'])
      expect(text).toContain(part);
  });

  it('repeats every warning', () => {
    expect(documentOf({ ...run, warnings: ['others were at work'] })).toContain(
      'others were at work',
    );
  });

  it('has a plot with a row for every candidate and no stray number', () => {
    const svg = plot(run);
    for (const { label } of candidates) expect(svg).toContain(label);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg.match(/<text/g)).toHaveLength(svg.match(/<\/text>/g).length);
  });
});
