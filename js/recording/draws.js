'use strict';

/** Any number but 0 does. The same one every time, so that a run can be repeated. */
const SEED = 0x6d2b79f5;

/**
 * Says of one execution after another whether it is recorded: an even draw for each, by
 * Marsaglia's xorshift with the shifts 13, 17 and 5, so that nothing that repeats in the executions
 * can be in step with it.
 */
class Draws {
  #bits;

  constructor(seed = SEED) {
    this.#bits = seed | 0 || SEED;
  }

  /**
   * Whether the next is one of those recorded, where that is one in 2^thinning.
   *
   * @param {number} thinning - whole, 0 to 31
   */
  next(thinning) {
    if (thinning === 0) return true;
    let bits = this.#bits;
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    this.#bits = bits;
    // The high bits: the low ones of so small a generator repeat sooner.
    return bits >>> (32 - thinning) === 0;
  }
}

module.exports = { Draws };
