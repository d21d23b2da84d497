'use strict';

const js = require('@eslint/js');
const globals = require('globals');

/** What runs in browsers, too. */
const BROWSER = ['browser.js', 'js/browser/**'];

module.exports = [
  { ignores: ['native/', 'target/', 'coverage/'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: 'commonjs' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'no-var': 'error',
      'prefer-const': 'error',
      strict: ['error', 'global'],
    },
  },
  { ignores: BROWSER, languageOptions: { globals: globals.node } },
  {
    files: BROWSER,
    languageOptions: { globals: globals['shared-node-browser'] },
    // Parameters that stand for the API and are not used.
    rules: { 'no-unused-vars': ['error', { args: 'none' }] },
  },
  { files: ['**/*.mjs'], languageOptions: { sourceType: 'module' } },
  {
    files: ['**/__test__/**', '**/*.test.js'],
    languageOptions: { globals: globals.jest },
  },
];
