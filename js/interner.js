'use strict';

/**
 * Texts to the numbers under which the native side knows them. At most `limit` of them; what
 * comes later shares one number, so that no input can grow the tables without end.
 */
class Interner {
  #ids = new Map();
  #register;
  #overflowName;
  #overflowId = -1;
  /** Texts by number. */
  names = [];

  constructor(register, limit, overflowName) {
    this.#register = register;
    this.#overflowName = overflowName;
    this.limit = limit;
    this.overflowed = 0;
  }

  /** The number of a text, given to it if it has none. */
  intern(text) {
    const known = this.#ids.get(text);
    return known === undefined ? this.#add(text) : known;
  }

  /** The number of a text, or -1. */
  find(text) {
    const known = this.#ids.get(text);
    return known === undefined ? -1 : known;
  }

  /** Takes over a number that the native side gave out itself. */
  adopt(text, id) {
    this.#ids.set(text, id);
    this.names[id] = text;
  }

  #add(text) {
    if (this.#ids.size < this.limit) return this.#registerText(text);
    this.overflowed += 1;
    if (this.#overflowId < 0) this.#overflowId = this.#registerText(this.#overflowName);
    return this.#overflowId;
  }

  #registerText(text) {
    const id = this.#register(text);
    this.adopt(text, id);
    return id;
  }
}

module.exports = { Interner };
