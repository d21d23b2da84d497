'use strict';

// The text of a page, which the native side writes a part at a time.

const { fromNative } = require('../errors');
const { sinceOf } = require('../boundary/call-native');

/**
 * @typedef {Pick<import('../recording/core').Core, 'native' | 'now' | 'wallNow'>} Source
 * @typedef {object} Asked
 * @property {number | null} range - how far to look back, in ms
 * @property {number | null} from - where it begins instead, wall clock in ms
 * @property {number | null} to - where it ends then
 * @property {number | null} stage - the number of the one whose durations are shown over time
 * @property {string | null} execution - the id of one to show beside the usual ones
 * @property {boolean} isFile - whether it has to hold all that can be chosen
 */

/** @type {Readonly<Asked>} - all that is stored, and whole pipelines over time */
const EVERYTHING = Object.freeze({
  range: null,
  from: null,
  to: null,
  stage: null,
  execution: null,
  isFile: false,
});

/** A page being written in parts of about a millisecond. */
class PageWriter {
  #core;
  #writer;

  /** @param {Source} core @param {Asked} asked */
  constructor(core, { range, from, to, stage, execution, isFile }) {
    const now = core.now();
    const wall = core.wallNow();
    /** @type {(at: number | null) => number | undefined} */
    const monotonic = (at) => (at === null ? undefined : now - (wall - at));
    const since = monotonic(from) ?? sinceOf(core, range, 'range', now);
    this.#core = core;
    this.#writer = core.native.page(now, wall, {
      ...(since !== -Infinity && { since }),
      until: monotonic(to),
      stage: stage ?? undefined,
      execution: execution ?? undefined,
      isFile,
    });
  }

  /** Whether only the last part is left, with the figures that change with every run. */
  get isAlmostDone() {
    return this.#writer.left === 1;
  }

  /** Writes the next part; returns the whole text after the last, `null` before. */
  step() {
    try {
      // Records still in the journal belong on the page.
      void this.#core.native;
      return this.#writer.step();
    } catch (error) {
      throw fromNative(error);
    }
  }
}

/** @param {Source} core @param {Asked} asked */
function pageText(core, asked) {
  const writer = new PageWriter(core, asked);
  for (;;) {
    const text = writer.step();
    if (text !== null) return text;
  }
}

module.exports = { EVERYTHING, PageWriter, pageText };
