'use strict';

const { checkNames } = require('./option-names');
const { invalidConfig } = require('../errors');

/**
 * @typedef {{ allowed: string, accepts(value: any): boolean }} Range - what is allowed, in words and as a check
 * @typedef {object} OptionParts
 * @property {unknown} [default] - where there is none, the option is required
 * @property {(value: any) => unknown} [shown] - what an error shows of what was given
 * @typedef {Range & OptionParts} Option
 */

const MAX_TIMER_DELAY = 2 ** 31 - 1;

/** @param {...unknown} values @returns {Range} */
const oneOf = (...values) => ({
  allowed: `one of ${values.join(', ')}`,
  accepts: (value) => values.includes(value),
});

/**
 * @param {string} allowed - in words
 * @param {(value: number) => boolean} accepts
 * @returns {Range}
 */
const number = (allowed, accepts) => ({
  allowed,
  accepts: (value) => typeof value === 'number' && accepts(value),
});

/** @param {number} most */
const wholeUpTo = (most) =>
  number(
    `a whole number from 1 to ${most}`,
    (value) => Number.isInteger(value) && value >= 1 && value <= most,
  );

const AT_LEAST_ZERO = number(
  'a finite number of at least 0',
  (value) => value >= 0 && value < Infinity,
);
const DELAY = number(
  `a number of milliseconds above 0, at most ${MAX_TIMER_DELAY}`,
  (value) => value > 0 && value <= MAX_TIMER_DELAY,
);
const SHARE = number(
  'a number from 0 to 1',
  (value) => value >= 0 && value <= 1,
);

/** @type {Option} */
const SIGNAL = {
  default: undefined,
  allowed: 'an AbortSignal',
  accepts: (value) => typeof value?.addEventListener === 'function',
};

/**
 * Checks options and fills in their defaults; an unknown one is an error.
 * @param {Record<string, any> | undefined} given
 * @param {Record<string, Option>} known
 * @returns {any}
 */
function checkedOptions(given = {}, known) {
  if (typeof given !== 'object' || given === null)
    throw invalidConfig('options', given, 'an object');
  checkNames('options', given, Object.keys(known));
  /** @type {Record<string, unknown>} */
  const options = {};
  for (const [name, option] of Object.entries(known)) {
    const value = given[name];
    const isDefault = value === undefined && 'default' in option;
    if (!isDefault && !option.accepts(value)) {
      const shown = option.shown === undefined ? value : option.shown(value);
      throw invalidConfig(name, shown, option.allowed);
    }
    options[name] = isDefault ? option.default : value;
  }
  return options;
}

module.exports = {
  AT_LEAST_ZERO,
  DELAY,
  MAX_TIMER_DELAY,
  SHARE,
  SIGNAL,
  checkedOptions,
  number,
  oneOf,
  wholeUpTo,
};
