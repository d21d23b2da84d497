'use strict';

/** Calls in a row after which a stage or a pipeline is expected to run alone. */
const ENOUGH = 64;

/**
 * Which stages run alone: none of their execution starts between their call's return and their end.
 * They need not be carried, as what starts in their call finds them on the stack. The first that
 * starts in one after {@link ENOUGH} calls alone counts as its sibling; from then on it is carried.
 * The same of pipelines, by the number of whole pipelines: alone is over as the call returns.
 */
class LoneStages {
  /** @type {number[]} - calls that were alone by stage number; -1 where one was not */
  #calls = [];

  /** @param {number} stage @returns whether the next call of a stage need not be carried */
  isExpected(stage) {
    return this.#calls[stage] >= ENOUGH;
  }

  /** @param {number} stage - whose call was alone */
  wasAlone(stage) {
    const before = this.#calls[stage] ?? 0;
    if (before >= 0 && before < ENOUGH) this.#calls[stage] = before + 1;
  }

  /** @param {number} stage - while which another started */
  hadCompany(stage) {
    this.#calls[stage] = -1;
  }
}

module.exports = { LoneStages };
