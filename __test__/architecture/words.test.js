/** @jest-environment node */
'use strict';

/** Words that a reader has to look up, or that name one thing in two ways. */

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const ROOT = path.join(__dirname, '../..');
const READ = [
  ...['js', 'src', 'types', '__test__', 'tests', 'benches', 'scripts', 'bin'],
  ...['page', 'monitoring', 'examples', 'docs', '*.md', 'index.d.ts'],
  ':(exclude)__test__/architecture/words.test.js',
];

/** Each as an extended regular expression, with what is written instead. */
const WORDS = {
  '[Bb]y hand|by_hand|byHand': 'manual, manually',
  "[Cc]allers?. own labels|labels of callers. own|[Oo]wn_?[Ll]abels?|[Ll]abels? of (a|the) callers?'s? own":
    'custom labels',
  'courier|[Tt]hinning|Desk|unrecorded':
    'timer, sampling, page, without a record',
  'dearer|lest|ere|whence|as ever|whomever|[Ww]hoever':
    'more expensive, so that … not, before, from where, as before, the caller',
  '[Ss]omebody|[Nn]obody|[Aa]nybody': 'a caller, the listener, none, any',
  '[Tt]old|[Tt]ells|says of itself': 'reported, reports, shows, returns',
  '[Tt]ells? apart|[Ss]tands for|[Cc]omes by here|[Ll]ets go':
    'distinguishes, represents, is routed through, evicts',
  '[Mm]end(s|ing|ed|able)|MENDABLE': 'fixing, making faster',
  'limits? and baselines?|Limits ahead|passe[sd] its limit|(a|the) limit was (crossed|exceeded)|StageLimits':
    'threshold, where crossing it raises an alert',
  '[Ss]aved|[Ss]aved[A-Z]\\w*|saved_\\w+|compare_saved|compareSaved':
    'exported, for a history in a file',
  '[Kk]ept|KEPT|\\w*[a-z]Kept|[Kk]ept[A-Z]\\w*|\\w+_kept(_\\w+)?|kept_\\w+':
    'stored, sent, sampled',
  'thin|thinned|limited\\(\\)': 'evenly_spread, with_thresholds',
  ', limit \\$\\{': 'threshold, where crossing it raises an alert',
  isDue: 'takeTurn: it counts',
  'Memory::of|with_memory|(have|has) (a )?memory|(runs|series|process|levels?|stages?) with (a )?memory|remembering':
    'autocorrelation, inefficiency',
  try_lock: 'lock: it waits',
};

/** Doc comments that only repeat the name below them. */
const ECHOES =
  '/// (When|Which|Which stage|The stage|From when|How many|The verdict|Its (name|value|number|id))\\.$';

/** As a word, or as one of a name in snake_case. */
const asWord = (pattern) => `(^|[^A-Za-z])(${pattern})($|[^A-Za-z])`;

/** Lines of `paths` that `pattern` matches. */
function linesWith(pattern, paths) {
  try {
    return execFileSync('git', ['grep', '-nE', pattern, '--', ...paths], {
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
    expect(linesWith(asWord(pattern), READ)).toEqual([]);
  });
});

it('no doc comment only repeats a name', () => {
  expect(linesWith(ECHOES, ['src'])).toEqual([]);
});

it('a word that is in the code is found, in snake_case too', () => {
  const found = (word, path) => linesWith(asWord(word), [path]).length > 0;
  expect(found('circlesOf', 'scripts')).toBe(true);
  expect(found('critical', 'src/engine/analysis/critical_path.rs')).toBe(true);
  expect(found('ritical', 'src/engine/analysis/critical_path.rs')).toBe(false);
});
