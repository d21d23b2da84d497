'use strict';

const { invalidConfig } = require('./errors');

/** What each level captures beyond time. */
const CAPTURES = Object.freeze({
  minimal: Object.freeze({ heap: false, usage: false, environment: false }),
  basic: Object.freeze({ heap: true, usage: false, environment: false }),
  standard: Object.freeze({ heap: true, usage: false, environment: false }),
  detailed: Object.freeze({ heap: true, usage: true, environment: false }),
  verbose: Object.freeze({ heap: true, usage: true, environment: true }),
});

const LEVELS = Object.keys(CAPTURES);

const isLevel = (level) =>
  typeof level === 'string' && Object.hasOwn(CAPTURES, level);

/**
 * What the given verbosity captures now. A level that an object answers at run time and that
 * is none of ours reads as `basic`; so does an object that throws.
 *
 * @param {any} verbosity - null, a level, or an object with level or getVerbosityLevel()
 */
function capturesOf(verbosity) {
  if (verbosity === null || verbosity === undefined) return CAPTURES.basic;
  let level = verbosity;
  try {
    if (typeof verbosity === 'object') {
      level =
        typeof verbosity.getVerbosityLevel === 'function'
          ? verbosity.getVerbosityLevel()
          : verbosity.level;
    }
  } catch {
    level = 'basic';
  }
  return isLevel(level) ? CAPTURES[level] : CAPTURES.basic;
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
