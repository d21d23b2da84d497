'use strict';

// What listeners get, and when: current figures, 17 times a second while something runs, and at once
// after a pause, an alert or a failed execution; at most 20 updates in any second. An update is a tick,
// or a whole page, which includes the tick's figures.

const { setImmediate } = require('node:timers');
const { Allowance } = require('./update-allowance');
const { LivePages } = require('./live-pages');

/**
 * @import { Core } from '../recording/core'
 * @import { Listener, Listeners } from './listeners'
 */

/** Time between updates while nothing runs, which show that the connection is alive, in ms. */
const UPDATE_AT_LEAST = 1000;
/** Steady figures that have waited this long, in ms, may use the updates reserved for alerts. */
const LATE = 110;
/** A page that has waited this long, in ms, is sent even amid alerts. */
const PAGE_PATIENCE = 250;

const FAILED =
  'The collector stopped after an internal failure; the figures are the last ones.';
const DISPOSED = 'The collector was disposed of: nothing more is recorded.';

/** Builds the updates for the listeners of one collector, only when `look` is called. */
class Feed {
  #core;
  #listeners;
  #pages;
  #allowance = new Allowance();
  /** When the last update was sent, and the version of the history it showed. */
  #sentAt = -Infinity;
  #sentVersion = NaN;
  /** Alerts and failures at that time. */
  #sentUrgent = NaN;
  /** Before this time only those are due, unless another listener comes. */
  #restUntil = -Infinity;
  #restsFor = 0;
  /** @type {string | null} */
  #trouble = null;

  /**
   * @param {Core} core
   * @param {Listeners} listeners
   * @param {(work: () => void) => void} [later] - runs the next part of a page
   */
  constructor(core, listeners, later = setImmediate) {
    this.#core = core;
    this.#listeners = listeners;
    this.#pages = new LivePages(core, later);
  }

  /**
   * Sends what is due at `now`, in ms on any monotonic clock. The first look sends a new listener its
   * initial state.
   * @param {number} now
   */
  look(now) {
    const { size, added } = this.#listeners;
    if (size === 0) return;
    try {
      if (now < this.#restUntil && added === this.#restsFor)
        if (this.#core.engine.urgentCount() === this.#sentUrgent) return;
      if (this.#core.closed) this.#trouble = DISPOSED;
      this.#catchUp(now);
      this.#sendDue(this.#listeners.ready(now), now);
      this.#restsFor = added;
      this.#restUntil = this.#mayRest(now)
        ? this.#sentAt + this.#allowance.rest(now)
        : now;
    } catch {
      this.#trouble = this.#core.closed ? DISPOSED : FAILED;
      this.#catchUp(now);
    }
  }

  /**
   * Sends each listener the trouble and page that it lacks, being new or slow.
   * @param {number} now
   */
  #catchUp(now) {
    const trouble = this.#trouble;
    for (const listener of this.#listeners) {
      const { known, key } = listener;
      if (known.trouble !== trouble) {
        const json = JSON.stringify({ trouble });
        if (listener.send('state', json, now)) known.trouble = trouble;
      }
      const page = this.#pages.last(key);
      if (page !== null && known.page !== page)
        if (listener.send('data', page, now)) known.page = page;
    }
  }

  /**
   * At most one update: a tick, or instead a page to the listeners of that page.
   * @param {Listener[]} ready
   * @param {number} now
   */
  #sendDue(ready, now) {
    if (ready.length === 0) return;
    const groups = this.#listeners.groups();
    this.#pages.begin(groups, now);
    const page = this.#pages.ready;
    const urgent = this.#core.engine.urgentCount();
    const isUrgent = ready.some(({ known }) => known.urgent !== urgent);
    const isWaiting =
      page !== null && (page.isFirst || now - page.begun >= PAGE_PATIENCE);
    const isPressing = isUrgent || isWaiting;
    if (!isPressing && !this.#isUpdateDue(now, page !== null)) return;
    const isLate = now - this.#sentAt >= LATE;
    if (!this.#allowance.take(now, isPressing || isLate)) return;
    // Amid alerts a tick arrives sooner than a page.
    const hasTurn = page !== null && (isWaiting || !isUrgent);
    const finished = hasTurn ? this.#pages.finish(groups.size, now) : null;
    this.#send(ready, finished, now);
  }

  /**
   * Whether all listeners are up to date. Most looks end here: a busy pipeline pays for each.
   * @param {number} now
   */
  #mayRest(now) {
    return [...this.#listeners].every(
      (listener) =>
        listener.isReady(now) &&
        listener.known.page !== null &&
        listener.known.urgent === this.#sentUrgent &&
        listener.known.trouble === this.#trouble &&
        listener.known.page === this.#pages.last(listener.key),
    );
  }

  /** @param {number} now @param {boolean} hasPage */
  #isUpdateDue(now, hasPage) {
    const { engine, journal } = this.#core;
    const elapsed = now - this.#sentAt;
    if (elapsed < this.#allowance.rest(now)) return false;
    return (
      hasPage ||
      elapsed >= UPDATE_AT_LEAST ||
      journal.at > 0 ||
      engine.version() !== this.#sentVersion
    );
  }

  /**
   * Sends a page to its listeners and current figures to the others, each with the alerts since the
   * last tick it took.
   * @param {Listener[]} ready
   * @param {{ key: string, text: string } | null} page
   * @param {number} now
   */
  #send(ready, page, now) {
    const core = this.#core;
    const { native } = core;
    const urgent = native.urgentCount();
    const ticks = new Map();
    for (const listener of ready) {
      const { known } = listener;
      if (listener.key === page?.key) {
        if (!listener.send('data', page.text, now)) continue;
        known.page = page.text;
      } else {
        if (!ticks.has(known.raised))
          ticks.set(known.raised, this.#readTick(known.raised));
        const { text, raised } = ticks.get(known.raised);
        if (!listener.send('tick', text, now)) continue;
        known.raised = raised;
      }
      known.urgent = urgent;
    }
    this.#sentAt = now;
    this.#sentUrgent = urgent;
    this.#sentVersion = native.version();
    this.#trouble = core.closed ? DISPOSED : null;
  }

  /** @param {number} known @returns the figures of now, with the alerts past the first `known` */
  #readTick(known) {
    const core = this.#core;
    const text = core.native.pageTick(core.now(), core.wallNow(), known);
    return { text, raised: JSON.parse(text).raised };
  }
}

module.exports = { Feed };
