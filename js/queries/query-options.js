'use strict';

const { checkNames } = require('../config/option-names');
const { invalidArg } = require('../errors');

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

/**
 * @param {string} name
 * @param {unknown} value
 * @param {(value: number) => boolean} accepts
 * @param {string} allowed - in words
 */
function inRange(name, value, accepts, allowed) {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && accepts(value)) return value;
  throw invalidArg(`${name} must be ${allowed}`, value);
}

/** @param {string} name @param {unknown} value @param {number} most */
const wholeNumber = (name, value, most) =>
  inRange(
    name,
    value,
    (v) => Number.isInteger(v) && v >= 1 && v <= most,
    `a whole number from 1 to ${most}`,
  );

/** @param {string} name @param {unknown} value */
const within = (name, value) =>
  inRange(name, value, (v) => v > 0 && v < 1, 'a number above 0 and below 1');

/** @param {string} name @param {unknown} value */
const atLeastZero = (name, value) =>
  inRange(
    name,
    value,
    (v) => v >= 0 && v < Infinity,
    'a finite number of at least 0',
  );

/** @param {import('../../types/insight').ComparisonOptions | undefined} options */
function criteriaOf(options) {
  const given = optionsOf(options, [
    'significance',
    'leastChange',
    'threshold',
  ]);
  return {
    significance: within('significance', given.significance),
    leastChange: atLeastZero('leastChange', given.leastChange),
    threshold: atLeastZero('threshold', given.threshold),
  };
}

module.exports = {
  atLeastZero,
  criteriaOf,
  optionsOf,
  within,
  wholeNumber,
};
