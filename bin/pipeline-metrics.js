#!/usr/bin/env node
'use strict';

const { VERSION } = require('../js/boundary/addon-candidates');
const { visibleLine } = require('../js/visible-text');
const { COMPARE_USAGE, compare } = require('../js/commands/compare');
const { REPORT_USAGE, report } = require('../js/commands/report');
const { TOP_USAGE, top } = require('../js/commands/top');
const { TRACE_USAGE, trace } = require('../js/commands/trace');
const { UsageError } = require('../js/commands/usage-error');

/**
 * Each command with its usage; it returns its exit code, or a promise of it.
 *
 * @type {Record<string, { usage: string, run: (args: string[]) => number | Promise<number> }>}
 */
const COMMANDS = {
  compare: { usage: COMPARE_USAGE, run: compare },
  report: { usage: REPORT_USAGE, run: report },
  top: { usage: TOP_USAGE, run: top },
  trace: { usage: TRACE_USAGE, run: trace },
};
const USAGE = Object.values(COMMANDS)
  .map(({ usage }) => usage)
  .join('\n');
/** The usage of all commands, for a missing or unknown one. */
const COMMANDS_USAGE = `Usage: pipeline-metrics ${Object.keys(COMMANDS).join('|')} …
       pipeline-metrics [<command>] --help
       pipeline-metrics --version
`;
const UNUSABLE = 2;

/** @param {string[]} given */
async function main(given) {
  const [name, ...rest] = given;
  if (given.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(COMMANDS[name]?.usage ?? USAGE);
    return 0;
  }
  if (name === '--version') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (name === undefined) throw new UsageError('A command is needed');
  if (!Object.hasOwn(COMMANDS, name))
    throw new UsageError(
      name.startsWith('-')
        ? `Unknown option ${name}`
        : `There is no command ${name}`,
    );
  return COMMANDS[name].run(rest);
}

/** Whether output was lost: then no exit code can be an answer. */
let isLost = false;

process.stdout.on('error', (error) => {
  // A reader such as `head` may close the pipe early, which is no failure.
  if (error.code === 'EPIPE') return;
  isLost = true;
  process.exitCode = UNUSABLE;
  process.stderr.write(
    `pipeline-metrics: the output cannot be written: ${visibleLine(error.message)}\n`,
  );
});
// If this cannot be written either, only the exit code remains.
process.stderr.on('error', () => {});

const args = process.argv.slice(2);
main(args).then(
  (code) => {
    process.exitCode = isLost ? UNUSABLE : code;
  },
  (error) => {
    process.stderr.write(`pipeline-metrics: ${visibleLine(error.message)}\n`);
    const usage = COMMANDS[args[0]]?.usage ?? COMMANDS_USAGE;
    if (error instanceof UsageError) process.stderr.write(`\n${usage}`);
    process.exitCode = UNUSABLE;
  },
);
