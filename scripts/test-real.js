'use strict';

// Tests with the real thing: a browser, and whatever else `NEEDED` names. `npm run test:real` runs
// all of them, `npm run test:real -- page` those of one folder of __test__/real. A missing tool of
// a folder is one line, and fails.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const REAL = path.join(ROOT, '__test__/real');

const CHROMIUM = 'apt-get install chromium';
const PROMETHEUS = 'apt-get install prometheus';

/** Commands that the tests of a folder run, with how to get each; one with a folder is below the root. */
const NEEDED = {
  page: { chromium: CHROMIUM },
  prometheus: { prometheus: PROMETHEUS, promtool: PROMETHEUS },
  trace: {
    chromium: CHROMIUM,
    'target/speedscope/node_modules/speedscope':
      'npm install --prefix target/speedscope speedscope@1.25.0',
  },
  otlp: {
    'target/otlp/bin/python':
      'python3 -m venv target/otlp && target/otlp/bin/pip install rotel==0.0.1a15 opentelemetry-proto==1.45.2',
  },
};

const isThere = (command) =>
  command.includes('/')
    ? fs.existsSync(path.join(ROOT, command))
    : process.env.PATH.split(path.delimiter).some((folder) =>
        fs.existsSync(path.join(folder, command)),
      );

const missingFor = (folder) =>
  Object.entries(NEEDED[folder] ?? {}).filter(([command]) => !isThere(command));

function main(asked) {
  const folders =
    asked.length > 0
      ? asked
      : fs
          .readdirSync(REAL, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => name);
  const missing = folders.flatMap(missingFor);
  for (const [command, install] of missing)
    console.error(`test:real needs ${command}, which is not there: ${install}`);
  if (missing.length > 0) return 1;
  const jest = require.resolve('jest/bin/jest');
  const args = [jest, '--config', path.join(REAL, 'jest.config.js')];
  const patterns = folders.map((folder) => `__test__/real/${folder}/`);
  const options = { cwd: ROOT, stdio: 'inherit' };
  return spawnSync(process.execPath, [...args, ...patterns], options).status;
}

process.exitCode = main(process.argv.slice(2)) ?? 1;
