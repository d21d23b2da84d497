'use strict';

const MODULUS = 2147483647;
const MULTIPLIER = 48271;

/** Park and Miller's minimal standard generator: the same seed, the same game. */
class Random {
  #state;

  /** @param {number} seed - any integer */
  constructor(seed) {
    this.#state = (Math.abs(seed) % (MODULUS - 1)) + 1;
    // Neighbouring seeds begin with neighbouring numbers; a few steps part them.
    for (let step = 0; step < 3; step += 1) this.next();
  }

  /** @returns {number} in [0, 1) */
  next() {
    this.#state = (this.#state * MULTIPLIER) % MODULUS;
    return (this.#state - 1) / (MODULUS - 1);
  }

  /** @returns {number} an integer in [0, bound) */
  below(bound) {
    return Math.floor(this.next() * bound);
  }

  /** @returns {number} an integer in [low, high] */
  between(low, high) {
    return low + this.below(high - low + 1);
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

module.exports = { Random };
