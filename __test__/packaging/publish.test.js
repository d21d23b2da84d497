'use strict';

const { publish } = require('../../scripts/release/publish');

const FOLDERS = ['linux', 'windows', 'main'].map((name) => ({
  name,
  folder: `/staged/${name}`,
}));

/** Publishes to a registry that has `there`; what was asked of npm, in order. */
function published(version, there = []) {
  const calls = [];
  const npm = (folder, [command, ...args]) => {
    if (command === 'publish') calls.push({ folder, args });
    else if (!there.includes(args[0])) throw new Error('E404');
    return '1.0.0\n';
  };
  const names = publish(FOLDERS, { version, flags: ['--provenance'], npm });
  return { names, calls };
}

it('everything is published in order, the package last', () => {
  const { names, calls } = published('1.0.0');
  expect(names).toEqual(['linux', 'windows', 'main']);
  expect(calls.map(({ folder }) => folder)).toEqual(
    FOLDERS.map(({ folder }) => folder),
  );
  expect(calls[0].args).toEqual([
    '--access=public',
    '--tag=latest',
    '--provenance',
  ]);
});

it('a release that broke off goes on where it was', () => {
  const { names } = published('1.0.0', ['linux@1.0.0', 'windows@0.9.0']);
  expect(names).toEqual(['windows', 'main']);
});

it('a version before a release is not what an installation without a version gets', () => {
  const [{ args }] = published('1.0.0-beta.1').calls;
  expect(args).toContain('--tag=next');
});
