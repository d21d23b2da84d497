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

module.exports = { checkNames };
