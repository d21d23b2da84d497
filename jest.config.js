'use strict';

const shared = {
  rootDir: __dirname,
  testMatch: ['<rootDir>/__test__/**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/__test__/real/'],
};

module.exports = {
  coverageDirectory: 'coverage',
  collectCoverageFrom: ['js/**/*.js'],
  coverageThreshold: { global: { lines: 85 } },
  // Ends a test that hangs. No other takes so long, however busy the machine is.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'node',
      testEnvironment: 'node',
      testMatch: [
        ...shared.testMatch,
        '<rootDir>/examples/**/__test__/*.test.js',
        '<rootDir>/benches/__test__/*.test.js',
      ],
    },
    { ...shared, displayName: 'jsdom', testEnvironment: 'jsdom' },
  ],
};
