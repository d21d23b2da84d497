'use strict';

const { addIdle, removeIdle } = require('../../recording/idle-spans');
const { Shadows } = require('./shadows');

/**
 * A span that ends when the result of its call ends; see `follow`.
 * @typedef {object} ResultSpan
 * @property {(result: unknown, items: number | undefined) => void} succeeded
 * @property {(error: unknown, items?: number) => void} failed
 * @property {(fn: Function, thisArg: unknown, args: unknown[]) => any} runInContext
 * @property {() => void} [returned]
 * @property {(items: number | undefined) => void} [neverBegan]
 * @property {object} [execution]
 * @property {ResultSpan} [outer] - the span that it started in
 */

/** @type {WeakMap<object, FollowedObject>} - what is being followed, by the object that was returned */
const followedObjects = new WeakMap();

/**
 * An object returned by a stage that does its work later: a lazy thenable, an iterator, a stream.
 * The stage and the pipelines that return the same object share one of these, so that they end
 * innermost first.
 *
 * If the work never begins, the object is a plain value: its spans end with the execution around
 * them, or when the collector is queried.
 */
class FollowedObject {
  /** @type {ResultSpan[]} */
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
   * @param {ResultSpan} span
   */
  isPassedOnBy(span) {
    if (this.#spans.length >= MAX_SPANS) return false;
    /** @type {ResultSpan | undefined} */
    let inner = this.#spans.at(-1);
    while (inner !== undefined && inner.execution !== span.execution)
      inner = inner.outer;
    return inner !== undefined;
  }

  /** @param {ResultSpan} span */
  add(span) {
    this.#spans.push(span);
    if (this.#hasBegun) return;
    span.returned?.();
    addIdle(span, this);
  }

  /** @param {ResultSpan} span - whose work never began */
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
   * Runs a step of the work in the context of the innermost span.
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

/** Most spans that follow one object. */
const MAX_SPANS = 100;

/**
 * Makes `span` follow `object`, beside others that do.
 *
 * An object that an unrelated execution already follows, such as a connection of a pool, is a plain
 * value here.
 * @param {object} object
 * @param {ResultSpan} span
 * @param {(object: any) => FollowedObject | undefined} observe - begins to follow an object; undefined where it cannot
 * @returns {boolean} whether it is followed
 */
function join(object, span, observe) {
  let followed = followedObjects.get(object);
  if (followed === undefined || followed.hasEnded) {
    followed = observe(object);
    if (followed === undefined) return false;
    followedObjects.set(object, followed);
  } else if (!followed.isPassedOnBy(span)) return false;
  followed.add(span);
  return true;
}

module.exports = { FollowedObject, join };
