'use strict';

const { Interner } = require('./interner');
const { layout } = require('../boundary/native');
const { setOwn } = require('../boundary/decoders/set-own');

/**
 * @import { RecordedLabels } from '../../types/results'
 * @typedef {{ nameId: number, kind: number, number: number }} ReadLabel
 */

const O = layout.customLabel;
const R = layout.labelRead;
const S = layout.span;
const E = layout.execution;

/** Kinds of values. */
const NUMBER = 0;
const TEXT = 1;
const TRUTH = 2;

/** Labels of one execution or stage. */
const MAX_GIVEN = 16;
/** Most distinct names in all. */
const MAX_NAMES = 32;
/** Most distinct texts in all; later ones share one. */
const MAX_TEXTS = 1000;
/** Most characters of a name or a text. */
const MAX_LENGTH = 256;
const OTHER = '(other)';

/** @param {string} text */
const isShort = (text) => text.length > 0 && text.length <= MAX_LENGTH;

/**
 * Custom labels: names and values as numbers, within fixed limits. Separate from complexities,
 * environments and hashes, so that a label with many values takes no room from them.
 */
class CustomLabels {
  #names;
  #texts;
  #dropped = 0;

  /** @param {(text: string) => number} register - asks the native side for a number */
  constructor(register) {
    this.#names = new Interner(register, MAX_NAMES, OTHER);
    this.#texts = new Interner(register, MAX_TEXTS, OTHER);
  }

  /** Labels that were not stored, or share another's text. */
  get dropped() {
    return this.#dropped + this.#texts.overflowed;
  }

  /**
   * The labels in `given`, an object of texts, numbers and booleans, as rows that `rowsOf`
   * completes; null for none. Throws what the caller's object throws.
   * @param {unknown} given
   * @returns {ReadLabel[] | null}
   */
  read(given) {
    if (given === undefined || given === null) return null;
    if (typeof given !== 'object' || Array.isArray(given)) {
      this.#dropped += 1;
      return null;
    }
    const names = Object.keys(given);
    const pairs = names
      .slice(0, MAX_GIVEN)
      .map(
        (name) =>
          /** @type {const} */ ([
            name,
            /** @type {Record<string, unknown>} */ (given)[name],
          ]),
      );
    this.#dropped += names.length - pairs.length;
    const labels = [];
    for (const [name, value] of pairs) {
      if (value === undefined || value === null) continue;
      const nameId = this.#nameOf(name);
      const [kind, number] = this.#valueOf(value);
      if (nameId < 0 || number !== number) this.#dropped += 1;
      else labels.push({ nameId, kind, number });
    }
    return labels;
  }

  /** @param {string} name */
  #nameOf(name) {
    if (!isShort(name)) return -1;
    const id = this.#names.admit(name);
    return this.#names.names[id] === name ? id : -1;
  }

  /** @param {unknown} value */
  #valueOf(value) {
    if (typeof value === 'number')
      return [NUMBER, Number.isFinite(value) ? value : NaN];
    if (typeof value === 'boolean') return [TRUTH, value ? 1 : 0];
    return typeof value === 'string' && isShort(value)
      ? [TEXT, this.#texts.admit(value)]
      : [TEXT, NaN];
  }

  /**
   * Labels as they were given, by the start of the row that has them; null for none.
   * @param {Float64Array | null | undefined} rows - as the native side reads them
   * @returns {Map<number, RecordedLabels> | null}
   */
  readBack(rows) {
    if (rows === undefined || rows === null) return null;
    const given = new Map();
    for (let at = 0; at < rows.length; at += R.LEN)
      this.#put(given, rows[at + R.AT], rows, at + R.NAME);
    return given;
  }

  /**
   * The same for a running execution, whose labels the native side gets when it completes.
   * @param {number[] | null} rows - as `rowsOf` made them
   * @param {Float64Array} numbers - the execution and its spans
   * @returns {Map<number, RecordedLabels> | null}
   */
  readRunning(rows, numbers) {
    if (rows === null) return null;
    const given = new Map();
    for (let at = 0; at < rows.length; at += O.LEN)
      this.#put(given, placeOf(rows, at, numbers), rows, at + O.NAME);
    return given;
  }

  /**
   * @param {Map<number, RecordedLabels>} given
   * @param {number} place
   * @param {ArrayLike<number>} rows
   * @param {number} at
   */
  #put(given, place, rows, at) {
    let labels = given.get(place);
    if (labels === undefined) given.set(place, (labels = {}));
    const [name, kind, number] = [rows[at], rows[at + 1], rows[at + 2]];
    const value = kind === TEXT ? this.#texts.names[number] : number;
    setOwn(
      labels,
      this.#names.names[name],
      kind === TRUTH ? number !== 0 : value,
    );
  }
}

/** @param {ArrayLike<number>} rows @param {number} at @param {ArrayLike<number>} numbers */
function placeOf(rows, at, numbers) {
  const stage = rows[at + O.STAGE];
  if (stage !== stage) return 0;
  const end = E.LEN + numbers[E.SPANS] * S.LEN;
  for (let span = E.LEN; span < end; span += S.LEN) {
    if (
      numbers[span + S.STAGE] === stage &&
      numbers[span + S.START] === rows[at + O.START]
    )
      return span;
  }
  return -1;
}

/**
 * `rows` followed by the rows of newly read labels.
 * @param {number[] | null} rows
 * @param {ReadLabel[]} labels
 * @param {number} stage - whose they are; NaN for the whole execution
 * @param {number} start - of the stage, ms
 */
function rowsOf(rows, labels, stage, start) {
  const all = rows ?? [];
  for (const { nameId, kind, number } of labels) {
    const at = all.length;
    all[at + O.STAGE] = stage;
    all[at + O.START] = start;
    all[at + O.NAME] = nameId;
    all[at + O.KIND] = kind;
    all[at + O.VALUE] = number;
  }
  return all;
}

module.exports = { CustomLabels, rowsOf };
