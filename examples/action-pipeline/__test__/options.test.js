/** @jest-environment node */
'use strict';

const { parseOptions } = require('../options');
const { Progress } = require('../progress');

describe('the options', () => {
  test('have defaults for a whole and a quick run', () => {
    expect(parseOptions([])).toMatchObject({
      turns: 360,
      seed: 7,
      json: false,
      help: false,
    });
    const quick = parseOptions(['--quick']);
    expect(quick.turns).toBe(48);
    expect(quick.pairs).toBeLessThan(parseOptions([]).pairs);
  });

  test('are taken as given', () => {
    const argv = ['--turns', '12', '--seed', '0', '--json', '--quick'];
    expect(parseOptions(argv)).toMatchObject({
      turns: 12,
      seed: 0,
      json: true,
    });
  });

  test('let it play on without an end, or to the one that is given', () => {
    expect(parseOptions(['--live'])).toMatchObject({
      live: true,
      turns: Infinity,
    });
    expect(parseOptions(['--live', '--turns', '2']).turns).toBe(2);
  });

  test.each([
    [['--turns', '0'], '--turns must be an integer from 1, got 0'],
    [['--turns', '2.5'], '--turns must be an integer from 1, got 2.5'],
    [['--seed', 'x'], '--seed must be an integer from 0, got x'],
    [['--tunrs', '3'], 'tunrs'],
    [['extra'], 'extra'],
  ])('reject %j with a message that names them', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});

describe('the progress', () => {
  function shown(isTTY, all) {
    const written = [];
    const stream = { isTTY, write: (text) => written.push(text) };
    const progress = new Progress(stream);
    for (let done = 1; done <= all; done += 1) {
      progress.show('playing', done, all);
    }
    return written;
  }

  test('is a line every quarter where there is no terminal', () => {
    expect(shown(false, 8)).toEqual([
      'playing: 2 of 8\n',
      'playing: 4 of 8\n',
      'playing: 6 of 8\n',
      'playing: 8 of 8\n',
    ]);
  });

  test('is one line drawn over and over on a terminal, gone at the end', () => {
    const written = shown(true, 4);
    expect(written[1]).toBe(
      `\rplaying ▕${'█'.repeat(20)}${' '.repeat(20)}▏ 50 %`,
    );
    expect(written.join('')).not.toContain('\n');
    expect(written.at(-1)).toMatch(/^\r +\r$/);
  });

  test('does not draw again what has not moved', () => {
    expect(shown(true, 5000).length).toBeLessThan(450);
  });
});
