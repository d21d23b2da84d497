'use strict';

const { bar } = require('../../js/report/terminal-text');

const WIDTH = 40;
const STEPS = 4;

/** A bar that grows in place on a terminal, a line every quarter elsewhere. */
class Progress {
  #stream;
  #drawn = '';

  /** @param {NodeJS.WriteStream} stream */
  constructor(stream) {
    this.#stream = stream;
  }

  /** @param {number} done - of `all`, from 1 */
  show(label, done, all) {
    if (this.#stream.isTTY) {
      const percent = Math.floor((done / all) * 100);
      this.#draw(`${label} ▕${bar(done / all, WIDTH)}▏ ${percent} %`);
      if (done === all) this.#clear();
    } else if (quarter(done, all) > quarter(done - 1, all)) {
      this.#stream.write(`${label}: ${done} of ${all}\n`);
    }
  }

  #draw(line) {
    if (line === this.#drawn) return;
    this.#stream.write(`\r${line}`);
    this.#drawn = line;
  }

  #clear() {
    this.#stream.write(`\r${' '.repeat(this.#drawn.length)}\r`);
    this.#drawn = '';
  }
}

function quarter(done, all) {
  return Math.floor((done * STEPS) / all);
}

module.exports = { Progress };
