'use strict';

const { randomBytes } = require('node:crypto');
const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const http = require('node:http');
const { setImmediate, setInterval, clearInterval } = require('node:timers');
const { SIGNAL, checkedOptions } = require('../config/option-checks');
const { invalidConfig } = require('../errors');
const { ALERTS } = require('../recording/channels');
const { coreOf } = require('../recording/direct-recorder');
const { livePage } = require('../report/html-page');
const { Feed } = require('./feed');
const { Guard, isLoopback } = require('./guard');
const { Listeners } = require('./listeners');

/**
 * @import { PipelinePerformanceMetrics } from '../../types/collector'
 * @import { ServeOptions, ServedPage } from '../../types/page'
 * @import { Option } from '../config/option-checks'
 * @import { Core } from '../recording/core'
 * @import { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
 * @import { AddressInfo } from 'node:net'
 */

/** Time between looks of the feed while there are listeners, in ms. */
const LOOK_EVERY = 5;
/** Most connections at once: listeners, and some for requests. */
const MOST_CONNECTIONS = 64;
/** Most bytes of a request's headers. */
const MAX_HEADER = 8 * 1024;
/** Time for a request to arrive, in ms. */
const REQUEST_TIMEOUT = 5000;
const LEAST_TOKEN = 16;
const LONGEST_RANGE = 7 * 24 * 60 * 60 * 1000;
const MAX_ID = 1024;

/** @param {string} host @returns a host without the brackets that an address has around it */
const interfaceOf = (host) => host.toLowerCase().replace(/^\[(.*)\]$/, '$1');

/** @type {Record<string, Option>} */
const OPTIONS = {
  port: {
    default: 0,
    allowed: 'a whole number from 0 to 65535',
    accepts: (port) => Number.isInteger(port) && port >= 0 && port <= 65_535,
  },
  host: {
    default: '127.0.0.1',
    allowed: 'the name or address of an interface',
    accepts: (host) => typeof host === 'string' && host !== '',
  },
  token: {
    default: undefined,
    allowed: `at least ${LEAST_TOKEN} visible ASCII characters`,
    shown: (token) => (typeof token === 'string' ? '…' : token),
    accepts: (token) =>
      typeof token === 'string' &&
      /^[\x21-\x7e]+$/.test(token) &&
      token.length >= LEAST_TOKEN,
  },
  signal: SIGNAL,
};

/** @param {ServeOptions | null | undefined} given */
function checked(given) {
  const options = checkedOptions(given ?? {}, OPTIONS);
  const host = interfaceOf(options.host);
  if (options.token === undefined && !isLoopback(host))
    throw invalidConfig(
      'token',
      undefined,
      `given for a host beyond the loopback interface, such as ${options.host}`,
    );
  return { ...options, host };
}

const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/** @param {string} nonce */
const policyOf = (nonce) =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * @param {IncomingMessage} req
 * @param {ServerResponse} res
 * @param {number} status
 * @param {Record<string, string>} headers
 * @param {string} text
 */
function answer(req, res, status, headers, text) {
  res.writeHead(status, {
    ...HEADERS,
    ...headers,
    'Content-Length': Buffer.byteLength(text),
  });
  res.end(req.method === 'HEAD' ? undefined : text);
}

const PLAIN = { 'Content-Type': 'text/plain; charset=utf-8' };

/**
 * @param {IncomingMessage} req
 * @param {ServerResponse} res
 * @param {[status: number, text: string]} refusal
 */
function refuse(req, res, [status, text]) {
  /** @type {Record<string, string>} */
  const allow = status === 405 ? { Allow: 'GET, HEAD' } : {};
  // A request body is not read: the connection ends with the response.
  answer(
    req,
    res,
    status,
    { ...PLAIN, ...allow, Connection: 'close' },
    `${text}\n`,
  );
}

/**
 * Numbers of a query; null if missing, NaN if invalid.
 * @param {URLSearchParams} query
 * @param {string} name
 */
function numberIn(query, name) {
  const text = query.get(name);
  return text === null || text === '' ? null : Number(text);
}

/** @param {URLSearchParams} query */
function askedIn(query) {
  const range = numberIn(query, 'range');
  const stage = numberIn(query, 'stage');
  const [from, to] = [numberIn(query, 'from'), numberIn(query, 'to')];
  if (range !== null && !(range >= 1 && range <= LONGEST_RANGE)) return null;
  if ((from === null) !== (to === null)) return null;
  // Without them this compares null with null.
  if (!(Number(from) <= Number(to) && Number(to) < Infinity)) return null;
  if (range !== null && from !== null) return null;
  if (
    stage !== null &&
    !(Number.isInteger(stage) && stage >= 0 && stage < 2 ** 32)
  )
    return null;
  return { range, from, to, stage };
}

/** The handlers of the server, by path. */
class Pages {
  #core;
  #listeners = new Listeners();
  #feed;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  /** Whether a look is scheduled for when the pipeline yields. */
  #isSoon = false;

  /** @param {Core} core */
  constructor(core) {
    this.#core = core;
    this.#feed = new Feed(core, this.#listeners);
  }

  /** Looks for news while there are listeners. */
  #begin() {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY).unref();
    subscribe(ALERTS, this.#alertRaised);
  }

  #look() {
    if (this.#listeners.size === 0) this.close();
    else this.#feed.look(performance.now());
  }

  /** This runs inside a stage: the alert is sent as soon as the pipeline yields. */
  #alertRaised = () => {
    if (this.#isSoon) return;
    this.#isSoon = true;
    setImmediate(() => {
      this.#isSoon = false;
      this.#look();
    });
  };

  close() {
    if (this.#timer !== undefined) unsubscribe(ALERTS, this.#alertRaised);
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#listeners.endAll();
  }

  /** @param {IncomingMessage} req @param {ServerResponse} res */
  page(req, res) {
    const nonce = randomBytes(16).toString('base64');
    const headers = {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policyOf(nonce),
    };
    answer(req, res, 200, headers, livePage(nonce));
  }

  /** @param {IncomingMessage} req @param {ServerResponse} res @param {URLSearchParams} query */
  events(req, res, query) {
    const asked = askedIn(query);
    if (asked === null) {
      refuse(req, res, [
        400,
        'range is in ms, up to a week, or from and to since 1970; stage is a number',
      ]);
    } else if (req.method === 'HEAD') {
      answer(req, res, 200, { 'Content-Type': 'text/event-stream' }, '');
    } else if (res.socket === null) {
      // Queued behind another response of its connection, it would occupy a place and send nothing.
      req.socket.destroy();
    } else if (this.#listeners.isFull) {
      refuse(req, res, [503, 'Too many listeners already']);
    } else {
      req.socket.setNoDelay(true);
      this.#listeners.add(res, asked);
      this.#feed.look(performance.now());
      this.#begin();
    }
  }

  /** @param {IncomingMessage} req @param {ServerResponse} res @param {URLSearchParams} query */
  execution(req, res, query) {
    const id = query.get('id');
    if (id === null || id.length > MAX_ID) {
      refuse(req, res, [400, 'id must be that of an execution']);
      return;
    }
    const headers = { 'Content-Type': 'application/json; charset=utf-8' };
    try {
      answer(req, res, 200, headers, this.#core.native.pageExecution(id));
    } catch {
      // Internal errors are not shown to clients.
      refuse(req, res, [500, 'The collector failed']);
    }
  }
}

/** @type {Map<string, 'page' | 'events' | 'execution'>} - what answers each path */
const PATHS = new Map([
  ['/', 'page'],
  ['/events', 'events'],
  ['/execution', 'execution'],
]);

/**
 * Answers requests that the guard lets through.
 * @param {Guard} guard
 * @param {Pages} pages
 * @returns {RequestListener}
 */
function handlerOf(guard, pages) {
  return (req, res) => {
    const [path, ...rest] = (req.url ?? '').split('?');
    const query = new URLSearchParams(rest.join('?'));
    const refusal = guard.refusal(req, query, path === '/');
    const answers = PATHS.get(path);
    if (refusal !== null) refuse(req, res, refusal);
    else if (answers === undefined) refuse(req, res, [404, 'Not found']);
    else {
      try {
        pages[answers](req, res, query);
      } catch {
        res.destroy();
      }
    }
  };
}

/** @param {RequestListener} handler */
function newServer(handler) {
  const server = http.createServer(
    {
      maxHeaderSize: MAX_HEADER,
      headersTimeout: REQUEST_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      keepAliveTimeout: 2000,
      connectionsCheckingInterval: 1000,
    },
    handler,
  );
  server.maxConnections = MOST_CONNECTIONS;
  // Silent connections are closed; listeners are sent something every second.
  server.setTimeout(2 * REQUEST_TIMEOUT, (socket) => socket.destroy());
  return server;
}

/** @param {Server} server @param {number} port @param {string} host */
const listening = (server, port, host) =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      // Once it listens, an error concerns one connection, not the process.
      server.on('error', () => {});
      resolve(undefined);
    });
  });

/**
 * A host as in a URL; one that means every interface is replaced by a name.
 * @param {string} host
 */
function addressHost(host) {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Serves the page of a collector, updated as executions complete.
 * @param {PipelinePerformanceMetrics} metrics
 * @param {ServeOptions} [options]
 * @returns {Promise<ServedPage>}
 */
async function serveMetrics(metrics, options) {
  const core = coreOf(metrics);
  const { port, host, token, signal } = checked(options);
  signal?.throwIfAborted();
  // Throws where the package lacks its page, as in a bundle.
  livePage('');
  const pages = new Pages(core);
  const server = newServer(handlerOf(new Guard(host, token), pages));
  await listening(server, port, host);
  let closing;
  const close = () => {
    closing ??= new Promise((resolve) => {
      signal?.removeEventListener('abort', close);
      server.close(() => resolve(undefined));
      pages.close();
      server.closeAllConnections();
    });
    return closing;
  };
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) {
    await close();
    signal.throwIfAborted();
  }
  const { port: boundPort } = /** @type {AddressInfo} */ (server.address());
  const query =
    token === undefined ? '' : `?token=${encodeURIComponent(token)}`;
  const url = `http://${addressHost(host)}:${boundPort}/${query}`;
  return { url, port: boundPort, close };
}

module.exports = { serveMetrics };
