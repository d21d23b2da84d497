'use strict';

const { addIdle, removeIdle } = require('../../recording/idle-spans');
const { Shadows } = require('./shadows');

/**
 * A span that ends as what its call returned does; see `follow`.
 * @typedef {object} FollowingSpan
 * @property {(result: unknown, items: number | undefined) => void} succeeded
 * @property {(error: unknown, items?: number) => void} failed
 * @property {(fn: Function, thisArg: unknown, args: unknown[]) => any} runInContext
 * @property {() => void} [returned]
 * @property {(items: number | undefined) => void} [neverBegan]
 * @property {object} [execution]
 * @property {FollowingSpan} [outer] - the span that it started in
 */

/** @type {WeakMap<object, Following>} - what is being followed, by the object that was returned */
const followings = new WeakMap();

/**
 * An object that a stage returned and that works later: a thenable that starts when it is
 * awaited, an iterator, a stream. A stage and the pipelines that pass its object on share one
 * following, so that they end in that order, innermost first.
 *
 * It waits until the work begins. One that never begins is a plain value: it ends with the
 * execution around it, or when the collector is asked for its figures.
 */
class Following {
  /** @type {FollowingSpan[]} */
  #spans = [];
  /** @type {Shadows[]} */
  #shadows = [];
  #hasBegun = false;
  hasEnded = false;

  /** @param {number | undefined} items - 0 for what yields items, else undefined */
  constructor(items) {
    this.items = items;
  }

  /** @param {object} owner @returns a place for our methods on `owner`, cleared when this ends */
  shadowsOf(owner) {
    const shadows = new Shadows(owner);
    this.#shadows.push(shadows);
    return shadows;
  }

  /**
   * Whether a span is of the execution of the one that follows, or of one around that.
   * @param {FollowingSpan} span
   */
  isPassedOnBy(span) {
    if (this.#spans.length >= MAX_SPANS) return false;
    /** @type {FollowingSpan | undefined} */
    let inner = this.#spans.at(-1);
    while (inner !== undefined && inner.execution !== span.execution)
      inner = inner.outer;
    return inner !== undefined;
  }

  /** @param {FollowingSpan} span */
  add(span) {
    this.#spans.push(span);
    if (this.#hasBegun) return;
    span.returned?.();
    addIdle(span, this);
  }

  /** @param {FollowingSpan} span - whose work never began */
  drop(span) {
    removeIdle(span);
    this.#spans.splice(this.#spans.indexOf(span), 1);
    if (this.#spans.length === 0) this.#end();
    if (span.neverBegan === undefined) span.succeeded(undefined, this.items);
    else span.neverBegan(this.items);
  }

  begin() {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    for (const span of this.#spans) removeIdle(span);
  }

  /**
   * Does a step of the work in the context of the innermost span.
   * @param {Function} fn
   * @param {unknown} thisArg
   * @param {unknown[]} args
   */
  run(fn, thisArg, args) {
    this.begin();
    return this.#spans[0].runInContext(fn, thisArg, args);
  }

  yielded() {
    this.begin();
    /** @type {number} */ (this.items) += 1;
  }

  /** @param {unknown} result */
  succeeded(result) {
    if (this.hasEnded) return;
    this.#end();
    for (const span of this.#spans) span.succeeded(result, this.items);
  }

  /** @param {unknown} error */
  failed(error) {
    if (this.hasEnded) return;
    this.#end();
    for (const span of this.#spans) span.failed(error, this.items);
  }

  #end() {
    this.hasEnded = true;
    this.begin();
    for (const shadows of this.#shadows) shadows.clear();
  }
}

/** Spans that follow one object at most. */
const MAX_SPANS = 100;

/**
 * Has `span` follow `object`, with all others that do.
 *
 * What an execution returned that is not around them is theirs, not its own work, such as a
 * connection of a pool: it is a plain value.
 * @param {object} object
 * @param {FollowingSpan} span
 * @param {(object: any) => Following | undefined} observe - begins to follow an object; undefined where it cannot
 * @returns {boolean} whether it is followed
 */
function join(object, span, observe) {
  let following = followings.get(object);
  if (following === undefined || following.hasEnded) {
    following = observe(object);
    if (following === undefined) return false;
    followings.set(object, following);
  } else if (!following.isPassedOnBy(span)) return false;
  following.add(span);
  return true;
}

module.exports = { Following, join };
