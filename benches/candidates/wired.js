'use strict';

const { CORE } = require('../../js/recording/direct-recorder');
const { OwnCost } = require('../../js/recording/own-cost');
const { STAGES } = require('../driver');
const { createCollector } = require('./package');

/** The result of each stage: that of an engine's stage, with twenty items. */
const RESULT = Object.freeze({
  success: true,
  actions: Object.freeze(Array.from({ length: 20 }, (_, id) => id)),
  errors: Object.freeze([]),
  data: Object.freeze({}),
});

/** Executions after which the journal is replayed, before the collector does it itself. */
const REPLAY_EVERY = 60;

/**
 * The package as used by pipelines that need no results: each stage and the pipeline are measured
 * functions. Amid real bodies the replay counts as deferred work: it happens after the pipeline has
 * settled.
 */
function createWired({ memorySampler, ...config } = {}) {
  const { measurePipeline, measureStage } = require('../..');
  const metrics = createCollector({
    ...(memorySampler !== undefined && { memorySampler }),
    config,
  });
  const context = { actionCount: 20 };
  let made = null;
  let stages = [];
  const pipeline = () => {
    for (let stage = 0; stage < 4; stage += 1)
      measureStage(metrics, STAGES[stage], null, stages[stage]);
    return RESULT;
  };
  return {
    metrics,
    /** Runs a pipeline over `bodies`. */
    run(bodies) {
      if (bodies !== made) {
        made = bodies;
        stages = bodies.map((body) => () => {
          body();
          return RESULT;
        });
      }
      measurePipeline(metrics, context, pipeline);
    },
    amid: {
      drain: async () => metrics[CORE].journal.replay(),
      drainEvery: REPLAY_EVERY,
    },
    reportOwnCost: () => metrics.getPerformanceSummary().overhead,
    /** From now on one execution in some ten is timed. */
    sampleOwnCostOften() {
      const core = metrics[CORE];
      core.ownCost = new OwnCost(core.engine, () => Math.random() / 32);
    },
  };
}

const variant = (name, label, captures, config) => ({
  name,
  label,
  captures,
  ours: true,
  isWhole: true,
  create: () => createWired(config),
});

module.exports = [
  variant('wired', 'this package, wired', 'all, heap at times', {}),
  variant('wired-heap', 'wired, heap at five', 'all', {
    memorySampling: 'shared',
  }),
  variant('wired-no-heap', 'wired, no heap', 'all but heap', {
    memorySampling: 'off',
  }),
];
