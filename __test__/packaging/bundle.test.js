'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

const ROOT = path.join(__dirname, '../..');
const ESBUILD = require.resolve('esbuild/bin/esbuild');

const PROGRAM = `
  const dependencies = {
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    eventBus: { dispatch() {} },
  };
  const metrics = new PipelinePerformanceMetrics(dependencies);
  class SlowStage extends BasePipelineStage {
    async executeInternal(context) {
      return context;
    }
  }
  const stage = new SlowStage(dependencies);
  answers = {
    started: metrics.startPipelineExecution('e'),
    summary: metrics.getPerformanceSummary(),
    measured: measureStage(metrics, 'stage', null, () => 5),
    name: canonicalStageName(stage),
    executed: stage.execute({}),
  };
`;
const NAMES =
  'PipelinePerformanceMetrics, BasePipelineStage, canonicalStageName, measureStage';

let folder;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bundle-'));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(
    ROOT,
    path.join(folder, 'node_modules/pipeline-performance-metrics'),
    'junction',
  );
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** The text of a bundle for browsers of a program in a file of that name. */
function bundle(name, program) {
  const source = path.join(folder, name);
  fs.writeFileSync(source, program);
  const flags = [
    '--bundle',
    '--platform=browser',
    '--preserve-symlinks',
    '--log-level=error',
  ];
  // A script or, once its installation has run, the program itself: both can be executed.
  return execFileSync(ESBUILD, [source, ...flags], {
    cwd: folder,
    encoding: 'utf8',
  });
}

/** What a bundle answers in a global scope that has the language and nothing else. */
function run(text) {
  const context = vm.createContext({ answers: undefined });
  vm.runInContext(text, context);
  return context.answers;
}

describe.each([
  [
    'required',
    'program.js',
    `const { ${NAMES} } = require('pipeline-performance-metrics');`,
  ],
  [
    'imported',
    'program.mjs',
    `import { ${NAMES} } from 'pipeline-performance-metrics';`,
  ],
  [
    'imported by its default',
    'default.js',
    `import PipelinePerformanceMetrics, * as all from 'pipeline-performance-metrics';
     const { BasePipelineStage, canonicalStageName, measureStage } = all;`,
  ],
])('a bundle for browsers in which the package is %s', (how, file, loading) => {
  it('runs with nothing of Node.js, and records nothing', async () => {
    const { started, summary, measured, name, executed } = run(
      bundle(file, loading + PROGRAM),
    );
    expect(started).toBeNull();
    expect(summary.pipeline.totalExecutions).toBe(0);
    expect(measured).toBe(5);
    expect(name).toBe('slow');
    await expect(executed).resolves.toEqual({});
  });

  it('holds no module of Node.js and no native binary', () => {
    const text = bundle(file, loading + PROGRAM);
    expect(text).not.toMatch(/["'`]node:|\.node["'`]/);
  });
});
