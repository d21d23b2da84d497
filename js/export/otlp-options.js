'use strict';

const { randomUUID } = require('node:crypto');
const { validateHeaderName, validateHeaderValue } = require('node:http');
const { checkNames } = require('../config/option-names');
const { invalidConfig } = require('../errors');

/**
 * @import { OtlpExporterOptions } from '../../types/export'
 * @import { Core } from '../recording/core'
 * @typedef {object} Option
 * @property {any} [initial] - what it is where it is not given; it has to be given without
 * @property {string} allowed
 * @property {(value: any) => unknown} [shown] - what an error shows of what was given
 * @property {(value: any) => boolean} accepts
 */

const MAX_TIMER_DELAY = 2 ** 31 - 1;

/** @param {unknown} value */
const isMs = (value) =>
  typeof value === 'number' && value > 0 && value <= MAX_TIMER_DELAY;
const MS = `a number of milliseconds above 0, at most ${MAX_TIMER_DELAY}`;
/** @param {unknown} value */
const isShare = (value) =>
  typeof value === 'number' && value >= 0 && value <= 1;
const SHARE = 'a number from 0 to 1';
/** @param {unknown} value */
const isFunction = (value) => typeof value === 'function';

/** @param {number} initial @returns {Option} */
const ms = (initial) => ({ initial, allowed: MS, accepts: isMs });
/** @param {number} initial @returns {Option} */
const share = (initial) => ({ initial, allowed: SHARE, accepts: isShare });
/** @param {unknown} initial @param {...unknown} others @returns {Option} */
const oneOf = (initial, ...others) => ({
  initial,
  allowed: `one of ${[initial, ...others].join(', ')}`,
  accepts: (value) => value === initial || others.includes(value),
});

/**
 * A URL as an error may show it: what stands before an `@` may be a password.
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
    initial: {},
    allowed: 'an object of headers that HTTP allows',
    accepts: areHeaders,
  },
  serviceName: {
    initial: 'unknown_service:node',
    allowed: 'a text that is not empty',
    accepts: (value) => typeof value === 'string' && value !== '',
  },
  resource: {
    initial: {},
    allowed: 'an object of texts, finite numbers, booleans and lists of them',
    accepts: areAttributes,
  },
  timeout: ms(10_000),
  initialBackoff: ms(1_000),
  maxBackoff: ms(30_000),
  maxQueueBytes: {
    initial: 16 * 1024 * 1024,
    allowed: 'a whole number of bytes of at least 1',
    accepts: (value) => Number.isSafeInteger(value) && value >= 1,
  },
  signal: {
    initial: undefined,
    allowed: 'an AbortSignal',
    accepts: (value) => typeof value?.addEventListener === 'function',
  },
  clock: {
    initial: undefined,
    allowed: 'an object with wallNow, setTimeout and clearTimeout',
    accepts: (value) =>
      ['wallNow', 'setTimeout', 'clearTimeout'].every((name) =>
        isFunction(value?.[name]),
      ),
  },
  random: { initial: Math.random, allowed: 'a function', accepts: isFunction },
};

/** @type {Record<string, Option>} */
const METRICS = {
  interval: ms(60_000),
  histograms: oneOf('explicit', 'exponential'),
  exemplars: oneOf(true, false),
};

/** @type {Record<string, Option>} */
const PRODUCER = { histograms: oneOf('exponential', 'explicit') };

/** @type {Record<string, Option>} */
const TRACES = {
  interval: ms(5_000),
  slowest: share(0.01),
  sample: share(0.01),
  activeSpan: {
    initial: undefined,
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

/** @param {unknown} value */
function areHeaders(value) {
  if (typeof value !== 'object' || value === null) return false;
  try {
    for (const [name, of] of Object.entries(value)) {
      validateHeaderName(name);
      validateHeaderValue(name, of);
    }
    return true;
  } catch {
    return false;
  }
}

/** @param {unknown} value */
const isScalar = (value) =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  Number.isFinite(value);

/** @param {unknown} value */
function areAttributes(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(
      (of) => isScalar(of) || (Array.isArray(of) && of.every(isScalar)),
    )
  );
}

/**
 * Options with their defaults; one that does not exist is a mistake.
 * @param {Record<string, any> | undefined} given
 * @param {Record<string, Option>} known
 * @returns {any}
 */
function checked(given, known) {
  if (given !== undefined && (typeof given !== 'object' || given === null))
    throw invalidConfig('options', given, 'an object');
  /** @type {Record<string, unknown>} */
  const options = {};
  checkNames('options', given ?? {}, Object.keys(known));
  for (const [name, option] of Object.entries(known)) {
    const value = given?.[name];
    if (value === undefined && 'initial' in option) {
      options[name] = option.initial;
      continue;
    }
    if (!option.accepts(value)) {
      const { shown = (/** @type {unknown} */ given) => given } = option;
      throw invalidConfig(name, shown(value), option.allowed);
    }
    options[name] = value;
  }
  return options;
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
  PRODUCER,
  TRACES,
  WAITS,
  checked,
  endpointOf,
  resourceOf,
};
