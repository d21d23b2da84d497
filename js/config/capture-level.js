'use strict';

const { invalidConfig } = require('../errors');
const { ignorePromise } = require('./ignore-promise');

/**
 * @import { VerbosityLevel } from '../../types/options'
 * @typedef {ReturnType<typeof captures>} Captures
 */

/**
 * What is read at the boundaries of stages and executions besides the time; `isPlain` if at most
 * the heap.
 * @param {boolean} heap
 * @param {boolean} usage
 * @param {boolean} environment
 */
const captures = (heap, usage, environment) =>
  Object.freeze({
    heap,
    usage,
    environment,
    isPlain: !usage && !environment,
  });

/** What each level captures beyond time. */
const CAPTURES = Object.freeze({
  minimal: captures(false, false, false),
  basic: captures(true, false, false),
  standard: captures(true, false, false),
  detailed: captures(true, true, false),
  verbose: captures(true, true, true),
});

const LEVELS = Object.keys(CAPTURES);

/** @param {unknown} level @returns {level is VerbosityLevel} */
const isLevel = (level) =>
  typeof level === 'string' && Object.hasOwn(CAPTURES, level);

/**
 * The level that an object returns; undefined where it throws.
 * @param {{ level?: unknown, getVerbosityLevel?: unknown }} verbosity
 * @returns {unknown}
 */
function levelOf(verbosity) {
  try {
    if (typeof verbosity.getVerbosityLevel !== 'function')
      return verbosity.level;
    const level = verbosity.getVerbosityLevel();
    ignorePromise(level);
    return level;
  } catch {
    return undefined;
  }
}

/**
 * What the given verbosity captures now. An object that throws or returns an unknown level reads as
 * `basic`.
 * @param {unknown} verbosity - null, a level, or an object with level or getVerbosityLevel()
 */
function capturesOf(verbosity) {
  const level =
    typeof verbosity === 'object' && verbosity !== null
      ? levelOf(verbosity)
      : verbosity;
  return CAPTURES[isLevel(level) ? level : 'basic'];
}

/** @param {unknown} verbosity */
function checkVerbosity(verbosity) {
  const allowed = `null, one of ${LEVELS.join(', ')}, or an object with level or getVerbosityLevel()`;
  if (verbosity === null || verbosity === undefined || isLevel(verbosity))
    return;
  if (typeof verbosity !== 'object')
    throw invalidConfig('verbosityConfig', verbosity, allowed);
  /** @type {{ level?: unknown, getVerbosityLevel?: unknown }} */
  const asked = verbosity;
  if (typeof asked.getVerbosityLevel === 'function') return;
  if (!isLevel(asked.level))
    throw invalidConfig('verbosityConfig.level', asked.level, allowed);
}

module.exports = { capturesOf, checkVerbosity };
