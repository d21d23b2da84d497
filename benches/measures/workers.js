'use strict';

const { setImmediate: nextTurn } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const { FRESH, settledMemory } = require('./memory');

/** Started first, so that memory the process retains for one is not counted. */
const SETTLING = 20;
/** Workers at once. */
const AT_ONCE = 4;
/** Pipelines of each: more than wait in one batch, so that some were replayed and some wait. */
const PIPELINES = 100;

const INDEX = require.resolve('../..');

/** A worker whose last pipelines wait; it reports that, and ends when it has nothing else to do. */
const BODY = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { PipelinePerformanceMetrics, measurePipeline, measureStage } = require(${JSON.stringify(INDEX)});
  const quiet = () => {};
  const metrics = new PipelinePerformanceMetrics({
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    eventBus: { dispatch: quiet },
  });
  for (let at = 0; at < workerData; at += 1)
    measurePipeline(metrics, null, () => measureStage(metrics, 'stage', null, () => at));
  parentPort.postMessage('worked');
`;

/** Starts and ends one; returns whether it ended as it should. */
function comeAndGo(isTerminated) {
  return new Promise((resolve) => {
    const worker = new Worker(BODY, { eval: true, workerData: PIPELINES });
    let hasWorked = false;
    let hasFailed = false;
    worker.once('message', () => {
      hasWorked = true;
      if (isTerminated) worker.terminate();
    });
    worker.once('error', () => (hasFailed = true));
    worker.once('exit', (code) =>
      resolve(hasWorked && !hasFailed && (isTerminated || code === 0)),
    );
  });
}

/** Number of `count` that did not end as they should; every other one is terminated with work waiting. */
async function failuresOf(count) {
  let failures = 0;
  let left = count;
  const oneAfterTheOther = async () => {
    while (left > 0) {
      left -= 1;
      if (!(await comeAndGo(left % 2 === 0))) failures += 1;
      await nextTurn();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, oneAfterTheOther));
  return failures;
}

/** Resident bytes that `count` workers add once they are gone, and how many failed. */
async function startAll({ count }) {
  await failuresOf(SETTLING);
  const before = await settledMemory();
  const failures = await failuresOf(count);
  const after = await settledMemory();
  return { failures, rss: after.rss - before.rss };
}

async function run({ effort, runTask, progress }) {
  const count = effort.workers;
  progress(`${count} workers that come and go`);
  const { failures, rss } = await runTask('workers/startAll', { count }, FRESH);
  return {
    'workers/failures': { value: failures, unit: '' },
    'workers/rss': { value: rss / 2 ** 20, unit: 'MiB' },
  };
}

module.exports = { run, tasks: { startAll } };
