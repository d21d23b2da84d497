'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { NAMES, againstTable, compareWith } = require('./against');
const { candidateNamed, candidates } = require('./candidates');
const { TOLERANCE, compare, ratiosOf } = require('./check');
const { documentOf } = require('./document');
const { describeMachine, warningsOf } = require('./machine');
const { USAGE, parseOptions } = require('./options');
const { plot } = require('./plot');
const { Worker, runTask } = require('./processes');
const { randomFrom } = require('./statistics');
const { toText } = require('./table');
const { tablesOf } = require('./tables');

const DOCS = path.join(__dirname, '..', 'docs');
const BASELINE = path.join(__dirname, 'baseline.json');

/** All measures, in the order in which they run. */
const MEASURES = {
  sideBySide: require('./measures/sideBySide'),
  ownCost: require('./measures/ownCost'),
  calls: require('./measures/calls'),
  install: require('./measures/install'),
  memory: require('./measures/memory'),
  queries: require('./measures/queries'),
  growth: require('./measures/growth'),
  alerts: require('./measures/alerts'),
  soak: require('./measures/soak'),
  longest: require('./measures/longest'),
  rare: require('./measures/rare'),
  collectors: require('./measures/collectors'),
  workers: require('./measures/workers'),
};
const OF_CANDIDATES = ['sideBySide', 'calls'];
const FOR_CHECK = ['calls', 'install'];

function measureNamed(name) {
  if (Object.hasOwn(MEASURES, name)) return MEASURES[name];
  const names = Object.keys(MEASURES).join(', ');
  throw new RangeError(`--measure must be one of ${names}; got ${name}`);
}

function measuresFor({ candidates: chosen, measures, check }) {
  if (measures.length > 0) return measures.map(measureNamed);
  if (chosen.length > 0) return OF_CANDIDATES.map(measureNamed);
  return check ? FOR_CHECK.map(measureNamed) : Object.values(MEASURES);
}

/** Names of the candidates to compare: by length of the bodies, and call by call. */
function namesFor({ candidates: chosen, effort }) {
  const all = chosen.length > 0 ? chosen : candidates.map(({ name }) => name);
  const among = (names) => (names === null || chosen.length > 0 ? all : names);
  const lengthsOf = (name) => candidateNamed(name).bodies;
  const likes = all.map((name) => candidateNamed(name).garbageOf ?? name);
  return {
    atLength: (us) =>
      (us === 0 ? [...new Set(likes)] : among(effort.inSituNames)).filter(
        (name) => lengthsOf(name)?.includes(us) ?? true,
      ),
    callByCall: among(effort.callNames).filter(
      (name) => lengthsOf(name) === undefined && !candidateNamed(name).isWhole,
    ),
  };
}

function progress(text) {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\x1b[K${text.slice(0, 79)}`);
}

/** Entities for real bodies of every length that any measure needs. */
function sizesFor({ bodies, rare, calibrationMs: ms }) {
  const targets = [
    ...new Set([MEASURES.calls.COLD_BODY_US, ...bodies, rare.us]),
  ].filter((us) => us > 0);
  progress('calibrating the bodies');
  return runTask('sideBySide/calibrate', { targets, ms });
}

async function measureAll(options) {
  const measures = measuresFor(options);
  const context = {
    effort: options.effort,
    names: namesFor(options),
    sizes: await sizesFor(options.effort),
    runTask,
    Worker,
    random: randomFrom(18),
    progress,
  };
  const figures = {};
  for (const measure of measures) {
    Object.assign(figures, await measure.run(context));
  }
  progress('');
  return figures;
}

function print(machine, figures, warnings, bodies) {
  const { processor, cores, platform, node, commit } = machine;
  console.log(
    `${processor}, ${cores} cores, ${platform}, Node ${node}, commit ${commit ?? 'unknown'}\n`,
  );
  for (const table of tablesOf(figures, bodies)) console.log(toText(table));
  for (const warning of warnings)
    console.log(`Warning, the machine was not quiet: ${warning}`);
}

function write(options, run) {
  const asJson = (value) => `${JSON.stringify(value, null, 2)}\n`;
  if (options.json !== null) fs.writeFileSync(options.json, asJson(run));
  if (options.writeDocs) {
    fs.mkdirSync(DOCS, { recursive: true });
    fs.writeFileSync(path.join(DOCS, 'benchmarks.md'), documentOf(run));
    fs.writeFileSync(path.join(DOCS, 'benchmarks.svg'), plot(run));
  }
  if (options.writeBaseline) {
    const { node, processor, commit } = run.machine;
    fs.writeFileSync(
      BASELINE,
      asJson({
        taken: { node, processor, commit },
        ratios: ratiosOf(run.figures),
      }),
    );
  }
}

/** Compares with another checkout; returns whether no candidate costs much more than there. */
async function runAgainst({ against: root, candidates: chosen, effort }) {
  const names = chosen.length > 0 ? chosen : NAMES;
  const found = await compareWith({ root, names, effort, runTask, progress });
  progress('');
  console.log(toText(againstTable(found)));
  return found.every(({ ratio }) => ratio.value <= TOLERANCE);
}

/** Compares with the committed ratios; failures are measured once more before they count. */
async function check(options, figures) {
  const { taken, ratios } = JSON.parse(fs.readFileSync(BASELINE, 'utf8'));
  const { processor } = describeMachine();
  if (taken.processor !== processor) {
    console.log(
      `The committed ratios are of ${taken.processor}, this is ${processor}: compare with another checkout, by --against`,
    );
    return false;
  }
  let rows = compare(ratios, ratiosOf(figures));
  if (rows.some(({ failed }) => failed)) {
    console.log('A ratio is past its limit: measuring once more.');
    const again = compare(ratios, ratiosOf(await measureAll(options)));
    rows = rows.map((row, at) => (row.failed ? again[at] : row));
  }
  for (const { id, committed, now, failed } of rows) {
    const verdict = failed ? 'PAST THE LIMIT' : 'ok';
    const numbers = `${committed.toFixed(3)} × committed, ${now?.toFixed(3) ?? 'not measured'} × now`;
    console.log(`${id.padEnd(24)} ${numbers.padEnd(46)} ${verdict}`);
  }
  return rows.every(({ failed }) => !failed);
}

async function main() {
  let options;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (options.help) {
    console.log(USAGE);
    return;
  }
  if (options.against !== null) {
    if (!(await runAgainst(options)) && options.check) process.exitCode = 1;
    return;
  }
  const machine = describeMachine();
  const figures = await measureAll(options);
  const warnings = warningsOf(machine, figures);
  const { bodies } = options.effort;
  const run = {
    machine,
    effort: options.effortName,
    bodies,
    warnings,
    figures,
  };
  print(machine, figures, warnings, bodies);
  write(options, run);
  if (
    options.check &&
    !options.writeBaseline &&
    !(await check(options, figures))
  )
    process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
