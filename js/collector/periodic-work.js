'use strict';

const { setInterval, clearInterval } = require('node:timers');

/** Work that is repeated for as long as its owner is in use. */
class PeriodicWork {
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  get isRunning() {
    return this.#timer !== undefined;
  }

  /**
   * Starts, anew if it runs. The owner is held weakly, so that one that is no longer used can go;
   * the timer keeps no process alive.
   *
   * @template {object} Owner
   * @param {Owner} owner
   * @param {(owner: Owner) => void} work
   * @param {number} interval - ms
   */
  start(owner, work, interval) {
    this.stop();
    const weak = new WeakRef(owner);
    const timer = setInterval(() => {
      const held = weak.deref();
      if (held === undefined) clearInterval(timer);
      else work(held);
    }, interval);
    timer.unref();
    this.#timer = timer;
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

module.exports = { PeriodicWork };
