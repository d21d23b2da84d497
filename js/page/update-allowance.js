'use strict';

// The times at which listeners may get an update: at most 20 in any second.

/** Most updates in any second. */
const MOST = 20;
/** Updates of a second that are reserved for urgent ones. */
const RESERVE = 3;
/** Most urgent updates at once, after a pause. */
const BURST = 3;
/** Least time in ms between urgent updates after such a burst, so that no silence follows it. */
const GAP = 1000 / (MOST - BURST);
const SECOND = 1000;
/** Least time in ms between updates of steady figures, from the updates left to them. */
const STEADY = 59;
/** The same where the last second had fewer than these: rare events are shown at once. */
const SOON = 20;
const FEW = 8;

/** Counts the updates of the last second. */
class Allowance {
  /** @type {number[]} - when each was sent, oldest first */
  #times = [];
  /** When the next urgent update would come if they were evenly spread. */
  #urgentAt = -Infinity;

  /** @param {number} now @returns how long steady figures wait after an update, in ms */
  rest(now) {
    const count = this.#inLastSecond(now);
    if (count < FEW) return SOON;
    // Evenly, until the oldest leaves the last second.
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
   * Takes an update at `now`, in ms, if one is allowed; returns whether it did.
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
