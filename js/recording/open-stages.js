'use strict';

/** @import { Stage } from '../../types/results' */

/** Most open stages that are searched one by one. */
const FEW = 8;

/** The position of a running stage after which another one started. */
class OpenStage {
  /** @type {OpenStage | null} */
  above = null;
  /** @type {OpenStage | null} - the next one below of the same name */
  sameBelow = null;
  /** @type {OpenStage | null} */
  sameAbove = null;

  /**
   * @param {Stage} stage
   * @param {string} name
   * @param {number} span
   * @param {OpenStage | null} below
   */
  constructor(stage, name, span, below) {
    this.stage = stage;
    this.name = name;
    this.span = span;
    this.below = below;
  }
}

/**
 * The running stages of an execution below the one that started last. Few are searched one by one;
 * many have an index by handle and by name, with constant cost.
 */
class OpenStages {
  /** @type {OpenStage | null} */
  #top = null;
  #count = 0;
  /** @type {Map<unknown, OpenStage> | null} - by handle and by name; null while there are few */
  #index = null;

  /** The one that started last, or null. */
  get top() {
    return this.#top;
  }

  /** @param {Stage} stage @param {string} name @param {number} span */
  push(stage, name, span) {
    const open = new OpenStage(stage, name, span, this.#top);
    if (this.#top !== null) this.#top.above = open;
    this.#top = open;
    this.#count += 1;
    if (this.#index !== null) add(this.#index, open);
    else if (this.#count > FEW) {
      this.#index = new Map();
      for (const each of [...this].reverse()) add(this.#index, each);
    }
  }

  /** @param {unknown} key @returns {OpenStage | null} of a handle, or the latest of a name */
  find(key) {
    if (this.#index !== null) return this.#index.get(key) ?? null;
    let open = this.#top;
    while (open !== null && open.stage !== key && open.name !== key)
      open = open.below;
    return open;
  }

  /** @param {OpenStage} open */
  remove(open) {
    const { above, below } = open;
    if (above === null) this.#top = below;
    else above.below = below;
    if (below !== null) below.above = above;
    this.#count -= 1;
    if (this.#index === null) return;
    if (this.#count === 0) this.#index = null;
    else drop(this.#index, open);
  }

  /** From the one that started last. */
  *[Symbol.iterator]() {
    for (let open = this.#top; open !== null; open = open.below) yield open;
  }
}

/** @param {Map<unknown, OpenStage>} index @param {OpenStage} open */
function add(index, open) {
  const same = index.get(open.name) ?? null;
  open.sameBelow = same;
  if (same !== null) same.sameAbove = open;
  index.set(open.name, open);
  index.set(open.stage, open);
}

/** @param {Map<unknown, OpenStage>} index @param {OpenStage} open */
function drop(index, { name, stage, sameAbove, sameBelow }) {
  index.delete(stage);
  if (sameBelow !== null) sameBelow.sameAbove = sameAbove;
  if (sameAbove !== null) sameAbove.sameBelow = sameBelow;
  else if (sameBelow !== null) index.set(name, sameBelow);
  else index.delete(name);
}

module.exports = { OpenStages };
