'use strict';

// node scripts/build-target.js <target> [out]   builds the addon of a target, such as linux-arm64-gnu
//
// For Linux, zig is the linker (cargo-zigbuild on PATH): the addon then loads with the oldest glibc
// that docs/platforms.md promises, independent of the machine's. The others are built where they
// run. Flags are those of .cargo/config.toml; RUSTFLAGS would replace them.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { PACKAGE } = require('../js/boundary/addon-candidates');
const { FLOOR } = require('./check-binary');

const ROOT = path.join(__dirname, '..');
const CRATE = 'pipeline-performance-metrics-addon';
const LIBRARY = CRATE.replaceAll('-', '_');
const RUST = {
  'linux-x64-gnu': 'x86_64-unknown-linux-gnu',
  'linux-x64-musl': 'x86_64-unknown-linux-musl',
  'linux-arm64-gnu': 'aarch64-unknown-linux-gnu',
  'linux-arm64-musl': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
  'win32-x64-msvc': 'x86_64-pc-windows-msvc',
  'win32-arm64-msvc': 'aarch64-pc-windows-msvc',
};

function libraryOf(target) {
  if (target.startsWith('win32')) return `${LIBRARY}.dll`;
  return `lib${LIBRARY}.${target.startsWith('darwin') ? 'dylib' : 'so'}`;
}

function build(target, out) {
  const rust = RUST[target];
  if (rust === undefined)
    throw new Error(`${target} is none of ${Object.keys(RUST).join(', ')}`);
  const command = target.startsWith('linux') ? 'zigbuild' : 'build';
  const triple = target.endsWith('-gnu') ? `${rust}.${FLOOR}` : rust;
  const args = [command, '--release', '--lib', '--locked', '--target', triple];
  execFileSync('cargo', [...args, '--package', CRATE], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const built = path.join(
    process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target'),
    rust,
    'release',
    libraryOf(target),
  );
  fs.mkdirSync(out, { recursive: true });
  const addon = path.join(out, `${PACKAGE}.${target}.node`);
  fs.copyFileSync(built, addon);
  console.log(addon);
}

build(process.argv[2], process.argv[3] ?? path.join(ROOT, 'target/addons'));
