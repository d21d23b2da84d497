'use strict';

const { askedDelay, backoff, isRetryable } = require('./retry-delays');
const { partialFrom } = require('./otlp-request');

/**
 * @import { Answer, Clock } from './otlp-request'
 * @typedef {{ maxQueueBytes: number, initialBackoff: number, maxBackoff: number }} Limits
 * @typedef {'metrics' | 'traces'} Signal
 * @typedef {{ url: URL, text: string, items: number, signal: Signal }} Request
 */

/**
 * Waiting requests, sent one at a time and in order. One that the receiver cannot take now is
 * retried until it is taken or refused. Past `maxQueueBytes` the oldest is dropped, and counted.
 */
class RequestQueue {
  /** @type {Request[]} */
  #waiting = [];
  #bytes = 0;
  #options;
  #post;
  #clock;
  #random;
  #isSending = false;
  /**
   * The pause before the next attempt; null where there is none.
   * @type {{ timer: any, isAsked: boolean } | null}
   */
  #pause = null;
  #attempt = 0;
  #isClosed = false;
  /** @type {((isSent: boolean) => void)[]} - called once nothing waits */
  #onEmpty = [];
  counts = {
    metrics: { sent: 0, rejected: 0, dropped: 0 },
    traces: { sent: 0, rejected: 0, dropped: 0 },
    requests: { sent: 0, retried: 0 },
    /** @type {string | null} */
    lastError: null,
  };

  /**
   * @param {Limits} options
   * @param {(url: URL, text: string) => Promise<Answer>} post
   * @param {Clock} clock
   * @param {() => number} random
   */
  constructor(options, post, clock, random) {
    this.#options = options;
    this.#post = post;
    this.#clock = clock;
    this.#random = random;
  }

  get waiting() {
    return { requests: this.#waiting.length, bytes: this.#bytes };
  }

  /**
   * Adds a request of `items` data points or spans, and sends it as soon as it can.
   * @param {Signal} signal
   * @param {URL} url
   * @param {string} text
   * @param {number} items
   */
  push(signal, url, text, items) {
    const request = { url, text, items, signal };
    if (this.#isClosed) {
      this.#drop(request);
      return;
    }
    this.#waiting.push(request);
    this.#bytes += text.length;
    // The first may be in flight, with an unknown outcome.
    const first = this.#isSending ? 1 : 0;
    while (
      this.#bytes > this.#options.maxQueueBytes &&
      this.#waiting.length > first
    ) {
      for (const oldest of this.#waiting.splice(first, 1)) {
        this.#bytes -= oldest.text.length;
        this.#drop(oldest);
      }
    }
    this.#sendNext();
  }

  /** @param {Request} request */
  #drop({ signal, items }) {
    this.counts[signal].dropped += items;
    this.counts.lastError = 'the queue was full, or closed';
  }

  #sendNext() {
    if (this.#isSending || this.#pause !== null) return;
    const [request] = this.#waiting;
    if (request === undefined) {
      for (const resolve of this.#onEmpty.splice(0)) resolve(!this.#isClosed);
      return;
    }
    this.#isSending = true;
    this.#post(request.url, request.text).then((answer) => {
      this.#isSending = false;
      this.#answered(request, answer);
    });
  }

  /** @param {Request} request @param {Answer} answer */
  #answered(request, { status, retryAfter, text, error }) {
    const { counts } = this;
    const isTaken = status >= 200 && status < 300;
    if (!isTaken && status !== 0)
      counts.lastError = `the receiver answered ${status}`;
    else if (error !== undefined) counts.lastError = error;
    if (!isTaken && (status === 0 || isRetryable(status))) {
      this.#sendLater(askedDelay(retryAfter, this.#clock.wallNow()));
      return;
    }
    this.#attempt = 0;
    this.#waiting.shift();
    this.#bytes -= request.text.length;
    const of = counts[request.signal];
    if (isTaken) {
      const { rejected, message } = partialFrom(text);
      const refused = Math.min(rejected, request.items);
      counts.requests.sent += 1;
      of.sent += request.items - refused;
      of.rejected += refused;
      if (message !== '') counts.lastError = message;
    } else of.rejected += request.items;
    this.#sendNext();
  }

  /** @param {number | undefined} asked - ms */
  #sendLater(asked) {
    if (this.#isClosed) {
      this.#dropAll();
      return;
    }
    this.counts.requests.retried += 1;
    const delay = asked ?? backoff(this.#attempt, this.#options, this.#random);
    this.#attempt += 1;
    const timer = this.#clock.setTimeout(() => {
      this.#pause = null;
      this.#sendNext();
    }, delay);
    timer?.unref?.();
    this.#pause = { timer, isAsked: asked !== undefined };
  }

  /** Sends what waits at once, unless the receiver asked for a pause. */
  hurry() {
    if (this.#pause === null || this.#pause.isAsked) return;
    this.#clock.clearTimeout(this.#pause.timer);
    this.#pause = null;
    this.#sendNext();
  }

  /** Resolves once nothing waits; to false if it was closed. */
  emptied() {
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) resolve(!this.#isClosed);
      else this.#onEmpty.push(resolve);
    });
  }

  /** Drops and counts what waits, and takes nothing more; a request in flight waits for its answer. */
  close() {
    this.#isClosed = true;
    if (this.#pause !== null) this.#clock.clearTimeout(this.#pause.timer);
    this.#pause = null;
    if (!this.#isSending) this.#dropAll();
    else {
      for (const request of this.#waiting.splice(1)) {
        this.#bytes -= request.text.length;
        this.#drop(request);
      }
    }
  }

  #dropAll() {
    for (const request of this.#waiting.splice(0)) this.#drop(request);
    this.#bytes = 0;
    this.#sendNext();
  }
}

module.exports = { RequestQueue };
