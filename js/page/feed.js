'use strict';

// What listeners get, and when: a tick whenever something ran, 15 a second, at once where an alert
// was raised or an execution failed, and a whole page as often as it takes little of the time to
// make: at most 20 events in any second.

const { setImmediate } = require('node:timers');
const { EVERYTHING, pageWriter } = require('../queries/page');
const { Allowance, STEADY, URGENT } = require('./allowance');

/** @typedef {import('../recording/core').Core} Core */

/** A tick although nothing ran, so that a reader knows that the connection is there, in ms. */
const TICK_AT_LEAST = 1000;
/** Ticks without an alert or a failure at most one in so many ms. */
const TICK_EVERY = 65;
/** Pages at most one in so many ms. */
const PAGE_EVERY = 500;
/** A page that has waited so long for a token goes before all else, in ms. */
const PAGE_PATIENCE = 250;
/** A page waits this many times as long as making it took: half a per cent of the time. */
const REST = 200;
/** So it does where other listeners came in between: 10 % of the time, however many come and go. */
const LEAST_REST = 9;
/** Work at once, in ms: no longer with the part that passes it. */
const SLICE = 2;

const FAILED =
  'The collector stopped after an internal failure; the figures are the last ones.';
const DISPOSED = 'The collector was disposed of: nothing more is recorded.';

/** Makes what the listeners of one collector are sent. It looks only when `look` is called. */
class Feed {
  #core;
  #listeners;
  #later;
  #allowance = new Allowance();
  /** When the last tick was sent, and of which version of the history. */
  #tickedAt = -Infinity;
  #tickedVersion = NaN;
  /** Alerts and failures that it had. */
  #urgentKnown = NaN;
  /** Alerts that were raised until then; all that there are before the first. */
  #alertsKnown = Infinity;
  /**
   * What was sent to those that asked for the same, by that.
   *
   * @type {Map<string, { version: number, text: string, next: number }>}
   */
  #groups = new Map();
  /** No page is begun before. */
  #freeAt = -Infinity;
  #isWriting = false;
  /**
   * Since when a page waits for a token.
   *
   * @type {number | null}
   */
  #refusedSince = null;
  /** @type {string | null} */
  #trouble = null;

  /**
   * @param {Core} core
   * @param {import('./listeners').Listeners} listeners
   * @param {(work: () => void) => void} [later] - runs the next part of a page
   */
  constructor(core, listeners, later = setImmediate) {
    this.#core = core;
    this.#listeners = listeners;
    this.#later = later;
  }

  /**
   * Sends what is due at `now`, in ms on any clock that does not go back.
   *
   * @param {number} now
   */
  look(now) {
    if (this.#listeners.size === 0) return;
    try {
      this.#say(this.#core.closed ? DISPOSED : null, now);
      const waited = now - (this.#refusedSince ?? now);
      if (waited >= PAGE_PATIENCE) this.#beginPage(now, URGENT);
      this.#tick(now);
      this.#beginPage(now, STEADY);
    } catch {
      this.#say(FAILED, now);
    }
  }

  /**
   * Sends what is wrong to all listeners, once.
   *
   * @param {string | null} trouble
   * @param {number} now
   */
  #say(trouble, now) {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#sendAll('state', JSON.stringify({ trouble }), now);
  }

  /**
   * What a new listener has to know at once.
   *
   * @param {import('./listeners').Listener} listener
   * @param {number} now
   */
  greet(listener, now) {
    if (this.#trouble !== null)
      listener.send('state', JSON.stringify({ trouble: this.#trouble }), now);
    const sent = this.#groups.get(listener.key);
    if (sent !== undefined) listener.send('data', sent.text, now);
    this.look(now);
  }

  #hasNews() {
    const { engine, journal } = this.#core;
    return journal.at > 0 || engine.version() !== this.#tickedVersion;
  }

  /** @param {number} now */
  #tick(now) {
    const { engine } = this.#core;
    const isUrgent = engine.urgentCount() !== this.#urgentKnown;
    const elapsed = now - this.#tickedAt;
    if (!isUrgent && elapsed < TICK_EVERY) return;
    if (!isUrgent && elapsed < TICK_AT_LEAST && !this.#hasNews()) return;
    if (!this.#allowance.take(now, isUrgent ? URGENT : STEADY)) return;
    const tick = this.#readTick(this.#alertsKnown);
    this.#tickedAt = now;
    this.#tickedVersion = engine.version();
    this.#urgentKnown = engine.urgentCount();
    this.#alertsKnown = tick.raised;
    this.#sendAll('tick', tick.text, now);
  }

  /**
   * The figures of now, with the alerts past the first `known`.
   *
   * @param {number} known
   */
  #readTick(known) {
    const core = this.#core;
    const text = core.native.pageTick(core.now(), core.wallNow(), known);
    return { text, raised: JSON.parse(text).raised };
  }

  /**
   * @param {string} name
   * @param {string} json
   * @param {number} now
   */
  #sendAll(name, json, now) {
    for (const listener of this.#listeners) listener.send(name, json, now);
  }

  /**
   * Begins the page that has waited longest of those that are due, if there are `least` tokens.
   *
   * @param {number} now
   * @param {number} least
   */
  #beginPage(now, least) {
    if (this.#isWriting || now < this.#freeAt) return;
    const groups = this.#listeners.groups();
    for (const key of this.#groups.keys())
      if (!groups.has(key)) this.#groups.delete(key);
    const version = this.#core.engine.version();
    for (const [key, [{ asked }]] of groups) {
      const sent = this.#groups.get(key);
      const moves = asked.range !== null;
      if (
        sent !== undefined &&
        (now < sent.next || (sent.version === version && !moves))
      )
        continue;
      if (!this.#allowance.take(now, least)) {
        this.#refusedSince ??= now;
        return;
      }
      this.#refusedSince = null;
      this.#isWriting = true;
      this.#write(key, asked, version, now);
      return;
    }
    this.#refusedSince = null;
  }

  /**
   * @param {string} key
   * @param {import('./listeners').Asked} asked
   * @param {number} version
   * @param {number} now
   */
  #write(key, asked, version, now) {
    const step = pageWriter(this.#core, { ...EVERYTHING, ...asked });
    let cost = 0;
    const slice = () => {
      const from = performance.now();
      let text;
      try {
        do text = step();
        while (text === null && performance.now() - from < SLICE);
      } catch {
        this.#isWriting = false;
        this.#say(FAILED, now);
        return;
      }
      cost += performance.now() - from;
      if (text === null) this.#later(slice);
      else this.#sendPage(key, text, version, now, cost);
    };
    slice();
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {number} version
   * @param {number} now
   * @param {number} cost
   */
  #sendPage(key, text, version, now, cost) {
    this.#isWriting = false;
    const groups = this.#listeners.groups();
    // All pages together take so much of the time, however many are asked for.
    const rest = Math.max(PAGE_EVERY, cost * REST * groups.size);
    this.#groups.set(key, { version, text, next: now + rest });
    this.#freeAt = now + cost * LEAST_REST;
    for (const listener of groups.get(key) ?? [])
      listener.send('data', text, now);
  }
}

module.exports = { Feed };
