'use strict';

const { parseArgs } = require('node:util');
const { checkoutAt } = require('./against');
const { candidateNamed, candidates } = require('./candidates');

const USAGE = `usage: npm run bench -- [options]

  --candidate NAME  only this candidate against the bare loop; may be repeated
  --measure NAME    only this measure, of those under benches/measures; may be repeated
  --quick           everything in some three minutes, coarsely
  --long            everything for publication, longer;
                    without either, some twenty minutes
  --against DIR     compare with the checkout of this project in DIR, by turns: the
                    candidates named, else those that calls and wired code are; with
                    --check, fail where one is more than a quarter above
  --json FILE       also write every figure there
  --check           compare with the committed ratios to the hand-written minimum,
                    and fail where one is more than a quarter above; on the
                    processor that those were taken on
  --write-docs      also write docs/benchmarks.md and docs/benchmarks.svg
  --write-baseline  also write the ratios that --check compares with; with --check,
                    measured as it does, and not compared
  --help            this text
`;

const WARM_UP = 12_000;
/** µs of a body of a pipeline that is rare: four of them are 20 ms. */
const RARE_US = 5000;

/**
 * Candidates that bars and readers look at amid real bodies: there they get more processes,
 * as what calls cost differs between those, and more time. Longer bodies need more of it, as
 * fewer of them fit into a second.
 */
const CLOSELY = [
  'basic',
  'no-heap',
  'minimum',
  'minimum-shared',
  'minimum-no-heap',
  'prom-client',
  'otel-spans',
  'nothing',
];

/** The extent of each measure: ms, counts, and levels. */
const EFFORTS = {
  quick: {
    rounds: 1,
    warmUp: WARM_UP,
    calibrationMs: 40,
    empty: { blockMs: 2, budgetMs: 400 },
    inSitu: {
      names: CLOSELY,
      closely: {
        rounds: 1,
        budgetMs: { 50: 1000, 125: 1000, 250: 1000, 1000: 1500 },
      },
      others: {
        rounds: 1,
        budgetMs: { 50: 1000, 125: 1000, 250: 1000, 1000: 1500 },
      },
    },
    bodies: [0, 50, 125, 250, 1000],
    own: [50, 125, 250],
    inSituNames: [
      'wired',
      'wired-no-heap',
      'basic',
      'minimum-shared',
      'nothing',
      'otel-spans',
    ],
    callNames: ['basic', 'no-heap', 'minimum', 'otel-spans'],
    callRounds: 1,
    hotStages: 20_000,
    coldStages: 4000,
    install: { pairs: 100, block: 100 },
    records: [10_000, 100_000],
    queries: 30,
    growth: {
      history: [10, 1000, 100_000],
      active: [1, 1000],
      names: [5, 200],
    },
    growthRounds: 40,
    alerts: 200,
    soak: 200_000,
    longest: 200_000,
    rare: { pipelines: 60, everyMs: 50, us: RARE_US },
    collectors: { dropped: 10_000, disposed: 150 },
    workers: 100,
  },
  standard: {
    rounds: 3,
    warmUp: WARM_UP,
    calibrationMs: 80,
    empty: { blockMs: 2, budgetMs: 800 },
    inSitu: {
      names: CLOSELY,
      closely: {
        rounds: 5,
        budgetMs: { 50: 1000, 125: 1000, 250: 1400, 1000: 2200 },
      },
      others: {
        rounds: 3,
        budgetMs: { 50: 600, 125: 600, 250: 800, 1000: 1200 },
      },
    },
    bodies: [0, 50, 125, 250, 1000],
    own: [50, 125, 250],
    inSituNames: null,
    callNames: null,
    callRounds: 3,
    hotStages: 200_000,
    coldStages: 20_000,
    install: { pairs: 200, block: 200 },
    records: [10_000, 100_000, 1_000_000],
    queries: 100,
    growth: {
      history: [10, 100, 1000, 10_000, 100_000, 1_000_000],
      active: [1, 10, 100, 1000],
      names: [5, 20, 50, 100, 200],
    },
    growthRounds: 100,
    alerts: 2000,
    soak: 1_000_000,
    longest: 1_000_000,
    rare: { pipelines: 300, everyMs: 100, us: RARE_US },
    collectors: { dropped: 10_000, disposed: 150 },
    workers: 1000,
  },
};
EFFORTS.long = {
  ...EFFORTS.standard,
  rounds: 9,
  calibrationMs: 150,
  empty: { blockMs: 2, budgetMs: 1500 },
  inSitu: {
    names: CLOSELY,
    closely: {
      rounds: 15,
      budgetMs: { 50: 1500, 125: 1500, 250: 2000, 1000: 3000 },
    },
    others: {
      rounds: 9,
      budgetMs: { 50: 1000, 125: 1000, 250: 1400, 1000: 2200 },
    },
  },
  callRounds: 7,
  hotStages: 400_000,
  install: { pairs: 600, block: 200 },
  queries: 300,
  growthRounds: 300,
  alerts: 5000,
};
/** Only what --check needs. */
EFFORTS.check = {
  ...EFFORTS.quick,
  rounds: 3,
  bodies: [],
  callRounds: 5,
  callNames: candidates
    .filter(({ ours, name, bodies }) =>
      ours ? bodies === undefined : name === 'minimum',
    )
    .map(({ name }) => name),
};

/**
 * @param {string[]} argv - the arguments after the script's name
 * @throws {TypeError | RangeError} with a message for the user
 */
function parseOptions(argv) {
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    args: argv,
    options: {
      candidate: { type: 'string', multiple: true, default: [] },
      measure: { type: 'string', multiple: true, default: [] },
      quick: flag,
      long: flag,
      against: { type: 'string' },
      json: { type: 'string' },
      check: flag,
      'write-docs': flag,
      'write-baseline': flag,
      help: flag,
    },
  });
  const efforts = ['quick', 'long', 'check'].filter((name) => values[name]);
  if (efforts.length > 1) {
    throw new RangeError(`--${efforts.join(' and --')} exclude each other`);
  }
  const [effort = 'standard'] = efforts;
  const isWhole = values.candidate.length === 0 && values.measure.length === 0;
  const against =
    values.against === undefined ? null : checkoutAt(values.against);
  if (
    !isWhole &&
    ((values.check && against === null) ||
      values['write-docs'] ||
      values['write-baseline'])
  ) {
    throw new RangeError(
      '--candidate and --measure leave out what the other options need',
    );
  }
  if (values.check && values['write-docs']) {
    throw new RangeError('--check leaves out what --write-docs needs');
  }
  return {
    candidates: values.candidate.map((name) => candidateNamed(name).name),
    measures: values.measure,
    effortName: effort,
    effort: EFFORTS[effort],
    against,
    json: values.json ?? null,
    check: values.check,
    writeDocs: values['write-docs'],
    writeBaseline: values['write-baseline'],
    help: values.help,
  };
}

module.exports = { USAGE, parseOptions };
