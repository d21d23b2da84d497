'use strict';

// pipeline-metrics top: the page of serveMetrics in a terminal.

const { setTimeout: sleep } = require('node:timers/promises');
const { visibleLine } = require('../visible-text');
const { alertsFrom, newsOf, pageFrom } = require('../report/page-data');
const { terminalPage } = require('../report/terminal-page');
const { clock } = require('../report/clock-time');
const { listen } = require('./event-stream');
const { argumentsFrom } = require('./arguments');
const { UsageError } = require('./usage-error');

/** @import { Now, PageData } from '../report/page-data' */

const TOP_USAGE = `Usage: pipeline-metrics top <url> [options]

Shows the page of serveMetrics(), which returned <url>, in a terminal. q, Esc or
Ctrl-C ends it.

  --once   print the page once and end, as always if the output is no terminal
  --help   print this
`;

/** Least time between two screens, in ms. */
const DRAW_EVERY = 200;
/** Delays before reconnecting, in ms. */
const RETRY = 1000;
const MOST_ALERTS = 50;
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** Statuses of a proxy whose server is restarting, and of a server with too many listeners. */
const PASSING = [502, 503, 504];
/** q, Ctrl-C and Esc. */
const KEYS_TO_END = ['q', '\u0003', '\u001b'];
const ALTERNATE = ['\u001b[?1049h\u001b[?25l', '\u001b[?25h\u001b[?1049l'];

/** @param {string} text @returns the address of the events of a page */
function eventsAt(text) {
  let address;
  try {
    address = new URL(text);
  } catch {
    throw new UsageError(`${text} is no address: serveMetrics() returns one`);
  }
  if (!/^https?:$/.test(address.protocol))
    throw new UsageError('The address begins with http: or https:');
  const events = new URL('events', address);
  events.search = address.search;
  return events;
}

/** The server sends something other than a page; retrying would not change that. */
class NotAPage extends Error {}

/** @template T @param {() => T} read @returns {T} */
function ofPage(read) {
  try {
    return read();
  } catch (cause) {
    throw new NotAPage('What the server sends is not a page', { cause });
  }
}

/** What has been received so far. */
class Screen {
  /** @type {PageData | null} */
  page = null;
  /** @type {string | null} */
  trouble = null;
  isConnected = true;
  #now = 0;

  /** @param {string} name @param {string} text */
  take(name, text) {
    ofPage(() => this.#read(name, text));
  }

  /** @param {string} name @param {string} text */
  #read(name, text) {
    const value = JSON.parse(text);
    if (name === 'data') {
      this.#now = value.at;
      this.page = pageFrom(value, (ms) => clock(ms, this.#now));
    } else if (name === 'state') this.trouble = value.trouble;
    else if (name === 'tick') this.#tick(value);
  }

  /** @param {Now} now */
  #tick(now) {
    const { page } = this;
    if (page === null) return;
    const news = newsOf(now, page.now?.raised ?? 0);
    const alerts = alertsFrom(news, page.nameOf);
    page.now = now;
    page.alerts = [...alerts, ...page.alerts].slice(0, MOST_ALERTS);
  }

  /** @param {{ columns?: number, rows?: number, color: boolean }} room */
  lines({ columns = 100, rows = Infinity, color }) {
    const trouble = this.isConnected
      ? this.trouble
      : 'Connection lost; trying again.';
    const showTime = (/** @type {number} */ ms) => clock(ms, this.#now);
    const options = { width: columns, height: rows, color, trouble, showTime };
    return ofPage(() => terminalPage(this.page, options));
  }
}

/** How wide a line may be, and whether colours are seen. */
const roomOf = ({ columns, isTTY } = process.stdout) => ({
  columns,
  color: isTTY && !process.env.NO_COLOR,
});

/** @param {URL} address */
async function once(address) {
  const ended = new AbortController();
  const screen = new Screen();
  /** @type {(name: string, text: string) => void} */
  const on = (name, text) => {
    screen.take(name, text);
    if (name === 'data') ended.abort();
  };
  await listen(address, on, ended.signal).catch((error) => {
    if (screen.page === null) throw error;
  });
  if (screen.page === null) throw new Error('The server sent no page');
  const lines = screen.lines(roomOf());
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** Draws on a terminal until a key ends it. */
class Terminal {
  #screen = new Screen();
  #drawnAt = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #ended = new AbortController();
  #out = process.stdout;
  /** @type {unknown} - why a page could not be drawn */
  #error = null;

  /** @param {URL} address */
  async run(address) {
    const { stdin } = process;
    this.#out.write(ALTERNATE[0]);
    if (stdin.isTTY) stdin.setRawMode(true);
    /** @param {Buffer} key */
    const onKey = (key) => {
      if (KEYS_TO_END.includes(String(key))) this.#end();
    };
    stdin.on('data', onKey);
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.once(signal, () => this.#end());
    try {
      await this.#listen(address);
    } finally {
      clearTimeout(this.#timer);
      stdin.off('data', onKey);
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      this.#out.write(ALTERNATE[1]);
    }
    return 0;
  }

  #end() {
    this.#ended.abort();
  }

  /** @param {URL} address */
  async #listen(address) {
    const { signal } = this.#ended;
    /** @type {(name: string, text: string) => void} */
    const on = (name, text) => {
      this.#screen.isConnected = true;
      this.#screen.take(name, text);
      this.#drawSoon();
    };
    while (!signal.aborted) {
      await listen(address, on, signal).catch((error) => {
        if (error instanceof NotAPage) throw error;
        const { statusCode } = error;
        // A server that refused would refuse again.
        if (statusCode !== undefined && !PASSING.includes(statusCode))
          throw error;
      });
      if (signal.aborted) break;
      this.#screen.isConnected = false;
      this.#drawSoon();
      // Ended by a key, it does not wait to reconnect.
      await sleep(RETRY, undefined, { signal }).catch(() => {});
    }
    if (this.#error !== null) throw this.#error;
  }

  #drawSoon() {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#drawnAt + DRAW_EVERY - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#drawnAt = Date.now();
      try {
        this.#draw();
      } catch (error) {
        this.#error = error;
        this.#end();
      }
    }, wait);
  }

  #draw() {
    const lines = this.#screen.lines({ ...roomOf(), rows: this.#out.rows });
    const text = lines.map((line) => line + CLEAR_LINE).join('\r\n');
    this.#out.write(HOME + text + CLEAR_BELOW);
  }
}

/** @param {string[]} args */
async function top(args) {
  const { positionals, values } = argumentsFrom(args, {
    once: { type: 'boolean', default: false },
  });
  if (positionals.length !== 1)
    throw new UsageError('One address is needed: serveMetrics() returns it');
  const address = eventsAt(positionals[0]);
  try {
    return values.once || !process.stdout.isTTY
      ? await once(address)
      : await new Terminal().run(address);
  } catch (error) {
    const why = error.message || error.code || String(error);
    throw new Error(`${visibleLine(address.host)}: ${why}`, { cause: error });
  }
}

module.exports = { TOP_USAGE, top };
