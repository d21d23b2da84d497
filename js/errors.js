'use strict';

const { visible } = require('./visible-text');

/**
 * The fields read of a caught value; anything can be thrown.
 * @typedef {{ name?: string, message?: unknown, code?: unknown } | null | undefined} Thrown
 */

/** Stable codes of the errors this package throws. Codes are API, messages are not. */
const ErrorCode = Object.freeze({
  INVALID_ARG: 'ERR_PPM_INVALID_ARG',
  INVALID_CONFIG: 'ERR_PPM_INVALID_CONFIG',
  INTERNAL: 'ERR_PPM_INTERNAL',
  NATIVE_LOAD: 'ERR_PPM_NATIVE_LOAD',
  NOT_IMPLEMENTED: 'ERR_PPM_NOT_IMPLEMENTED',
});

/** @param {unknown} value @returns {string} that shows it; no code of the caller's runs */
function describe(value) {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

/** @template {Error} E @param {E} error @param {string} code @returns {E & { code: string }} */
function coded(error, code) {
  return Object.assign(error, { code });
}

/**
 * @param {string} message - names the argument and what is allowed
 * @param {...unknown} given - the value, where the message does not show it
 * @returns {TypeError} an argument of the wrong shape
 */
function invalidArg(message, ...given) {
  const got = given.map((value) => `, got ${describe(value)}`);
  const said = visible(message + got.join(''));
  return coded(new TypeError(said), ErrorCode.INVALID_ARG);
}

/**
 * @param {string} field - dotted path of the setting
 * @param {unknown} value - what was given
 * @param {string} allowed - what would have been accepted
 * @returns {TypeError | RangeError} a RangeError where the type was right
 */
function invalidConfig(field, value, allowed) {
  const Kind = typeof value === 'number' ? RangeError : TypeError;
  const said = visible(`${field} must be ${allowed}, got ${describe(value)}`);
  return coded(new Kind(said), ErrorCode.INVALID_CONFIG);
}

/**
 * @param {string} owner
 * @param {string} method
 * @returns {Error} a method that a subclass was to bring
 */
function notImplemented(owner, method) {
  return coded(
    new Error(visible(`${owner} must implement ${method}`)),
    ErrorCode.NOT_IMPLEMENTED,
  );
}

/** @param {string} message @param {unknown} cause */
const internal = (message, cause) =>
  coded(new Error(message, { cause }), ErrorCode.INTERNAL);

/** @param {Thrown} error */
function fromNative(error) {
  const message = String(error && error.message);
  return error?.code === 'InvalidArg'
    ? invalidArg(message)
    : internal(message, error);
}

/** @template T @param {T} value @param {string} name @returns {T} */
function requireObject(value, name) {
  if (typeof value !== 'object' || value === null)
    throw invalidArg(`${name} must be an object`, value);
  return value;
}

module.exports = {
  ErrorCode,
  describe,
  fromNative,
  internal,
  invalidArg,
  invalidConfig,
  notImplemented,
  requireObject,
};
