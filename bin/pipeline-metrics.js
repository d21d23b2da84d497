#!/usr/bin/env node
'use strict';

const { readFileSync } = require('node:fs');
const { visibleJson, visibleLine } = require('../js/boundary/visible-text');
const { compareSaved, renderComparison } = require('../js/queries/comparison');

const USAGE = `Usage: pipeline-metrics compare <base.json> <head.json> [options]

Compares two histories written by exportHistory().

  --significance <p>    chance of any false verdict, above 0 and below 1 (0.01)
  --least-change <x>    relative change below which a difference is none (0.02)
  --json                print the comparison as JSON
  --help                print this

Exit codes: 0 no stage is slower, 1 a stage is slower, 2 wrong usage or unreadable history
`;

const NO_SLOWER = 0;
const SLOWER = 1;
const UNUSABLE = 2;

class UsageError extends Error {}

function numberOf(option, text) {
  const value = Number(text);
  if (text === undefined || text.trim() === '' || !Number.isFinite(value)) {
    throw new UsageError(`${option} needs a number`);
  }
  return value;
}

/** Arguments to `{ help, json, files, options }`. */
function parse(args) {
  const parsed = { help: false, json: false, files: [], options: {} };
  const rest = [...args];
  while (rest.length > 0) {
    const arg = rest.shift();
    if (arg === '--help' || arg === '-h') parsed.help = true;
    else if (arg === '--json') parsed.json = true;
    else if (arg === '--significance')
      parsed.options.significance = numberOf(arg, rest.shift());
    else if (arg === '--least-change')
      parsed.options.leastChange = numberOf(arg, rest.shift());
    else if (arg.startsWith('-')) throw new UsageError(`Unknown option ${arg}`);
    else parsed.files.push(arg);
  }
  return parsed;
}

function main(args) {
  const { help, json, files, options } = parse(args);
  if (help) {
    process.stdout.write(USAGE);
    return NO_SLOWER;
  }
  const [command, base, head, ...more] = files;
  if (command !== 'compare' || head === undefined || more.length > 0) {
    throw new UsageError('Two histories to compare are needed');
  }
  const [before, after] = [base, head].map((file) =>
    readFileSync(file, 'utf8'),
  );
  const compared = compareSaved(before, after, options);
  process.stdout.write(
    json
      ? `${visibleJson(JSON.stringify(compared, null, 2))}\n`
      : renderComparison(compared),
  );
  return compared.verdict === 'slower' ? SLOWER : NO_SLOWER;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`pipeline-metrics: ${visibleLine(error.message)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = UNUSABLE;
}
