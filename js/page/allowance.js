'use strict';

// How many events listeners are sent, and which of them need not wait: at most 20 in any second.

/** Events that it allows a second. */
const RATE = 17;
/** Events at once, after a pause. */
const BURST = 3;
/** Tokens that steady figures need: they leave one to what is urgent. */
const STEADY = 2;
/** Tokens that what is urgent needs. */
const URGENT = 1;

/** A token bucket. */
class Allowance {
  #tokens = BURST;
  #at = -Infinity;

  /**
   * Takes a token at `now`, in ms, if there are at least `least`; whether it did.
   *
   * @param {number} now
   * @param {number} least
   */
  take(now, least) {
    const gained = ((now - this.#at) * RATE) / 1000;
    this.#tokens = Math.min(BURST, this.#tokens + gained);
    this.#at = now;
    if (this.#tokens < least) return false;
    this.#tokens -= 1;
    return true;
  }
}

module.exports = { Allowance, STEADY, URGENT };
