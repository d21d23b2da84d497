'use strict';

// Browsers and terminals that listen, each as fast as it reads.

/**
 * @import { ServerResponse } from 'node:http'
 * @typedef {Pick<import('../queries/page').Asked, 'range' | 'from' | 'to' | 'stage'>} Asked
 */

const MOST_LISTENERS = 32;
/** One that has taken nothing for so long is dropped, in ms. */
const PATIENCE = 10_000;
/** What a listener waits before it comes again, in ms. */
const RETRY = 1000;

/** @param {string} name @param {string} json */
const event = (name, json) => `event: ${name}\ndata: ${json}\n\n`;

/** One response that stays open. */
class Listener {
  /** @type {number | null} - since when it takes nothing, or null */
  #fullSince = null;
  #res;
  /**
   * What it was sent last: what is wrong, a page, and with a tick how many alerts and failures, and
   * how many alerts, there had been.
   * @type {{ trouble: string | null, page: string | null, urgent: number, raised: number }}
   */
  known = { trouble: null, page: null, urgent: NaN, raised: 0 };

  /** @param {ServerResponse} res @param {Asked} asked */
  constructor(res, asked) {
    this.asked = asked;
    this.key = JSON.stringify(asked);
    this.#res = res;
    res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    res.write(`retry: ${RETRY}\n\n`);
    res.on('drain', () => (this.#fullSince = null));
  }

  /**
   * Whether what was sent before has been taken; one that takes nothing for long is dropped.
   * @param {number} now
   */
  isReady(now) {
    if (this.#fullSince === null) return true;
    if (now - this.#fullSince > PATIENCE) this.#res.destroy();
    return false;
  }

  /**
   * Sends to one that is ready; whether it was.
   * @param {string} name
   * @param {string} json
   * @param {number} now
   */
  send(name, json, now) {
    if (!this.isReady(now)) return false;
    if (!this.#res.write(event(name, json))) this.#fullSince = now;
    return true;
  }

  end() {
    this.#res.end();
  }
}

/** All that listen. */
class Listeners {
  /** @type {Set<Listener>} */
  #all = new Set();
  /** How many there ever were. */
  added = 0;

  get size() {
    return this.#all.size;
  }

  get isFull() {
    return this.#all.size >= MOST_LISTENERS;
  }

  /** @param {ServerResponse} res @param {Asked} asked */
  add(res, asked) {
    const listener = new Listener(res, asked);
    this.#all.add(listener);
    this.added += 1;
    res.on('close', () => this.#all.delete(listener));
    return listener;
  }

  [Symbol.iterator]() {
    return this.#all[Symbol.iterator]();
  }

  /** @param {number} now @returns those that a tick can be sent to */
  ready(now) {
    return [...this.#all].filter((listener) => listener.isReady(now));
  }

  /** @returns {Map<string, Listener[]>} those that asked for the same, by what they asked for */
  groups() {
    const groups = new Map();
    for (const listener of this.#all) {
      const group = groups.get(listener.key);
      if (group === undefined) groups.set(listener.key, [listener]);
      else group.push(listener);
    }
    return groups;
  }

  endAll() {
    for (const listener of this.#all) listener.end();
  }
}

module.exports = { Listener, Listeners, PATIENCE };
