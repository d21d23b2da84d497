'use strict';

/** The command line as a whole: what it says where no command, or none that there is, was named. */

const { version } = require('../../package.json');
const { cli } = require('../fixtures/commandLine');

it.each([
  ['A command is needed'],
  ['There is no command foo', 'foo', 'history.json'],
  ['Unknown option --fast', '--fast', 'compare'],
  ['There is no command constructor', 'constructor'],
])('says "%s", and which there are in a few lines', (message, ...args) => {
  const { status, stdout, stderr } = cli(args);
  expect([status, stdout]).toEqual([2, '']);
  const lines = stderr.split('\n');
  expect(lines[0]).toBe(`pipeline-metrics: ${message}`);
  expect(lines.length).toBeLessThan(8);
  expect(stderr).toContain('compare|report|top|trace');
});

it('prints its version, and how each command is used', () => {
  expect(cli(['--version']).stdout).toBe(`${version}\n`);
  const { status, stdout } = cli(['--help']);
  expect(status).toBe(0);
  for (const command of ['compare', 'report', 'top', 'trace'])
    expect(stdout).toContain(`Usage: pipeline-metrics ${command} `);
  expect(stdout).toContain('Exit codes');
});
