/** @jest-environment node */
'use strict';

/** `pipeline-metrics trace`: the trace of an exported history. */

const fs = require('node:fs');
const path = require('node:path');
const { measurePipeline, measureStage } = require('../..');
const { newCollector, runPipeline } = require('../fixtures/collector');
const { cli, folder, write } = require('../fixtures/commandLine');
const { planted } = require('../fixtures/planted');
const { seasoned } = require('../fixtures/seasoned');

const trace = (args) => cli(['trace', ...args]);
const save = (metrics) => write('history.json', metrics.exportHistory());

/** Names that are text of others, stages that overlap, fail, or never complete, and none at all. */
function tangled() {
  const world = newCollector();
  const { metrics, clock } = world;
  for (let run = 0; run < 30; run += 1) {
    const id = `</script>"\\\n\u202e\ud800 ${run}`;
    metrics.startPipelineExecution(id);
    const outer = metrics.startStageExecution(id, 'outer', { inputSize: 7 });
    clock.advance(1 / 3);
    const inner = metrics.startStageExecution(id, 'in\ud800ner', {
      parent: outer,
    });
    metrics.startStageExecution(id, 'never completed', { parent: inner });
    clock.advance(Math.PI * (run + 1));
    const beside = metrics.startStageExecution(id, 'beside');
    clock.advance(0.7);
    metrics.completeStageExecution(id, inner, { itemsProcessed: 4 });
    metrics.completeStageExecution(id, outer, { success: run % 3 > 0 });
    clock.advance(0.1);
    metrics.completeStageExecution(id, beside, { errorCount: 2 });
    metrics.completePipelineExecution(id);
  }
  metrics.captureStageExecution('manual', { duration: 10 });
  runPipeline(world, 'without stages', []);
  return metrics;
}

/** Measured code, on the machine's own clock, with readings of the heap in some executions. */
function measured() {
  const { metrics } = newCollector({ clock: undefined });
  for (let run = 0; run < 50; run += 1)
    measurePipeline(metrics, null, () => {
      for (const name of ['load', 'resolve', 'store'])
        measureStage(metrics, name, null, () =>
          measureStage(metrics, `${name} inside`, null, () => run ** 2),
        );
    });
  return metrics;
}

describe('the trace of an exported history is that of the collector', () => {
  it.each([
    ['nested stages', () => seasoned({ runs: 130 }).metrics],
    ['hostile names, failures and gaps', tangled],
    ['measured code', measured],
    ['no execution', () => newCollector().metrics],
  ])('with %s', (_, make) => {
    const metrics = make();
    const { status, stderr } = trace([save(metrics), '-o', 'trace.json']);
    expect([status, stderr]).toEqual([0, '']);
    const text = fs.readFileSync(path.join(folder, 'trace.json'), 'utf8');
    expect(text).toBe(metrics.exportTrace({ format: 'chrome' }));
  });

  it('has as many executions as requested', () => {
    const { metrics } = seasoned({ runs: 130 });
    const history = save(metrics);
    for (const last of [1, 7, 130]) {
      const { stdout } = trace([history, '-o', '-', '--last', String(last)]);
      expect(stdout).toBe(metrics.exportTrace({ last }));
      expect(stdout.match(/"executionId"/g)).toHaveLength(last);
    }
  });

  it('to standard output', () => {
    const { metrics } = seasoned({ runs: 5 });
    const { status, stdout } = trace([save(metrics), '-o', '-']);
    expect(status).toBe(0);
    expect(stdout).toBe(metrics.exportTrace());
  });
});

it('a history has the newest executions, of at most 100,000 stages together', () => {
  const names = Array.from({ length: 600 }, (_, i) => [`stage-${i}`, 0.1]);
  const { metrics } = planted(170, () => names);
  const { executions } = JSON.parse(metrics.exportHistory());
  expect(executions.list).toHaveLength(166);
  const newest = metrics.getPipelineMetrics().at(-1).executionId;
  expect(executions.list.at(-1).id).toBe(newest);
});

describe('pipeline-metrics trace', () => {
  it.each([
    [[], 'One history is needed'],
    [['history.json'], '-o <file> is needed'],
    [['history.json', '-o', '-', '--last', '0'], '--last needs a whole number'],
    [['history.json', '-o', '-', '--last', 'x'], '--last needs a whole number'],
    [['history.json', '-o', '-', '--first', '1'], "Unknown option '--first'"],
    [['none.json', '-o', '-'], 'none.json'],
  ])('of %j says what is wrong, with code 2', (args, message) => {
    save(planted(3, () => [['load', 1]]).metrics);
    const { status, stdout, stderr } = trace(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it.each([
    ['a place of a name that there is not', (of) => (of.stages[0][0] = 9)],
    ['a stage inside of itself', (of) => (of.stages[0][3] = 0)],
    ['a time that is none', (of) => (of.stages[0][1] = null)],
    ['half a stage', (of) => of.stages[0].pop()],
    ['an id that is no text', (of) => (of.id = 7)],
    ['half a heap', (of) => (of.heap = [1])],
  ])('refuses %s', (_, spoil) => {
    const history = JSON.parse(
      planted(3, () => [['load', 1]]).metrics.exportHistory(),
    );
    spoil(history.executions.list[1]);
    const at = write('spoilt.json', JSON.stringify(history));
    const { status, stderr } = trace([at, '-o', '-']);
    expect(status).toBe(2);
    expect(stderr).toContain('must list its executions');
  });

  it('prints its usage', () => {
    expect(trace(['--help']).stdout).toMatch(/^Usage: pipeline-metrics trace/);
  });
});
