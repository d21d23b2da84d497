'use strict';

const { visible } = require('../visible-text');

/** @import { StageName } from '../../types/inputs' */

/**
 * Maps texts to their numbers on the native side. At most `limit` are admitted for recording; later
 * ones share a number, which bounds the tables for any input.
 */
class Interner {
  /** @type {Map<string, number>} */
  #ids = new Map();
  /** @type {Map<string, number>} - those of them that are admitted */
  admitted = new Map();
  #register;
  #overflowName;
  #overflowId = -1;
  /** Most admitted texts. */
  limit;
  /** @type {string[]} - texts by number */
  names = [];
  /** How often a text shared a number. */
  overflowed = 0;

  /**
   * @param {(text: string) => number} register - asks the native side for a number
   * @param {number} limit
   * @param {string} overflowName
   */
  constructor(register, limit, overflowName) {
    this.#register = register;
    this.#overflowName = overflowName;
    this.limit = limit;
  }

  /** @param {string} text */
  intern(text) {
    return this.#numberOf(text);
  }

  /**
   * @param {string} text
   * @param {number} [times] - that it counts, if it has to share
   * @returns the number it is recorded under: its own or the shared one
   */
  admit(text, times = 1) {
    return this.admitted.get(text) ?? this.#admitNew(text, times);
  }

  /** @param {string} text @returns {number} - -1 for none */
  find(text) {
    return this.#ids.get(text) ?? -1;
  }

  /** @param {string} text */
  #numberOf(text) {
    return this.#ids.get(text) ?? this.adopt(text, this.#register(text));
  }

  /** @param {string} text @param {number} times */
  #admitNew(text, times) {
    if (this.admitted.size >= this.limit && text !== this.#overflowName) {
      this.overflowed += times;
      if (this.#overflowId < 0)
        this.#overflowId = this.#numberOf(this.#overflowName);
      return this.#overflowId;
    }
    const id = this.#numberOf(text);
    this.admitted.set(text, id);
    return id;
  }

  /** @param {string} text @param {number} id */
  adopt(text, id) {
    this.#ids.set(text, id);
    this.names[id] = text;
    return id;
  }
}

/**
 * The names of stages. In queries and thresholds, one plain name means whole pipelines; a stage of
 * that name has its own number, and is addressed as `{ stage: name }`.
 */
class StageNames extends Interner {
  #total;
  #totalId;
  /** @type {string[]} */
  #visible = [];

  /**
   * @param {(text: string) => number} register
   * @param {string} overflowName
   * @param {string} total
   * @param {number} totalId - the number under which the native side has whole pipelines
   */
  constructor(register, overflowName, total, totalId) {
    super(
      // The native side, and so exports, have different names for the two.
      (name) => register(name === total ? stageCalled(total) : name),
      0,
      overflowName,
    );
    this.#total = total;
    this.#totalId = totalId;
    this.names[totalId] = total;
  }

  /** @param {StageName} asked @returns the number of what it asks about, given if it has none */
  intern(asked) {
    return asked === this.#total ? this.#totalId : super.intern(nameIn(asked));
  }

  /** @param {StageName} asked */
  find(asked) {
    return asked === this.#total ? this.#totalId : super.find(nameIn(asked));
  }

  /** @param {StageName} asked */
  findStage(asked) {
    return super.find(nameIn(asked));
  }

  /** @param {StageName} asked @returns the number under which what is asked about is recorded */
  admitAsked(asked) {
    return asked === this.#total ? this.#totalId : this.admit(nameIn(asked), 0);
  }

  /** @param {number} id */
  visible(id) {
    return (this.#visible[id] ??= visible(this.names[id]));
  }

  /** @param {number} id */
  askedBy(id) {
    return id === this.#totalId ? this.#total : this.asStage(this.names[id]);
  }

  /**
   * Whether it is a stage named like whole pipelines.
   *
   * @param {number} id
   */
  isNamesake(id) {
    return id !== this.#totalId && this.names[id] === this.#total;
  }

  /** @param {string} name */
  asStage(name) {
    return name === this.#total ? { stage: name } : name;
  }
}

/** @param {string} name @returns a name for texts, where the plain name means whole pipelines */
const stageCalled = (name) => `${name} (stage)`;

/** @param {StageName} asked @returns the name in `{ stage: name }`, or as it is */
const nameIn = (asked) => (isStage(asked) ? asked.stage : asked);

/** @param {unknown} asked @returns {asked is { stage: string }} */
const isStage = (asked) =>
  typeof asked === 'object' &&
  asked !== null &&
  typeof (/** @type {{ stage?: unknown }} */ (asked).stage) === 'string';

module.exports = { Interner, StageNames, isStage, nameIn, stageCalled };
