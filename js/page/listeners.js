'use strict';

// Listening browsers and terminals, each sent to as fast as it reads.

/**
 * @import { ServerResponse } from 'node:http'
 * @typedef {Pick<import('../queries/page').Asked, 'range' | 'from' | 'to' | 'stage'>} Asked
 */

const MOST_LISTENERS = 32;
/** A listener that has taken nothing for this long is dropped, in ms. */
const PATIENCE = 10_000;
/** The delay before a listener reconnects, in ms. */
const RETRY = 1000;

/** @param {string} name @param {string} json */
const event = (name, json) => `event: ${name}\ndata: ${json}\n\n`;

/** One response that stays open. */
class Listener {
  /** @type {number | null} - since when it takes nothing, or null */
  #fullSince = null;
  #res;
  /**
   * What it was sent last: the trouble, a page, and with a tick the counts of alerts and failures
   * together, and of alerts.
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
   * Whether everything sent has been taken; a listener that takes nothing for long is dropped.
   * @param {number} now
   */
  isReady(now) {
    if (this.#fullSince === null) return true;
    if (now - this.#fullSince > PATIENCE) this.#res.destroy();
    return false;
  }

  /**
   * Sends to a ready listener; returns whether it was ready.
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

/** All listeners. */
class Listeners {
  /** @type {Set<Listener>} */
  #all = new Set();
  /** How many there have been in all. */
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
