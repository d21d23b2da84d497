'use strict';

const { parseArgs } = require('node:util');

const USAGE = `usage: npm run demo -- [options]

  --turns N   turns to play                 (default 360, with --quick 48)
  --seed N    the world and the game drawn  (default 7)
  --quick     a short run, of some seconds
  --live      play on and serve a page of it, until Ctrl-C or --turns are over
  --json      the figures as JSON instead of the report
  --help      this text
`;

/** The warm-up is long enough for the compiler to have done its work. */
const LENGTHS = Object.freeze({
  whole: { turns: 360, pairs: 1000, warmup: 300 },
  quick: { turns: 48, pairs: 120, warmup: 60 },
});

/**
 * @param {string[]} argv - the arguments after the script's name
 * @throws {TypeError | RangeError} with a message for the user
 */
function parseOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      turns: { type: 'string' },
      seed: { type: 'string', default: '7' },
      quick: { type: 'boolean', default: false },
      live: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const length = values.quick ? LENGTHS.quick : LENGTHS.whole;
  const turns = values.live ? Infinity : length.turns;
  return {
    turns:
      values.turns === undefined ? turns : integer('--turns', values.turns, 1),
    seed: integer('--seed', values.seed, 0),
    pairs: length.pairs,
    warmup: length.warmup,
    live: values.live,
    json: values.json,
    help: values.help,
  };
}

function integer(name, text, least) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new RangeError(
      `${name} must be an integer from ${least}, got ${text}`,
    );
  }
  return value;
}

module.exports = { USAGE, parseOptions };
