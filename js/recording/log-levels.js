'use strict';

const { ignorePromise } = require('../config/ignore-promise');

/**
 * A logger, as far as it is asked.
 * @typedef {object} Asked
 * @property {(level: string) => unknown} [isLevelEnabled]
 * @property {() => unknown} [isDebugEnabled]
 * @property {() => unknown} [isInfoEnabled]
 * @property {unknown} [level]
 */

/** Levels at which loggers with a `level` of text print no such line. */
const SILENT_AT = {
  debug: ['silent', 'off', 'fatal', 'error', 'warn', 'warning', 'info'],
  info: ['silent', 'off', 'fatal', 'error', 'warn', 'warning'],
};

/** @type {Record<'debug' | 'info', 'isDebugEnabled' | 'isInfoEnabled'>} */
const QUESTIONS = { debug: 'isDebugEnabled', info: 'isInfoEnabled' };

/** @param {unknown} answer */
function isYes(answer) {
  ignorePromise(answer);
  return answer !== false;
}

/**
 * How a logger says which lines it prints: by `isLevelEnabled(level)`, by `isDebugEnabled()` and
 * `isInfoEnabled()`, or by a `level` of text. Anything but a clear no counts as a yes.
 * @param {Asked} logger
 * @returns {((level: 'debug' | 'info') => boolean) | null} null for one that cannot be asked
 */
function levelsOf(logger) {
  if (typeof logger.isLevelEnabled === 'function')
    return (level) =>
      isYes(/** @type {Required<Asked>} */ (logger).isLevelEnabled(level));
  if (typeof logger.isDebugEnabled === 'function')
    return (level) => isYes(logger[QUESTIONS[level]]?.());
  if (typeof logger.level === 'string')
    return (level) =>
      !SILENT_AT[level].includes(/** @type {string} */ (logger.level));
  return null;
}

module.exports = { levelsOf };
