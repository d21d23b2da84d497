'use strict';

const { invalidConfig } = require('../errors');

/** What executions capture beyond time: what is asked for, less what the detail leaves out. */
const captures = (asksHeap, asksUsage, environment, detail) =>
  Object.freeze({
    heap: asksHeap && detail < 3,
    shares: detail === 2,
    usage: asksUsage && detail === 0,
    environment,
    asksHeap,
    asksUsage,
  });

const atEveryDetail = (heap, usage, environment) =>
  [0, 1, 2, 3].map((detail) => captures(heap, usage, environment, detail));

/** What each level captures, by the detail that the budget leaves. */
const CAPTURES = Object.freeze({
  minimal: atEveryDetail(false, false, false),
  basic: atEveryDetail(true, false, false),
  standard: atEveryDetail(true, false, false),
  detailed: atEveryDetail(true, true, false),
  verbose: atEveryDetail(true, true, true),
});

const LEVELS = Object.keys(CAPTURES);

const isLevel = (level) =>
  typeof level === 'string' && Object.hasOwn(CAPTURES, level);

/** The level that an object answers; undefined where it throws. */
function levelOf(verbosity) {
  try {
    return typeof verbosity.getVerbosityLevel === 'function'
      ? verbosity.getVerbosityLevel()
      : verbosity.level;
  } catch {
    return undefined;
  }
}

/**
 * What the given verbosity captures now. A level that an object answers at run time and that
 * is none of ours reads as `basic`; so does an object that throws.
 *
 * @param {any} verbosity - null, a level, or an object with level or getVerbosityLevel()
 * @param {number} detail - what the budget leaves of it: 0 everything, 1 no CPU time and I/O,
 *   2 the heap once for boundaries close to each other, 3 no heap either
 */
function capturesOf(verbosity, detail) {
  const level =
    typeof verbosity === 'object' && verbosity !== null
      ? levelOf(verbosity)
      : verbosity;
  return CAPTURES[isLevel(level) ? level : 'basic'][detail];
}

/** Throws where a caller's verbosity is of none of the accepted shapes. */
function checkVerbosity(verbosity) {
  const allowed = `null, one of ${LEVELS.join(', ')}, or an object with level or getVerbosityLevel()`;
  if (verbosity === null || verbosity === undefined || isLevel(verbosity))
    return;
  if (typeof verbosity !== 'object')
    throw invalidConfig('verbosityConfig', verbosity, allowed);
  if (typeof verbosity.getVerbosityLevel === 'function') return;
  if (!isLevel(verbosity.level))
    throw invalidConfig('verbosityConfig.level', verbosity.level, allowed);
}

module.exports = { capturesOf, checkVerbosity };
