'use strict';

// pipeline-metrics compare: histories of two sides.

const { visibleJson } = require('../visible-text');
const { readHistories } = require('../queries/history-files');
const { argumentsFrom } = require('./arguments');
const { UsageError } = require('./usage-error');

/**
 * @import { Comparison, ComparisonOptions } from '../../types/insight'
 * @import { ParseArgsConfig } from 'node:util'
 * @typedef {object} Parsed
 * @property {keyof typeof RENDERERS} format
 * @property {boolean} allowMissing
 * @property {string[][]} sides - paths, one list per side
 * @property {ComparisonOptions} options
 * @typedef {(compared: Comparison, comparison: typeof import('../queries/comparison')) => string} Renderer
 */

const COMPARE_USAGE = `Usage: pipeline-metrics compare <base>… -- <head>… [options]
       pipeline-metrics compare <base> <head> [options]

Compares histories written by exportHistory(), one per process. Each of <base>
and <head> is a file, or a folder of which every .json file is one. Give several
processes per side, five or more if you can, and run the two sides alternately:
only several show how much processes of the same code differ.

  --significance <p>    chance of any false verdict, above 0 and below 1 (0.01)
  --least-change <x>    relative change below which a difference is none (0.02)
  --threshold <x>       with one process per side, the relative change that
                        two processes of the same code may show (0.1)
  --allow-missing       pass although stages are missing or have too few runs
  --json                print the comparison as JSON
  --markdown            print the comparison as Markdown, for a job summary
  --help                print this

Exit codes:
  0  every stage was compared, and none is slower
  1  a stage is slower
  2  wrong usage, or a history that cannot be read
  3  no stage is slower, but some were not compared: they have no runs in
     <head>, or too few runs to judge, or none has runs on both sides; 0 with
     --allow-missing
`;

const NO_SLOWER = 0;
const SLOWER = 1;
const NOT_COMPARED = 3;

/** @type {Record<'text' | 'json' | 'markdown', Renderer>} */
const RENDERERS = {
  text: (compared, { renderComparison }) => renderComparison(compared),
  json: (compared) => `${visibleJson(JSON.stringify(compared, null, 2))}\n`,
  markdown: (compared, { renderMarkdown }) => renderMarkdown(compared),
};

/** @param {string} option @param {string | undefined} text */
function numberOf(option, text) {
  const value = Number(text);
  if (text === undefined || text.trim() === '' || !Number.isFinite(value)) {
    throw new UsageError(`${option} needs a number`);
  }
  return value;
}

/** @satisfies {NonNullable<ParseArgsConfig['options']>} */
const OPTIONS = {
  significance: { type: 'string' },
  'least-change': { type: 'string' },
  threshold: { type: 'string' },
  'allow-missing': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  markdown: { type: 'boolean', default: false },
};

/**
 * Arguments to `{ format, allowMissing, sides, options }`; a side is a list of paths. Options
 * may stand on either side of `--`.
 * @param {string[]} args
 * @returns {Parsed}
 */
function parse(args) {
  /** @type {string[][]} */
  const parts = [[]];
  for (const arg of args) {
    if (arg === '--') parts.push([]);
    else parts.at(-1)?.push(arg);
  }
  const parsed = parts.map((part) => argumentsFrom(part, OPTIONS));
  /** @type {(name: keyof typeof OPTIONS) => boolean} */
  const has = (name) => parsed.some(({ values }) => values[name] === true);
  /** @type {(name: 'significance' | 'least-change' | 'threshold') => number | undefined} */
  const number = (name) => {
    const given = parsed.findLast(({ values }) => values[name] !== undefined);
    return given && numberOf(`--${name}`, given.values[name]);
  };
  return {
    format: has('json') ? 'json' : has('markdown') ? 'markdown' : 'text',
    allowMissing: has('allow-missing'),
    sides: parsed.map(({ positionals }) => positionals),
    options: {
      significance: number('significance'),
      leastChange: number('least-change'),
      threshold: number('threshold'),
    },
  };
}

/**
 * The paths of both sides: without `--` one each.
 * @param {string[][]} sides
 * @returns {[base: string[], head: string[]]}
 */
function sidesOf(sides) {
  const [first, ...others] = sides;
  const [second, ...more] = others;
  if (second === undefined && first.length === 2)
    return [[first[0]], [first[1]]];
  if (second === undefined && first.length > 2)
    throw new UsageError(
      'Several histories per side need -- between the sides',
    );
  if (first.length === 0 || !(second?.length > 0) || more.length > 0)
    throw new UsageError('Histories of two sides to compare are needed');
  return [first, second];
}

/**
 * @param {Comparison} compared
 * @param {boolean} allowMissing
 * @param {Pick<typeof import('../queries/comparison'), 'missingFrom'>} comparison
 */
function exitCodeOf(compared, allowMissing, { missingFrom }) {
  if (compared.verdict === 'slower') return SLOWER;
  if (!allowMissing && missingFrom(compared).length > 0) return NOT_COMPARED;
  return NO_SLOWER;
}

/** @param {string[]} args */
function compare(args) {
  const { format, allowMissing, sides, options } = parse(args);
  const [base, head] = sidesOf(sides).map(readHistories);
  // Required here, so that --help needs no addon and a failure to load is an error like others.
  const comparison = require('../queries/comparison');
  const compared = comparison.compareExported(base, head, options);
  process.stdout.write(RENDERERS[format](compared, comparison));
  return exitCodeOf(compared, allowMissing, comparison);
}

module.exports = { COMPARE_USAGE, compare };
