'use strict';

// How long a text for another tool holds the event loop: `node benches/exports.js`.

const { performance } = require('node:perf_hooks');
const { Registry } = require('prom-client');
const { PipelinePerformanceMetrics, createMetricProducer } = require('..');
const { MetricSource, TraceSource } = require('../js/export/otlp-sources');
const { EVERYTHING, PageWriter } = require('../js/queries/page');
const { CORE } = require('../js/recording/direct-recorder');
const { median, quantile, randomFrom } = require('./statistics');

const ROUNDS = 200;
const RUNS = 100;
/** A moment of 2027 by the wall clock. */
const WALL_START = 1.8e12;

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A collector in which each of `stages` ran `runs` times, of log-normal durations. */
function seasoned(stages, runs, stagesOf) {
  const random = randomFrom(3);
  let elapsed = 0;
  const metrics = new PipelinePerformanceMetrics({
    logger: quiet,
    eventBus: { dispatch() {} },
    clock: { now: () => elapsed, wallNow: () => WALL_START + elapsed },
  });
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let executions = 0;
  const runOne = () => {
    executions += 1;
    const id = `run-${executions}`;
    metrics.startPipelineExecution(id);
    for (let stage = 0; stage < stagesOf; stage += 1) {
      const name = `stage-${(executions * stagesOf + stage) % stages}`;
      const handle = metrics.startStageExecution(id, name);
      elapsed += 5 * Math.exp(normal());
      metrics.completeStageExecution(id, handle, { itemsProcessed: 3 });
    }
    metrics.completePipelineExecution(id);
  };
  for (let run = 0; run < (runs * stages) / stagesOf; run += 1) runOne();
  return { metrics, runOne };
}

/** Least, median and 99th percentile of what `take` takes, in ms; `prepare` is not counted. */
async function timed(name, take, prepare = () => {}) {
  const times = [];
  let size = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    prepare();
    const from = performance.now();
    const text = await take();
    times.push(performance.now() - from);
    if (typeof text === 'string') size = text.length;
  }
  const kilobytes = size > 0 ? `${Math.round(size / 1000)} kB` : '';
  console.log(
    name.padEnd(48) +
      [Math.min(...times), median(times), quantile(times, 0.99)]
        .map((ms) => ms.toFixed(2).padStart(8))
        .join('') +
      kilobytes.padStart(9),
  );
}

/** The least, over the rounds, of the longest that other work of the event loop had to wait. */
async function longestTurn(name, take) {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    let [last, longest, isOver] = [performance.now(), 0, false];
    const turn = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await take();
    turn();
    isOver = true;
    least = Math.min(least, longest);
  }
  console.log(
    `  longest turn of ${name}`.padEnd(48) + least.toFixed(2).padStart(8),
  );
}

/** The longest part of a page, each of which has its turn; the least over the rounds, after a run. */
function longestPart({ metrics, runOne }) {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    runOne();
    const writer = new PageWriter(metrics[CORE], EVERYTHING);
    let [longest, text] = [0, null];
    while (text === null) {
      const from = performance.now();
      text = writer.step();
      longest = Math.max(longest, performance.now() - from);
    }
    least = Math.min(least, longest);
  }
  console.log(
    '200 stages: longest part of a live page'.padEnd(48) +
      least.toFixed(2).padStart(8),
  );
}

async function main() {
  console.log(`${'ms'.padEnd(48)}   least  median     p99`);
  const { metrics, runOne } = seasoned(200, RUNS, 10);
  await timed('200 stages: OpenMetrics', () => metrics.toOpenMetrics());
  await timed('200 stages: text format 0.0.4', () =>
    metrics.toOpenMetrics({ format: 'prometheus' }),
  );
  const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  metrics.registerWith(registry);
  await timed("200 stages: prom-client's registry", () => registry.metrics());
  await longestTurn('it', () => registry.metrics());
  const producer = createMetricProducer(metrics);
  await timed('200 stages: MetricProducer', () => producer.collect());
  await longestTurn('it', () => producer.collect());
  const shared = { resource: '{"service.name":"bench"}', seed: 7 };
  const source = new MetricSource(metrics, metrics[CORE], shared);
  await timed('200 stages: OTLP', () => source.take().text);
  const report = () => metrics.generateReport();
  await timed('200 stages: text report', report);
  await timed('200 stages: text report, after a run of 10', report, runOne);
  longestPart({ metrics, runOne });
  for (const sample of [1, 0]) {
    const small = seasoned(6, 1000, 6);
    const options = { slowest: 0.01, sample };
    const source = new TraceSource(small.metrics[CORE], options, shared, {});
    await timed(
      `250 executions of 6 stages: OTLP, ${sample === 1 ? 'all' : 'those worth it'}`,
      async () => {
        let text = '';
        await source.look((one) => (text += one));
        return text;
      },
      () => {
        for (let run = 0; run < 250; run += 1) small.runOne();
      },
    );
  }
}

main();
