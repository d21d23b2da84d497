'use strict';

const { setOwn } = require('../boundary/decoders');

/**
 * @typedef {import('../../types/summary').PerformanceSummary} PerformanceSummary
 * @typedef {import('../../types/findings').ActiveRecommendation} ActiveRecommendation
 */

/**
 * What `make` makes, made again only after records, alerts or baselines changed. What is
 * cached is not handed out: callers get what `copy` makes of it.
 *
 * @template T
 * @param {{ native: { version(): number } }} core
 * @param {() => T} make
 * @param {(value: T) => T} copy
 */
function cached(core, make, copy) {
  let version = NaN;
  /** @type {T} */
  let value;
  return () => {
    const now = core.native.version();
    if (now !== version) {
      value = make();
      version = now;
    }
    return copy(value);
  };
}

/** @template {object | null | undefined} T @param {T} value @returns {T} */
const copyFlat = (value) => (value ? { ...value } : value);

/** @param {PerformanceSummary['stages']} stages @returns {PerformanceSummary['stages']} */
function copyStages(stages) {
  /** @type {PerformanceSummary['stages']} */
  const copy = {};
  for (const name of Object.keys(stages)) {
    const row = { ...stages[name] };
    row.baseline = copyFlat(row.baseline);
    setOwn(copy, name, row);
  }
  return copy;
}

/** @param {ActiveRecommendation['evidence']['cause']} cause */
const copyCause = (cause) => cause && { ...cause, slow: { ...cause.slow } };

/** @param {ActiveRecommendation['evidence']['scaling']} scaling */
const copyScaling = (scaling) =>
  scaling && {
    ...scaling,
    largest: { ...scaling.largest },
    twice: { ...scaling.twice },
  };

/** @param {ActiveRecommendation} advice @returns {ActiveRecommendation} */
function copyAdvice(advice) {
  const { evidence } = advice;
  return {
    ...advice,
    gain: copyFlat(advice.gain),
    evidence: {
      ...evidence,
      change: copyFlat(evidence.change),
      cause: copyCause(evidence.cause),
      scaling: copyScaling(evidence.scaling),
    },
  };
}

module.exports = { copyAdvice, copyStages, cached };
