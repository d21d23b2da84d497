'use strict';

// What raises an alert: the thresholds in force until a caller sets others, and those it may set.

const { describe, invalidConfig } = require('../errors');
const { checkNames } = require('./option-names');

/** The name under which whole pipelines have their thresholds and their baseline. */
const PIPELINE_TOTAL = 'pipeline_total';

/**
 * In force until a caller sets others: milliseconds and mebibytes.
 *
 * @type {[string, number, number][]}
 */
const DEFAULT_THRESHOLDS = [
  ['component_filtering', 100, 50],
  ['prerequisite_evaluation', 200, 25],
  ['multi_target_resolution', 500, 100],
  ['action_formatting', 150, 30],
  [PIPELINE_TOTAL, 1000, 200],
];

const THRESHOLDS = /** @type {const} */ (['maxDuration', 'maxMemory']);
/** What an entry of `alertThresholds` shows besides its thresholds; accepted, so that it can be put back. */
const SHOWN = ['timestamp', 'baselineDuration', 'baselineMemory'];
/** @type {string[]} */
const ACCEPTED = [...THRESHOLDS, ...SHOWN];

/**
 * Checks the thresholds a caller sets for a stage; one that is not given is NaN.
 *
 * @param {unknown} stageName
 * @param {unknown} given
 */
function checkThresholds(stageName, given) {
  if (typeof given !== 'object' || given === null) {
    throw invalidConfig(
      `threshold of stage ${describe(stageName)}`,
      given,
      'an object',
    );
  }
  checkNames('threshold', given, ACCEPTED);
  const checked = { maxDuration: NaN, maxMemory: NaN };
  /** @type {{ maxDuration?: unknown, maxMemory?: unknown }} */
  const asked = given;
  for (const name of THRESHOLDS) {
    const value = asked[name];
    if (value === undefined) continue;
    if (!(typeof value === 'number' && value >= 0 && value < Infinity)) {
      throw invalidConfig(
        `threshold.${name}`,
        value,
        'a finite number of at least 0',
      );
    }
    checked[name] = value;
  }
  return checked;
}

module.exports = { DEFAULT_THRESHOLDS, PIPELINE_TOTAL, checkThresholds };
