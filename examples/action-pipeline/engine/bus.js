'use strict';

/** Events by name. A listener that throws is logged; the others still hear. */
class EventBus {
  #listeners = new Map();
  #logger;

  constructor(logger) {
    this.#logger = logger;
  }

  /** @returns {() => void} ends the subscription */
  subscribe(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** @returns {Promise<boolean>} whether every listener finished */
  async dispatch(name, payload) {
    let delivered = true;
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        await listener(payload, name);
      } catch (error) {
        delivered = false;
        this.#logger.error(`listener of ${name} threw: ${error.message}`);
      }
    }
    return delivered;
  }
}

module.exports = { EventBus };
