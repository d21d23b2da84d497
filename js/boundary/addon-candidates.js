'use strict';

// The paths at which the addon may be, and the build that this system needs.

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

/**
 * @typedef {{ platform: string, arch: string, execPath: string, nativePath?: string, root?: string, requireFrom: NodeJS.Require }} System
 * @typedef {{ kind: 'path' | 'build' | 'package', what: string, request: string }} Candidate
 */

const PACKAGE = 'pipeline-performance-metrics';
/** The version in package.json, for bundles, which lack that file. A test compares the two. */
const VERSION = '0.1.0';
/** The targets of a release. Each is the name of a folder in npm/ and the end of a package's name. */
const TARGETS = [
  'linux-x64-gnu',
  'linux-x64-musl',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
  'win32-arm64-msvc',
];
/** The path of a program's interpreter is within this many bytes of its start. */
const HEAD_BYTES = 4096;
/** @type {Record<string, string>} */
const FLAVOUR = { darwin: '', win32: '-msvc' };

/** @param {string} file */
function headOf(file, length = HEAD_BYTES) {
  const handle = fs.openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, fs.readSync(handle, bytes, 0, length, 0));
  } finally {
    fs.closeSync(handle);
  }
}

/** @param {string} program @returns that it was linked with; gnu where that is hidden */
function libcOf(program) {
  try {
    return headOf(program).includes('/ld-musl-') ? 'musl' : 'gnu';
  } catch {
    return 'gnu';
  }
}

/** @param {Pick<System, 'platform' | 'arch' | 'execPath'>} system @returns as `linux-x64-gnu` */
function targetOf({ platform, arch, execPath }) {
  const libc = platform === 'linux' ? `-${libcOf(execPath)}` : '';
  return `${platform}-${arch}${FLAVOUR[platform] ?? libc}`;
}

/** @param {string} name @returns undefined where the runtime does not let it be read */
function readEnv(name) {
  try {
    return process.env[name] || undefined;
  } catch {
    return undefined;
  }
}

/** @returns {System} - what is fixed while the process runs; tests give their own */
function surroundings() {
  const here = typeof __filename === 'string' ? __filename : '';
  const isOwnFile = /js[\\/]boundary[\\/]addon-candidates\.js$/u.test(here);
  // A bundle has no file of ours, so the addon is searched from the program's folder on.
  const from = path.isAbsolute(here)
    ? here
    : path.resolve(process.argv[1] ?? 'program.js');
  return {
    platform: process.platform,
    arch: process.arch,
    execPath: process.execPath,
    nativePath: readEnv('PPM_NATIVE_PATH'),
    root: isOwnFile ? path.join(path.dirname(here), '../..') : undefined,
    requireFrom: createRequire(from),
  };
}

/**
 * The places to look, in order. A given path is the only one: falling back to another addon would
 * hide the mistake. `kind` is `path`, `build` or `package`.
 * @param {System} system
 * @returns {Candidate[]}
 */
function candidatesOf(system) {
  const target = targetOf(system);
  if (system.nativePath !== undefined) {
    const request = path.resolve(system.nativePath);
    return [{ kind: 'path', what: 'PPM_NATIVE_PATH', request }];
  }
  const name = `${PACKAGE}-${target}`;
  /** @type {Candidate[]} */
  const list = [];
  if (system.root !== undefined) {
    const file = `${PACKAGE}.${target}.node`;
    const request = path.join(system.root, 'native', file);
    list.push({ kind: 'build', what: 'local build', request });
  }
  if (TARGETS.includes(target))
    list.push({ kind: 'package', what: `package ${name}`, request: name });
  return list;
}

module.exports = {
  PACKAGE,
  TARGETS,
  VERSION,
  candidatesOf,
  headOf,
  libcOf,
  readEnv,
  surroundings,
  targetOf,
};
