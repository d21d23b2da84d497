'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { noise } = require('../fixtures/planted');
const { CLI, cli, folder, write } = require('../fixtures/commandLine');
const { newCollector } = require('../fixtures/collector');

const historyOf = (stages) => ({
  format: 'pipeline-performance-metrics/history',
  version: 1,
  stages: Object.entries(stages).map(([stage, durations]) => ({
    stage,
    durations,
  })),
});

/** So many runs around a level, 5 % apart. */
function runs(count, level, seed) {
  const scatter = noise(seed, 0.05);
  return Array.from({ length: count }, () => level * scatter());
}

const gate = (...args) => cli(['compare', ...args]);

/** Histories of processes that differ by a few per cent, in files of a folder. */
function side(name, levels) {
  return levels.map((level, i) =>
    write(
      `${name}/${i}.json`,
      historyOf({
        parse: runs(100, 5 * level, 100 * level + i),
        render: runs(100, 20, 7 * i + 1),
      }),
    ),
  );
}

describe('several processes a side', () => {
  let base;
  let head;
  beforeAll(() => {
    base = side('base', [1, 1.03, 0.98, 1.01, 1.02]);
    head = side('head', [1.21, 1.17, 1.2, 1.24, 1.19]);
  });

  it('are compared as files and as folders', () => {
    const files = gate(...base, '--', ...head);
    expect(files.status).toBe(1);
    expect(files.stdout).toMatch(/^parse +500\/500 in 5\/5 .*slower$/m);
    expect(files.stdout).toMatch(/^render .*no difference found$/m);
    expect(files.stdout).not.toContain('One process per side');
    const folders = gate('base', '--', 'head');
    expect(folders.stdout).toBe(files.stdout);
    const back = gate(...head, '--', ...base);
    expect(back.status).toBe(0);
    expect(back.stdout).toContain('Verdict: faster');
  });

  it('are a list in compare(), and reported by stage', () => {
    const { metrics } = newCollector();
    const texts = (files) => files.map((file) => fs.readFileSync(file, 'utf8'));
    const found = metrics.compare(texts(base), texts(head));
    expect(found).toMatchObject({
      verdict: 'slower',
      processesBefore: 5,
      processesAfter: 5,
    });
    const [parse] = found.stages;
    expect(parse).toMatchObject({ processesBefore: 5, explainable: null });
    expect(parse.change).toBe(parse.shift / parse.before);
    expect(parse.shift).toBe(parse.after - parse.before);
  });

  it('that differ as much as the sides do show nothing', () => {
    const wide = side('wide', [1, 1.4, 0.8, 1.3, 1.1]);
    const other = side('other', [1.2, 0.9, 1.5, 1.1, 1.3]);
    expect(gate(...wide, '--', ...other).status).toBe(0);
  });
});

describe('one process a side', () => {
  const one = (level, seed) =>
    write(
      `one-${level}-${seed}.json`,
      historyOf({ parse: runs(300, level, seed) }),
    );

  it('needs a change beyond what processes of the same code may show', () => {
    const found = gate(one(10, 1), one(10.8, 2));
    expect(found.status).toBe(0);
    expect(found.stdout).toContain('One process per side');
    expect(gate(one(10, 1), one(13, 2)).status).toBe(1);
  });

  it('takes the threshold that is given', () => {
    const strict = gate(one(10, 1), one(10.8, 2), '--threshold', '0.02');
    expect(strict.status).toBe(1);
    const { metrics } = newCollector();
    const texts = [one(10, 1), one(13, 2)].map((at) =>
      fs.readFileSync(at, 'utf8'),
    );
    const found = metrics.compare(...texts, { threshold: 0.5 });
    expect(found).toMatchObject({
      threshold: 0.5,
      verdict: 'no_difference_found',
    });
    expect(found.stages[0].explainable).toBeCloseTo(0.5);
    expect(() => metrics.compare(...texts, { threshold: -1 })).toThrow(
      expect.objectContaining({ code: 'ERR_PPM_INVALID_ARG' }),
    );
  });

  it('leaves out the warm-up and counts it', () => {
    const { metrics } = newCollector();
    const warming = [...runs(40, 40, 1), ...runs(260, 10, 2)];
    const [stage] = metrics.compare(
      historyOf({ parse: warming }),
      historyOf({ parse: runs(300, 10, 3) }),
    ).stages;
    expect(stage).toMatchObject({
      verdict: 'no_difference_found',
      runsBefore: 300,
      warmUpAfter: 0,
    });
    expect(stage.warmUpBefore).toBeGreaterThanOrEqual(40);
    expect(stage.warmUpBefore).toBeLessThanOrEqual(80);
  });
});

describe('a time and the percentage beside it', () => {
  const compared = (before, after) =>
    newCollector().metrics.compare(
      historyOf({ parse: before }),
      historyOf({ parse: after }),
    ).stages[0];

  it('agree, and none falls below -100 %', () => {
    for (const [before, after] of [
      [runs(60, 10, 1), runs(60, 0.001, 2)],
      [runs(60, 10, 1), Array(60).fill(0)],
      [runs(60, 24, 1), [...runs(45, 5, 2), ...runs(15, 60, 3)]],
      [Array(60).fill(3), Array(60).fill(3)],
    ]) {
      const {
        before: from,
        after: to,
        shift,
        change,
        changeLow,
        changeHigh,
      } = compared(before, after);
      expect(shift).toBe(to - from);
      expect(change).toBe(shift / from);
      expect(changeLow).toBeGreaterThanOrEqual(-1);
      expect(changeLow).toBeLessThanOrEqual(change);
      expect(changeHigh).toBeGreaterThanOrEqual(change);
    }
  });

  it('is none where the time before is 0', () => {
    const grown = compared(Array(50).fill(0), Array(50).fill(5));
    expect(grown).toMatchObject({
      verdict: 'slower',
      before: 0,
      after: 5,
      shift: 5,
      change: null,
      changeLow: null,
      changeHigh: null,
    });
  });
});

describe('what was not compared', () => {
  const base = () =>
    write(
      'both.json',
      historyOf({ parse: runs(60, 5, 1), render: runs(60, 9, 2) }),
    );

  it.each([
    [
      'a stage that is gone',
      { parse: runs(60, 5, 3) },
      'No runs after: render',
    ],
    ['a head without runs', {}, 'No runs after: parse, render'],
    [
      'too few runs',
      { parse: runs(60, 5, 3), render: runs(2, 45, 4) },
      'Too few runs to judge: render',
    ],
  ])('does not pass, unless that is allowed: %s', (_, stages, reason) => {
    const head = write('partial.json', historyOf(stages));
    const found = gate(base(), head);
    expect(found.status).toBe(3);
    expect(found.stdout).toContain(reason);
    expect(gate(base(), head, '--allow-missing').status).toBe(0);
    expect(gate(base(), head, '--json').status).toBe(3);
  });

  it('hides no stage that is slower', () => {
    const head = write('slow.json', historyOf({ parse: runs(60, 9, 3) }));
    expect(gate(base(), head).status).toBe(1);
  });

  it('is not a stage that is new', () => {
    const head = write(
      'more.json',
      historyOf({
        parse: runs(60, 5, 3),
        render: runs(60, 9, 4),
        added: runs(60, 1, 5),
      }),
    );
    const found = gate(base(), head);
    expect(found.status).toBe(0);
    expect(found.stdout).toContain('New: added');
    expect(gate(write('none.json', historyOf({})), head).status).toBe(3);
  });
});

describe('a history file', () => {
  const text = JSON.stringify(historyOf({ größe: runs(60, 5, 1) }));
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le');
  const plain = () => write('plain.json', text);

  it.each([
    ['UTF-8 with a byte order mark', () => Buffer.from(`\ufeff${text}`)],
    ['UTF-16, little end first', () => utf16],
    ['UTF-16, big end first', () => Buffer.from(utf16).swap16()],
    ['UTF-16 without a mark', () => utf16.subarray(2)],
  ])('in %s is read', (_, bytes) => {
    const found = gate(plain(), write('encoded.json', bytes()));
    expect(found.stderr).toBe('');
    expect(found.status).toBe(0);
    expect(found.stdout).toContain('größe');
  });

  it.each([
    ['is empty', () => Buffer.alloc(0), 'is empty'],
    [
      'is compressed',
      () => require('node:zlib').gzipSync(text),
      'is compressed',
    ],
    [
      'is in Latin-1',
      () => Buffer.from(text, 'latin1'),
      'neither in UTF-8 nor',
    ],
    ['is no JSON', () => Buffer.from('{"format":'), 'must be a history'],
  ])('that %s is refused with a reason', (_, bytes, reason) => {
    const at = write('refused.json', bytes());
    const found = gate(plain(), at);
    expect(found.status).toBe(2);
    expect(found.stderr).toContain(reason);
    expect(found.stderr).toContain('refused.json');
    expect(found.stdout).toBe('');
  });

  it('that does not exist is named, with what to do', () => {
    const found = gate(plain(), 'missing.json');
    expect(found.status).toBe(2);
    expect(found.stderr).toMatch(
      /^pipeline-metrics: .*missing\.json cannot be read: there is none: write it with exportHistory\(\)/,
    );
    expect(found.stdout).toBe('');
  });

  it.each([600, 2500])('of %i MB is refused with its size', (size) => {
    const at = write('huge.json', '');
    fs.truncateSync(at, size * 1e6);
    const found = gate(plain(), at);
    expect(found.stderr).toMatch(
      /huge\.json has \d+ MB, and 537 MB can be read/,
    );
    expect(found.status).toBe(2);
  });

  it('is looked for in a folder that has to hold one', () => {
    fs.mkdirSync(path.join(folder, 'hollow'));
    const found = gate(plain(), '--', 'hollow');
    expect(found.status).toBe(2);
    expect(found.stderr).toContain('holds no history');
  });

  it('is one of the files of a folder, whatever its folders are called', () => {
    side('with-folders', [1]);
    fs.mkdirSync(path.join(folder, 'with-folders/old.json'));
    expect(gate('with-folders', '--', 'with-folders').status).toBe(0);
  });

  it('that lists a name twice has two stages of it', () => {
    const twice = historyOf({ a: runs(60, 5, 1) });
    twice.stages.push({ stage: 'a', durations: runs(60, 50, 2) });
    const { metrics } = newCollector();
    const { verdict, stages } = metrics.compare(twice, JSON.stringify(twice));
    expect(verdict).toBe('no_difference_found');
    expect(
      stages.map(({ stageBefore, change }) => [stageBefore, change]),
    ).toEqual([
      ['a', 0],
      ['a', 0],
    ]);
  });

  it('may have names that are no text', () => {
    const odd = historyOf({
      '\ud800': runs(60, 5, 1),
      '\udc00x': runs(60, 50, 2),
    });
    const { metrics } = newCollector();
    expect(metrics.compare(odd, JSON.stringify(odd)).verdict).toBe(
      'no_difference_found',
    );
  });
});

describe('many stages', () => {
  it('are all compared and printed', () => {
    const names = Array.from({ length: 130_000 }, (_, i) => [
      `stage-${i}`,
      [1],
    ]);
    const at = write('many.json', historyOf(Object.fromEntries(names)));
    const found = gate(at, at, '--allow-missing');
    expect(found.stderr).toBe('');
    expect(found.status).toBe(0);
    expect(found.stdout).toMatch(/^stage-129999 /m);
  });

  it('have the same exit code where the reader closes the output early', async () => {
    const names = Array.from({ length: 20_000 }, (_, i) => [
      `stage-${i}`,
      Array(10).fill(1),
    ]);
    const at = write('early.json', historyOf(Object.fromEntries(names)));
    for (const options of [[], ['--json'], ['--markdown']]) {
      const child = spawn(process.execPath, [
        CLI,
        'compare',
        at,
        at,
        '--allow-missing',
        ...options,
      ]);
      let errors = '';
      child.stderr.on('data', (data) => (errors += data));
      child.stdout.once('data', () => child.stdout.destroy());
      const status = await new Promise((resolve) => child.on('close', resolve));
      expect([status, errors]).toEqual([0, '']);
    }
  });
});

describe('a comparison in Markdown', () => {
  it('has the verdict first and one row a stage', () => {
    const base = write('m-base.json', historyOf({ parse: runs(60, 5, 1) }));
    const head = write('m-head.json', historyOf({ parse: runs(60, 9, 2) }));
    const { status, stdout } = gate(base, head, '--markdown');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^# Verdict: slower\n\n\| stage \|/);
    expect(stdout).toMatch(/^\| parse \| 60\/60 \|.*\| slower \|$/m);
  });
});

it('sides are apart by --, or are one file each', () => {
  for (const args of [
    ['a.json', 'b.json', 'c.json'],
    ['a.json', '--'],
    ['--', 'b.json'],
    ['a.json', '--', 'b.json', '--', 'c.json'],
  ]) {
    const { status, stderr } = gate(...args);
    expect([args, status]).toEqual([args, 2]);
    expect(stderr).toContain('Usage');
  }
});

it('an option may have its value behind a space or an equals sign, on either side of --', () => {
  const base = write('o-base.json', historyOf({ parse: runs(60, 5, 1) }));
  const head = write('o-head.json', historyOf({ parse: runs(60, 9, 2) }));
  const status = (...args) => gate(...args).status;
  expect(status(base, head)).toBe(1);
  expect(status(base, head, '--threshold=2')).toBe(0);
  expect(status('--threshold', '2', base, '--', head)).toBe(0);
  expect(status(base, '--', head, '--threshold=2', '--json')).toBe(0);
  for (const wrong of ['--threshold=', '--threshold=x', '--json=1']) {
    const { status: code, stderr } = gate(base, head, wrong);
    expect([wrong, code]).toEqual([wrong, 2]);
    expect(stderr).toContain(wrong.split('=', 1)[0]);
  }
});

const onLinux = process.platform === 'linux' ? it : it.skip;

onLinux('a verdict that cannot be written is none', () => {
  const base = write('f-base.json', historyOf({ parse: runs(60, 5, 1) }));
  for (const [output, errors] of [
    ['/dev/full', '/dev/null'],
    ['/dev/full', '/dev/full'],
  ]) {
    const stdio = [
      'ignore',
      fs.openSync(output, 'w'),
      fs.openSync(errors, 'w'),
    ];
    expect(cli(['compare', base, base], { stdio }).status).toBe(2);
    for (const file of stdio.slice(1)) fs.closeSync(file);
  }
  const stdio = ['ignore', fs.openSync('/dev/full', 'w'), 'pipe'];
  const { stderr } = cli(['--help'], { stdio });
  fs.closeSync(stdio[1]);
  expect(stderr).toMatch(
    /^pipeline-metrics: the output cannot be written: .*\n$/,
  );
});
