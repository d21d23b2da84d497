'use strict';

// Writes native/default-settings.js: the defaults of the engine, for code without the addon.

const fs = require('node:fs');
const path = require('node:path');
const { native } = require('../js/boundary/native');

const FILE = path.join(__dirname, '../native/default-settings.js');

const settings = Object.entries(native.defaultSettings())
  .map(([name, value]) => `  ${name}: ${value},\n`)
  .join('');

fs.writeFileSync(
  FILE,
  `'use strict';\n\n// Generated from src/engine/config.rs by "npm run build".\n\nmodule.exports = {\n${settings}};\n`,
);
