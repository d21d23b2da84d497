'use strict';

// Packs the package, installs the tarball into an empty project and uses it there as a new user
// would. Prints a line a check; exits with 1 where one failed.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const PROGRAMS = path.join(__dirname, 'new-user');
const { exports: entries } = require('../package.json');
const { npm, pack, runChecks } = require('./trial');

const JEST = require.resolve('jest/bin/jest');
const TSC = require.resolve('typescript/bin/tsc');
const PUBLINT = path.join(ROOT, 'node_modules/publint/src/cli.js');

/** A minute: the longest of the programs takes seconds. */
const TIMEOUT_MS = 60_000;

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'try-package-'));
const project = path.join(work, 'project');

const node = (...args) =>
  execFileSync(process.execPath, args, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });

function install(tarball) {
  fs.cpSync(PROGRAMS, project, { recursive: true });
  fs.cpSync(
    path.join(PROGRAMS, 'program.ts'),
    path.join(project, 'program.mts'),
  );
  fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true }\n');
  npm(['install', '--offline', '--ignore-scripts', tarball], project);
}

/** Every file an entry of `exports` names. */
const targetsOf = (entry) =>
  typeof entry === 'string'
    ? [entry.slice(2)]
    : Object.values(entry).flatMap(targetsOf);

/** Whether a file is that of an entry, which may have a `*`. */
function isTarget(target, file) {
  const [start, end] = target.split('*');
  if (end === undefined) return file === target;
  return file.startsWith(start) && file.endsWith(end);
}

function checkContents(files) {
  const needed = [...targetsOf(entries), 'browser.js', 'README.md'];
  const missing = [...needed, 'dist/page.html'].filter(
    (target) => !files.some((file) => isTarget(target, file)),
  );
  if (missing.length > 0) throw new Error(`not packed: ${missing.join(', ')}`);
  if (!files.some((file) => /^native\/.+\.node$/u.test(file))) {
    throw new Error('no native binary packed: run "npm run build" first');
  }
  const stray = files.filter((file) =>
    /(^|\/)(__test__|tests?|target|examples|scripts|npm|node_modules)\/|tests\.rs$/u.test(
      file,
    ),
  );
  if (stray.length > 0)
    throw new Error(`packed, and should not be: ${stray.join(', ')}`);
}

/** A block of JavaScript with its indentation, which a list gives it. */
const EXAMPLE = /^( *)```js\n([\s\S]*?)^\1```$/gmu;

/** Runs every example of the README; each prints something. */
function runReadme() {
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const examples = Array.from(readme.matchAll(EXAMPLE), ([, indent, code]) =>
    indent === '' ? code : code.replaceAll(`\n${indent}`, '\n').trimStart(),
  );
  if (examples.length === 0) throw new Error('README.md has no examples');
  examples.forEach((code, i) => {
    const file = `readme-${i + 1}.cjs`;
    fs.writeFileSync(path.join(project, file), code);
    if (node(file) === '') throw new Error(`${file} prints nothing:\n${code}`);
  });
}

/** The command, over what the program that requires the package has exported. */
function compareHistories() {
  const command = [
    'pipeline-metrics',
    'compare',
    'history.json',
    'history.json',
    '--allow-missing',
  ];
  const text = npm(['exec', '--offline', '--', ...command], project);
  if (!text.includes('Verdict:')) throw new Error(`no verdict in: ${text}`);
}

/** A page of the same, as a file. */
function writePage() {
  const command = ['pipeline-metrics', 'report', 'history.json', '-o', '-'];
  const html = npm(['exec', '--offline', '--', ...command], project);
  if (!html.includes('id="data">{')) throw new Error('a page without data');
}

function testInJest(environment, ...flags) {
  const env = require.resolve(`jest-environment-${environment}`);
  node(JEST, '--rootDir', project, '--env', env, ...flags);
}

/** Type checks, and where it emits JavaScript runs, what a user writes in TypeScript. */
function compile(file, settings, output) {
  const checks = ['--strict', '--exactOptionalPropertyTypes'];
  const target = ['--target', 'es2022', '--outDir', path.join(project, 'out')];
  node(TSC, file, ...checks, ...target, ...settings);
  if (output !== undefined) node(path.join('out', output));
}

function checks({ tarball, files }) {
  const node16 = ['--module', 'node16'];
  const bundler = [
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
    '--noEmit',
  ];
  const classic = [
    '--module',
    'commonjs',
    '--moduleResolution',
    'node10',
    '--esModuleInterop',
  ];
  return [
    ['holds what it should and nothing else', () => checkContents(files)],
    [
      'publint',
      () => void node(PUBLINT, tarball, '--level', 'warning', '--strict'),
    ],
    ['installs', () => install(tarball)],
    ['require', () => void node('required.cjs')],
    ['examples of the README', runReadme],
    ['command line', compareHistories],
    ['page of a history', writePage],
    ['import', () => void node('imported.mjs')],
    ['Jest, node', () => testInJest('node', '--detectOpenHandles')],
    ['Jest, jsdom', () => testInJest('jsdom', '--detectOpenHandles')],
    ['Jest, nothing leaks', () => testInJest('node', '--detectLeaks')],
    ['TypeScript, CommonJS', () => compile('program.ts', node16, 'program.js')],
    [
      'TypeScript, ES module',
      () => compile('program.mts', node16, 'program.mjs'),
    ],
    ['TypeScript, bundler', () => compile('program.ts', bundler)],
    [
      'TypeScript, without exports',
      () => compile('program.ts', classic, 'program.js'),
    ],
  ];
}

try {
  fs.mkdirSync(project);
  runChecks(checks(pack(work)));
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
