'use strict';

// Why the addon did not load: the reason in the first line, then what to do and every attempt.

const fs = require('node:fs');
const path = require('node:path');
const { PACKAGE, TARGETS, libcOf, targetOf } = require('./addon-candidates');
const { libcOfBinary, targetOfBinary } = require('./binary-header');
const { visible } = require('../visible-text');

/**
 * @import { Thrown } from '../errors'
 * @import { Candidate, System } from './addon-candidates'
 * @typedef {Candidate & { file?: string, error: Thrown }} Failure
 * @typedef {{ reason: string, cure?: string }} Explained
 * @typedef {Failure & { file: string }} FileFailure
 * @typedef {{ pattern: RegExp, reason(needed: string, message: string): string, cure?: string }} Linker -
 *   `needed` is what the pattern found, where it names something
 */

/** Code of the loader's own error: the file is an addon, but the wrong one. */
const WRONG_ADDON = 'PPM_WRONG_ADDON';
/** @type {Record<string, string>} */
const LIBC = { gnu: 'glibc', musl: 'musl' };
const URL_LIKE = /^[a-z][a-z\d+.-]+:\/\//iu;
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';
const REINSTALL =
  'Remove node_modules and the lock file, and install again without omitting optional dependencies.';
const BUILD = 'Run "npm ci" or "npm run build" in the clone (needs Rust).';
/** How to fix a wrong file, by where it came from. */
const CURES = {
  path: 'Correct PPM_NATIVE_PATH, or unset it.',
  build: BUILD,
  package: REINSTALL,
};

/** @param {unknown} text */
const firstLine = (text) => String(text).split('\n', 1)[0];

/** @param {Thrown} error @param {string | undefined} file @returns without the name of the file */
function messageOf(error, file) {
  const message = firstLine(error?.message ?? error);
  return file !== undefined && message.startsWith(`${file}: `)
    ? message.slice(file.length + 2)
    : message;
}

function glibcVersion() {
  try {
    /** @type {any} */
    const { report } = process;
    // Without this, the report resolves host names.
    report.excludeNetwork = true;
    return report.getReport().header.glibcVersionRuntime;
  } catch {
    return undefined;
  }
}

/** @param {Failure} failure @returns {Explained | undefined} where the runtime itself refuses */
function refusalOf({ error }) {
  const message = messageOf(error, undefined);
  if (/^(NotCapable|PermissionDenied)$/u.test(error?.name ?? '')) {
    return {
      reason: `Deno does not permit it: ${message}`,
      cure: 'Run Deno with --allow-ffi, --allow-read and --allow-env.',
    };
  }
  if (error?.code === 'ERR_ACCESS_DENIED') {
    return {
      reason: `Node.js runs with --permission, which does not permit it: ${message}`,
      cure: 'Add --allow-addons and --allow-fs-read for the folder of the package.',
    };
  }
  if (error?.code !== 'ERR_DLOPEN_DISABLED') return undefined;
  const [reason, cure] =
    process.permission === undefined
      ? [
          'with --no-addons',
          'Remove --no-addons from the command line and from NODE_OPTIONS.',
        ]
      : ['with --permission, without --allow-addons', 'Add --allow-addons.'];
  return {
    reason: `native addons are disabled: Node.js runs ${reason}`,
    cure,
  };
}

/** @type {Linker[]} - what the dynamic linker says, in its several dialects */
const LINKER_REASONS = [
  {
    pattern: /version [`'](GLIBC_[\d.]+)' not found/u,
    reason: (needed) =>
      `needs ${needed.replace('_', ' ')} or later, and this system has ${glibcVersion() ?? 'an older one'}`,
    cure: 'Use a newer system, or build the addon on this one: see docs/platforms.md.',
  },
  {
    pattern: /undefined symbol: (napi_\w+)|symbol not found.*?(napi_\w+)/u,
    reason: (needed) =>
      `needs a newer Node-API than this runtime has: ${needed} is missing`,
    cure: 'Use Node.js 20 or later.',
  },
  {
    pattern:
      /(?:compiled against a different Node\.js version|NODE_MODULE_VERSION|did not self-register)/u,
    reason: (_, message) => `does not fit the ABI of this runtime: ${message}`,
  },
  {
    pattern: /failed to map segment|noexec|Operation not permitted/u,
    reason: (_, message) => `may not be executed where it is: ${message}`,
    cure: 'Its file system is mounted noexec, or a policy forbids it: put it elsewhere, and set PPM_NATIVE_PATH to it.',
  },
  {
    pattern: /Permission denied|EACCES|Access is denied/u,
    reason: (_, message) => `may not be read by this user: ${message}`,
    cure: 'Give this user the right to read it.',
  },
  {
    pattern:
      /(\S+): cannot open shared object file: No such file|Error loading shared library (\S+?): No such file/u,
    reason: (needed) =>
      `needs the library ${needed}, which this system does not have`,
    cure: 'Install that library.',
  },
];

/** @param {string} file @param {string} message @param {System} system */
function defectOf(file, message, { platform, arch, execPath }) {
  const bytes = fs.readFileSync(file);
  if (bytes.length === 0) return `is empty: ${message}`;
  if (bytes.toString('latin1', 0, LFS_POINTER.length) === LFS_POINTER)
    return `is a Git LFS pointer, not the addon itself ("git lfs pull" fetches that): ${message}`;
  const built = targetOfBinary(bytes);
  if (built === undefined) return `is no native addon: ${message}`;
  const needed = `${platform}-${arch}`;
  if (built !== needed)
    return `is built for ${built}, and this program runs on ${needed}`;
  if (platform !== 'linux') return undefined;
  const [needs, has] = [libcOfBinary(bytes), libcOf(execPath)];
  return needs !== undefined && needs !== has
    ? `is built for ${LIBC[needs]}, and this program runs with ${LIBC[has]}`
    : undefined;
}

/** @param {FileFailure} failure @param {System} system @returns {Explained} */
function reasonOfFile({ kind, file, error }, system) {
  const message = messageOf(error, file);
  const ofFile = (/** @type {string} */ reason, cure = CURES[kind]) => ({
    reason: `${file} ${reason}`,
    cure,
  });
  if (error?.code === WRONG_ADDON) return ofFile(message);
  try {
    const defect = defectOf(file, message, system);
    if (defect !== undefined) return ofFile(defect);
  } catch {
    // It cannot be read, so the linker's message is all there is.
  }
  for (const { pattern, reason, cure } of LINKER_REASONS) {
    const found = pattern.exec(message);
    const needed = found?.[1] ?? found?.[2] ?? '';
    // It may name the addon itself.
    if (found !== null && path.basename(needed) !== path.basename(file))
      return ofFile(reason(needed, message), cure);
  }
  return ofFile(`does not load: ${message}`);
}

/** @param {System} system */
function installedPackages({ requireFrom }) {
  return TARGETS.map((target) => `${PACKAGE}-${target}`).filter((name) => {
    try {
      requireFrom.resolve(`${name}/package.json`);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {System} system */
const isClone = ({ root }) =>
  root !== undefined && fs.existsSync(path.join(root, 'Cargo.toml'));

/** @param {Failure[]} failures @param {System} system @returns {Explained} */
function reasonOfAbsence(failures, system) {
  const [{ kind, request }] = failures;
  if (kind === 'path') {
    const { nativePath = '' } = system;
    return {
      reason: URL_LIKE.test(nativePath)
        ? `PPM_NATIVE_PATH is ${nativePath}, which is a URL, not a path`
        : `PPM_NATIVE_PATH names ${request}, which does not exist`,
      cure: CURES.path,
    };
  }
  if (isClone(system))
    return {
      reason: 'the addon has not been built in this clone',
      cure: BUILD,
    };
  const target = targetOf(system);
  if (!TARGETS.includes(target)) {
    return {
      reason: `there is no addon for ${target}`,
      cure: `Build it in a clone (needs Rust) and set PPM_NATIVE_PATH, or set PPM_OPTIONAL=1. Platforms: ${TARGETS.join(', ')}.`,
    };
  }
  const needed = `${PACKAGE}-${target}`;
  const [other] = installedPackages(system);
  if (other !== undefined) {
    return {
      reason: `the package ${needed} is not installed, but that of another platform is: ${other}`,
      cure: 'node_modules was installed on, or for, another platform: install again on this one.',
    };
  }
  return system.root === undefined
    ? {
        reason: `the package is bundled, and ${needed} cannot be found from the bundle`,
        cure: `Mark ${PACKAGE} as external in the bundler (docs/platforms.md), or set PPM_NATIVE_PATH to the addon.`,
      }
    : {
        reason: `the package ${needed} is not installed`,
        cure: `It is an optional dependency: --omit=optional leaves it out, and so does npm where the lock file was made on another platform. ${REINSTALL}`,
      };
}

/**
 * The most informative attempt: a refusal by the runtime, else the failure of a file that exists.
 * @param {Failure[]} failures
 * @param {System} system
 * @returns {Explained & { cause: unknown }}
 */
function decide(failures, system) {
  for (const failure of failures) {
    const refusal = refusalOf(failure);
    if (refusal !== undefined) return { ...refusal, cause: failure.error };
  }
  for (const { file, ...failure } of failures) {
    if (file !== undefined)
      return {
        ...reasonOfFile({ ...failure, file }, system),
        cause: failure.error,
      };
  }
  return {
    ...reasonOfAbsence(failures, system),
    cause: failures.at(-1)?.error,
  };
}

/** @param {System} system */
function runtime({ platform, arch, execPath }) {
  const { node, bun, deno, electron } = process.versions;
  const host = [
    ['Bun', bun],
    ['Deno', deno],
    ['Electron', electron],
    ['Node.js', node],
  ].find(([, version]) => version !== undefined);
  const libc = platform === 'linux' ? ` (${libcOf(execPath)})` : '';
  return `${host?.join(' ') ?? 'unknown runtime'} on ${platform}-${arch}${libc}`;
}

/**
 * @param {Failure[]} failures
 * @param {System} system
 * @returns {{ message: string, cause: unknown }}
 */
function explain(failures, system) {
  const { reason, cure, cause } = decide(failures, system);
  const lines = failures.map(
    ({ what, file, request, error }) =>
      `  - ${what}, ${visible(file ?? request)}: ${file === undefined && error?.code === 'MODULE_NOT_FOUND' ? 'not there' : messageOf(error, file)}`,
  );
  const message = [
    `${PACKAGE} cannot load its native addon: ${visible(reason)}`,
    cure,
    `Tried, with ${runtime(system)}:`,
    ...(lines.length === 0 ? ['  - nothing: no place to look for it'] : lines),
    'With PPM_OPTIONAL=1 the package loads without its addon and records nothing.',
  ].join('\n');
  return { message, cause };
}

module.exports = { WRONG_ADDON, explain };
