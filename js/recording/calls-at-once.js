'use strict';

/** Calls in a row after which a stage is taken to return what is there at once. */
const ENOUGH = 64;

/**
 * Which stages return at once what they have to: neither a promise, nor what works later. While
 * such a call lasts its code is on the stack, so that nothing has to be carried to know it.
 *
 * The first call of a stage that returns later after {@link ENOUGH} that did not is not carried:
 * stages that it starts after its first `await` count as siblings of it. From then on it is.
 */
class CallsAtOnce {
  /**
   * Calls that returned at once by stage number; -1 where one did not.
   *
   * @type {number[]}
   */
  #calls = [];

  /**
   * Whether the next call of a stage need not be carried.
   *
   * @param {number} stage
   */
  isExpected(stage) {
    return this.#calls[stage] >= ENOUGH;
  }

  /**
   * Takes in a call that returned.
   *
   * @param {number} stage
   * @param {boolean} wasAtOnce
   */
  note(stage, wasAtOnce) {
    const before = this.#calls[stage] ?? 0;
    this.#calls[stage] = wasAtOnce && before >= 0 ? before + 1 : -1;
  }
}

module.exports = { CallsAtOnce };
