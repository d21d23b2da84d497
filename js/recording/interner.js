'use strict';

/**
 * Texts to the numbers under which the native side knows them. At most `limit` of them are
 * admitted to be recorded under; what comes later shares one number, so that no input can
 * grow the tables without end.
 */
class Interner {
  #ids = new Map();
  #admitted = [];
  #admittedCount = 0;
  #register;
  #overflowName;
  #overflowId = -1;
  /** Texts by number. */
  names = [];
  /** How often a text had to share. */
  overflowed = 0;

  /** @param {(text: string) => number} register - asks the native side for a number */
  constructor(register, limit, overflowName) {
    this.#register = register;
    this.#overflowName = overflowName;
    this.limit = limit;
  }

  /** Takes over a number that the native side gave out by itself. */
  adopt(text, id) {
    this.#add(text, id);
  }

  /** The number of a text, given to it if it has none. */
  intern(text) {
    const known = this.#ids.get(text);
    return known === undefined ? this.#add(text, this.#register(text)) : known;
  }

  /** The number under which a text is recorded: its own, or the shared one. */
  admit(text) {
    const known = this.#ids.get(text);
    return known !== undefined && this.#admitted[known]
      ? known
      : this.#admitNew(text);
  }

  /** The number of a text, or -1. */
  find(text) {
    const known = this.#ids.get(text);
    return known === undefined ? -1 : known;
  }

  #admitNew(text) {
    if (this.#admittedCount >= this.limit && text !== this.#overflowName) {
      this.overflowed += 1;
      if (this.#overflowId < 0)
        this.#overflowId = this.intern(this.#overflowName);
      return this.#overflowId;
    }
    const id = this.intern(text);
    this.#admitted[id] = true;
    this.#admittedCount += 1;
    return id;
  }

  #add(text, id) {
    this.#ids.set(text, id);
    this.names[id] = text;
    this.#admitted[id] = false;
    return id;
  }
}

module.exports = { Interner };
