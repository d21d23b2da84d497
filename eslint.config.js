'use strict';

const js = require('@eslint/js');
const globals = require('globals');

/** What runs in browsers, too. */
const BROWSER = ['browser.js', 'js/browser/**'];

const CODE_ALONE = { skipBlankLines: true, skipComments: true };

/**
 * The rooms of `js/`, from above to below: folders, and files that are rooms of their own. A file
 * requires files of its own room and of those below it.
 */
const ROOMS = [
  'entry.js',
  'index.js',
  'browser',
  'commands',
  'page',
  'export',
  'collector',
  'queries',
  'report',
  'instrumentation',
  'trace',
  'recording',
  'boundary',
  'texts',
  'config',
  'errors.js',
  'visible-text.js',
];

/** What is drawn: in browsers alone. */
const PAGE = ['page/**'];

/** The rule that a room requires none of those above it. */
function roomRule(room, above) {
  const isFile = room.endsWith('.js');
  const from = isFile ? '[.].' : '([.][.].)+';
  const names = above.map((name) => name.replace('.js', '')).join('|');
  return {
    files: [isFile ? `js/${room}` : `js/${room}/**`],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: `CallExpression[callee.name="require"] > Literal[value=/^${from}(${names})\\b/]`,
          message: `${room} requires rooms below it only: see ROOMS in eslint.config.js.`,
        },
      ],
    },
  };
}

module.exports = [
  { ignores: ['native/', 'target/', 'coverage/', 'dist/'] },
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
  {
    ignores: [...BROWSER, ...PAGE],
    languageOptions: { globals: globals.node },
  },
  {
    files: PAGE,
    languageOptions: { globals: { ...globals.browser, ...globals.commonjs } },
  },
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
  {
    // What is evaluated in a page stands among what drives the browser.
    files: ['__test__/real/page/**'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['js/**', 'bin/**', 'scripts/**'],
    ignores: ['**/*.test.js'],
    rules: {
      'max-lines': ['error', { max: 400, ...CODE_ALONE }],
      'max-lines-per-function': ['error', { max: 60, ...CODE_ALONE }],
    },
  },
  ...ROOMS.slice(1).map((room, place) =>
    roomRule(room, ROOMS.slice(0, place + 1)),
  ),
];
