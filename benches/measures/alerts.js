'use strict';

const { performance } = require('node:perf_hooks');
const {
  setImmediate: nextTurn,
  setTimeout: sleep,
} = require('node:timers/promises');
const { createCollector } = require('../candidates/package');
const { STAGES } = require('../driver');
const { quantile } = require('../statistics');
const { Work } = require('../work');

const OPEN_EXECUTIONS = 100;
/** Entities for the work that runs before each stage and again inside of it. */
const LOAD = [500, 100, 50, 500];

/** A collector whose first stage always raises an alert, and the listener that waits for it. */
class Alarm {
  #arrived = NaN;

  constructor() {
    const eventBus = {
      dispatch: ({ type }) => {
        if (type === 'PIPELINE_PERFORMANCE_ALERT')
          this.#arrived = performance.now();
      },
    };
    this.metrics = createCollector({ eventBus });
    this.metrics.setStageThreshold(STAGES[0], { maxDuration: 0 });
  }

  /** Milliseconds from the call that completes a stage to the alert in the listener. */
  time(executionId, body) {
    const { metrics } = this;
    metrics.startPipelineExecution(executionId, {});
    metrics.startStageExecution(executionId, STAGES[0], {});
    body();
    this.#arrived = NaN;
    const completed = performance.now();
    metrics.completeStageExecution(executionId, STAGES[0], { success: true });
    const waited = this.#arrived - completed;
    metrics.completePipelineExecution(executionId, {});
    return waited;
  }
}

/** Alerts of a process that has nothing else to do. */
async function timeIdle({ alerts }) {
  const alarm = new Alarm();
  const waits = [];
  for (let i = 0; i < alerts; i += 1) {
    await sleep(1);
    waits.push(alarm.time(`idle-${i}`, () => {}));
  }
  return summarize(waits);
}

/** Alerts amid other executions and work that blocks the loop and fills the caches. */
async function timeLoaded({ alerts }) {
  const alarm = new Alarm();
  const bodies = new Work().bodies(LOAD);
  const work = () => bodies.forEach((body) => body());
  for (let i = 0; i < OPEN_EXECUTIONS; i += 1)
    alarm.metrics.startPipelineExecution(`open-${i}`, {});
  const waits = [];
  for (let i = 0; i < alerts; i += 1) {
    work();
    waits.push(alarm.time(`loaded-${i}`, work));
    if (i % 10 === 0) await nextTurn();
  }
  return summarize(waits);
}

function summarize(waits) {
  if (waits.some(Number.isNaN))
    throw new Error('a stage completed without its alert');
  return {
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    max: quantile(waits, 1),
  };
}

const TASKS = { idle: 'alerts/timeIdle', load: 'alerts/timeLoaded' };

async function run({ effort, runTask, progress }) {
  const figures = {};
  for (const [state, task] of Object.entries(TASKS)) {
    progress(`alerts: ${state}`);
    const waits = await runTask(task, { alerts: effort.alerts });
    for (const [key, value] of Object.entries(waits)) {
      figures[`alert/${state}/${key}`] = { value: value * 1000, unit: 'µs' };
    }
  }
  const both = Object.keys(TASKS).map(
    (state) => figures[`alert/${state}/p99`].value,
  );
  figures['alert/p99'] = { value: Math.max(...both) / 1000, unit: 'ms' };
  return figures;
}

module.exports = { run, tasks: { timeIdle, timeLoaded } };
