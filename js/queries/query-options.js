'use strict';

const { AT_LEAST_ZERO, number } = require('../config/option-checks');
const { checkNames } = require('../config/option-names');
const { invalidArg } = require('../errors');

/** @import { Range } from '../config/option-checks' */

/**
 * Checks the options of a method; an unknown one is an error.
 * @template {object} Options
 * @param {Options | null | undefined} options
 * @param {string[]} names
 * @returns {Partial<Options>}
 */
function optionsOf(options, names) {
  if (options === undefined || options === null) return {};
  if (typeof options !== 'object')
    throw invalidArg('options must be an object', options);
  checkNames('options', options, names, { isArgument: true });
  return options;
}

/** Within 0 and 1, without both. */
const PART = number(
  'a number above 0 and below 1',
  (value) => value > 0 && value < 1,
);

/**
 * @param {string} name
 * @param {unknown} value
 * @param {Range} range
 * @returns {number | undefined} undefined where it is not given
 */
function inRange(name, value, { allowed, accepts }) {
  if (value === undefined || value === null) return undefined;
  if (accepts(value)) return /** @type {number} */ (value);
  throw invalidArg(`${name} must be ${allowed}`, value);
}

/** @param {import('../../types/insight').ComparisonOptions | undefined} options */
function criteriaOf(options) {
  const given = optionsOf(options, [
    'significance',
    'leastChange',
    'threshold',
  ]);
  return {
    significance: inRange('significance', given.significance, PART),
    leastChange: inRange('leastChange', given.leastChange, AT_LEAST_ZERO),
    threshold: inRange('threshold', given.threshold, AT_LEAST_ZERO),
  };
}

module.exports = { PART, criteriaOf, inRange, optionsOf };
