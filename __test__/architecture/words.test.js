/** @jest-environment node */
'use strict';

/** Words that a reader has to look up, or that name one thing in two ways. */

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const ROOT = path.join(__dirname, '../..');
const READ = [
  ...['js', 'src', 'types', '__test__', 'tests', 'benches', 'scripts', 'bin'],
  'index.d.ts',
  ':(exclude)__test__/architecture/words.test.js',
];

/** Each as an extended regular expression, with what is written instead. */
const WORDS = {
  '[Bb]y hand|by_hand|byHand': 'manual, manually',
  '[Cc]allers?. own labels|labels of callers. own|[Oo]wn_?[Ll]abels?':
    'custom labels',
  'courier|thinning|draws': 'timer, sampling, samplers',
  'dearer|lest|whomever|[Ww]hoever':
    'more expensive, so that … not, the caller',
  'somebody|[Nn]obody looks|[Nn]obody lists|[Nn]obody uses':
    'a caller, no list, nothing',
  '[Tt]old apart|[Ss]tands for|[Cc]omes by here|[Ll]ets go':
    'distinguished, represents, is routed through, releases',
  '[Mm]ending|[Mm]ends': 'fixing, making faster',
  isDue: 'takeTurn: it counts',
  try_lock: 'lock: it waits',
};

/** Lines of `paths` with a whole word that `pattern` matches. */
function linesWith(pattern, paths) {
  try {
    return execFileSync('git', ['grep', '-nwE', pattern, '--', ...paths], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .trim()
      .split('\n');
  } catch (error) {
    // The status of a search that found nothing.
    if (error.status === 1) return [];
    throw error;
  }
}

describe('the code says', () => {
  it.each(Object.entries(WORDS))('not %s, but %s', (pattern) => {
    expect(linesWith(pattern, READ)).toEqual([]);
  });
});

it('a word that is in the code is found', () => {
  expect(linesWith('circlesOf', ['scripts']).length).toBeGreaterThan(1);
});
