'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { MOST_MB, excessOf, needsOf } = require('../../scripts/check-binary');

const NATIVE = path.join(__dirname, '../../native');
const onLinux = process.platform === 'linux' ? it : it.skip;

describe('what an addon needs of a system', () => {
  const modest = {
    size: MOST_MB,
    glibc: '2.17',
    searched: [],
    interpreter: false,
  };

  it('is as promised up to the floor', () => {
    expect(excessOf(modest)).toEqual([]);
    expect(excessOf({ ...modest, glibc: '2.3.4' })).toEqual([]);
    expect(excessOf({ ...modest, glibc: undefined })).toEqual([]);
  });

  it.each([
    ['more bytes', { size: MOST_MB + 0.01 }, `of ${MOST_MB}`],
    ['a newer C library', { glibc: '2.18' }, 'glibc 2.18'],
    ['folders of the machine it was built on', { searched: ['/opt'] }, '/opt'],
    ['an interpreter', { interpreter: true }, 'interpreter'],
  ])('is too much with %s', (what, needs, said) => {
    expect(excessOf({ ...modest, ...needs })).toEqual([
      expect.stringContaining(said),
    ]);
  });

  onLinux('is read from the addon itself', () => {
    const [file] = fs.readdirSync(NATIVE).filter((f) => f.endsWith('.node'));
    const needs = needsOf(fs.readFileSync(path.join(NATIVE, file)));
    expect(needs.target).toBe(`linux-${process.arch}`);
    expect(needs.size).toBeLessThanOrEqual(MOST_MB);
    expect(needs.searched).toEqual([]);
    expect(needs.interpreter).toBe(false);
    expect(needs.needed.some((name) => name.startsWith('libc.'))).toBe(true);
  });
});
