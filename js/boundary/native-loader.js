'use strict';

const fs = require('node:fs');
const { ErrorCode } = require('../errors');
const {
  PACKAGE,
  VERSION,
  candidatesOf,
  headOf,
  readEnv,
  surroundings,
} = require('./addon-candidates');
const { isTruncated } = require('./binary-header');
const { WRONG_ADDON, explain } = require('./load-failure');

/**
 * @typedef {typeof import('../../native/index')} Addon
 * @typedef {import('./addon-candidates').System} System
 * @typedef {import('./addon-candidates').Candidate} Candidate
 * @typedef {import('./load-failure').Failure} Failure
 */

/** @param {string} message */
function wrongAddon(message) {
  return Object.assign(new Error(message), { code: WRONG_ADDON });
}

/**
 * Refuses an addon of another package, or of another version of this one.
 *
 * @param {Partial<Addon> | undefined} addon
 * @returns {Addon}
 */
function checked(addon) {
  if (typeof addon?.Collector !== 'function')
    throw wrongAddon(`is an addon, but not that of ${PACKAGE}`);
  const version = addon.version?.();
  if (version !== VERSION) {
    throw wrongAddon(
      `is of version ${version ?? 'unknown'}, and the package of ${VERSION}`,
    );
  }
  return /** @type {Addon} */ (addon);
}

/**
 * Refuses a file that would be taken for a script, or would kill the process. Where it cannot be read, loading it says why.
 *
 * @param {string} file
 */
function checkFile(file) {
  if (!file.endsWith('.node'))
    throw wrongAddon('is no addon by its name, which must end in ".node"');
  let size;
  let head;
  try {
    ({ size } = fs.statSync(file));
    head = headOf(file);
  } catch {
    return;
  }
  if (isTruncated(head, size))
    throw wrongAddon(`is truncated: only its first ${size} bytes are there`);
}

/**
 * Loads one candidate: `{ addon }`, or what went wrong, with the file where one was found.
 *
 * @param {Candidate} candidate
 * @param {System} system
 * @returns {{ addon: Addon } | (Failure & { addon?: undefined })}
 */
function attempt(candidate, { requireFrom }) {
  let file;
  try {
    file = requireFrom.resolve(candidate.request);
    checkFile(file);
    return { addon: checked(requireFrom(file)) };
  } catch (error) {
    return { ...candidate, file, error };
  }
}

/**
 * Loads the addon from the first place that has it.
 *
 * @param {System} [system]
 * @returns {{ addon?: Addon, error?: Error & { code?: string } }}
 */
function loadAddon(system = surroundings()) {
  const failures = [];
  for (const candidate of candidatesOf(system)) {
    const attempted = attempt(candidate, system);
    if (attempted.addon !== undefined) return attempted;
    failures.push(attempted);
  }
  const { message, cause } = explain(failures, system);
  /** @type {Error & { code?: string }} */
  const error = new Error(message, { cause });
  error.code = ErrorCode.NATIVE_LOAD;
  return { error };
}

/** Whether the process may run without the addon, recording nothing. */
function isOptional() {
  const value = readEnv('PPM_OPTIONAL');
  return value !== undefined && value !== '0' && value !== 'false';
}

/** @type {ReturnType<typeof loadAddon> | undefined} */
let loaded;

/** Loads it once a process: what failed stays failed. */
function addonOnce() {
  loaded ??= loadAddon();
  return loaded;
}

module.exports = { addonOnce, isOptional, loadAddon };
