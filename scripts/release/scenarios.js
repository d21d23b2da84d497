'use strict';

// The steps of a new user with a release: installing it with each package manager, running it in
// each runtime, and the error without the addon.

const fs = require('node:fs');
const path = require('node:path');
const { PACKAGE, targetOf } = require('../../js/boundary/addon-candidates');
const { MOST_MB } = require('../check-binary');
const { TOOLS } = require('./tools');

const PROGRAMS = Object.fromEntries(
  ['program.cjs', 'program.mjs'].map((name) => {
    const file = path.join(__dirname, '../runtimes/project', name);
    return [name, fs.readFileSync(file, 'utf8')];
  }),
);
const PUBLINT = path.join(__dirname, '../../node_modules/publint/src/cli.js');

const node = 'node';
const npmInstall = (...flags) => ['npm', 'install', PACKAGE, ...flags];
const firstLineOf = (text) =>
  text.split('\n').find((line) => line.includes(`${PACKAGE} cannot load`)) ??
  text;

function expectRun({ stdout }) {
  if (!stdout.includes('stages: parse'))
    throw new Error(`the program printed: ${stdout}`);
}

/** Installs and runs both programs; returns the seconds that the installation took. */
function installAndRun(machine, { install, run, files }) {
  const project = machine.project({ ...PROGRAMS, ...files });
  const started = process.hrtime.bigint();
  const { stdout, stderr } = machine.run(project, install);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (/install script|allow-scripts|ignored build/iu.test(stdout + stderr))
    throw new Error(`it warns of scripts: ${stdout}${stderr}`);
  for (const program of Object.keys(PROGRAMS))
    expectRun(machine.run(project, [...run, program]));
  return `installed in ${seconds.toFixed(1)} s`;
}

const yarnrc = ({ registry }, linker) => `npmRegistryServer: "${registry}"
unsafeHttpWhitelist: ["127.0.0.1"]
nodeLinker: ${linker}
enableTelemetry: false
enableImmutableInstalls: false
npmMinimalAgeGate: 0
pnpEnableEsmLoader: true
`;

function yarn(machine, linker) {
  const files = { '.yarnrc.yml': yarnrc(machine, linker), 'yarn.lock': '' };
  return installAndRun(machine, {
    install: [node, TOOLS.yarn, 'add', PACKAGE],
    run: [node, TOOLS.yarn, 'node'],
    files,
  });
}

function bun(machine) {
  return installAndRun(machine, {
    install: [TOOLS.bun, 'add', PACKAGE],
    run: [TOOLS.bun],
  });
}

const DENO_RUN = [TOOLS.deno, 'run', '--node-modules-dir=manual'];
/** Otherwise a package published a moment ago is not trusted yet. */
const DENO_ADD = [
  TOOLS.deno,
  'add',
  '--node-modules-dir=auto',
  '--minimum-dependency-age=0',
];
const DENO_RIGHTS = [
  '--allow-env',
  '--allow-read',
  '--allow-ffi',
  '--allow-sys',
];

function deno(machine) {
  return installAndRun(machine, {
    install: [...DENO_ADD, `npm:${PACKAGE}`],
    run: [...DENO_RUN, ...DENO_RIGHTS],
  });
}

/** Expects the program to fail, with an error whose first line says this. */
function expectReason(machine, project, expected, command = [node]) {
  const { status, stderr } = machine.try(project, [...command, 'program.cjs']);
  const line = firstLineOf(stderr);
  if (status === 0 || !expected.test(line))
    throw new Error(`exit code ${status}, first line: ${line}`);
  return line.split(': ').slice(2).join(': ');
}

function afterInstall(
  machine,
  expected,
  { flags = [], change = () => {}, command },
) {
  const project = machine.project(PROGRAMS);
  machine.run(project, npmInstall(...flags));
  change(project);
  return expectReason(machine, project, expected, command);
}

const platformPackage = () => `${PACKAGE}-${targetOf(process)}`;

function standIn(machine) {
  const project = machine.project(PROGRAMS);
  machine.run(project, npmInstall('--omit=optional'));
  const { stdout, stderr } = machine.run(project, [node, 'program.cjs'], {
    PPM_OPTIONAL: '1',
  });
  if (!stdout.includes('stages:') || !stderr.includes('PPM_STAND_IN'))
    throw new Error(`the program printed: ${stdout}${stderr}`);
  return 'runs, and warns once';
}

/** MB of the package and of this platform's, as installed. */
function sizes(machine) {
  const project = machine.project();
  machine.run(project, npmInstall());
  const sizeOf = (folder) =>
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => fs.statSync(path.join(entry.parentPath, entry.name)).size)
      .reduce((sum, size) => sum + size / 1e6, 0);
  const [main, platform] = [PACKAGE, platformPackage()].map((name) => {
    const size = sizeOf(path.join(project, 'node_modules', name));
    return { size, said: `${name} ${size.toFixed(2)} MB` };
  });
  const said = `${main.said}, ${platform.said}`;
  if (platform.size > MOST_MB) throw new Error(`${said} of ${MOST_MB}`);
  return said;
}

/** Types as every kind of project finds them, and the fields of package.json. */
function describedWell(machine) {
  const project = machine.project();
  machine.run(project, npmInstall());
  const installed = path.join(project, 'node_modules', PACKAGE);
  machine.run(installed, ['npm', 'pack', '--ignore-scripts']);
  const [tarball] = fs.readdirSync(installed).filter((f) => f.endsWith('.tgz'));
  machine.run(installed, [node, TOOLS.attw, tarball]);
  const strict = ['--strict', '--level', 'warning'];
  machine.run(installed, [node, PUBLINT, tarball, ...strict]);
  return 'attw and publint have nothing to say';
}

/** All scenarios: a title, and a function of the machine that returns what it saw or throws. */
const SCENARIOS = [
  ['npm', (m) => installAndRun(m, { install: npmInstall(), run: [node] })],
  [
    'pnpm',
    (m) =>
      installAndRun(m, {
        install: [node, TOOLS.pnpm, 'add', PACKAGE],
        run: [node],
      }),
  ],
  ['yarn, node_modules', (m) => yarn(m, 'node-modules')],
  ["yarn, Plug'n'Play", (m) => yarn(m, 'pnp')],
  ['Bun', bun],
  ['Deno', deno],
  ['unpacked', sizes],
  ['described', describedWell],
  [
    '--omit=optional',
    (m) =>
      afterInstall(m, /is not installed$/u, { flags: ['--omit=optional'] }),
  ],
  [
    'installed for another platform',
    (m) =>
      afterInstall(m, /another platform is: .*-darwin-arm64$/u, {
        flags: ['--os=darwin', '--cpu=arm64'],
      }),
  ],
  [
    'package deleted',
    (m) =>
      afterInstall(m, /is not installed$/u, {
        change: (project) =>
          fs.rmSync(path.join(project, 'node_modules', platformPackage()), {
            recursive: true,
          }),
      }),
  ],
  [
    '--no-addons',
    (m) => afterInstall(m, /disabled/u, { command: [node, '--no-addons'] }),
  ],
  [
    'Deno without --allow-ffi',
    (m) =>
      afterInstall(m, /Deno does not permit it/u, {
        command: [...DENO_RUN, '--no-prompt', '--allow-env', '--allow-read'],
      }),
  ],
  ['PPM_OPTIONAL=1 without the addon', standIn],
];

module.exports = { SCENARIOS };
