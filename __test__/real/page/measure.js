'use strict';

// What the page costs, and how soon an event is seen. Prints a table and asserts nothing: the figures
// are this machine's.
//
//   node __test__/real/page/measure.js [--minutes 10] [--rate 1000] [--pairs 6]
//     [--only made,apart,busy,own,cost,scraped]
//
// Two events are followed to the pixel: the completion of an execution, until the count of
// executions that has it is painted, and an alert, until its row is. So is an update: from when the
// server begins to write it, without what an event waited for it.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const { performance, monitorEventLoopDelay } = require('node:perf_hooks');
const { parseArgs } = require('node:util');
const { setTimeout: sleep } = require('node:timers/promises');
const {
  PipelinePerformanceMetrics,
  createMetricsHandler,
  measurePipeline,
  measureStage,
  serveMetrics,
} = require('../../..');
const { EVERYTHING, PageWriter } = require('../../../js/queries/page');
const { CORE } = require('../../../js/recording/direct-recorder');
const { livePage } = require('../../../js/report/html-page');
const { randomFrom } = require('../../../benches/statistics');
const { launch } = require('./browser');
const { startPrometheus } = require('../prometheus/prometheus');
const { Timeline } = require('./timeline');

const NAMES = ['load', 'resolve', 'check', 'score', 'format', 'store'];
/** Executions follow each other so long, in ms, before others have their turn. */
const LONGEST_TURN = 10;
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

const collector = () =>
  new PipelinePerformanceMetrics({
    logger: QUIET,
    eventBus: { dispatch() {} },
  });

function spin(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** One execution of six stages, of some 20 µs each. */
function execute(metrics) {
  measurePipeline(metrics, null, () => {
    for (const name of NAMES)
      measureStage(metrics, name, null, () => spin(0.02));
  });
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[
    Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)
  ];
}

const ms = (value) => `${value.toFixed(1)} ms`;

function row(what, figure) {
  console.log(`${what.padEnd(62)} ${figure}`);
}

const three = (values) =>
  [0.5, 0.99, 1].map((share) => ms(quantile(values, share))).join(' / ');

/** An execution with a stage that is always beyond its threshold. */
function raiseAlert(metrics, id) {
  metrics.startPipelineExecution(id);
  const stage = metrics.startStageExecution(id, 'rare');
  spin(0.02);
  metrics.completeStageExecution(id, stage);
  metrics.completePipelineExecution(id);
}

async function printDelays(timeline, when) {
  await sleep(1500);
  const { executions, updates, alerts, alertsMissed } = await timeline.delays();
  row(
    `an execution's count to the pixel, ${when}: p50 / p99 / longest`,
    three(executions),
  );
  row(`an update to the pixel, ${when}: p50 / p99 / longest`, three(updates));
  if (alerts.length === 0) return;
  row(
    `an alert's row to the pixel, ${alerts.length} ${when}: p50 / p99 / longest`,
    three(alerts),
  );
  row('alerts that no frame showed', alertsMissed);
}

async function printParts(timeline) {
  for (const [name, took] of Object.entries(await timeline.parts()))
    row(`  of it: ${name}`, took.length > 0 ? three(took) : '-');
}

async function firstPaint(page) {
  const paint = await page.evaluate(
    () =>
      performance
        .getEntriesByType('paint')
        .find(({ name }) => name === 'first-contentful-paint')?.startTime,
  );
  row('first contentful paint of the page', ms(paint));
}

/** Events one by one, at times that have nothing to do with any timer. */
async function apart(timeline, metrics, count) {
  await timeline.clear();
  for (let i = 0; i < count; i += 1) {
    await sleep(150 + Math.random() * 150);
    execute(metrics);
    timeline.completed((metrics.count += 1));
  }
  await printDelays(timeline, `${count} apart`);
}

/** Many a second, as evenly as timers allow, with some three alerts a second or without any. */
async function busy(page, timeline, metrics, { rate, minutes, hasAlerts }) {
  await timeline.clear();
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  };
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const heaps = [];
  const begun = performance.now();
  const until = begun + minutes * 60_000;
  let sampleAt = begun + Math.min(5000, minutes * 6000);
  let alertAt = hasAlerts ? begun + 500 : Infinity;
  let done = 0;
  loop.enable();
  while (performance.now() < until) {
    // A machine that cannot keep up is behind: the rate that was reached is printed.
    const turnEnds = performance.now() + LONGEST_TURN;
    while (
      done < ((performance.now() - begun) / 1000) * rate &&
      performance.now() < turnEnds
    ) {
      execute(metrics);
      metrics.count += 1;
      done += 1;
      if (done % 97 === 0) timeline.completed(metrics.count);
    }
    if (performance.now() > alertAt) {
      const id = `alert-${done}`;
      raiseAlert(metrics, id);
      metrics.count += 1;
      timeline.raised(id);
      alertAt = performance.now() + 150 + Math.random() * 300;
    }
    if (performance.now() > sampleAt) {
      heaps.push(await heap());
      sampleAt += minutes * 6000;
    }
    await sleep(1);
  }
  loop.disable();
  row(
    `executions in ${minutes} min`,
    `${done} (${Math.round(done / minutes / 60)} a second)`,
  );
  await printDelays(timeline, hasAlerts ? 'amid them' : 'without alerts');
  await printParts(timeline);
  row(
    'heap of the page after collections, in MB',
    heaps.map((bytes) => (bytes / 1e6).toFixed(1)).join(' '),
  );
  row(
    'event loop beyond its 1 ms timer: p99 / longest',
    [loop.percentile(99), loop.max].map((ns) => ms(ns / 1e6 - 1)).join(' / '),
  );
}

/** Some 20 µs of work, the same every time: unlike time, it is not taken by other processes. */
function work() {
  let sum = 0;
  for (let i = 0; i < 12_000; i += 1) sum += i % 7;
  return sum;
}

/** CPU time of a busy process, with what `open` opens and without, by turns: quartiles of shares. */
async function cost(metrics, open, pairs) {
  const during = async () => {
    const before = process.cpuUsage();
    for (let done = 0; done < 20_000; done += 50) {
      for (let i = 0; i < 50; i += 1)
        measurePipeline(metrics, null, () => {
          for (const name of NAMES) measureStage(metrics, name, null, work);
        });
      await new Promise(setImmediate);
    }
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const shares = [];
  await during();
  for (let pair = 0; pair < pairs; pair += 1) {
    const without = await during();
    const close = await open();
    const having = await during();
    await close();
    shares.push(having / without - 1);
  }
  return [0.25, 0.5, 0.75]
    .map((share) => `${(quantile(shares, share) * 100).toFixed(2)} %`)
    .join(' / ');
}

/** A page in a browser, until it is closed. */
async function openPage(browser, url) {
  const page = await browser.newPage();
  await page.goto(url);
  await page.locator('.sentence').waitFor();
  return () => page.close();
}

async function printCost(metrics, url, pairs) {
  const browser = await launch();
  row(
    'CPU time of a busy pipeline with a page open: quartiles',
    await cost(metrics, () => openPage(browser, url), pairs),
  );
  await browser.close();
}

/** Lets something be measured that scrapes the collector at an address. */
async function withScrapes(metrics, use) {
  const server = http.createServer(createMetricsHandler(metrics));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await use(`127.0.0.1:${server.address().port}`);
  server.closeAllConnections();
  server.close();
}

async function printCostScraped(metrics, url, pairs) {
  const browser = await launch();
  await withScrapes(metrics, async (target) => {
    const both = async () => {
      const close = await openPage(browser, url);
      const prometheus = await startPrometheus(target);
      return async () => {
        await prometheus.stop();
        await close();
      };
    };
    row(
      'the same with Prometheus scraping every second, too: quartiles',
      await cost(metrics, both, pairs),
    );
  });
  await browser.close();
}

/** Asks for all that a page and Prometheus ask for, and does nothing with it. */
function ask(url, target) {
  const { get } = require('node:http');
  get(`${url}events`, (events) => events.once('data', console.log).resume());
  const headers = { accept: 'application/openmetrics-text' };
  setInterval(
    () => get(`http://${target}/`, { headers }, (text) => text.resume()),
    1000,
  );
}

/** Without what a browser and Prometheus take of the machine. */
async function printOwnCost(metrics, url, pairs) {
  await withScrapes(metrics, async (target) => {
    const program = `(${ask})(${JSON.stringify(url)}, ${JSON.stringify(target)})`;
    const open = async () => {
      const asking = spawn(process.execPath, ['-e', program]);
      await once(asking.stdout, 'data');
      return async () => {
        asking.kill();
        await once(asking, 'exit');
      };
    };
    row(
      'CPU time, page and scrapes taken by what draws and stores nothing',
      await cost(metrics, open, pairs),
    );
  });
}

/** The least time of each part over some pages: what others take of the machine is left out. */
function parts(core, asked, before = () => {}, repeats = 30) {
  const least = [];
  for (let nth = 0; nth < repeats; nth += 1) {
    before();
    const writer = new PageWriter(core, asked);
    for (let part = 0, text = null; text === null; part += 1) {
      const from = performance.now();
      text = writer.step();
      least[part] = Math.min(least[part] ?? Infinity, performance.now() - from);
    }
  }
  return least;
}

/**
 * 10,000 executions of six stages that all take ever longer, by more or less than a tenth, and the longer
 * the more items they have: changes, trends and what durations owe to the work are sought in all.
 */
function slowing(itemsOf) {
  const random = randomFrom(3);
  let [elapsed, executions] = [0, 0];
  const slower = new PipelinePerformanceMetrics({
    logger: QUIET,
    eventBus: { dispatch() {} },
    clock: { now: () => elapsed, wallNow: () => 1.8e12 + elapsed },
  });
  const runOne = () => {
    executions += 1;
    const id = `run-${executions}`;
    slower.startPipelineExecution(id);
    for (const name of NAMES) {
      const stage = slower.startStageExecution(id, name);
      const itemsProcessed = itemsOf(random);
      const noise = 1 + 0.2 * (random() + random());
      elapsed += itemsProcessed * (1 + executions / 10_000) * noise;
      slower.completeStageExecution(id, stage, { itemsProcessed });
    }
    slower.completePipelineExecution(id);
  };
  for (let run = 0; run < 10_000; run += 1) runOne();
  return { slower, runOne };
}

function printLeast(what, least) {
  const sum = least.reduce((a, b) => a + b);
  row(
    `data of ${what}: all / longest part`,
    `${ms(sum)} / ${ms(Math.max(...least))}`,
  );
}

/** Sizes, and the work of making a page. Data is that of six stages and 10,000 executions. */
function made(metrics) {
  const kB = (text) => `${Math.round(Buffer.byteLength(text) / 1000)} kB`;
  const core = metrics[CORE];
  row('page without data', kB(livePage('')));
  row(
    'report file of 6 stages and 10,000 executions',
    kB(metrics.generateReport({ format: 'html' })),
  );
  printLeast('a live page, nothing new', parts(core, EVERYTHING));
  printLeast('a report file', parts(core, { ...EVERYTHING, isFile: true }));
  for (const [what, itemsOf] of [
    ['all slow down', () => 3],
    ['and items vary', (random) => 1 + Math.floor(100 * random())],
  ]) {
    const { slower, runOne } = slowing(itemsOf);
    const run = () => Array.from({ length: 300 }, runOne);
    const least = parts(slower[CORE], EVERYTHING, run, 10);
    printLeast(`one 300 runs on, ${what}`, least);
    slower.dispose();
  }
  const many = collector();
  for (let run = 0; run < 100; run += 1)
    measurePipeline(many, null, () => {
      for (let stage = 0; stage < 200; stage += 1)
        measureStage(many, `stage-${stage}`, null, () => {});
    });
  const times = Array.from({ length: 20 }, () => {
    const from = performance.now();
    many.generateReport();
    return performance.now() - from;
  });
  row('text report of 200 stages, again: least of 20', ms(Math.min(...times)));
  many.dispose();
}

const PARTS = ['made', 'apart', 'busy', 'own', 'cost', 'scraped'];

/** A page that is watched, until `use` is done. */
async function withPage(url, metrics, use) {
  const browser = await launch();
  const page = await browser.newPage({
    viewport: { width: 1440, height: 1000 },
  });
  page.on('pageerror', (error) => row('error of the page', error.message));
  const timeline = await Timeline.of(page, metrics);
  await page.goto(url);
  await page.locator('.sentence').waitFor();
  await sleep(500);
  await use(page, timeline);
  await browser.close();
}

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      rate: { type: 'string', default: '1000' },
      pairs: { type: 'string', default: '6' },
      only: { type: 'string', default: PARTS.join() },
    },
  });
  const isAsked = (part) => values.only.split(',').includes(part);
  const metrics = collector();
  metrics.setStageThreshold('rare', { maxDuration: 0.001 });
  metrics.count = 0;
  for (; metrics.count < 10_000; metrics.count += 1) execute(metrics);
  if (isAsked('made')) made(metrics);
  const served = await serveMetrics(metrics);
  if (isAsked('apart') || isAsked('busy'))
    await withPage(served.url, metrics, async (page, timeline) => {
      await firstPaint(page);
      if (isAsked('apart')) await apart(timeline, metrics, 100);
      if (isAsked('busy'))
        for (const hasAlerts of [false, true])
          await busy(page, timeline, metrics, {
            rate: Number(values.rate),
            minutes: Number(values.minutes) / 2,
            hasAlerts,
          });
    });
  const pairs = Number(values.pairs);
  if (isAsked('own')) await printOwnCost(metrics, served.url, pairs);
  if (isAsked('cost')) await printCost(metrics, served.url, pairs);
  if (isAsked('scraped')) await printCostScraped(metrics, served.url, pairs);
  await served.close();
  metrics.dispose();
}

main();
