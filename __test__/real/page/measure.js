'use strict';

// What the page costs, and how soon an event is seen. Prints a table and asserts nothing: the figures
// are this machine's.
//
//   node __test__/real/page/measure.js [--minutes 10] [--rate 1000]

const { spawn } = require('node:child_process');
const { performance, monitorEventLoopDelay } = require('node:perf_hooks');
const { parseArgs } = require('node:util');
const { setTimeout: sleep } = require('node:timers/promises');
const {
  PipelinePerformanceMetrics,
  measurePipeline,
  measureStage,
  serveMetrics,
} = require('../../..');
const { EVERYTHING, pageWriter } = require('../../../js/queries/page');
const { CORE } = require('../../../js/recording/direct-recorder');
const { livePage } = require('../../../js/report/html-page');
const { launch } = require('./browser');

const NAMES = ['load', 'resolve', 'check', 'score', 'format', 'store'];
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const now = () => performance.timeOrigin + performance.now();

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

/** Notes in the page when each count of executions was painted. */
function watchCounts() {
  // Numbers in a row: what is noted must not count as the page's own memory.
  window.seen = new Float64Array(400_000);
  window.seenCount = 0;
  window.noted = 0;
  const look = () => {
    const text = document.querySelector('header .count')?.textContent;
    const count = Number(text?.replace(/\D/g, ''));
    if (count > window.noted) {
      window.noted = count;
      // After the frame in which it is drawn.
      requestAnimationFrame(() =>
        setTimeout(() => {
          const at = performance.timeOrigin + performance.now();
          window.seen.set([count, at], 2 * window.seenCount);
          window.seenCount += 1;
        }),
      );
    }
  };
  new MutationObserver(look).observe(document.getElementById('root'), {
    subtree: true,
    childList: true,
    characterData: true,
  });
}

/** From the completion of each execution to the first frame with a count that has it. */
async function delays(page, completed) {
  await sleep(1500);
  const flat = await page.evaluate(() =>
    Array.from(window.seen.subarray(0, 2 * window.seenCount)),
  );
  const seen = Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[2 * i],
    flat[2 * i + 1],
  ]);
  return completed.flatMap(([count, at]) => {
    const first = seen.find(([shown]) => shown >= count);
    return first === undefined ? [] : [first[1] - at];
  });
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
async function apart(page, metrics, count) {
  await page.evaluate(watchCounts);
  const completed = [];
  for (let i = 0; i < count; i += 1) {
    await sleep(150 + Math.random() * 150);
    execute(metrics);
    completed.push([(metrics.count += 1), now()]);
  }
  const found = await delays(page, completed);
  row(
    `event to the pixel, ${count} events apart: p50 / p99 / longest`,
    [0.5, 0.99, 1].map((share) => ms(quantile(found, share))).join(' / '),
  );
}

/** Many a second, as evenly as timers allow. */
async function busy(page, metrics, { rate, minutes }) {
  await page.evaluate(watchCounts);
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  };
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const completed = [];
  const heaps = [];
  const until = performance.now() + minutes * 60_000;
  let sampleAt = performance.now() + 5000;
  const begun = performance.now();
  let done = 0;
  loop.enable();
  while (performance.now() < until) {
    while (done < ((performance.now() - begun) / 1000) * rate) {
      execute(metrics);
      metrics.count += 1;
      done += 1;
      if (done % 97 === 0) completed.push([metrics.count, now()]);
    }
    if (performance.now() > sampleAt) {
      heaps.push(await heap());
      sampleAt += minutes * 6000;
    }
    await sleep(1);
  }
  loop.disable();
  const found = await delays(page, completed);
  row(
    `executions in ${minutes} min`,
    `${done} (${Math.round(done / minutes / 60)} a second)`,
  );
  row(
    'event to the pixel amid them: p50 / p99 / longest',
    [0.5, 0.99, 1].map((share) => ms(quantile(found, share))).join(' / '),
  );
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

/** CPU time of an execution in a busy process, with a listener and without, by turns. */
async function cost(metrics, open) {
  const during = async () => {
    const before = process.cpuUsage();
    for (let done = 0; done < 40_000; done += 50) {
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
  for (let pair = 0; pair < 6; pair += 1) {
    const without = await during();
    const close = await open();
    const having = await during();
    await close();
    shares.push(having / without - 1);
  }
  return [0.25, 0.5, 0.75].map((share) => quantile(shares, share));
}

/** Another process that listens, until it is ended. */
async function listener(url) {
  const program = `fetch(${JSON.stringify(`${url}events`)}).then(async ({ body }) => {
    const reader = body.getReader();
    await reader.read();
    process.stdout.write('reads');
    while (!(await reader.read()).done);
  });`;
  const child = spawn(process.execPath, ['-e', program]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return async () => {
    child.kill();
    await new Promise((resolve) => child.once('exit', resolve));
  };
}

/** The least time of each part over some pages: what others take of the machine is left out. */
function parts(core, asked, repeats = 30) {
  const least = [];
  for (let nth = 0; nth < repeats; nth += 1) {
    const step = pageWriter(core, asked);
    for (let part = 0, text = null; text === null; part += 1) {
      const from = performance.now();
      text = step();
      least[part] = Math.min(least[part] ?? Infinity, performance.now() - from);
    }
  }
  return least;
}

/** Sizes, and the work of making a page. */
function made(metrics) {
  const kB = (text) => `${Math.round(Buffer.byteLength(text) / 1000)} kB`;
  const core = metrics[CORE];
  row('page without data', kB(livePage('')));
  row(
    'report file of 6 stages and 10,000 executions',
    kB(metrics.generateReport({ format: 'html' })),
  );
  for (const [what, isFile] of [
    ['live page', false],
    ['report file', true],
  ]) {
    const least = parts(core, { ...EVERYTHING, isFile });
    const sum = least.reduce((a, b) => a + b);
    row(
      `data of the ${what}, 6 x 10,000: all / longest part`,
      `${ms(sum)} / ${ms(Math.max(...least))}`,
    );
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

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      rate: { type: 'string', default: '1000' },
    },
  });
  const metrics = collector();
  metrics.count = 0;
  for (; metrics.count < 10_000; metrics.count += 1) execute(metrics);
  made(metrics);
  const served = await serveMetrics(metrics);
  const browser = await launch();
  const page = await browser.newPage({
    viewport: { width: 1440, height: 1000 },
  });
  await page.goto(served.url);
  await page.locator('.sentence').waitFor();
  await sleep(500);
  await firstPaint(page);
  await apart(page, metrics, 200);
  await busy(page, metrics, {
    rate: Number(values.rate),
    minutes: Number(values.minutes),
  });
  await page.close();
  await browser.close();
  const shares = await cost(metrics, () => listener(served.url));
  row(
    'CPU time of a busy pipeline with a listener: quartiles',
    shares.map((share) => `${(share * 100).toFixed(2)} %`).join(' / '),
  );
  await served.close();
  metrics.dispose();
}

main();
