'use strict';

// Publishes the prepared packages, so that an interrupted release can be run again.

const { execFileSync } = require('node:child_process');

/**
 * @param {string} folder
 * @param {string[]} args
 * @returns {string} what npm printed
 */
const runNpm = (folder, args) =>
  execFileSync('npm', ['--loglevel=error', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });

/** npm asks for a tag where `latest` would become a version such as 1.0.0-beta.1. */
const tagOf = (version) => (version.includes('-') ? 'next' : 'latest');

function isThere(npm, { name, folder }, version, to) {
  const spec = `${name}@${version}`;
  try {
    const args = ['view', spec, 'version', '--loglevel=silent', ...to];
    return npm(folder, args).trim() !== '';
  } catch {
    return false;
  }
}

/**
 * Publishes the folders in order, except those that the registry has in this version.
 *
 * @param {{ name: string, folder: string }[]} folders
 * @param {{ version: string, registry?: string, flags?: string[], npm?: typeof runNpm }} options
 * @returns {string[]} names of what was published
 */
function publish(folders, { version, registry, flags = [], npm = runNpm }) {
  const host = registry?.replace(/^https?:/u, '');
  const to = registry
    ? ['--registry', registry, `--${host}:_authToken=trial`]
    : [];
  const missing = folders.filter((of) => !isThere(npm, of, version, to));
  const how = ['--access=public', `--tag=${tagOf(version)}`, ...to, ...flags];
  for (const { folder } of missing) npm(folder, ['publish', ...how]);
  return missing.map(({ name }) => name);
}

module.exports = { publish };
