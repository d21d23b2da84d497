'use strict';

// Runs of which it is known what is wrong with them, so that a reader can hold the package's
// own report against it. Times are put in manually, through a clock of our own.

const { PipelinePerformanceMetrics } = require('../..');
const { wrap } = require('../../js/report/terminal-text');
const { Random } = require('./engine/random');
const { WIDTH } = require('./report');

const RUNS = 300;
/** From this run on resolving a target takes half as long again. */
const SLOWER_FROM = 200;
/** Standard deviation of the logarithm of every duration. */
const SCATTER = 0.1;
const WALL_START = Date.UTC(2026, 0, 1);

const PLANTED = [
  `multi_target_resolution takes 50 % longer from run-${SLOWER_FROM} on`,
  'action_formatting takes three times as long with a cold cache, in one run of four',
];

/** A collector that has seen the planted runs. */
function plantedMetrics() {
  const random = new Random(1);
  let elapsed = 0;
  const metrics = new PipelinePerformanceMetrics({
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    eventBus: { dispatch() {} },
    clock: { now: () => elapsed, wallNow: () => WALL_START + elapsed },
    memorySampler: false,
  });
  const stage = (id, name, typicalMs, context) => {
    const handle = metrics.startStageExecution(id, name, context);
    const normal =
      Math.sqrt(-2 * Math.log(1 - random.next())) *
      Math.cos(2 * Math.PI * random.next());
    elapsed += typicalMs * Math.exp(SCATTER * normal);
    metrics.completeStageExecution(id, handle, { itemsProcessed: 10 });
  };
  for (let run = 0; run < RUNS; run += 1) {
    const id = `run-${run}`;
    const isCold = random.below(4) === 0;
    metrics.startPipelineExecution(id, { actionCount: 10 });
    stage(id, 'component_filtering', 10);
    stage(id, 'multi_target_resolution', run < SLOWER_FROM ? 20 : 30);
    stage(id, 'action_formatting', isCold ? 24 : 8, {
      configurationHash: isCold ? 'cold-cache' : 'warm-cache',
    });
    metrics.completePipelineExecution(id, { totalItemsProcessed: 10 });
  }
  return metrics;
}

/** A line of the report in lines that fit. */
function fitted(line) {
  if (line.length <= WIDTH) return line;
  return wrap(line.split(' '), ' ', WIDTH - 3).join('\n   ');
}

/** What was planted, and the package's report of it. The same every time. */
function plantedReport() {
  const metrics = plantedMetrics();
  const report = metrics.generateReport({ format: 'text' }).trimEnd();
  metrics.dispose();
  const lines = [
    '',
    `THE PACKAGE'S OWN REPORT   of ${RUNS} runs in which it is known what is wrong`,
    ...PLANTED.map((known) => `  ${known}`),
    '',
    ...report.split('\n').map(fitted),
    '',
  ];
  return lines.join('\n');
}

module.exports = { plantedReport };
