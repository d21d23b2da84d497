'use strict';

// Shared by the trials of the package: the tarball, and a line per check.

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');

/** Runs npm; returns what it prints. */
const npm = (args, cwd) =>
  execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    // It is a script of the shell there.
    shell: process.platform === 'win32',
  });

/**
 * Packs what `npm publish` would; without scripts, as the addon is there.
 *
 * @param {string} folder - where the tarball goes
 * @returns {{ tarball: string, files: string[] }}
 */
function pack(folder) {
  const how = ['--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename, files }] = JSON.parse(npm(['pack', ...how], ROOT));
  return {
    tarball: path.join(folder, filename),
    files: files.map((file) => file.path),
  };
}

/**
 * Runs checks, printing a line each, and sets the exit code to 1 where one failed.
 *
 * @param {[what: string, check: () => unknown][]} checks - each throws, or returns what it saw
 */
function runChecks(checks) {
  const passed = checks.filter(([what, check]) => {
    try {
      const seen = check();
      console.log(seen ? `ok      ${what}: ${seen}` : `ok      ${what}`);
      return true;
    } catch (error) {
      const { stdout = '', stderr = '', stack } = error;
      console.log(`FAILED  ${what}: ${stdout}${stderr}${stack}`);
      return false;
    }
  });
  const failed = checks.length - passed.length;
  console.log(`${passed.length} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

module.exports = { npm, pack, runChecks };
