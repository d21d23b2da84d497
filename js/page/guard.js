'use strict';

// Access control of the page's server: other requests are refused before they are read.

const { createHash, timingSafeEqual } = require('node:crypto');
const { isIP } = require('node:net');
const os = require('node:os');

/** @import { IncomingHttpHeaders, IncomingMessage } from 'node:http' */

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** @param {string} host */
const isLoopback = (host) => LOOPBACK.test(host);

/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest();

/**
 * The name in a Host header, without its port and brackets; null where it has none.
 * @param {string | undefined} host
 */
function nameIn(host) {
  const found = /^(?:\[([^\]]+)\]|([^:]*))(?::\d{1,5})?$/.exec(host ?? '');
  return found === null ? null : (found[1] ?? found[2]).toLowerCase();
}

/**
 * Host names that the server accepts. Another site can make its own name resolve to this server,
 * but not an address, so beyond the loopback interface all addresses are accepted.
 * @param {string | null} name
 * @param {string} host
 */
function isOwnName(name, host) {
  if (name === null || name === '') return false;
  if (isLoopback(name) || name === host) return true;
  if (isLoopback(host)) return false;
  return isIP(name) !== 0 || name === os.hostname().toLowerCase();
}

/**
 * The token of a request, from its URL or as a bearer token.
 * @param {IncomingMessage} req
 * @param {URLSearchParams} query
 */
function givenToken(req, query) {
  const { authorization = '' } = req.headers;
  const bearer = /^Bearer +(\S+)$/i.exec(authorization);
  return bearer === null ? query.get('token') : bearer[1];
}

/** @param {IncomingHttpHeaders} headers */
const hasBody = ({ 'content-length': length, 'transfer-encoding': coding }) =>
  coding !== undefined || (length !== undefined && Number(length) !== 0);

/**
 * Whether a page of another origin asks: browsers report that, other clients send neither header.
 * @param {IncomingHttpHeaders} headers
 */
function isFromElsewhere({ origin, host, 'sec-fetch-site': site }) {
  if (origin !== undefined && origin !== `http://${host}`) return true;
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** Checks requests of a server on `host`, which asks for `token` where that is given. */
class Guard {
  #host;
  #token;

  /** @param {string} host @param {string | undefined} token */
  constructor(host, token) {
    this.#host = host;
    this.#token = token === undefined ? null : digest(token);
  }

  /**
   * Why a request is refused, as a status and a text; null where it is not.
   * @param {IncomingMessage} req
   * @param {URLSearchParams} query
   * @param {boolean} isPage - the page itself may be opened by a link from elsewhere
   * @returns {[status: number, text: string] | null}
   */
  refusal(req, query, isPage) {
    if (req.method !== 'GET' && req.method !== 'HEAD')
      return [405, 'Only GET and HEAD'];
    if (hasBody(req.headers)) return [413, 'No request has a body here'];
    if (!isOwnName(nameIn(req.headers.host), this.#host))
      return [421, 'This name does not belong to this server'];
    if (!isPage && isFromElsewhere(req.headers))
      return [403, 'Pages of other origins cannot read this'];
    if (!this.#knows(givenToken(req, query)))
      return [401, 'A token is needed: ?token= or a bearer header'];
    return null;
  }

  /**
   * In constant time, however much of a token is right.
   * @param {string | null} given
   */
  #knows(given) {
    if (this.#token === null) return true;
    return timingSafeEqual(digest(given ?? ''), this.#token);
  }
}

module.exports = { Guard, isLoopback };
