'use strict';

// Prepares the packages to publish: the package without its addon, and one package per platform
// with the addon.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { PACKAGE, TARGETS } = require('../../js/boundary/addon-candidates');
const { build: buildPage } = require('../build-page');
const { ROOT, agreedVersion, json } = require('./versions');

/** Fields of package.json that only a clone needs. */
const OF_THE_CLONE = ['scripts', 'devDependencies', 'overrides', 'napi'];
/** In place of an addon that was not built: enough to try the choice of packages. */
const PLACEHOLDER = 'Not built in this trial of a release.\n';

const write = (file, value) =>
  fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** The repository, as the releasing machine knows it, if it does. */
function addresses() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env;
  if (!server || !name) return {};
  const home = `${server}/${name}`;
  return {
    repository: { type: 'git', url: `git+${home}.git` },
    homepage: `${home}#readme`,
    bugs: `${home}/issues`,
  };
}

function packedFiles() {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json'];
  const shell = process.platform === 'win32';
  const options = { cwd: ROOT, encoding: 'utf8', shell };
  const output = execFileSync('npm', args, { ...options, stdio: 'pipe' });
  const [{ files }] = JSON.parse(output);
  return files.map((file) => file.path);
}

function stageMain(folder, version) {
  buildPage();
  const files = packedFiles().filter((file) => !file.endsWith('.node'));
  for (const file of files) {
    const target = path.join(folder, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(path.join(ROOT, file), target);
  }
  const described = json('package.json');
  for (const field of OF_THE_CLONE) delete described[field];
  described.files = described.files.filter((f) => !f.endsWith('.node'));
  described.optionalDependencies = Object.fromEntries(
    TARGETS.map((target) => [`${PACKAGE}-${target}`, version]),
  );
  write(path.join(folder, 'package.json'), { ...described, ...addresses() });
}

function stagePlatform(folder, target, addons) {
  const described = json('npm', target, 'package.json');
  const binary = path.join(addons, described.main);
  const isBuilt = fs.existsSync(binary);
  fs.mkdirSync(folder, { recursive: true });
  write(path.join(folder, 'package.json'), { ...described, ...addresses() });
  const readme = path.join(ROOT, 'npm', target, 'README.md');
  fs.copyFileSync(readme, path.join(folder, 'README.md'));
  fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(folder, 'LICENSE'));
  const place = path.join(folder, described.main);
  if (isBuilt) fs.copyFileSync(binary, place);
  else fs.writeFileSync(place, PLACEHOLDER);
  return { name: described.name, folder, isBuilt };
}

/**
 * @param {string} out - an empty folder
 * @param {string} addons - the folder that holds the addons
 * @returns {{ name: string, folder: string, isBuilt: boolean }[]} in the order of publication: the
 *   package last, so that it never asks for one that is not there
 */
function stage(out, addons) {
  const version = agreedVersion();
  const platforms = TARGETS.map((target) =>
    stagePlatform(path.join(out, target), target, addons),
  );
  const folder = path.join(out, 'main');
  stageMain(folder, version);
  return [...platforms, { name: PACKAGE, folder, isBuilt: true }];
}

module.exports = { stage };
