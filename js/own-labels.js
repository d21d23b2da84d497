'use strict';

const { Interner } = require('./interner');
const { layout } = require('./native');

const O = layout.ownLabel;

/** Labels of one execution or stage. */
const MAX_GIVEN = 16;
/** Names told apart, in all. */
const MAX_NAMES = 32;
/** Texts told apart, in all; later ones share one. */
const MAX_TEXTS = 1000;
/** Characters of a name or a text. */
const MAX_LENGTH = 256;
const OTHER = '(other)';

const isShort = (text) => text.length > 0 && text.length <= MAX_LENGTH;

/**
 * Labels that callers give of their own: names and values as numbers, within limits that no
 * input can pass. Apart from complexities, environments and hashes, so that a label of many
 * values takes no room from them.
 */
class OwnLabels {
  #names;
  #texts;
  #dropped = 0;

  /** @param {(text: string) => number} register - asks the native side for a number */
  constructor(register) {
    this.#names = new Interner(register, MAX_NAMES, OTHER);
    this.#texts = new Interner(register, MAX_TEXTS, OTHER);
  }

  /** Labels that were not kept, or not told apart. */
  get dropped() {
    return this.#dropped + this.#texts.overflowed;
  }

  /**
   * The labels in `given`, an object of texts, numbers and booleans, as rows that `rowsOf`
   * completes; null for none. Throws what the caller's object throws.
   */
  read(given) {
    if (given === undefined || given === null) return null;
    if (typeof given !== 'object' || Array.isArray(given)) {
      this.#dropped += 1;
      return null;
    }
    const names = Object.keys(given);
    const pairs = names.slice(0, MAX_GIVEN).map((name) => [name, given[name]]);
    this.#dropped += names.length - pairs.length;
    const labels = [];
    for (const [name, value] of pairs) {
      if (value === undefined || value === null) continue;
      const nameId = this.#nameOf(name);
      const [isText, number] = this.#valueOf(value);
      if (nameId < 0 || number !== number) this.#dropped += 1;
      else labels.push({ nameId, isText, number });
    }
    return labels;
  }

  /** The number of a name; -1 beyond the limits. */
  #nameOf(name) {
    if (!isShort(name)) return -1;
    const id = this.#names.admit(name);
    return this.#names.names[id] === name ? id : -1;
  }

  /** Whether a value is a text, and its number; NaN for what is no value. */
  #valueOf(value) {
    if (typeof value === 'number')
      return [0, Number.isFinite(value) ? value : NaN];
    if (typeof value === 'boolean')
      return [1, this.#texts.admit(String(value))];
    return typeof value === 'string' && isShort(value)
      ? [1, this.#texts.admit(value)]
      : [1, NaN];
  }
}

/**
 * `rows`, and after them those of labels as they were read.
 *
 * @param {number[] | null} rows
 * @param {{ nameId: number, isText: number, number: number }[]} labels
 * @param {number} stage - whose they are; NaN for the whole execution
 * @param {number} start - of the stage, ms
 */
function rowsOf(rows, labels, stage, start) {
  const all = rows ?? [];
  for (const { nameId, isText, number } of labels) {
    const at = all.length;
    all[at + O.STAGE] = stage;
    all[at + O.START] = start;
    all[at + O.NAME] = nameId;
    all[at + O.IS_TEXT] = isText;
    all[at + O.VALUE] = number;
  }
  return all;
}

module.exports = { OwnLabels, rowsOf };
