'use strict';

// When a request that a receiver could not take is sent again.

/** The longest wait that a receiver may ask for, in ms; longer ones are cut to it. */
const LONGEST_ASKED = 10 * 60 * 1000;

/** Statuses that say "again, later", as the specification of OTLP over HTTP lists them. */
const AGAIN = new Set([429, 502, 503, 504]);

/** @param {number} status */
const isRetryable = (status) => AGAIN.has(status);

/**
 * How long a `Retry-After` header asks to wait, in ms; undefined if missing or zero, which would
 * retry in a busy loop.
 * @param {unknown} header - seconds, or a date of HTTP
 * @param {number} wallNow - ms since 1970
 */
function askedDelay(header, wallNow) {
  const text = String(header ?? '').trim();
  const delay = /^\d+$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - wallNow;
  return delay > 0 ? Math.min(delay, LONGEST_ASKED) : undefined;
}

/**
 * Doubles with each attempt up to `maxBackoff`; a random part of that, half at least, so that many
 * senders do not return at once.
 * @param {number} attempt - 0 after the first
 * @param {{ initialBackoff: number, maxBackoff: number }} options - ms
 * @param {() => number} random - from 0 up to 1
 */
function backoff(attempt, { initialBackoff, maxBackoff }, random) {
  const whole = Math.min(initialBackoff * 2 ** attempt, maxBackoff);
  return whole * (0.5 + random() / 2);
}

module.exports = { askedDelay, backoff, isRetryable };
