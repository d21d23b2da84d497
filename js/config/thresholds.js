'use strict';

// Thresholds: the defaults, and checks of those that a caller sets.

const { describe, invalidConfig } = require('../errors');
const { AT_LEAST_ZERO } = require('./option-checks');
const { checkNames } = require('./option-names');

/** The name of whole pipelines in thresholds and baselines. */
const PIPELINE_TOTAL = 'pipeline_total';

/** @type {[string, number, number][]} - name, ms, MiB */
const DEFAULT_THRESHOLDS = [
  ['component_filtering', 100, 50],
  ['prerequisite_evaluation', 200, 25],
  ['multi_target_resolution', 500, 100],
  ['action_formatting', 150, 30],
  [PIPELINE_TOTAL, 1000, 200],
];

/**
 * Entries of `alertThresholds` show the last two and a timestamp; accepted, so that an entry can be
 * set again.
 */
const FIGURES = /** @type {const} */ ([
  'maxDuration',
  'maxMemory',
  'baselineDuration',
  'baselineMemory',
]);
/** @type {string[]} */
const ACCEPTED = [...FIGURES, 'timestamp'];

/** @param {unknown} stageName @param {unknown} given */
function checkThresholds(stageName, given) {
  if (typeof given !== 'object' || given === null) {
    throw invalidConfig(
      `threshold of stage ${describe(stageName)}`,
      given,
      'an object',
    );
  }
  checkNames('threshold', given, ACCEPTED);
  const checked = {
    maxDuration: NaN,
    maxMemory: NaN,
    baselineDuration: NaN,
    baselineMemory: NaN,
  };
  /** @type {{ [name in keyof typeof checked]?: unknown }} */
  const asked = given;
  for (const name of FIGURES) {
    const value = asked[name];
    if (value === undefined) continue;
    if (!AT_LEAST_ZERO.accepts(value))
      throw invalidConfig(`threshold.${name}`, value, AT_LEAST_ZERO.allowed);
    checked[name] = /** @type {number} */ (value);
  }
  return checked;
}

module.exports = { DEFAULT_THRESHOLDS, PIPELINE_TOTAL, checkThresholds };
