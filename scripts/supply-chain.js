'use strict';

// Checks the parts of the package and its release: licences, sources and duplicates of crates,
// known vulnerabilities of crates and packages, the workflows, and that a list of all parts can be
// written. A check without its tool or network is a line, not a failure.

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { sbom } = require('./sbom');

const ROOT = path.join(__dirname, '..');
const TIMEOUT_MS = 120_000;

const NO_TOOL = /no such command|ENOENT/u;
const NO_TOOL_OR_LIST =
  /no such command|ENOENT|failed to fetch advisory database|audit endpoint returned|ENOTFOUND|ECONNREFUSED|ETIMEDOUT/u;

function run(command, args) {
  const options = { cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS };
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...options,
    shell: process.platform === 'win32',
  });
  return { passed: status === 0, output: `${stdout}${stderr}${error ?? ''}` };
}

const DENY = ['deny', 'check'];
/** What each is, its command, and what its output says where it cannot be run here. */
const CHECKS = [
  {
    what: 'crates: licences, bans, sources',
    command: ['cargo', ...DENY, 'licenses', 'bans', 'sources'],
    cannot: NO_TOOL,
  },
  {
    what: 'crates: advisories',
    command: ['cargo', ...DENY, 'advisories'],
    cannot: NO_TOOL_OR_LIST,
  },
  {
    what: 'packages: npm audit',
    command: ['npm', 'audit', '--omit=dev'],
    cannot: NO_TOOL_OR_LIST,
  },
  {
    what: 'workflows: their schema',
    command: [
      'check-jsonschema',
      '--builtin-schema=vendor.github-workflows',
      ...['ci', 'release'].map((name) => `.github/workflows/${name}.yml`),
    ],
    cannot: NO_TOOL,
  },
  {
    what: 'workflows: what they give away',
    command: ['zizmor', '--offline', '--quiet', '.github/workflows'],
    cannot: NO_TOOL,
  },
];

/**
 * @param {string} what
 * @param {{ passed: boolean, output: string }} result
 * @param {RegExp} cannot - what the output has where the check cannot be run here
 * @returns {string} one line, and behind it the output of what failed
 */
function verdictOf(what, { passed, output }, cannot) {
  if (passed) return `ok      ${what}`;
  if (cannot.test(output))
    return `not run ${what}: its tool or its list is not to be had here`;
  return `FAILED  ${what}\n${output}`;
}

function main() {
  const verdicts = CHECKS.map(({ what, command: [command, ...args], cannot }) =>
    verdictOf(what, run(command, args), cannot),
  );
  verdicts.push(`ok      parts: ${sbom().components.length} crates`);
  console.log(verdicts.join('\n'));
  const hasFailed = verdicts.some((verdict) => verdict.startsWith('FAILED'));
  process.exitCode = hasFailed ? 1 : 0;
}

if (require.main === module) main();

module.exports = { NO_TOOL_OR_LIST, verdictOf };
