'use strict';

// Builds the addon after npm has filled node_modules of a clone. Without cargo it says so: what
// needs no addon works all the same.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const shell = process.platform === 'win32';

if (spawnSync('cargo', ['--version'], { shell }).status === 0) {
  const npm = process.env.npm_execpath;
  const [command, args] = npm
    ? [process.execPath, [npm, 'run', 'build']]
    : ['npm', ['run', 'build']];
  const { status } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: shell && !npm,
  });
  process.exitCode = status ?? 1;
} else {
  console.warn(
    'The addon is not built: cargo is not on PATH. Install Rust, then "npm run build".',
  );
}
