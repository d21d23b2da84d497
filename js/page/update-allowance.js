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
/** Steady figures come at most one in so many ms: as many as are left to them. */
const STEADY = 59;
/** So soon, in ms, where fewer than these came in the last second: what happens now and then is seen at once. */
const SOON = 20;
const FEW = 8;

/** Counts the updates of the last second. */
class Allowance {
  /** @type {number[]} - when each was sent, oldest first */
  #times = [];
  /** When the next urgent one would come if they came evenly. */
  #urgentAt = -Infinity;

  /** @param {number} now @returns how long steady figures wait after an update, in ms */
  rest(now) {
    const count = this.#inLastSecond(now);
    if (count < FEW) return SOON;
    // Evenly, over the time until the oldest is no longer of the last second.
    const time = this.#times[0] + SECOND - now;
    return Math.max(STEADY, time / Math.max(1, MOST - RESERVE + 1 - count));
  }

  /** @param {number} now */
  #inLastSecond(now) {
    const times = this.#times;
    while (times.length > 0 && times[0] <= now - SECOND) times.shift();
    return times.length;
  }

  /**
   * Takes an update at `now`, in ms, if there is one; whether it did.
   * @param {number} now
   * @param {boolean} isUrgent
   */
  take(now, isUrgent) {
    const most = isUrgent ? MOST : MOST - RESERVE;
    if (this.#inLastSecond(now) >= most) return false;
    if (isUrgent) {
      if (now < this.#urgentAt - (BURST - 1) * GAP) return false;
      this.#urgentAt = Math.max(now, this.#urgentAt) + GAP;
    }
    this.#times.push(now);
    return true;
  }
}

module.exports = { Allowance };
