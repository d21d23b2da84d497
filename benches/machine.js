'use strict';

const os = require('node:os');
const { execFileSync } = require('node:child_process');
const { median } = require('./statistics');
const { version } = require('../package.json');

/** Times of the same work whose middle half is wider, as a part of its median, say that others worked too. */
const QUIET_SPREAD_PERCENT = 10;
/** Samples of which more were interrupted than the system's own housekeeping does. */
const QUIET_DISTURBED_PERCENT = 25;
/** Runnable tasks a core before the start, above which the machine is busy already. */
const QUIET_LOAD = 0.5;

/** Bodies further off their length than this part of it were calibrated while others worked. */
const OFF_LENGTH = 0.2;

function git(...args) {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', args, {
      cwd: __dirname,
      encoding: 'utf8',
      stdio,
    }).trim();
  } catch {
    return null;
  }
}

/** The commit, marked where files differ from it; null outside of a repository. */
function commit() {
  const id = git('rev-parse', '--short=12', 'HEAD');
  if (id === null) return null;
  return git('status', '--porcelain', '--untracked-files=no') === ''
    ? id
    : `${id} with changes`;
}

/** The machine on which the figures were measured. */
function describeMachine() {
  const cores = os.cpus();
  return {
    package: version,
    commit: commit(),
    node: process.version,
    v8: process.versions.v8,
    platform: `${os.type()} ${os.release().split('-')[0]} ${process.arch}`,
    processor: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    load: os.loadavg()[0],
    date: new Date().toISOString().slice(0, 10),
  };
}

const valuesOf = (figures, kind) =>
  Object.entries(figures)
    .filter(([id]) => id.startsWith(`${kind}/`))
    .map(([, { value }]) => value);

/** The lengths of real bodies that were compared, in µs. */
const lengthsOf = (figures) =>
  new Set(
    Object.keys(figures)
      .map((id) => Number(/^bare\/(\d+)\//.exec(id)?.[1] ?? 0))
      .filter((us) => us > 0),
  );

/** Reasons to doubt the figures; empty on a quiet machine. */
function warningsOf(machine, figures) {
  const warnings = [];
  if (machine.load / machine.cores > QUIET_LOAD) {
    warnings.push(
      `load average ${machine.load.toFixed(1)} on ${machine.cores} cores before the start`,
    );
  }
  const spreads = valuesOf(figures, 'spread');
  const restless = spreads.filter(
    (percent) => percent > QUIET_SPREAD_PERCENT,
  ).length;
  if (restless * 4 > spreads.length) {
    warnings.push(
      `the same work took times that varied by more than ${QUIET_SPREAD_PERCENT} % in ` +
        `${restless} of ${spreads.length} comparisons, by up to ${Math.max(...spreads).toFixed(0)} %`,
    );
  }
  for (const us of lengthsOf(figures)) {
    const took = median(valuesOf(figures, `bare/${us}`)) / 4;
    if (Math.abs(took / us - 1) > OFF_LENGTH)
      warnings.push(`bodies of ${us} µs took ${took.toFixed(0)} µs`);
  }
  const disturbed = median(valuesOf(figures, 'disturbed'));
  if (disturbed > QUIET_DISTURBED_PERCENT) {
    warnings.push(
      `others took the core away during ${disturbed.toFixed(0)} % of the samples`,
    );
  }
  return warnings;
}

module.exports = { describeMachine, warningsOf };
