'use strict';

const { cli, write } = require('../fixtures/commandLine');
const { newCollector } = require('../fixtures/collector');
const { planted } = require('../fixtures/planted');
const {
  compareExported,
  renderComparison,
} = require('../../js/queries/comparison');

const collector = (a, b, seed) =>
  planted(
    60,
    (_, scatter) => [
      ['a', a * scatter()],
      ['b', b * scatter()],
    ],
    { seed },
  ).metrics;

const verdicts = ({ stages }) =>
  Object.fromEntries(stages.map((of) => [of.stageBefore, of.verdict]));

describe('a comparison', () => {
  it('with an exported history names the stage that is slower', () => {
    const base = collector(10, 20, 1);
    const head = collector(10, 26, 2);
    const found = head.compare(base.exportHistory(), {});
    expect(found.verdict).toBe('slower');
    expect(verdicts(found)).toEqual({
      pipeline_total: 'slower',
      a: 'no_difference_found',
      b: 'slower',
    });
    const b = found.stages.find((of) => of.stageBefore === 'b');
    expect(b).toMatchObject({ runsBefore: 60, runsAfter: 60 });
    expect(b.changeLow).toBeLessThanOrEqual(0.3);
    expect(b.changeHigh).toBeGreaterThanOrEqual(0.3);
    expect(verdicts(base.compare(JSON.parse(head.exportHistory()), {})).b).toBe(
      'faster',
    );
  });

  it('of two windows names what changed between them', () => {
    const world = planted(120, (run, scatter) => [
      ['a', (run < 60 ? 10 : 15) * scatter()],
    ]);
    const at = world.metrics.getPipelineMetrics()[59].timestamp;
    const middle = Date.parse(at) + 1;
    const found = world.metrics.compare({ to: middle }, { from: middle });
    expect(verdicts(found).a).toBe('slower');
    expect(found.stages[0]).toMatchObject({ runsBefore: 60, runsAfter: 60 });
  });

  it('of two stages is one row', () => {
    const metrics = collector(10, 20, 1);
    const found = metrics.compare({ stage: 'a' }, { stage: 'b' });
    expect(found.stages).toHaveLength(1);
    expect(found.stages[0]).toMatchObject({
      stageBefore: 'a',
      stageAfter: 'b',
      verdict: 'slower',
    });
  });

  describe('of a stage', () => {
    const rows = (metrics, ...sides) =>
      metrics
        .compare(...sides)
        .stages.map(({ stageBefore, stageAfter, runsBefore, runsAfter }) => [
          stageBefore,
          stageAfter,
          runsBefore,
          runsAfter,
        ]);

    it('that one side alone names is one row, of it against itself', () => {
      const metrics = collector(10, 20, 1);
      const exported = collector(10, 20, 2).exportHistory();
      expect(rows(metrics, { stage: 'a' })).toEqual([['a', 'a', 60, 60]]);
      expect(rows(metrics, {}, { stage: 'a' })).toEqual([['a', 'a', 60, 60]]);
      expect(rows(metrics, exported, { stage: 'b' })).toEqual([
        ['b', 'b', 60, 60],
      ]);
    });

    it('that never ran bears the name it was asked for, without runs', () => {
      const metrics = collector(10, 20, 1);
      const exported = collector(10, 20, 2).exportHistory();
      const gone = { stage: 'gone' };
      expect(rows(metrics, gone)).toEqual([['gone', 'gone', 0, 0]]);
      expect(rows(metrics, exported, gone)).toEqual([['gone', 'gone', 0, 0]]);
      expect(rows(metrics, gone, { stage: 'a' })).toEqual([
        ['gone', 'a', 0, 60],
      ]);
      expect(rows(metrics, { stage: 'a' }, gone)).toEqual([
        ['a', 'gone', 60, 0],
      ]);
      expect(rows(metrics, gone, { stage: 'lost' })).toEqual([
        ['gone', 'lost', 0, 0],
      ]);
      expect(metrics.compare(gone, { stage: 'a' })).toMatchObject({
        verdict: 'too_few_runs',
        stages: [{ verdict: 'too_few_runs', pValue: 1, before: null }],
      });
    });

    it('that ran elsewhere alone is one row with the runs of there', () => {
      const metrics = planted(30, (_, scatter) => [['c', scatter()]]).metrics;
      const exported = collector(10, 20, 2).exportHistory();
      expect(rows(metrics, exported, { stage: 'b' })).toEqual([
        ['b', 'b', 60, 0],
      ]);
      expect(rows(metrics, exported, {})).toContainEqual(['b', 'b', 60, 0]);
      expect(rows(metrics, exported, {})).toContainEqual(['c', 'c', 0, 30]);
    });
  });

  it('is one for the same work, where durations go along with it, and says so', () => {
    const side = (level, seed) =>
      planted(
        120,
        (run, scatter) => {
          const inputSize = level * (1 + ((run * 37) % 100) / 100);
          return [['a', (inputSize / 100) * scatter(), {}, { inputSize }]];
        },
        { seed },
      ).metrics;
    const base = side(1000, 1).exportHistory();
    const found = compareExported(base, side(3000, 2).exportHistory());
    const a = found.stages.find((of) => of.stageBefore === 'a');
    expect(a).toMatchObject({
      verdict: 'no_difference_found',
      work: { measure: 'inputSize' },
    });
    expect(a.work.factor).toBeCloseTo(3);
    expect(Math.abs(a.change)).toBeLessThan(0.1);
    expect(renderComparison(found)).toContain(
      'a: inputs are 3 × as large (1490 to 4460); times are for the same work',
    );
  });

  it('of two configurations of a stage distinguishes them', () => {
    const { metrics } = planted(100, (run, scatter) => [
      [
        'a',
        (run % 2 ? 20 : 10) * scatter(),
        {},
        { configurationHash: run % 2 ? 'new' : 'old' },
      ],
    ]);
    const [row] = metrics.compare(
      { stage: 'a', configurationHash: 'old' },
      { stage: 'a', configurationHash: 'new' },
    ).stages;
    expect(row).toMatchObject({
      verdict: 'slower',
      runsBefore: 50,
      runsAfter: 50,
    });
    const [none] = metrics.compare(
      { stage: 'a', configurationHash: 'gone' },
      { stage: 'a' },
    ).stages;
    expect(none).toMatchObject({
      verdict: 'too_few_runs',
      runsBefore: 0,
      before: null,
    });
  });

  it('of a history with itself finds no difference', () => {
    const metrics = collector(10, 20, 1);
    const { verdict, stages } = metrics.compare(metrics.exportHistory(), {});
    expect(verdict).toBe('no_difference_found');
    for (const stage of stages)
      expect(stage).toMatchObject({ shift: 0, change: 0, chanceSlower: 0.5 });
  });
});

it.each([
  ['before', ['nonsense', {}], /^before must be a history as exportHistory/],
  ['after', [{}, { format: 'other' }], /^after must be a history of format/],
])('the side %s that is no history is refused', (_, sides, message) => {
  expect(() => newCollector().metrics.compare(...sides)).toThrow(
    expect.objectContaining({
      code: 'ERR_PPM_INVALID_ARG',
      message: expect.stringMatching(message),
    }),
  );
});

describe('an exported history', () => {
  const sized = () =>
    planted(3, (run) => [
      ['parse', 5, { itemsProcessed: run }, { inputSize: 100 * (run + 1) }],
      ['idle', 1, {}, { inputSize: 0 }],
    ]).metrics;

  it('has the input size and the items of each run, where any is known', () => {
    const { version, stages } = JSON.parse(sized().exportHistory());
    expect(version).toBe(1);
    expect(
      stages.map((of) => [of.stage, of.inputSize, of.itemsProcessed]),
    ).toEqual([
      ['pipeline_total', [100, 200, 300], undefined],
      ['parse', [100, 200, 300], [0, 1, 2]],
      ['idle', undefined, undefined],
    ]);
  });

  it('of another version is refused', () => {
    const metrics = sized();
    const now = JSON.parse(metrics.exportHistory());
    expect(() => metrics.compare({ ...now, version: 2 }, now)).toThrow(
      'version 1, got 2',
    );
  });

  it.each(['inputSize', 'itemsProcessed'])(
    'whose %s are not one a run is refused',
    (column) => {
      const metrics = sized();
      for (const values of [[1], [1, 2, -3], 'none']) {
        const history = JSON.parse(metrics.exportHistory());
        history.stages[1][column] = values;
        expect(() => metrics.compare(history, {})).toThrow(
          expect.objectContaining({
            code: 'ERR_PPM_INVALID_ARG',
            message: expect.stringMatching(/stages\[1\] does not$/),
          }),
        );
      }
    },
  );
});

describe('pipeline-metrics', () => {
  beforeAll(() => {
    write('base.json', collector(10, 20, 1).exportHistory());
    write('same.json', collector(10, 20, 2).exportHistory());
    write('slow.json', collector(10, 26, 3).exportHistory());
    write('other.json', '{"format":"other"}');
  });

  const compare = (...args) => cli(['compare', ...args]);

  it('exits with 0 and a table where nothing is slower', () => {
    const { status, stdout } = compare('base.json', 'same.json');
    expect(stdout).toContain('Verdict: no difference found');
    expect(status).toBe(0);
    expect(compare('slow.json', 'base.json').status).toBe(0);
  });

  it('exits with 1 and names the stage that is slower', () => {
    const { status, stdout } = compare('base.json', 'slow.json');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^b +60\/60 .*slower$/m);
    expect(stdout).toMatch(/^a +60\/60 .*no difference found$/m);
  });

  it('prints the comparison as JSON on request', () => {
    const { status, stdout } = compare('base.json', 'slow.json', '--json');
    expect(status).toBe(1);
    expect(verdicts(JSON.parse(stdout)).b).toBe('slower');
  });

  it('lets a change pass that is smaller than what counts', () => {
    expect(
      compare('base.json', 'slow.json', '--least-change', '0.5').status,
    ).toBe(0);
  });

  it.each([
    ['one history', ['compare', 'base.json']],
    ['an unknown option', ['compare', 'a', 'b', '--fast']],
    [
      'a significance that is none',
      ['compare', 'base.json', 'same.json', '--significance', 'much'],
    ],
    ['a file of another format', ['compare', 'base.json', 'other.json']],
  ])('exits with 2 and says why: %s', (_, args) => {
    const { status, stderr, stdout } = cli(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^pipeline-metrics: ./);
    expect(stdout).toBe('');
  });
});
