'use strict';

/** The command line as a whole: what it says where no command, or none that there is, was named. */

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { version } = require('../../package.json');

const CLI = path.join(__dirname, '../../bin/pipeline-metrics.js');

const run = (...args) =>
  spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });

it.each([
  ['A command is needed'],
  ['There is no command foo', 'foo', 'history.json'],
  ['Unknown option --fast', '--fast', 'compare'],
  ['There is no command constructor', 'constructor'],
])('says "%s", and which there are in a few lines', (message, ...args) => {
  const { status, stdout, stderr } = run(...args);
  expect([status, stdout]).toEqual([2, '']);
  const lines = stderr.split('\n');
  expect(lines[0]).toBe(`pipeline-metrics: ${message}`);
  expect(lines.length).toBeLessThan(8);
  expect(stderr).toContain('compare|report|top|trace');
});

it('prints its version, and how each command is used', () => {
  expect(run('--version').stdout).toBe(`${version}\n`);
  const { status, stdout } = run('--help');
  expect(status).toBe(0);
  for (const command of ['compare', 'report', 'top', 'trace'])
    expect(stdout).toContain(`Usage: pipeline-metrics ${command} `);
});
