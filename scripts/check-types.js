'use strict';

// node scripts/check-types.js   checks the types of js/ and bin/, as "tsc -p js" does
//
// Folders and files of UNTYPED are not checked: code that came without types, until it has them.

const path = require('node:path');
const ts = require('typescript');

const ROOT = path.join(__dirname, '..');
/** @type {string[]} */
const UNTYPED = [];

const host = {
  ...ts.sys,
  getCanonicalFileName: (/** @type {string} */ name) => name,
  getNewLine: () => '\n',
  onUnRecoverableConfigFileDiagnostic() {},
};

const config = ts.getParsedCommandLineOfConfigFile(
  path.join(ROOT, 'js/tsconfig.json'),
  {},
  host,
);

const isAccepted = ({ file }) =>
  file !== undefined &&
  UNTYPED.some((room) => path.relative(ROOT, file.fileName).startsWith(room));

const found = ts
  .getPreEmitDiagnostics(ts.createProgram(config.fileNames, config.options))
  .filter((diagnostic) => !isAccepted(diagnostic));
process.stdout.write(ts.formatDiagnostics(found, host));
process.exitCode = found.length > 0 ? 1 : 0;
