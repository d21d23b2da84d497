'use strict';

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '../..');
const main = require('../../package.json');
const {
  PACKAGE,
  TARGETS,
  VERSION,
} = require('../../js/boundary/addon-candidates');

const read = (...names) => fs.readFileSync(path.join(ROOT, ...names), 'utf8');

const folders = fs
  .readdirSync(path.join(ROOT, 'npm'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** What the README of a platform package says it holds. */
const targetOf = (folder) =>
  /\*\*(.+)\*\*/.exec(read('npm', folder, 'README.md'))[1];

it('the loader, the crate and the package are of one version', () => {
  const [, crate] = /^version = "(.+)"$/mu.exec(read('Cargo.toml'));
  expect({ loader: VERSION, crate }).toEqual({
    loader: main.version,
    crate: main.version,
  });
});

describe('the platform packages', () => {
  it('are those of the targets', () => {
    expect(folders.map(targetOf).sort()).toEqual([...main.napi.targets].sort());
  });

  it('are those the loader knows', () => {
    expect([...folders].sort()).toEqual([...TARGETS].sort());
  });

  it.each(folders)('have the name the loader asks for: %s', (folder) => {
    const { name } = JSON.parse(read('npm', folder, 'package.json'));
    expect(name).toBe(`${PACKAGE}-${folder}`);
  });

  it.each(folders)(
    'have version, licence and engines of the main package: %s',
    (folder) => {
      const {
        version,
        license,
        engines,
        main: binary,
        files,
      } = JSON.parse(read('npm', folder, 'package.json'));
      expect({ version, license, engines }).toEqual({
        version: main.version,
        license: main.license,
        engines: main.engines,
      });
      expect(files).toEqual([binary]);
      expect(binary).toBe(`${main.napi.binaryName}.${folder}.node`);
    },
  );
});
