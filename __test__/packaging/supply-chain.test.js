'use strict';

const { NO_TOOL_OR_LIST, verdictOf } = require('../../scripts/supply-chain');

const verdict = (result) => verdictOf('advisories', result, NO_TOOL_OR_LIST);

describe('a check of what the package is made of', () => {
  it('is a line where it passes', () => {
    expect(verdict({ passed: true, output: 'advisories ok' })).toBe(
      'ok      advisories',
    );
  });

  it.each([
    'error: no such command: `deny`',
    '[ERROR] failed to fetch advisory database https://example.org',
    'npm error audit endpoint returned an error',
    'Error: spawnSync zizmor ENOENT',
  ])('is a line where it cannot be run: %s', (output) => {
    expect(verdict({ passed: false, output })).toMatch(
      /^not run advisories: .+$/,
    );
  });

  it('shows what it found where it fails', () => {
    const output = 'error[vulnerability]: RUSTSEC-2026-0001';
    expect(verdict({ passed: false, output })).toBe(
      `FAILED  advisories\n${output}`,
    );
  });
});
