'use strict';

// Checks what the package is made of: licences, sources and duplicates of crates, known
// vulnerabilities of crates and packages, and that a list of all parts can be written. What needs a
// tool or a network that is not there is a line, not a failure.

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { sbom } = require('./sbom');

const ROOT = path.join(__dirname, '..');
const TIMEOUT_MS = 120_000;

const NO_TOOL = /no such command/u;
const NO_TOOL_OR_LIST =
  /no such command|failed to fetch advisory database|audit endpoint returned|ENOTFOUND|ECONNREFUSED|ETIMEDOUT/u;

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
];

function check({ what, command: [command, ...args], cannot }) {
  const { passed, output } = run(command, args);
  const isSkipped = !passed && cannot.test(output);
  if (passed) console.log(`ok      ${what}`);
  else if (isSkipped)
    console.log(`not run ${what}: its tool or its list is not to be had here`);
  else console.log(`FAILED  ${what}\n${output}`);
  return passed || isSkipped;
}

const failed = CHECKS.filter((each) => !check(each)).length;
console.log(`ok      parts: ${sbom().components.length} crates`);
process.exitCode = failed === 0 ? 0 : 1;
