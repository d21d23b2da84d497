'use strict';

/** Calls in a row after which a stage or a pipeline is expected to run alone. */
const ENOUGH = 64;

/**
 * Which stages run alone: no other stage of their execution starts between the return of their call
 * and their end. They need not be carried, as stages that start within the call find them on the
 * stack. After {@link ENOUGH} lone calls, the first stage to start after a return counts as a
 * sibling; from then on the stage is carried. Likewise pipelines, under the number of whole
 * pipelines: lone if over when the call returns.
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
