'use strict';

const http = require('node:http');
const https = require('node:https');

/**
 * @typedef {NonNullable<import('../../types/export').OtlpExporterOptions['clock']>} Clock
 * @typedef {object} Answer
 * @property {number} status - 0 where none came
 * @property {string} text
 * @property {string} [retryAfter]
 * @property {string} [error] - of one that did not come, or not to its end
 */

/** Most bytes of an answer that are read; the rest is dropped. */
const READ = 65_536;

/**
 * The receiver's message about a partly accepted request, if any.
 * @param {string} text
 */
function partialFrom(text) {
  let said;
  try {
    said = JSON.parse(text)?.partialSuccess;
  } catch {
    // No JSON: the status alone counts.
  }
  const rejected = Number(said?.rejectedSpans ?? said?.rejectedDataPoints ?? 0);
  return {
    rejected: Number.isFinite(rejected) ? Math.max(rejected, 0) : 0,
    message: typeof said?.errorMessage === 'string' ? said.errorMessage : '',
  };
}

/**
 * Fills in an answer as it arrives: its status counts even if the text fails.
 * @param {Answer} answer
 * @param {http.IncomingMessage} response
 */
function readInto(answer, response) {
  answer.status = response.statusCode ?? 0;
  answer.retryAfter = response.headers['retry-after'];
  response.setEncoding('utf8');
  response.on('data', (part) => {
    if (answer.text.length < READ) answer.text += part;
  });
}

/** Sends requests over connections that stay open. */
class Poster {
  /** @type {Map<string, http.Agent>} */
  #agents = new Map();
  #headers;
  #timeout;
  #clock;
  /** @type {http.ClientRequest | undefined} - the last */
  #sent;

  /**
   * @param {Record<string, string>} headers
   * @param {number} timeout - ms for a request as a whole
   * @param {Clock} clock
   */
  constructor(headers, timeout, clock) {
    this.#headers = headers;
    this.#timeout = timeout;
    this.#clock = clock;
  }

  /**
   * Sends a body; resolves to the outcome, and never rejects.
   * @param {URL} url
   * @param {string} body
   * @returns {Promise<Answer>}
   */
  post(url, body) {
    return new Promise((resolve) => {
      /** @type {http.ClientRequest | undefined} */
      let sent;
      /** @type {Answer} */
      const answer = { status: 0, text: '' };
      const timer = this.#clock.setTimeout(
        () => sent?.destroy(new Error(`no answer within ${this.#timeout} ms`)),
        this.#timeout,
      );
      const finish = () => {
        this.#clock.clearTimeout(timer);
        resolve(answer);
      };
      const fail = (/** @type {Error} */ { message }) => {
        answer.error ??= message;
        finish();
      };
      try {
        sent = this.#request(url, body);
        this.#sent = sent;
        sent.on('response', (response) => {
          readInto(answer, response);
          response.on('error', fail);
          response.on('end', finish);
        });
        sent.on('error', fail);
        // A protocol upgrade fires neither.
        sent.on('close', () => {
          if (answer.status === 0) fail(new Error('no HTTP response'));
        });
        sent.end(body);
      } catch (error) {
        // Some headers fail only with others.
        fail(error);
        sent?.destroy();
      }
    });
  }

  /** @param {URL} url @param {string} body */
  #request(url, body) {
    const { protocol } = url;
    const { Agent, request } = protocol === 'https:' ? https : http;
    const agent =
      this.#agents.get(protocol) ??
      new Agent({ keepAlive: true, maxSockets: 1 });
    this.#agents.set(protocol, agent);
    return request(url, {
      method: 'POST',
      agent,
      headers: {
        'User-Agent': 'pipeline-performance-metrics',
        ...this.#headers,
        // Without it a receiver may compress what it refused.
        'Accept-Encoding': 'identity',
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      },
    });
  }

  /** Closes every connection; a request in flight ends with an error. */
  close() {
    this.#sent?.destroy(new Error('the exporter was closed'));
    for (const agent of this.#agents.values()) agent.destroy();
  }
}

module.exports = { Poster, partialFrom };
