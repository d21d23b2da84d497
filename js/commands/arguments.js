'use strict';

const { parseArgs } = require('node:util');
const { UsageError } = require('./usage-error');

/** The hint about `--` that Node.js appends; `--` means something else here. */
const ADVICE = /\. To specify|\n/;

/**
 * The arguments of a command, each option as `--name value` or `--name=value`.
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} Options
 * @param {string[]} args
 * @param {Options} options
 */
function argumentsFrom(args, options) {
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error.message.split(ADVICE, 1)[0]);
  }
}

module.exports = { argumentsFrom };
