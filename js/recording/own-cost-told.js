'use strict';

// What is told of the cost of measuring: the native side's figures in words and fields.

const { layout } = require('../boundary/native');

const O = layout.overhead;
const C = layout.change;

/** What is captured beyond times and counts, from all that can be to none of it. */
const DETAILS = ['cpu', 'exact', 'shared', 'off'];
const SAID = {
  cpu: 'CPU time, I/O and heap',
  exact: 'the heap, without CPU time and I/O',
  shared: 'the heap, once for boundaries close to each other',
  off: 'neither heap nor CPU time and I/O',
};

const recorded = (oneIn) =>
  oneIn === 1
    ? 'every execution is recorded'
    : `one execution in ${oneIn} is recorded`;

const percent = (ratio) => `${Number((ratio * 100).toPrecision(3))} %`;

/**
 * A step that the native side decided on.
 *
 * @param {Float64Array} change
 * @param {string} timestamp
 * @returns {{ isOfDetail: boolean, isUp: boolean, told: object, message: string }} `isOfDetail`:
 *   of what is captured, else of which executions are recorded; `isUp`: to more of it
 */
function stepFrom(change, timestamp) {
  const isOfDetail = change[C.FROM] !== change[C.TO];
  const [was, is] = isOfDetail ? [C.FROM, C.TO] : [C.THINNING_WAS, C.THINNING];
  const isUp = change[is] < change[was];
  const named = (step) => (isOfDetail ? DETAILS[step] : 2 ** step);
  const told = {
    from: named(change[was]),
    to: named(change[is]),
    ratio: change[C.RATIO],
    budget: change[C.BUDGET],
    nanosecondsPerStage: change[C.STAGE_NS],
    timestamp,
  };
  const [ratio, budget] = [percent(told.ratio), percent(told.budget)];
  const from = isUp
    ? `Measuring would take ${ratio} of the time observed, clearly below its budget of ${budget}`
    : `Measuring takes ${ratio} of the time observed, above its budget of ${budget}`;
  const to = isOfDetail ? `it captures ${SAID[told.to]}` : recorded(told.to);
  return { isOfDetail, isUp, told, message: `${from}; from now on ${to}` };
}

const copyOf = (told) => (told === null ? null : { ...told });

/**
 * The cost, as `getPerformanceSummary()` has it.
 *
 * @param {Float64Array} n
 * @param {{ overheadBudget: number, sampling: string }} config
 * @param {object[]} unrecorded - how many executions were left out
 * @param {{ detail: object | null, thinning: object | null }} last - the last step of either kind
 */
function overheadFrom(n, config, unrecorded, last) {
  return {
    nanosecondsPerStage: n[O.STAGE_NS],
    interval:
      n[O.HIGH_NS] > 0 ? { low: n[O.LOW_NS], high: n[O.HIGH_NS] } : null,
    meanNanosecondsPerStage: n[O.MEAN_STAGE_NS],
    ratio: n[O.RATIO],
    samples: n[O.SAMPLES],
    sampledExecutions: n[O.SAMPLED],
    budget: config.overheadBudget,
    detail: DETAILS[n[O.CAPTURED]],
    requested: DETAILS[n[O.ASKED]],
    lastChange: copyOf(last.detail),
    sampling: {
      mode: config.sampling,
      oneIn: 2 ** n[O.THINNING],
      unrecorded,
      lastChange: copyOf(last.thinning),
    },
  };
}

module.exports = { overheadFrom, stepFrom };
