/** @jest-environment node */
'use strict';

/** The page as a file: of a collector, and of a history that was exported. */

const fs = require('node:fs');
const path = require('node:path');
const { newCollector, runPipeline } = require('../fixtures/collector');
const { cli, folder, write } = require('../fixtures/commandLine');
const { planted, regressed } = require('../fixtures/planted');
const { seasoned } = require('../fixtures/seasoned');
const { pageFrom } = require('../../js/report/page-data');

/** The data inside of a page. */
const dataIn = (html) =>
  JSON.parse(
    /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(
      html,
    )[1],
  );

const shown = (html) =>
  pageFrom(dataIn(html), (ms) => new Date(ms).toISOString());

describe('a report as HTML', () => {
  it('has the findings that the other answers have', () => {
    const { metrics } = regressed();
    const data = shown(metrics.generateReport({ format: 'html' }));
    const resolve = data.stages.find(({ name }) => name === 'resolve');
    const [change] = metrics.detectChangePoints('resolve').changes;
    expect(resolve.changes).toHaveLength(1);
    expect(resolve.changes[0]).toMatchObject({
      executionId: change.executionId,
      timestamp: Date.parse(change.timestamp),
      change: change.change,
      isLasting: true,
    });
    const advice = metrics.getActiveRecommendations();
    expect(
      data.advice.map(({ description, gain }) => [description, gain]),
    ).toEqual(advice.map(({ description, gain }) => [description, gain]));
  });

  it('marks a change where its runs are drawn, though the computer slept since', () => {
    const world = regressed();
    world.clock.shiftWall(8 * 3600 * 1000);
    const { axis, stages } = shown(
      world.metrics.generateReport({ format: 'html' }),
    );
    const { changes } = stages.find(({ name }) => name === 'resolve');
    const [{ at, timestamp }] = changes;
    const place = (at - axis.from) / (axis.to - axis.from);
    expect(place).toBeGreaterThan(0.5);
    expect(place).toBeLessThan(0.75);
    expect(timestamp).toBeLessThan(axis.from);
  });

  it('counts every stored run in one cell, for each stage and the whole', () => {
    const { metrics } = seasoned({ runs: 130 });
    const data = shown(metrics.generateReport({ format: 'html' }));
    for (const stage of data.stages
      .map(({ stage: of }) => of)
      .concat(data.total)) {
      const { cells, rows } = data.maps[stage];
      expect(cells.reduce((sum, { count }) => sum + count, 0)).toBe(130);
      expect(cells.every(({ column, row }) => column < 120 && row < rows)).toBe(
        true,
      );
    }
  });

  it('names an execution of each cell, whose duration lies in the cell', () => {
    const { metrics } = seasoned({ runs: 130 });
    const data = shown(metrics.generateReport({ format: 'html' }));
    const { cells, low, high, rows } = data.maps[data.total];
    const step = Math.log(high / low) / rows;
    const durations = new Map(
      metrics
        .getPipelineMetrics()
        .map(({ executionId, totalDuration }) => [executionId, totalDuration]),
    );
    for (const { row, id } of cells) {
      const place = Math.log(durations.get(id) / low) / step;
      expect(Math.min(rows - 1, Math.floor(place + 1e-9))).toBe(row);
    }
  });

  it('shows an execution with its nested stages and the path that bounds it', () => {
    const { metrics } = seasoned({ runs: 20 });
    const data = shown(metrics.generateReport({ format: 'html' }));
    const [slowest] = data.executions;
    expect(slowest.why).toBe('slowest');
    expect(slowest.stages.map(({ name, depth }) => [name, depth])).toEqual([
      ['component_filtering', 0],
      ['multi_target_resolution', 0],
      ['scope_lookup', 1],
      ['entity_matching', 1],
      ['prerequisite_evaluation', 0],
      ['action_formatting', 0],
    ]);
    // The path has no hole, and one gap where no stage ran.
    slowest.path.forEach(([, from], place) => {
      expect(from).toBeCloseTo(place === 0 ? 0 : slowest.path[place - 1][2], 3);
    });
    expect(slowest.path.at(-1)[2]).toBeCloseTo(slowest.duration, 3);
    const gaps = slowest.path.filter(([stage]) => stage === null);
    expect(gaps.map(([, from, to]) => to - from)[0]).toBeCloseTo(1.5, 3);
    const own = slowest.stages.reduce((sum, { selfTime }) => sum + selfTime, 0);
    expect(own + 1.5).toBeCloseTo(slowest.duration, 2);
  });

  it('of 6 stages and 10,000 executions is at most 400 kB', () => {
    const { metrics } = seasoned({ runs: 10_000 });
    const html = metrics.generateReport({ format: 'html' });
    expect(dataIn(html).pipeline.runs).toBe(10_000);
    expect(Buffer.byteLength(html)).toBeLessThan(400_000);
  });

  it('lets no text end its element or begin another', () => {
    const names = [
      '</script><script>x()</script>',
      '<!--',
      '<img src=x onerror=y()>',
      '\u2028$&%DATA%nonce="%NONCE%"',
      'a\u202eb\u0000',
    ];
    const world = newCollector();
    for (const name of names) runPipeline(world, `id ${name}`, [[name, 1]]);
    const html = world.metrics.generateReport({ format: 'html' });
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toMatch(/<!--|<img|[\u2028\u2029\u202e\0]/);
    expect(Object.values(dataIn(html).names)).toEqual(
      expect.arrayContaining(names),
    );
  });

  it('is the same for the same records and the same clock', () => {
    const [one, other] = [regressed(), regressed()].map(({ metrics }) =>
      metrics.generateReport({ format: 'html' }),
    );
    expect(one).toBe(other);
  });

  it('without a run is a page, too', () => {
    const { metrics } = newCollector();
    const data = shown(metrics.generateReport({ format: 'html' }));
    expect(data.pipeline).toMatchObject({ runs: 0, p50: null });
    expect(data.stages).toEqual([]);
  });

  it('counts runs that were captured elsewhere, which belong to no execution', () => {
    const { metrics } = newCollector();
    for (let i = 0; i < 5; i += 1)
      metrics.captureStageExecution('elsewhere', { duration: 10 + i });
    const data = shown(metrics.generateReport({ format: 'html' }));
    expect(data.stages.map(({ name, runs }) => [name, runs])).toEqual([
      ['elsewhere', 5],
    ]);
    expect(data.executions).toEqual([]);
  });
});

describe('pipeline-metrics report', () => {
  const report = (...args) => cli(['report', ...args]);
  const save = (name, metrics) => write(name, metrics.exportHistory());

  it('writes a page of a history, with its changes by run', () => {
    const history = save('history.json', regressed().metrics);
    const { status, stderr } = report(history, '-o', 'report.html');
    expect([status, stderr]).toEqual([0, '']);
    const data = shown(
      fs.readFileSync(path.join(folder, 'report.html'), 'utf8'),
    );
    expect(data.axis).toMatchObject({ kind: 'runs', to: 300 });
    const resolve = data.stages.find(({ name }) => name === 'resolve');
    expect(resolve.changes[0]).toMatchObject({
      isLasting: true,
      executionId: null,
    });
    expect(resolve.changes[0].runsAgo).toBeGreaterThan(95);
    expect(resolve.changes[0].runsAgo).toBeLessThan(105);
    expect(data.pipeline.runs).toBe(300);
    expect(data.executions.map(({ why }) => why)).toEqual([
      'slowest',
      'typical',
      'newest',
    ]);
    expect(data.executions[0].stages.map(({ name }) => name)).toContain(
      'resolve',
    );
  });

  it('says how many executions of a history failed, where each of its runs has one', () => {
    const world = seasoned();
    const history = save('failed.json', world.metrics);
    const { stdout } = report(history, '-o', '-');
    const { pipeline } = shown(stdout);
    const live = shown(world.metrics.generateReport({ format: 'html' }));
    expect(live.pipeline.failed).toBeGreaterThan(0);
    expect(pipeline.failed).toBe(live.pipeline.failed);
    expect(pipeline.p95Line).toHaveLength(24);
    expect(Math.max(...pipeline.failedLine)).toBeGreaterThan(0);
    const fewer = JSON.parse(fs.readFileSync(history));
    fewer.executions.list.shift();
    const page = report(write('other.json', JSON.stringify(fewer)), '-o', '-');
    expect(shown(page.stdout).pipeline.failed).toBeUndefined();
  });

  const grown = (run, scatter) => (run < 150 ? 100 : 300) * scatter();
  const shrunk = (run, scatter) => (run < 150 ? 300 : 150) * scatter() ** 3;
  it.each([
    ['slow first runs', (run) => [run < 60 ? 30 : 10, 0]],
    [
      'larger inputs',
      (run, scatter) => {
        const size = grown(run, scatter);
        return [size / 10, size];
      },
    ],
    [
      'a slowdown behind smaller inputs',
      (run, scatter) => {
        const size = shrunk(run, scatter);
        return [(run < 150 ? 1 : 2) * (size / 10), size];
      },
    ],
  ])('says of %s what the page of the collector says', (name, runOf) => {
    const world = planted(300, (run, scatter) => {
      const [duration, inputSize] = runOf(run, scatter);
      return [['load', duration * scatter() ** 0.5, {}, { inputSize }]];
    });
    for (let i = 0; i < 20; i += 1)
      runPipeline(world, `failed-${i}`, [], { success: false });
    const { metrics } = world;
    const history = save('same.json', metrics);
    const pages = [
      metrics.generateReport({ format: 'html' }),
      report(history, '-o', '-').stdout,
    ];
    const [live, exported] = pages.map((html) => {
      const { pipeline, stages } = shown(html);
      const [{ changes }] = stages;
      return {
        changes: changes.map(({ change, isLasting }) => [change, isLasting]),
        failed: pipeline.failed,
      };
    });
    expect(exported).toEqual(live);
    expect(exported.failed).toBe(20);
  });

  it('writes to standard output where that is asked for', () => {
    const history = save('short.json', planted(3, () => [['load', 1]]).metrics);
    const { status, stdout } = report(history, '-o', '-');
    expect(status).toBe(0);
    expect(shown(stdout).stages[0]).toMatchObject({ name: 'load', runs: 3 });
  });

  it.each([
    [[], 'One history is needed'],
    [['a.json', 'b.json', '-o', 'x'], 'One history is needed'],
    [['short.json'], '-o <file> is needed'],
    [['short.json', '--out', 'x'], "Unknown option '--out'"],
    [['none.json', '-o', 'x'], 'none.json'],
    [['.', '-o', 'x'], 'name one of them'],
  ])('of %j says what is wrong, with code 2', (args, message) => {
    save('short.json', planted(3, () => [['load', 1]]).metrics);
    save('history.json', planted(3, () => [['load', 1]]).metrics);
    const { status, stdout, stderr } = report(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('prints its usage', () => {
    expect(report('--help').stdout).toMatch(/^Usage: pipeline-metrics report/);
  });
});
