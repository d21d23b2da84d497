'use strict';

const { invalidArg, invalidConfig } = require('../errors');

/**
 * @param {string} what - they are, as `config`
 * @param {object} given
 * @param {readonly string[]} names - that exist
 * @param {{ isArgument?: boolean }} [how]
 */
function checkNames(what, given, names, { isArgument = false } = {}) {
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const allowed = `limited to ${names.join(', ')}`;
    throw isArgument
      ? invalidArg(`${what} must be ${allowed}`, name)
      : invalidConfig(what, name, allowed);
  }
}

/**
 * Refuses options of a function that has none: they would have no effect. Others than objects pass, as a
 * function given to `map` gets the place, too.
 * @param {string} name - of the function
 * @param {unknown} options
 */
function checkNoOptions(name, options) {
  if (typeof options !== 'object' || options === null) return;
  throw invalidArg(`${name} takes only a collector, no options`);
}

module.exports = { checkNames, checkNoOptions };
