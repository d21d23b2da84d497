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

function wrongAddon(message) {
  return Object.assign(new Error(message), { code: WRONG_ADDON });
}

/** Refuses an addon of another package, or of another version of this one. */
function checked(addon) {
  if (typeof addon?.Collector !== 'function')
    throw wrongAddon(`is an addon, but not that of ${PACKAGE}`);
  const version = addon.version?.();
  if (version !== VERSION) {
    throw wrongAddon(
      `is of version ${version ?? 'unknown'}, and the package of ${VERSION}`,
    );
  }
  return addon;
}

/** Refuses a file that would be taken for a script, or would kill the process. Where it cannot be read, loading it says why. */
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

/** Loads one candidate: `{ addon }`, or what went wrong, with the file where one was found. */
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
 * @param {ReturnType<typeof surroundings>} [system]
 * @returns {{ addon?: typeof import('../../native/index'), error?: Error & { code?: string } }}
 */
function loadAddon(system = surroundings()) {
  const failures = [];
  for (const candidate of candidatesOf(system)) {
    const { addon, ...failure } = attempt(candidate, system);
    if (addon !== undefined) return { addon };
    failures.push(failure);
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

let loaded;

/** Loads it once a process: what failed stays failed. */
function addonOnce() {
  loaded ??= loadAddon();
  return loaded;
}

module.exports = { addonOnce, isOptional, loadAddon };
