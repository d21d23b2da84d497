'use strict';

const { setOwn } = require('../boundary/decoders');

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

/** A flat object, null or undefined. */
const copyFlat = (value) => value && { ...value };

/** The stages of a summary. */
function copyStages(stages) {
  const copy = {};
  for (const name of Object.keys(stages)) {
    const row = { ...stages[name] };
    row.baseline = copyFlat(row.baseline);
    setOwn(copy, name, row);
  }
  return copy;
}

const copyCause = (cause) => cause && { ...cause, slow: { ...cause.slow } };

const copyScaling = (scaling) =>
  scaling && {
    ...scaling,
    largest: { ...scaling.largest },
    twice: { ...scaling.twice },
  };

/** A recommendation. */
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
