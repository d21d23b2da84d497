'use strict';

// The registry, package managers and runtimes that a release is tried with: development packages
// of their own folder, so that an ordinary installation need not fetch them.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const FOLDER = path.join(__dirname, '../tools');

/** Whether the installed packages match the lock file. */
function isInstalled(folder) {
  const marker = path.join(folder, 'node_modules/.package-lock.json');
  const lock = path.join(folder, 'package-lock.json');
  return (
    fs.existsSync(marker) &&
    fs.statSync(marker).mtimeMs > fs.statSync(lock).mtimeMs
  );
}

/** Installs them unless they are; without scripts, as their binaries are packages. */
function installTools(folder = FOLDER) {
  if (isInstalled(folder)) return;
  execFileSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
}

const tool = (...names) => path.join(FOLDER, 'node_modules', ...names);

const TOOLS = {
  attw: tool('@arethetypeswrong/cli/dist/index.js'),
  bun: tool('@oven/bun-linux-x64/bin/bun'),
  deno: tool('@deno/linux-x64-glibc/deno'),
  node22: tool('node-22/bin/node'),
  pnpm: tool('pnpm/bin/pnpm.cjs'),
  verdaccio: tool('verdaccio/bin/verdaccio'),
  yarn: tool('@yarnpkg/cli-dist/bin/yarn.js'),
};

module.exports = { TOOLS, installTools };
