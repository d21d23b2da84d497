'use strict';

// What raises an alert: the thresholds in force until a caller sets others, and those it may set.

const { describe, invalidConfig } = require('../errors');
const { checkNames } = require('./option-names');

/** The name under which whole pipelines have their thresholds and their baseline. */
const PIPELINE_TOTAL = 'pipeline_total';

/** @type {[string, number, number][]} - in force until a caller sets others: ms and MiB */
const DEFAULT_THRESHOLDS = [
  ['component_filtering', 100, 50],
  ['prerequisite_evaluation', 200, 25],
  ['multi_target_resolution', 500, 100],
  ['action_formatting', 150, 30],
  [PIPELINE_TOTAL, 1000, 200],
];

/** The last two, and a timestamp, are what an entry of `alertThresholds` shows: it can be put back. */
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
