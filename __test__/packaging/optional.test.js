'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { PipelinePerformanceMetrics } = require('../..');

const ROOT = path.join(__dirname, '../..');
const PROGRAM = `
  const { PipelinePerformanceMetrics } = require(${JSON.stringify(ROOT)});
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const metrics = new PipelinePerformanceMetrics({ logger, eventBus: { dispatch() {} } });
  const started = metrics.startPipelineExecution('e');
  require(${JSON.stringify(ROOT)});
  console.log(started === null ? 'stand-in' : 'addon');
`;

/** Runs the program with these variables, in a process of its own: an addon loads once a process. */
function run(variables, ...flags) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, '--eval', PROGRAM],
    { env: { ...process.env, ...variables }, encoding: 'utf8' },
  );
  return { stdout: stdout.trim(), stderr, status };
}

describe('with PPM_OPTIONAL=1', () => {
  it('the stand-in takes the place of an addon that does not load, and says why, once', () => {
    const { stdout, stderr, status } = run(
      { PPM_OPTIONAL: '1' },
      '--no-addons',
    );
    expect({ stdout, status }).toEqual({ stdout: 'stand-in', status: 0 });
    expect(stderr.match(/PPM_STAND_IN/g)).toHaveLength(1);
    expect(stderr).toContain('native addons are disabled');
  });

  it('an addon that loads is used', () => {
    const { stdout, stderr } = run({ PPM_OPTIONAL: '1' });
    expect({ stdout, stderr }).toEqual({ stdout: 'addon', stderr: '' });
  });
});

describe('without it', () => {
  it.each(['', '0', 'false'])(
    '(%j) an addon that does not load is an error',
    (value) => {
      const { stderr, status } = run({ PPM_OPTIONAL: value }, '--no-addons');
      expect(status).not.toBe(0);
      expect(stderr).toContain('ERR_PPM_NATIVE_LOAD');
    },
  );

  it('a path that was given is taken', () => {
    const { stderr } = run({ PPM_NATIVE_PATH: '/no/such/addon.node' });
    expect(stderr).toContain('PPM_NATIVE_PATH names /no/such/addon.node');
  });
});

describe('the command line', () => {
  it('says in one message that the addon does not load, with the exit code of an unusable call', () => {
    // A history as it was written where the addon loads: it is read before the addon is needed.
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'history-'));
    const file = path.join(folder, 'history.json');
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const eventBus = { dispatch() {} };
    const metrics = new PipelinePerformanceMetrics({ logger, eventBus });
    fs.writeFileSync(file, metrics.exportHistory());
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--no-addons', 'bin/pipeline-metrics.js', 'compare', file, file],
      { cwd: ROOT, encoding: 'utf8' },
    );
    fs.rmSync(folder, { recursive: true });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^pipeline-metrics: .*native addons are disabled/);
  });
});
