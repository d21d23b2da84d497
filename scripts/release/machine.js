'use strict';

// A machine of a new user: an empty home, no compiler on PATH, and no network but one registry.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** Long enough for the slowest client on a loaded machine. */
const TIMEOUT_MS = 120_000;
/** Commands that scripts of package managers call. */
const COMMANDS = [
  'sh',
  'env',
  'uname',
  'dirname',
  'readlink',
  'sed',
  'basename',
];
/** Nothing listens there, so that only loopback can be reached. */
const NOWHERE = 'http://127.0.0.1:9';

const where = (command) =>
  process.env.PATH.split(path.delimiter)
    .map((folder) => path.join(folder, command))
    .find((file) => fs.existsSync(file));

/** A folder with links to Node.js, npm and a few commands, and nothing else. */
function commandsIn(folder) {
  fs.mkdirSync(folder, { recursive: true });
  fs.symlinkSync(process.execPath, path.join(folder, 'node'));
  for (const command of [...COMMANDS, 'npm', 'npx']) {
    const file = where(command);
    if (file !== undefined)
      fs.symlinkSync(fs.realpathSync(file), path.join(folder, command));
  }
  return folder;
}

class Machine {
  #env;
  #folder;
  #count = 0;

  /** @param {string} folder - an empty one */
  constructor(folder, registry) {
    this.#folder = folder;
    this.registry = registry;
    const home = path.join(folder, 'home');
    fs.mkdirSync(home, { recursive: true });
    const npmrc = `registry=${registry}\nfund=false\naudit=false\nupdate-notifier=false\n`;
    fs.writeFileSync(path.join(home, '.npmrc'), npmrc);
    this.npmrc = npmrc;
    this.#env = {
      CI: 'true',
      HOME: home,
      XDG_CACHE_HOME: path.join(home, 'cache'),
      XDG_DATA_HOME: path.join(home, 'data'),
      DENO_DIR: path.join(home, 'deno'),
      PATH: commandsIn(path.join(folder, 'bin')),
      HTTP_PROXY: NOWHERE,
      HTTPS_PROXY: NOWHERE,
      NO_PROXY: '127.0.0.1,localhost',
    };
  }

  /** A folder for one project, with a package.json that asks for nothing and these files. */
  project(files = {}) {
    this.#count += 1;
    const folder = path.join(this.#folder, `project-${this.#count}`);
    fs.mkdirSync(folder);
    const all = {
      'package.json':
        '{ "name": "new", "version": "1.0.0", "private": true }\n',
      '.npmrc': this.npmrc,
      ...files,
    };
    for (const [name, content] of Object.entries(all))
      fs.writeFileSync(path.join(folder, name), content);
    return folder;
  }

  /** @returns {{ status: number | null, stdout: string, stderr: string }} */
  try(cwd, [command, ...args], env = {}) {
    return spawnSync(command, args, {
      cwd,
      encoding: 'utf8',
      env: { ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    });
  }

  /** The same, for a command that must succeed. */
  run(cwd, command, env) {
    const { status, stdout, stderr, error } = this.try(cwd, command, env);
    if (status !== 0) {
      const output = `${stdout}${stderr}${error ?? ''}`;
      throw new Error(`${command.join(' ')}: exit code ${status}\n${output}`);
    }
    return { stdout, stderr };
  }
}

module.exports = { Machine };
