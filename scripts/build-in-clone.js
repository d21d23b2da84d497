'use strict';

// Builds the addon and the page after npm has filled node_modules of a clone. Without cargo it
// reports that, and builds only the page, so that everything without the addon works.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const shell = process.platform === 'win32';

const hasCargo = spawnSync('cargo', ['--version'], { shell }).status === 0;
if (!hasCargo) {
  console.warn(
    'The addon is not built: cargo is not on PATH. Install Rust, then "npm run build".',
  );
}
const script = hasCargo ? 'build' : 'build:page';
const npm = process.env.npm_execpath;
const [command, args] = npm
  ? [process.execPath, [npm, 'run', script]]
  : ['npm', ['run', script]];
const { status } = spawnSync(command, args, {
  cwd: ROOT,
  stdio: 'inherit',
  shell: shell && !npm,
});
process.exitCode = status ?? 1;
