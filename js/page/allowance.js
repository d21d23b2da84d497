'use strict';

// When listeners may be sent an update: at most 20 in any second.

/** Updates in any second. */
const MOST = 20;
/** Those of them that steady figures leave to what is urgent. */
const RESERVE = 3;
/** What is urgent comes so many at once, after a pause. */
const BURST = 3;
/** Beyond these it comes one in so many ms: so that much at once is not followed by nothing. */
const GAP = 1000 / (MOST - BURST);
const SECOND = 1000;

/** Counts the updates of the last second. */
class Allowance {
  /**
   * When each was sent, oldest first.
   *
   * @type {number[]}
   */
  #times = [];
  /** When the next urgent one would come if they came evenly. */
  #urgentAt = -Infinity;

  /**
   * Takes an update at `now`, in ms, if there is one; whether it did.
   *
   * @param {number} now
   * @param {boolean} isUrgent
   */
  take(now, isUrgent) {
    const times = this.#times;
    while (times.length > 0 && times[0] <= now - SECOND) times.shift();
    if (times.length >= (isUrgent ? MOST : MOST - RESERVE)) return false;
    if (isUrgent) {
      if (now < this.#urgentAt - (BURST - 1) * GAP) return false;
      this.#urgentAt = Math.max(now, this.#urgentAt) + GAP;
    }
    times.push(now);
    return true;
  }
}

module.exports = { Allowance };
