'use strict';

const fs = require('node:fs');
const path = require('node:path');
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
 * @import { Candidate, System } from './addon-candidates'
 * @import { Failure } from './load-failure'
 * @typedef {typeof import('../../native/index')} Addon
 */

/** @param {string} message */
function wrongAddon(message) {
  return Object.assign(new Error(message), { code: WRONG_ADDON });
}

/** @param {Partial<Addon> | undefined} addon @returns {Addon} of this package and version */
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
 * Resolves a candidate. A path that exists but is no file resolves too, to be reported.
 * @param {string} request
 * @param {NodeJS.Require} requireFrom
 */
function placeOf(request, requireFrom) {
  try {
    return requireFrom.resolve(request);
  } catch (error) {
    if (path.isAbsolute(request) && isThere(request)) return request;
    throw error;
  }
}

/** @param {string} place */
function isThere(place) {
  try {
    return fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return error.code === 'EACCES';
  }
}

/** @param {string} place */
function defectOfPlace(place) {
  const stats = fs.statSync(place, { throwIfNoEntry: false });
  if (stats === undefined)
    return `is a link to ${fs.readlinkSync(place)}, which does not exist`;
  if (stats.isDirectory()) return 'is a folder, not an addon';
  if (!stats.isFile()) return 'is no file';
  if (!place.endsWith('.node'))
    return 'is no addon by its name, which must end in ".node"';
  return isTruncated(headOf(place), stats.size)
    ? `is truncated: only its first ${stats.size} bytes are there`
    : undefined;
}

/**
 * Refuses files that Node would run as a script, or that would block or kill the process.
 * @param {string} place
 */
function checkPlace(place) {
  let defect;
  try {
    defect = defectOfPlace(place);
  } catch {
    // Unreadable: loading it says why.
    return;
  }
  if (defect !== undefined) throw wrongAddon(defect);
}

/**
 * @param {Candidate} candidate
 * @param {System} system
 * @returns {{ addon: Addon } | (Failure & { addon?: undefined })}
 */
function attempt(candidate, { requireFrom }) {
  let file;
  try {
    file = placeOf(candidate.request, requireFrom);
    checkPlace(file);
    return { addon: checked(requireFrom(file)) };
  } catch (error) {
    return { ...candidate, file, error };
  }
}

/** @param {System} [system] @returns {{ addon?: Addon, error?: Error & { code?: string } }} */
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

/** Loads the addon once per process; a failure is final. */
function addonOnce() {
  loaded ??= loadAddon();
  return loaded;
}

module.exports = { addonOnce, isOptional, loadAddon };
