'use strict';

const path = require('node:path');

// Beside the real thing a machine has little left: one file at a time.
module.exports = {
  rootDir: path.join(__dirname, '../..'),
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__test__/real/**/*.test.js'],
  testTimeout: 60_000,
  maxWorkers: 1,
};
