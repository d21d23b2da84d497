'use strict';

// All parts of a release have one version: tag, package, lock file, crate, loader and the packages
// of all platforms.

const fs = require('node:fs');
const path = require('node:path');
const { TARGETS, VERSION } = require('../../js/boundary/addon-candidates');

const ROOT = path.join(__dirname, '../..');
const text = (...names) => fs.readFileSync(path.join(ROOT, ...names), 'utf8');
const json = (...names) => JSON.parse(text(...names));

/** Every version in the repository, by place. */
function versions() {
  const [, crate] = /^version = "(.+)"$/mu.exec(text('Cargo.toml'));
  const name = 'pipeline-performance-metrics';
  const locked = new RegExp(`name = "${name}"\nversion = "(.+)"`, 'u');
  const [, crateLock] = locked.exec(text('Cargo.lock'));
  return {
    'package.json': json('package.json').version,
    'package-lock.json': json('package-lock.json').version,
    'Cargo.toml': crate,
    'Cargo.lock': crateLock,
    'js/boundary/addon-candidates.js': VERSION,
    ...Object.fromEntries(
      TARGETS.map((target) => {
        const file = path.join('npm', target, 'package.json');
        return [file, json(file).version];
      }),
    ),
  };
}

/**
 * @param {string} [tag] - of the release, such as `v1.2.3`
 * @returns {string} the version
 * @throws where they differ; the message names the places
 */
function agreedVersion(tag) {
  const { version } = json('package.json');
  const all = { ...versions(), ...(tag && { tag: tag.replace(/^v/u, '') }) };
  const others = Object.entries(all).filter(([, found]) => found !== version);
  if (others.length > 0) {
    const list = others.map(([where, found]) => `${where} has ${found}`);
    throw new Error(`package.json has ${version}, but ${list.join(', ')}`);
  }
  return version;
}

module.exports = { ROOT, agreedVersion, json };
