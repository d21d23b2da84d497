/** @jest-environment node */
'use strict';

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const PROGRAM = `
  const { PipelinePerformanceMetrics, measureStage } = require('.');
  const Native = Promise;
  class Lazy extends Native {
    then(a, b) { return super.then(a, b); }
  }
  globalThis.Promise = class {
    static resolve() { return new this(); }
    then() {}
  };
  let now = 0;
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const metrics = new PipelinePerformanceMetrics({
    logger, eventBus: { dispatch() {} }, clock: { now: () => now, wallNow: () => now },
  });
  let end;
  const stage = measureStage(metrics, 'a', null, () => new Lazy((resolve) => { end = resolve; }));
  now = 20;
  end(1);
  stage.then(() => console.log(metrics.getStageMetrics('a')[0].duration));
`;

it('a subclass with its own then is followed to its end where Promise was replaced after loading', () => {
  const output = execFileSync(process.execPath, ['-e', PROGRAM], {
    cwd: path.join(__dirname, '../../..'),
    encoding: 'utf8',
  });
  expect(output).toBe('20\n');
});
