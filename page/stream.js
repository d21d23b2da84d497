'use strict';

// The connection to the server while the page is visible. Requests include the token of the
// address.

/** Silence in ms after which the connection counts as lost. */
const SILENCE = 6000;

const tokenOf = (search) => new URLSearchParams(search).get('token');

function addressOf(path, asked, token) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked))
    if (value !== null && value !== undefined) query.set(name, value);
  if (token !== null) query.set('token', token);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Listens to a server; reconnects when the query changes or nothing is heard. */
class Stream {
  /** Null while the page is hidden. */
  #source = null;
  #asked = {};
  #heardAt = 0;
  #on;
  #token;

  /** @param {object} on - `data`, `tick` and `state` take what came, `lost` and `open` nothing */
  constructor(on) {
    this.#on = on;
    this.#token = tokenOf(location.search);
    setInterval(() => this.#listenAgainIfSilent(), 1000);
  }

  /** Requests a range and a stage, replacing the former query. */
  ask(asked) {
    this.#asked = asked;
    if (!document.hidden) this.#listen();
  }

  /** A page that is hidden listens to nothing, and costs the pipeline nothing. */
  follow() {
    if (!document.hidden) this.#listen();
    else {
      this.#source?.close();
      this.#source = null;
    }
  }

  #listen() {
    this.#source?.close();
    this.#heardAt = Date.now();
    const source = new EventSource(
      addressOf('events', this.#asked, this.#token),
    );
    this.#source = source;
    for (const name of ['data', 'tick', 'state'])
      source.addEventListener(name, (event) => {
        this.#heardAt = Date.now();
        this.#on[name](JSON.parse(event.data));
      });
    source.addEventListener('open', () => this.#on.open());
    source.addEventListener('error', () => this.#on.lost());
  }

  #listenAgainIfSilent() {
    const now = Date.now();
    // A clock that was set back does not shorten the silence.
    this.#heardAt = Math.min(this.#heardAt, now);
    if (this.#source === null || now - this.#heardAt < SILENCE) return;
    this.#on.lost();
    this.#listen();
  }

  /** One execution; null if it is not stored or the server does not answer. */
  async execution(id) {
    try {
      const answer = await fetch(addressOf('execution', { id }, this.#token));
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }
}

module.exports = { Stream };
