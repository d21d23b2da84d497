/** @jest-environment node */
'use strict';

/** Which file requires which: the rooms of js/ from above to below, and no circle of files. */

const path = require('node:path');
const { Linter } = require('eslint');
const config = require('../../eslint.config.js');
const { circlesOf } = require('../../scripts/architecture/circles');
const {
  filesUnder,
  javascriptImports,
  rustCode,
  rustImports,
} = require('../../scripts/architecture/imports');

const ROOT = path.join(__dirname, '../..');

/** What the lint says of a file that requires `required`. */
function found(file, required) {
  const linter = new Linter({ cwd: ROOT });
  const code = `'use strict';\n\nmodule.exports = require('${required}');\n`;
  return linter
    .verify(code, config, { filename: path.join(ROOT, file) })
    .map(({ message }) => message);
}

const refused = (room) => [
  `${room} requires rooms below it only: see ROOMS in eslint.config.js.`,
];

describe('the lint refuses a require of', () => {
  it.each([
    ['js/trace/added.js', '../collector/metrics', 'trace'],
    ['js/boundary/added.js', '../report/report', 'boundary'],
    [
      'js/instrumentation/follow/added.js',
      '../../queries/memoize',
      'instrumentation',
    ],
    ['js/config/added.js', '../boundary/native', 'config'],
    ['js/recording/added.js', '../index', 'recording'],
    ['js/collector/added.js', '../browser/collector', 'collector'],
    ['js/errors.js', './config/settings', 'errors.js'],
  ])('a room above: in %s of %s', (file, required, room) => {
    expect(found(file, required)).toEqual(refused(room));
  });
});

describe('the lint accepts a require of', () => {
  it.each([
    ['js/collector/added.js', '../queries/memoize'],
    ['js/queries/added.js', '../errors'],
    ['js/instrumentation/added.js', './follow/index'],
    ['js/browser/added.js', './collector'],
    ['js/index.js', './collector/metrics'],
  ])('the same room or one below: in %s of %s', (file, required) => {
    expect(found(file, required)).toEqual([]);
  });
});

describe('a circle of files', () => {
  it('is found in a graph that has one', () => {
    const graph = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c', 'd'])],
      ['c', new Set(['a'])],
      ['d', new Set()],
    ]);
    expect(circlesOf(graph)).toEqual([['a', 'b', 'c']]);
  });

  it('is not in js/', () => {
    const graph = javascriptImports(path.join(ROOT, 'js'));
    expect([...graph.values()].some((needed) => needed.size > 5)).toBe(true);
    expect(circlesOf(graph)).toEqual([]);
  });

  it.each(['engine', 'binding'])('is not in src/%s', (room) => {
    const graph = rustImports(path.join(ROOT, 'src', room), [room]);
    expect([...graph.values()].some((needed) => needed.size > 5)).toBe(true);
    expect(circlesOf(graph)).toEqual([]);
  });
});

it('no file of the engine or its binding has more than 400 lines of code outside tests', () => {
  const sizes = filesUnder(path.join(ROOT, 'src'), '.rs')
    .filter((file) => path.basename(file) !== 'tests.rs')
    .map((file) => [file, rustCode(file).match(/^.*\S.*$/gm)?.length ?? 0]);
  expect(Math.max(...sizes.map(([, size]) => size))).toBeGreaterThan(200);
  expect(sizes.filter(([, size]) => size > 400)).toEqual([]);
});
