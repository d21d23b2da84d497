'use strict';

// Whole pages for listeners, written in slices, as often as that costs little time. The last part is
// written as a page is sent, with the figures of that moment.

const { EVERYTHING, PageWriter } = require('../queries/page');

/**
 * @import { Core } from '../recording/core'
 * @import { Listener } from './listeners'
 */

/**
 * @typedef {object} Draft
 * @property {string} key
 * @property {number} version - of the history
 * @property {number} begun
 * @property {number} cost - of its parts so far, in ms
 * @property {PageWriter} writer
 */

/** Least time between two pages, in ms. */
const PAGE_EVERY = 500;
/** A page waits this many times its cost: a quarter of a per cent of the time. */
const REST = 400;
/** Where that is longer than this, in ms, it may take up to one per cent. */
const OLD = 2500;
const SHORTEST_REST = 100;
/** The same factor where other listeners came in between: 10 % of the time, however many come and go. */
const LEAST_REST = 9;
/** Most work at once, in ms; it ends with the part that exceeds it. */
const SLICE = 2;

/** @param {number} cost - of a page, in ms */
function restAfter(cost) {
  const rest = Math.min(cost * REST, Math.max(OLD, cost * SHORTEST_REST));
  return Math.max(PAGE_EVERY, rest);
}

/** The pages of one collector, one per time range and stage listened to. */
class LivePages {
  #core;
  #later;
  /**
   * The last of each, by what was asked for.
   * @type {Map<string, { version: number, text: string, cost: number, next: number }>}
   */
  #last = new Map();
  /** @type {Draft | null} - the one that is being written */
  #draft = null;
  /** No page is begun before this time. */
  #freeAt = -Infinity;
  /** @type {unknown} */
  #error = null;

  /** @param {Core} core @param {(work: () => void) => void} later - runs the next slice */
  constructor(core, later) {
    this.#core = core;
    this.#later = later;
  }

  /**
   * The page last sent to listeners of this selection; null before the first.
   * @param {string} key
   */
  last(key) {
    return this.#last.get(key)?.text ?? null;
  }

  /** The page that lacks only its last part, if there is one. */
  get ready() {
    const draft = this.#draft;
    if (draft === null || !draft.writer.isAlmostDone) return null;
    const { key, begun } = draft;
    return { key, begun, isFirst: !this.#last.has(key) };
  }

  /**
   * Begins the first page that is due, unless one is being written. Throws the error of writing the
   * one before.
   * @param {Map<string, Listener[]>} groups - those that listen, by what they asked for
   * @param {number} now
   */
  begin(groups, now) {
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error;
    for (const key of this.#last.keys())
      if (!groups.has(key)) this.#last.delete(key);
    if (this.#draft !== null && !groups.has(this.#draft.key))
      this.#draft = null;
    if (this.#draft !== null || now < this.#freeAt) return;
    const version = this.#core.engine.version();
    for (const [key, [{ asked }]] of groups) {
      const last = this.#last.get(key);
      const isKnown = last?.version === version && asked.range === null;
      if (last !== undefined && (now < last.next || isKnown)) continue;
      const writer = new PageWriter(this.#core, { ...EVERYTHING, ...asked });
      this.#draft = { key, version, begun: now, cost: 0, writer };
      this.#write(this.#draft);
      return;
    }
  }

  /** @param {Draft} draft */
  #write(draft) {
    // All its listeners may have left.
    if (this.#draft !== draft) return;
    const { writer } = draft;
    const from = performance.now();
    try {
      while (!writer.isAlmostDone && performance.now() - from < SLICE)
        writer.step();
    } catch (error) {
      this.#draft = null;
      this.#error = error;
      return;
    }
    draft.cost += performance.now() - from;
    if (!writer.isAlmostDone) this.#later(() => this.#write(draft));
  }

  /**
   * Completes the page that is ready.
   * @param {number} pages - how many are asked for
   * @param {number} now
   */
  finish(pages, now) {
    const draft = /** @type {Draft} */ (this.#draft);
    const { key, version, cost, writer } = draft;
    this.#draft = null;
    const text = /** @type {string} */ (writer.step());
    // All pages together have this share of the time, however many are asked for. A single high
    // cost, by other processes or cold code, does not count; two in a row do.
    const usual = Math.min(
      cost,
      this.#last.get(key)?.cost ?? OLD / SHORTEST_REST,
    );
    const next = now + restAfter(usual) * pages;
    this.#last.set(key, { version, text, cost, next });
    this.#freeAt = now + cost * LEAST_REST;
    return { key, text };
  }
}

module.exports = { LivePages };
