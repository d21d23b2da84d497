'use strict';

const { randomUUID } = require('node:crypto');
const { validateHeaderName, validateHeaderValue } = require('node:http');
const { DELAY, SHARE, SIGNAL } = require('../config/option-checks');

/**
 * @import { OtlpExporterOptions } from '../../types/export'
 * @import { Option } from '../config/option-checks'
 */

/** @param {unknown} value */
const isFunction = (value) => typeof value === 'function';

/** @param {number} value @returns {Option} */
const ms = (value) => ({ default: value, ...DELAY });
/** @param {number} value @returns {Option} */
const share = (value) => ({ default: value, ...SHARE });

/**
 * A URL that is safe to show in an error: text before an `@` may be a password.
 * @param {unknown} value
 */
const withoutCredentials = (value) =>
  typeof value === 'string' ? value.replace(/^.*@/s, '…@') : value;

/** @type {Record<string, Option>} */
const EXPORTER = {
  url: {
    allowed: 'a URL of http or https',
    shown: withoutCredentials,
    accepts: (value) => urlOf(value) !== null,
  },
  headers: {
    default: {},
    allowed: 'an object of headers with values that HTTP allows',
    // The name of one that is wrong: its value may be a secret, as a text may hold one.
    shown: (value) =>
      isRecord(value)
        ? wrongHeader(value)
        : typeof value === 'string'
          ? '…'
          : value,
    accepts: (value) => isRecord(value) && wrongHeader(value) === undefined,
  },
  serviceName: {
    default: 'unknown_service:node',
    allowed: 'a non-empty string',
    accepts: (value) => typeof value === 'string' && value !== '',
  },
  resource: {
    default: {},
    allowed: 'an object of strings, finite numbers, booleans and lists of them',
    accepts: areAttributes,
  },
  timeout: ms(10_000),
  initialBackoff: ms(1_000),
  maxBackoff: ms(30_000),
  maxQueueBytes: {
    default: 16 * 1024 * 1024,
    allowed: 'a whole number of characters of at least 1',
    accepts: (value) => Number.isSafeInteger(value) && value >= 1,
  },
  signal: SIGNAL,
  clock: {
    default: undefined,
    allowed: 'an object with wallNow, setTimeout and clearTimeout',
    accepts: (value) =>
      ['wallNow', 'setTimeout', 'clearTimeout'].every((name) =>
        isFunction(value?.[name]),
      ),
  },
  random: { default: Math.random, allowed: 'a function', accepts: isFunction },
};

/** @type {Record<string, Option>} */
const METRICS = { interval: ms(60_000) };

/** @type {Record<string, Option>} */
const TRACES = {
  interval: ms(5_000),
  slowest: share(0.01),
  sample: share(0.01),
  activeSpan: {
    default: undefined,
    allowed: 'a function that returns a SpanContext or nothing',
    accepts: isFunction,
  },
};

/** @type {Record<string, Option>} */
const WAITS = { timeout: ms(10_000) };

/** @param {any} value */
function urlOf(value) {
  try {
    const url = new URL(value);
    return ['http:', 'https:'].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/**
 * Whether it is a plain object, of any realm. A list, a Map and `Headers` are not: their entries are
 * no properties.
 * @param {unknown} value
 */
const isRecord = (value) =>
  Object.prototype.toString.call(value) === '[object Object]';

/** @param {object} headers @returns the name of the first header that is invalid in HTTP */
function wrongHeader(headers) {
  const wrong = Object.entries(headers).find(([name, value]) => {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      return !isScalar(value);
    } catch {
      return true;
    }
  });
  return wrong?.[0];
}

/** @param {unknown} value */
const isScalar = (value) =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  Number.isFinite(value);

/** @param {any} value */
function areAttributes(value) {
  return (
    isRecord(value) &&
    Object.values(value).every(
      (of) => isScalar(of) || (Array.isArray(of) && of.every(isScalar)),
    )
  );
}

/**
 * Attributes of the resource, as JSON text: the caller's over the defaults.
 * @param {Required<OtlpExporterOptions>} options
 */
function resourceOf({ serviceName, resource }) {
  return JSON.stringify({
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'service.instance.id': randomUUID(),
    'service.name': serviceName,
    ...resource,
  });
}

/**
 * Where requests of a signal go: `v1/metrics` or `v1/traces` below the URL given.
 * @param {string | URL} url
 * @param {'metrics' | 'traces'} signal
 */
function endpointOf(url, signal) {
  const base = new URL(url);
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  return base;
}

module.exports = {
  EXPORTER,
  METRICS,
  TRACES,
  WAITS,
  endpointOf,
  resourceOf,
};
