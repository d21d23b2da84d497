'use strict';

// Server-sent events over node:http.

const http = require('node:http');
const https = require('node:https');

/** Most characters of one event, more than any page has. */
const MOST = 64 * 1024 * 1024;
/** Silence in ms after which the server counts as gone; it sends something every second. */
const SILENCE = 6000;

/** Parses text as it arrives and calls `on` with the name and data of each complete event. */
class EventParser {
  /** @type {string[]} - of an event that has not ended */
  #parts = [];
  #length = 0;
  #last = '';
  #on;

  /** @param {(name: string, data: string) => void} on */
  constructor(on) {
    this.#on = on;
  }

  /** @param {string} text */
  push(text) {
    this.#length += text.length;
    if (this.#length > MOST) throw new Error('An event is too long');
    this.#parts.push(text);
    const hasEnd = (this.#last + text).includes('\n\n');
    this.#last = text.at(-1) ?? this.#last;
    if (!hasEnd) return;
    const blocks = this.#parts.join('').split('\n\n');
    const rest = blocks.pop() ?? '';
    this.#parts = [rest];
    this.#length = rest.length;
    this.#last = rest.at(-1) ?? '';
    for (const block of blocks) this.#take(block);
  }

  /** @param {string} block */
  #take(block) {
    let name = 'message';
    const data = [];
    for (const line of block.split('\n')) {
      if (line.startsWith('event: ')) name = line.slice(7);
      else if (line.startsWith('data: ')) data.push(line.slice(6));
    }
    if (data.length > 0) this.#on(name, data.join('\n'));
  }
}

/** @param {http.IncomingMessage} response @returns why no events come, or null */
function refusalIn({ statusCode, headers }) {
  const isOfEvents = /^text\/event-stream\b/i.test(
    headers['content-type'] ?? '',
  );
  if (statusCode === 200 && isOfEvents) return null;
  const message =
    statusCode === 200
      ? 'What the server sends is not a page'
      : `The server answers ${statusCode}`;
  return Object.assign(new Error(message), { statusCode });
}

/**
 * Listens to an address until the connection ends, or `signal` ends it.
 * @param {URL} address
 * @param {(name: string, data: string) => void} on
 * @param {AbortSignal} signal
 * @param {number} [silence] - ms
 * @returns {Promise<void>} rejects where the server refuses, which has a `statusCode`, cannot be reached
 *   or says nothing
 */
function listen(address, on, signal, silence = SILENCE) {
  const { get } = address.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = get(address, (response) => {
      const refusal = refusalIn(response);
      if (refusal !== null) {
        reject(refusal);
        end();
        return;
      }
      const parser = new EventParser(on);
      response.setEncoding('utf8');
      response.on('data', (text) => {
        try {
          parser.push(text);
        } catch (error) {
          reject(error);
          end();
        }
      });
      response.on('end', resolve);
      response.on('error', reject);
    });
    // Without an error, which would reach the socket if the response has already ended.
    const end = () => {
      resolve();
      request.destroy();
    };
    request.on('error', reject);
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    request.on('close', () => signal.removeEventListener('abort', end));
    request.setTimeout(silence, () =>
      request.destroy(new Error('The server sent nothing')),
    );
  });
}

module.exports = { EventParser, listen };
