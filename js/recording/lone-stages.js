'use strict';

/** Calls in a row after which a stage or a pipeline is expected to run alone. */
const ENOUGH = 64;

/**
 * Which stages run alone: while one of them runs whose call has returned, no other stage of its
 * execution starts. They need not be carried, as nothing asks for them: what starts in their call
 * finds them on the stack.
 *
 * The first stage that starts in one of them after {@link ENOUGH} calls without any counts as a
 * sibling of it. From then on it is carried.
 *
 * The same of pipelines, by the number of whole pipelines: one that was over as its call returned ran
 * alone.
 */
class LoneStages {
  /** @type {number[]} - calls that were alone by stage number; -1 where one was not */
  #calls = [];

  /**
   * Whether the next call of a stage need not be carried.
   * @param {number} stage
   */
  isExpected(stage) {
    return this.#calls[stage] >= ENOUGH;
  }

  /**
   * Takes in a call of a stage that was alone.
   * @param {number} stage
   */
  wasAlone(stage) {
    const before = this.#calls[stage] ?? 0;
    if (before >= 0 && before < ENOUGH) this.#calls[stage] = before + 1;
  }

  /**
   * Takes in that another stage started while a stage ran.
   * @param {number} stage
   */
  hadCompany(stage) {
    this.#calls[stage] = -1;
  }
}

module.exports = { LoneStages };
