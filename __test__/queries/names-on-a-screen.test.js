'use strict';

/** Names of stages, labels and ids are text from elsewhere: no report lets them act on a screen. */

const { newCollector, runPipeline } = require('../fixtures/collector');
const { cli, write } = require('../fixtures/commandLine');

const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const EVIL = 'e\u001b[2J\u001b]0;owned\u0007\b\u202e\u2066\u0085\u2028\u200b';
const LONG = 'x'.repeat(100_000);

/** A stage that got lastingly slower, for a reason that has such a name too, and raised alerts. */
function world(stageName, factor = 4) {
  const made = newCollector();
  const { metrics } = made;
  metrics.setStageThreshold(stageName, { maxDuration: 10 });
  for (let i = 0; i < 120; i += 1) {
    const isSlow = i >= 50;
    const context = {
      configurationHash: isSlow ? `slow ${stageName}` : 'fast',
      labels: { [`label ${EVIL}`]: isSlow ? `one ${stageName}` : 'other' },
    };
    const duration = (isSlow ? factor * 5 : 5) + (i % 7) / 10;
    runPipeline(made, `${i} ${EVIL}`, [[stageName, duration, {}, context]]);
  }
  return made;
}

describe.each([
  ['that act on a terminal', EVIL],
  ['that are longer than a page', LONG],
])('names %s', (_kind, name) => {
  it.each(['text', 'markdown', 'json'])(
    'are harmless in a report as %s',
    (format) => {
      const report = world(name).metrics.generateReport({ format });
      expect(report).not.toMatch(HIDDEN);
      if (format === 'json') return;
      expect(report).toContain('Lasting changes');
      for (const line of report.split('\n'))
        expect(line.length).toBeLessThan(2500);
    },
  );

  it('are harmless in what the command line prints', () => {
    const [base, head] = [1, 4].map((factor) =>
      write(`${factor}.json`, world(name, factor).metrics.exportHistory()),
    );
    for (const more of [[], ['--json']]) {
      // Two processes a side: one alone has a drift that might explain the change.
      const sides = [base, base, '--', head, head];
      const { stdout, stderr } = cli(['compare', ...sides, ...more]);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/slower/);
      expect(stdout).not.toMatch(HIDDEN);
      if (more.length > 0) continue;
      for (const line of stdout.split('\n'))
        expect(line.length).toBeLessThan(500);
    }
  });

  it('are harmless in a trace that goes to the screen, and still those names', () => {
    const { metrics } = world(name);
    const at = write('history.json', metrics.exportHistory());
    const { stdout } = cli(['trace', at, '-o', '-']);
    expect(stdout).not.toMatch(HIDDEN);
    const names = JSON.parse(stdout).traceEvents.map((event) => event.name);
    // Of one of more than 256 bytes its beginning.
    const isIt = (shown) =>
      name.length > 256 ? shown.startsWith(name.slice(0, 200)) : shown === name;
    expect(names.some(isIt)).toBe(true);
  });

  it('are harmless in the messages of the log; the details have them as they are', () => {
    const { logger } = world(name);
    const lines = Object.values(logger).flatMap(({ mock }) => mock.calls);
    expect(lines.length).toBeGreaterThan(200);
    for (const [message] of lines) {
      expect(message).not.toMatch(HIDDEN);
      expect(message).not.toContain('\n');
    }
    const [, alert] = logger.warn.mock.calls[0];
    expect(alert.stage).toBe(name);
  });
});

it('an argument that acts on a terminal is harmless in the error about it', () => {
  const { status, stderr } = cli([`--${EVIL}`]);
  expect(stderr).toContain('Unknown option');
  expect(stderr).not.toMatch(HIDDEN);
  expect(status).toBe(2);
});

it('a name that is markup is text in markdown', () => {
  const names = ['<img src=x>', '&lt;b&gt;', '~~a~~', '# a', '- a', '7. a'];
  const made = newCollector();
  for (const name of names)
    made.metrics.setStageThreshold(name, { maxDuration: 1 });
  for (let i = 0; i < 30; i += 1)
    runPipeline(
      made,
      `e${i}`,
      names.map((name) => [name, 5]),
    );
  const report = made.metrics.generateReport({ format: 'markdown' });
  expect(report).not.toMatch(/(?<!\\)[<>&~]/);
  expect(report).not.toMatch(/^- (#|- |\d+\. )/m);
  expect(report).toMatch(/^- \\# a: 30 ×/m);
  expect(report).toMatch(/^- 7\\\. a: 30 ×/m);
});
