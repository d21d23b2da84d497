'use strict';

// Packs the package, installs it into a project, and runs it there in every runtime, test runner and
// bundler that can be had as a package. Prints a line each; exits with 1 where one failed.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { installTools } = require('./release/tools');
const { npm, pack, runChecks } = require('./trial');

const ROOT = path.join(__dirname, '..');
const FOLDER = path.join(__dirname, 'runtimes');
const TIMEOUT_MS = 120_000;
/** The factor by which a pipeline may cost more in Bun than in Node.js. */
const MOST_TIMES = 3;

const tool = (...names) => path.join(FOLDER, 'node_modules', ...names);
const NODES = {
  20: process.execPath,
  22: tool('node-22/bin/node'),
  24: tool('node-24/bin/node'),
  26: tool('node-26/bin/node'),
};
const BUN = tool('@oven/bun-linux-x64/bin/bun');
const NEWEST = NODES[26];
const PACKAGE = 'pipeline-performance-metrics';

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'runtimes-'));
const project = path.join(work, 'project');

const run = (command, ...args) => runIn(project, command, ...args);

function runIn(folder, command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
    timeout: TIMEOUT_MS,
  });
  if (status !== 0)
    throw new Error(`exit code ${status}\n${stdout}${stderr}${error ?? ''}`);
  return stdout;
}

function expectStages(output) {
  if (!output.includes('stages: parse'))
    throw new Error(`it printed: ${output}`);
}

/** Both programs, and the tests of the runner of Node.js. */
function tryNode(node) {
  expectStages(run(node, 'program.cjs'));
  expectStages(run(node, 'program.mjs'));
  run(node, '--test', 'node.test.cjs');
  return run(node, '--version').trim();
}

function install() {
  fs.cpSync(path.join(FOLDER, 'project'), project, { recursive: true });
  fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true }\n');
  npm(['install', '--offline', pack(work).tarball], project);
  // Where Vitest looks for itself, and TypeScript for the types of Node.js.
  for (const name of ['vitest', 'vite', 'typescript'])
    fs.symlinkSync(tool(name), path.join(project, 'node_modules', name));
  fs.mkdirSync(path.join(project, 'node_modules/@types'));
  fs.symlinkSync(
    path.join(ROOT, 'node_modules/@types/node'),
    path.join(project, 'node_modules/@types/node'),
  );
  return PACKAGE;
}

const vitest = (pool) => () =>
  run(
    NEWEST,
    tool('vitest/vitest.mjs'),
    'run',
    `--pool=${pool}`,
    'vitest.test.mjs',
  ) && pool;

function bundled(file) {
  expectStages(run(NEWEST, file));
  return 'external';
}

function esbuild() {
  const esbuildBin = path.join(ROOT, 'node_modules/esbuild/bin/esbuild');
  run(
    esbuildBin,
    'program.mjs',
    '--bundle',
    '--platform=node',
    `--external:${PACKAGE}`,
    '--outfile=out/esbuild.cjs',
  );
  return bundled('out/esbuild.cjs');
}

/** Runs a build that is given as a program, which the bundlers' own Node.js understands. */
function build(program, output) {
  fs.writeFileSync(path.join(project, 'build.cjs'), program);
  run(NEWEST, 'build.cjs');
  return bundled(output);
}

const webpack = () =>
  build(
    `const webpack = require(${JSON.stringify(tool('webpack'))});
     webpack({
       mode: 'production', target: 'node', context: __dirname, entry: './program.cjs',
       output: { path: __dirname + '/out', filename: 'webpack.cjs' },
       externals: { '${PACKAGE}': 'commonjs ${PACKAGE}' },
     }, (error, stats) => { if (error || stats.hasErrors()) { console.error(error ?? stats.toString()); process.exit(1); } });`,
    'out/webpack.cjs',
  );

const rollup = () =>
  build(
    `const { rollup } = require(${JSON.stringify(tool('rollup'))});
     const resolve = require(${JSON.stringify(tool('@rollup/plugin-node-resolve'))});
     const commonjs = require(${JSON.stringify(tool('@rollup/plugin-commonjs'))});
     rollup({ input: 'program.mjs', external: ['${PACKAGE}'], plugins: [resolve(), commonjs()] })
       .then((bundle) => bundle.write({ file: 'out/rollup.mjs', format: 'es' }));`,
    'out/rollup.mjs',
  );

const vite = () =>
  build(
    `import(${JSON.stringify(tool('vite/dist/node/index.js'))}).then(({ build }) => build({
       logLevel: 'error', configFile: false,
       ssr: { noExternal: true, external: ['${PACKAGE}'] },
       build: { ssr: 'program.mjs', outDir: 'out/vite', rollupOptions: { output: { entryFileNames: 'vite.mjs' } } },
     }));`,
    'out/vite/vite.mjs',
  );

/** A server that it builds answers with what was measured there. */
function next(bundler) {
  // It wants itself to be installed above.
  const app = fs.mkdtempSync(path.join(FOLDER, 'next-'));
  try {
    fs.cpSync(path.join(FOLDER, 'next'), app, { recursive: true });
    const installed = path.join('node_modules', PACKAGE);
    fs.cpSync(path.join(project, installed), path.join(app, installed), {
      recursive: true,
    });
    runIn(app, NODES[24], tool('next/dist/bin/next'), 'build', bundler);
    expectStages(runIn(app, NODES[24], 'answer.mjs'));
    return 'external';
  } finally {
    fs.rmSync(app, { recursive: true, force: true });
  }
}

function typeScript(compiler) {
  const checks = ['--strict', '--exactOptionalPropertyTypes', '--noEmit'];
  const target = [
    '--target',
    'es2022',
    '--module',
    'node16',
    '--types',
    'node',
  ];
  run(NEWEST, compiler, 'program.ts', ...checks, ...target);
  return run(NEWEST, compiler, '--version').trim();
}

const costIn = (runtime) =>
  Number(/: ([\d.]+)/u.exec(run(runtime, 'cost.cjs'))[1]);

/** The cost by turns, of which the least in each counts: the machine adds, and never takes away. */
function bunCost() {
  const turns = [1, 2, 3].map(() => [costIn(BUN), costIn(NEWEST)]);
  const [bun, node] = [0, 1].map((i) => Math.min(...turns.map((t) => t[i])));
  const times = bun / node;
  const figures = `${bun} µs a pipeline, ${node} in Node.js: ${times.toFixed(1)} times`;
  if (times > MOST_TIMES) throw new Error(figures);
  return figures;
}

const CHECKS = [
  ['installed', install],
  ...Object.entries(NODES).map(([major, node]) => [
    `Node.js ${major}, node:test`,
    () => tryNode(node),
  ]),
  [
    'Bun',
    () => {
      expectStages(run(BUN, 'program.cjs'));
      expectStages(run(BUN, 'program.mjs'));
      return run(BUN, '--version').trim();
    },
  ],
  ['Bun, cost', bunCost],
  ['Vitest, threads', vitest('threads')],
  ['Vitest, forks', vitest('forks')],
  ['types stripped by Node.js', () => expectStages(run(NEWEST, 'program.ts'))],
  [
    'tsx',
    () => expectStages(run(NEWEST, tool('tsx/dist/cli.mjs'), 'program.ts')),
  ],
  [
    'ts-node',
    () =>
      expectStages(
        run(
          NODES[22],
          tool('ts-node/dist/bin.js'),
          '-T',
          '-O',
          '{"module":"commonjs"}',
          'program.ts',
        ),
      ),
  ],
  ['TypeScript 5', () => typeScript(tool('typescript/bin/tsc'))],
  ['TypeScript 7', () => typeScript(tool('typescript-7/bin/tsc'))],
  ['esbuild', esbuild],
  ['webpack', webpack],
  ['Rollup', rollup],
  ['Vite, server', vite],
  ['Next.js, Turbopack', () => next('--turbopack')],
  ['Next.js, webpack', () => next('--webpack')],
];

try {
  installTools(FOLDER);
  fs.mkdirSync(project);
  runChecks(CHECKS);
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
