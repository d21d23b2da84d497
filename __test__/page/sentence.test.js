'use strict';

/** Whether all is well, in a sentence. */

const {
  newCollector,
  runPipeline,
  runStage,
} = require('../fixtures/collector');
const { noise, planted, regressed } = require('../fixtures/planted');
const { pageText, EVERYTHING } = require('../../js/queries/page');
const { CORE } = require('../../js/recording/direct-recorder');
const { pageFrom } = require('../../js/report/page-data');
const { sentenceOf } = require('../../js/report/sentence');

const showTime = (ms) => new Date(ms).toISOString().slice(11, 16);

function sentence({ metrics }, asked = {}) {
  const text = pageText(metrics[CORE], { ...EVERYTHING, ...asked });
  return sentenceOf(pageFrom(JSON.parse(text), showTime), showTime);
}

const steady = (run, scatter) => [
  ['load', 10 * scatter()],
  ['store', 5 * scatter()],
];

describe('the sentence', () => {
  it('names the stage that got slower, by how much, when and where', () => {
    const { text, tone } = sentence(regressed());
    expect(text).toMatch(
      /^resolve got 5\d % slower at 12:0\d \(run-(19\d|20\d)\)\. Everything else is as usual\.$/,
    );
    expect(tone).toBe('worse');
  });

  it('names the one that costs most of those that got slower together', () => {
    const world = planted(300, (run, scatter) => {
      const factor = run >= 200 ? 1.6 : 1;
      return [
        ['load', 5 * factor * scatter()],
        ['resolve', 30 * factor * scatter()],
        ['store', 9 * scatter()],
      ];
    });
    expect(sentence(world).text).toMatch(
      /^resolve got \d+ % slower at \S+ \(run-\d+\), and 1 more stage with it\./,
    );
  });

  it.each([
    [
      2,
      /^resolve got \d+ % slower at \S+ \(run-\d+\), and again \d+ % at \S+ \(run-\d+\)\. /,
    ],
    [
      3,
      /^resolve got \d+ % slower at \S+ \(run-\d+\), the largest of 3 steps\. /,
    ],
  ])('names a stage once that got slower in %i steps', (steps, expected) => {
    const world = planted(150 * (steps + 1), (run, scatter) => [
      ['load', 10 * scatter()],
      ['resolve', 20 * 1.5 ** Math.floor(run / 150) * scatter()],
    ]);
    const { text } = sentence(world);
    expect(text).toMatch(expected);
    expect(text.match(/resolve/g)).toHaveLength(1);
  });

  it('says that all is as usual, and how long half of the executions took', () => {
    const { text, tone } = sentence(planted(200, steady));
    expect(text).toMatch(
      /^All is as usual: half of 200 executions took 1\d(\.\d)? ms or less\.$/,
    );
    expect(tone).toBe('well');
  });

  it('says of which stage the last quarter took longer than the first, where no run divides them', () => {
    const world = planted(40, (run, scatter) => [
      ['load', (10 + run * 0.15) * scatter()],
      ['store', 5 * scatter()],
    ]);
    expect(sentence(world)).toEqual({
      text: expect.stringMatching(
        /^load became \d\d % slower over 40 runs\. Other lasting changes can be seen from 60 runs on\.$/,
      ),
      tone: 'worse',
    });
  });

  it('does not say that all else is as usual of fewer runs than that takes', () => {
    const world = planted(40, (run, scatter) => [
      ['load', (25 - run * 0.25) * scatter()],
      ['store', 5 * scatter()],
    ]);
    expect(sentence(world)).toEqual({
      text: expect.stringMatching(
        /^load became \d\d % faster over 40 runs\. Other lasting changes can be seen from 60 runs on\.$/,
      ),
      tone: 'well',
    });
  });

  it('says that whole pipelines got slower where none of their stages did', () => {
    const world = newCollector();
    const scatter = noise(1);
    for (let run = 0; run < 300; run += 1) {
      world.metrics.startPipelineExecution(`run-${run}`, {});
      for (const [name, duration] of steady(run, scatter))
        runStage(world, `run-${run}`, name, duration);
      world.clock.advance(run < 200 ? 1 : 8);
      world.metrics.completePipelineExecution(`run-${run}`, {});
    }
    expect(sentence(world).text).toMatch(
      /^The whole pipeline got \d+ % slower at 12:0\d \(run-20\d\)\. Everything else is as usual\.$/,
    );
  });

  it('says what got faster, where nothing got slower', () => {
    const world = planted(300, (run, scatter) => [
      ['load', (run < 200 ? 15 : 10) * scatter()],
      ['store', 5 * scatter()],
    ]);
    expect(sentence(world)).toEqual({
      text: expect.stringMatching(
        /^load got 3\d % faster at 12:0\d \(run-20\d\)\. Everything else is as usual: half of 300 executions took \S+ ms or less\.$/,
      ),
      tone: 'well',
    });
  });

  it.each([30, 70, 400, 1500, 4000])(
    'says that all is as usual only where a report of %i runs has no trend and no change',
    (runs) => {
      for (const grown of [-0.4, -0.15, 0, 0.1, 0.25, 0.6]) {
        const world = planted(
          runs,
          (run, scatter) => [
            ['load', 10 * (1 + (grown * run) / runs) * scatter()],
            ['store', 5 * scatter()],
          ],
          { seed: runs, config: { maxHistorySize: 10_000 } },
        );
        const report = JSON.parse(
          world.metrics.generateReport({ format: 'json' }),
        );
        const moving = report.stages.filter(
          ({ trend }) =>
            trend.direction === 'degrading' || trend.direction === 'improving',
        );
        const isUsual = /^All|so far/.test(sentence(world).text);
        expect([grown, isUsual]).toEqual([
          grown,
          moving.length === 0 &&
            report.changes.every(({ change }) => Math.abs(change) < 0.05),
        ]);
      }
    },
  );

  it.each([
    [
      100,
      '4 % of executions failed (4 of 100). No stage got lastingly slower.',
    ],
    [
      25,
      '4 % of executions failed (1 of 25). A lasting change can be seen from 60 runs on.',
    ],
  ])(
    'says of %i executions how many fail, where that is one in a hundred or more',
    (runs, text) => {
      const world = newCollector();
      for (let run = 0; run < runs; run += 1) {
        world.metrics.startPipelineExecution(`run-${run}`, {});
        world.clock.advance(10);
        world.metrics.completePipelineExecution(`run-${run}`, {
          success: run % 25 !== 0,
        });
      }
      expect(sentence(world)).toEqual({ text, tone: 'worse' });
    },
  );

  it('names the newest alert where no stage got lastingly slower', () => {
    const world = planted(100, steady);
    world.metrics.setStageThreshold('load', { maxDuration: 20 });
    runPipeline(world, 'slow', [['load', 50]]);
    expect(sentence(world).text).toBe(
      'No stage got lastingly slower; 1 alert of load (duration exceeded: 50 ms, threshold 20 ms).',
    );
  });

  it('does not say of few runs that no stage got slower, whether or not there are alerts', () => {
    const world = planted(5, steady);
    world.metrics.setStageThreshold('load', { maxDuration: 20 });
    runPipeline(world, 'slow', [['load', 50]]);
    expect(sentence(world)).toEqual({
      text: '1 alert of load (duration exceeded: 50 ms, threshold 20 ms). A lasting change can be seen from 60 runs on.',
      tone: 'well',
    });
    const alone = newCollector();
    alone.metrics.recordStageMetrics('load', { duration: 5 });
    expect(sentence(alone)).toEqual({
      text: 'A lasting change can be seen from 60 runs on.',
      tone: 'empty',
    });
  });

  it('says what there is too little of', () => {
    const world = newCollector();
    expect(sentence(world)).toEqual({
      text: 'No execution has completed yet.',
      tone: 'empty',
    });
    world.metrics.startPipelineExecution('running', {});
    expect(sentence(world).text).toBe(
      'No execution has completed yet; 1 running.',
    );
    world.metrics.completePipelineExecution('running', {});
    expect(sentence(world)).toEqual({
      text: '1 execution so far. A lasting change can be seen from 60 runs on.',
      tone: 'empty',
    });
    world.clock.advance(60_000);
    expect(sentence(world, { range: 1000 }).text).toBe(
      'No execution ended in this time.',
    );
  });
});
