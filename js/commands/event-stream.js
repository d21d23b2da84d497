'use strict';

// Server-sent events over node:http.

const http = require('node:http');
const https = require('node:https');

/** Characters of one event, beyond any that a page has. */
const MOST = 64 * 1024 * 1024;
/** The page sends something every second: nothing for so long means that it is gone, in ms. */
const SILENCE = 6000;

/** Takes text as it comes and calls `on` with each whole event's name and data. */
class EventParser {
  #text = '';
  #on;

  /** @param {(name: string, data: string) => void} on */
  constructor(on) {
    this.#on = on;
  }

  /** @param {string} text */
  push(text) {
    this.#text += text;
    if (this.#text.length > MOST) throw new Error('An event is too long');
    let end;
    while ((end = this.#text.indexOf('\n\n')) >= 0) {
      this.#take(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 2);
    }
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

/**
 * Listens to an address until the connection ends.
 * @param {URL} address
 * @param {(name: string, data: string) => void} on
 * @param {AbortSignal} signal
 * @param {number} [silence] - ms
 * @returns {Promise<void>} rejects where the server refuses, cannot be reached or says nothing
 */
function listen(address, on, signal, silence = SILENCE) {
  const { get } = address.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = get(address, { signal }, (response) => {
      const { statusCode } = response;
      if (statusCode !== 200) {
        response.resume();
        reject(
          Object.assign(new Error(`The server answers ${statusCode}`), {
            statusCode,
          }),
        );
        return;
      }
      const parser = new EventParser(on);
      response.setEncoding('utf8');
      response.on('data', (text) => {
        try {
          parser.push(text);
        } catch (error) {
          request.destroy(error);
        }
      });
      response.on('end', resolve);
      response.on('error', reject);
    });
    request.on('error', reject);
    request.setTimeout(silence, () =>
      request.destroy(new Error('The server says nothing')),
    );
  });
}

module.exports = { EventParser, listen };
