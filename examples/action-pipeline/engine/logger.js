'use strict';

const LEVELS = ['debug', 'info', 'warn', 'error'];

/** Counts what is logged at each level and hands on the lines from `level` up. */
class Logger {
  #from;
  #write;

  /**
   * @param {object} options
   * @param {'debug'|'info'|'warn'|'error'} options.level - lines below are counted only
   * @param {(line: string) => void} options.write
   */
  constructor({ level, write }) {
    this.#from = LEVELS.indexOf(level);
    if (this.#from === -1) {
      throw new RangeError(`level must be one of ${LEVELS.join(', ')}`);
    }
    this.#write = write;
    this.counts = { debug: 0, info: 0, warn: 0, error: 0 };
  }

  #log(level, message) {
    this.counts[level] += 1;
    if (LEVELS.indexOf(level) >= this.#from) this.#write(`${level} ${message}`);
  }

  debug(message) {
    this.#log('debug', message);
  }

  info(message) {
    this.#log('info', message);
  }

  warn(message) {
    this.#log('warn', message);
  }

  error(message) {
    this.#log('error', message);
  }
}

module.exports = { Logger };
