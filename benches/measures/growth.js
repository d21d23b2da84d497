'use strict';

const { performance } = require('node:perf_hooks');
const { createCollector, reportTo } = require('../candidates/package');
const { EMPTY_BODIES, STAGES, runMeasured } = require('../driver');
const { median, randomFrom, shuffled } = require('../statistics');

const BLOCK = 250;
/** Pipelines before each timed block, so that a block finds its own collector's data near. */
const APPROACH = 50;
const PLENTY = 10_000_000;
/** Rounds that do not count: only with several collectors does the compiler see what they vary in. */
const FIRST_ROUNDS = 12;

let next = 0;

/** Runs pipelines with ids never used before. */
function runFresh(reporter, count) {
  runMeasured(reporter, EMPTY_BODIES, next, count);
  next += count;
}

/** µs a pipeline over `count` of them. */
function timeRun(reporter, count) {
  const start = performance.now();
  runFresh(reporter, count);
  return ((performance.now() - start) * 1000) / count;
}

const timeBlock = (reporter) => {
  runFresh(reporter, APPROACH);
  return timeRun(reporter, BLOCK);
};

/** With few recorded, a block is many collectors of so many each. */
function timeYoung(recorded) {
  const times = [];
  for (let done = 0; done < BLOCK; done += recorded) {
    const metrics = createCollector({ config: { maxHistorySize: PLENTY } });
    const reporter = reportTo(metrics);
    runFresh(reporter, recorded);
    times.push(timeRun(reporter, recorded));
    metrics.dispose();
  }
  return median(times);
}

function grown(recorded) {
  const reporter = reportTo(
    createCollector({ config: { maxHistorySize: PLENTY } }),
  );
  runFresh(reporter, recorded);
  return () => timeBlock(reporter);
}

/** Each axis makes, for one of its levels, the function that times a block there. */
const AXES = {
  history: (recorded) =>
    recorded < BLOCK ? () => timeYoung(recorded) : grown(recorded),
  active(count) {
    const metrics = createCollector();
    for (let other = 1; other < count; other += 1) {
      metrics.startPipelineExecution(`open-${other}`, {});
      metrics.startStageExecution(`open-${other}`, STAGES[0], {});
    }
    const reporter = reportTo(metrics);
    return () => timeBlock(reporter);
  },
  names(count) {
    const all = Array.from({ length: count }, (_, i) => `stage_${i}`);
    const current = all.slice(0, STAGES.length);
    const reporter = reportTo(createCollector(), current);
    return () => timeTurns(reporter, all, current);
  },
};

/** A block in which every pipeline has other stage names than the one before. */
function timeTurns(reporter, all, current) {
  let from = 0;
  const runTurns = (count) => {
    for (let i = 0; i < count; i += 1) {
      for (let stage = 0; stage < current.length; stage += 1) {
        current[stage] = all[(from + stage) % all.length];
      }
      from += current.length;
      runFresh(reporter, 1);
    }
  };
  runTurns(APPROACH);
  const start = performance.now();
  runTurns(BLOCK);
  return ((performance.now() - start) * 1000) / BLOCK;
}

/**
 * Cost at every level of one axis: all levels run a block in every round, in random order,
 * and count by their ratio to the round's median, so that the machine's moods cancel.
 *
 * @returns {{ costs: number[], relative: number[] }} by level: µs a pipeline, and the ratio
 */
function compareLevels({ axis, levels, rounds, warmUp }) {
  const random = randomFrom(11);
  runFresh(reportTo(createCollector()), warmUp);
  const timers = levels.map((level) => AXES[axis](level));
  const middles = [];
  const ratios = levels.map(() => []);
  const order = levels.map((_, index) => index);
  for (let round = -FIRST_ROUNDS; round < rounds; round += 1) {
    const times = [];
    for (const index of shuffled(order, random)) times[index] = timers[index]();
    if (round < 0) continue;
    middles.push(median(times));
    for (const index of order)
      ratios[index].push(times[index] / middles.at(-1));
  }
  const relative = ratios.map(median);
  return { costs: relative.map((ratio) => ratio * median(middles)), relative };
}

async function run({ effort, runTask, progress }) {
  const figures = {};
  for (const [axis, levels] of Object.entries(effort.growth)) {
    progress(`growth with ${axis}`);
    const { warmUp, growthRounds: rounds } = effort;
    const { costs, relative } = await runTask('growth/compareLevels', {
      axis,
      levels,
      rounds,
      warmUp,
    });
    levels.forEach((level, i) => {
      figures[`growth/${axis}/${level}`] = { value: costs[i], unit: 'µs' };
    });
    const range = Math.max(...relative) / Math.min(...relative) - 1;
    figures[`growth/${axis}`] = { value: range * 100, unit: '%' };
  }
  return figures;
}

module.exports = { run, tasks: { compareLevels } };
