'use strict';

const { ignorePromise } = require('../config/ignore-promise');

/**
 * The parts of a logger that are read.
 * @typedef {object} Asked
 * @property {(level: string) => unknown} [isLevelEnabled]
 * @property {() => unknown} [isDebugEnabled]
 * @property {() => unknown} [isInfoEnabled]
 * @property {unknown} [level]
 */

/** For each kind of line, the text levels at which loggers do not print it. */
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
 * How to ask a logger which lines it prints: `isLevelEnabled(level)`, `isDebugEnabled()` and
 * `isInfoEnabled()`, or a `level` text. Anything but a clear no counts as yes.
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
