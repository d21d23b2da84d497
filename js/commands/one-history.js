'use strict';

// Shared by the commands that make a file of one history.

const fs = require('node:fs');
const path = require('node:path');
const { invalidArg } = require('../errors');
const { readHistories } = require('../queries/history-files');
const { argumentsFrom } = require('./arguments');
const { UsageError } = require('./usage-error');

/**
 * Parses arguments, adding the options shared by these commands.
 * @param {string[]} args
 * @param {NonNullable<import('node:util').ParseArgsConfig['options']>} [more]
 * @returns {{ positionals: string[], values: { output?: string, last?: string } }}
 */
function parsed(args, more) {
  const { positionals, values } = argumentsFrom(args, {
    output: { type: 'string', short: 'o' },
    ...more,
  });
  return { positionals, values: /** @type {any} */ (values) };
}

/**
 * The history at the only path.
 * @param {string[]} paths
 * @param {string | undefined} output
 */
function theHistory(paths, output) {
  if (paths.length !== 1)
    throw new UsageError(
      'One history is needed, and -o with the file to write',
    );
  if (output === undefined) throw new UsageError('-o <file> is needed');
  const histories = readHistories(paths);
  if (histories.length !== 1)
    throw new UsageError(
      `${paths[0]} has ${histories.length} histories: name one of them`,
    );
  return histories[0];
}

/**
 * @param {string | undefined} output - `-` is standard output
 * @param {string} text
 */
function write(output, text) {
  if (output === undefined || output === '-') {
    process.stdout.write(text);
    return;
  }
  try {
    fs.writeFileSync(output, text);
  } catch (error) {
    throw invalidArg(
      `${path.resolve(output)} cannot be written: ${error.code === 'ENOENT' ? 'its folder does not exist' : error.message}`,
    );
  }
}

module.exports = { parsed, theHistory, write };
