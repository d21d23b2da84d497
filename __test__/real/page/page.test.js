'use strict';

/** The page in a real browser: what it shows, how it is used, and that it does nothing else. */

const { channel } = require('node:diagnostics_channel');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setImmediate: nextTurn } = require('node:timers/promises');
const { pathToFileURL } = require('node:url');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const { serveMetrics } = require('../../..');
const { newCollector, runPipeline } = require('../../fixtures/collector');
const { planted } = require('../../fixtures/planted');
const { seasoned } = require('../../fixtures/seasoned');
const { Pages } = require('./browser');

const pages = new Pages();
const servers = [];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'page-real-'));

beforeAll(() => pages.start());
afterAll(async () => {
  await pages.stop();
  fs.rmSync(folder, { recursive: true });
});

afterEach(async () => {
  const troubles = await pages.closeAll();
  for (const server of servers.splice(0)) await server.close();
  // Whatever a test is about: no error, no dialog, and no request to anywhere else.
  expect(troubles).toEqual([]);
});

async function served(world, options) {
  const server = await serveMetrics(world.metrics, options);
  servers.push(server);
  return server;
}

async function live(world, options) {
  const server = await served(world);
  return pages.open(server.url, options);
}

function file(metrics, name = 'report.html') {
  const at = path.join(folder, name);
  fs.writeFileSync(at, metrics.generateReport({ format: 'html' }));
  return pathToFileURL(at).href;
}

const textOf = (page, selector) => page.locator(selector).innerText();

/** Violations of what can be checked by a machine, in short. */
async function violations(page) {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() => window.axe.run());
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  );
}

const isWiderThanScreen = (page) =>
  page.evaluate(
    () =>
      document.documentElement.scrollWidth >
      document.documentElement.clientWidth,
  );

describe('the page shows', () => {
  it('what got slower, the stages, the path of an execution, what to do, and alerts', async () => {
    const page = await live(seasoned());
    expect(await textOf(page, '.sentence')).toMatch(
      /entity_matching got 5\d % slower at .*run-\d+.*and 2 more stages with it/,
    );
    expect(await page.locator('.stages tbody tr').count()).toBe(6);
    expect(await textOf(page, '.waterfall .names')).toContain('scope_lookup');
    expect(await textOf(page, '.advice')).toMatch(
      /cold-cache[^]*worth [\d.]+ ms \([^]*seen in 73 of 300 runs/,
    );
    expect(await page.locator('.alerts tbody tr').count()).toBeGreaterThan(3);
    expect(await textOf(page, '.mark')).toMatch(
      /entity_matching\s\+5\d %, 2 more/,
    );
  });

  it('an execution as soon as it has completed', async () => {
    const world = seasoned({ runs: 70 });
    const page = await live(world);
    for (let run = 70; run < 75; run += 1) {
      world.play(run);
      await page
        .locator('header .count', { hasText: `${run + 1} executions` })
        .waitFor();
    }
  });

  it('an alert as soon as it is raised, and once', async () => {
    const world = seasoned({ runs: 70 });
    const page = await live(world);
    world.metrics.setStageThreshold('rare', { maxDuration: 1 });
    for (const [place, id] of ['one', 'two', 'three'].entries()) {
      runPipeline(world, id, [['rare', 100]]);
      const rows = page.locator('.alerts tbody tr', { hasText: 'rare' });
      await rows.filter({ hasText: id }).first().waitFor();
      // Later pages show it, too: as the same row.
      world.play(70 + place);
      const later = `[title*="of ${72 + 2 * place} executions"]`;
      await page.locator(`.tile${later}`).first().waitFor();
      expect(await rows.filter({ hasText: id }).count()).toBe(1);
    }
  });

  it('one execution as one: in words, and in its row of the chart', async () => {
    const world = newCollector();
    runPipeline(world, 'only', [['load', 5]]);
    const page = await live(world);
    expect(await textOf(page, 'header')).toMatch(/1 execution\n.*1 run\/min/s);
    const [cell, plot] = await Promise.all(
      ['.tone[d*=M]', '.plot'].map((of) => page.locator(of).boundingBox()),
    );
    expect(cell.height).toBeLessThan(plot.height / 8);
  });

  it('changes above the cells, and the usual duration and round times below', async () => {
    const page = await live(seasoned());
    const [label, plot] = await Promise.all(
      ['.mark p', '.plot'].map((of) => page.locator(of).boundingBox()),
    );
    expect(label.y + label.height).toBeLessThanOrEqual(plot.y);
    const usual = page.locator('.heat .key.usual');
    expect(await usual.innerText()).toMatch(/^usual \d+(\.\d)? ms$/);
    expect((await usual.boundingBox()).y).toBeGreaterThan(plot.y + plot.height);
    expect(await page.locator('.heat .x-axis span').allInnerTexts()).toEqual([
      expect.stringMatching(/^\d\d:\d1$/),
      expect.stringMatching(/^\d\d:\d2$/),
      expect.stringMatching(/^\d\d:\d3$/),
      expect.stringMatching(/^\d\d:\d4$/),
    ]);
    expect(
      await page.locator('.waterfall .x-axis span').allInnerTexts(),
    ).toEqual(['0 ms', '20 ms', '40 ms', '60 ms', '80 ms']);
  });

  it('figures in their order beside a name that is read from right to left', async () => {
    const world = newCollector();
    runPipeline(world, '\u0645\u0631\u062d\u0628\u0627-7', [['load', 96]]);
    const page = await live(world);
    expect(await textOf(page, '.waterfall option')).toBe(
      '\u2068\u0645\u0631\u062d\u0628\u0627-7\u2069 · 96 ms · slowest',
    );
  });

  it('in words what there is nothing of', async () => {
    const page = await live(newCollector());
    expect(await textOf(page, '.sentence')).toContain(
      'No execution has completed yet.',
    );
    for (const part of [
      '.stages',
      '.heat-map',
      '.waterfall',
      '.advice',
      '.alerts',
    ])
      expect(await page.locator(`${part} .empty`).count()).toBe(1);
  });

  it('nothing new while it is hidden, at no cost, and all that came since once it is seen again', async () => {
    const world = seasoned({ runs: 70 });
    const page = await live(world);
    const alerts = channel('pipeline-performance-metrics:alert');
    const hide = (isHidden) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', {
          value: hidden,
          configurable: true,
        });
        document.dispatchEvent(new Event('visibilitychange'));
      }, isHidden);
    expect(alerts.hasSubscribers).toBe(true);
    await hide(true);
    // Until the server has seen the last of its listeners go.
    while (alerts.hasSubscribers) await nextTurn();
    world.play(70);
    await hide(false);
    await page.locator('header .count', { hasText: '71 executions' }).waitFor();
    expect(alerts.hasSubscribers).toBe(true);
  });

  it('that the collector was disposed of', async () => {
    const world = seasoned({ runs: 70 });
    const page = await live(world);
    world.metrics.dispose();
    await page.locator('.sentence', { hasText: 'disposed of' }).waitFor();
    expect(await textOf(page, '.state.stale')).toMatch(/stopped$/);
  });

  it('that the server is gone, how old the figures are, and new ones once it is back', async () => {
    const world = seasoned({ runs: 70 });
    const server = await served(world);
    pages.mayLoseServer = true;
    const page = await pages.open(server.url);
    await server.close();
    await page
      .locator('.state.stale', { hasText: /connection lost.*old/ })
      .waitFor();
    world.play(70);
    await served(world, { port: server.port });
    await page.locator('.state', { hasText: 'live' }).waitFor();
    await page.locator('header .count', { hasText: '71 executions' }).waitFor();
  });

  it('how old the figures are after its clock was set back', async () => {
    const server = await served(seasoned({ runs: 70 }));
    pages.mayLoseServer = true;
    const page = await pages.open(server.url);
    await page.evaluate(() => {
      const { now } = Date;
      Date.now = () => now() - 3_600_000;
    });
    await server.close();
    const state = page.locator('.state.stale');
    await state.filter({ hasText: /data \d+ s old/ }).waitFor();
  });

  it('what ran since in a process that was started again while it was paused', async () => {
    const server = await served(seasoned({ runs: 70 }));
    pages.mayLoseServer = true;
    const page = await pages.open(server.url);
    await page.keyboard.press('Space');
    await server.close();
    await served(seasoned({ runs: 60 }), { port: server.port });
    await page
      .locator('.state', { hasText: 'paused, 60 executions since' })
      .waitFor();
  });
});

describe('a reader', () => {
  it('clicks a slow cell and sees one of its executions', async () => {
    const page = await live(seasoned());
    const box = await page.locator('.plot').boundingBox();
    await page.mouse.click(box.x + box.width * 0.8, box.y + 3);
    const tip = await textOf(page, '.heat .tip');
    const id = /(run-\d+)$/.exec(tip)[1];
    await page.locator('.waterfall select', { hasText: id }).waitFor();
    expect(page.url()).toContain(`execution=${id}`);
    expect(await page.locator('.waterfall .names li').count()).toBe(6);
  });

  it('sees the same from a link', async () => {
    const server = await served(seasoned());
    const page = await pages.open(
      `${server.url}#stage=action_formatting&execution=run-7&range=3600000&theme=dark`,
    );
    await page.locator('.plot[aria-label*="action_formatting"]').waitFor();
    await page
      .locator('.waterfall option:checked', { hasText: 'run-7' })
      .waitFor({ state: 'attached' });
    expect(await page.locator('header select').inputValue()).toBe('3600000');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  });

  it('chooses a stage, and the heat map is of it', async () => {
    const page = await live(seasoned());
    await page
      .locator('.stages .name', { hasText: 'action_formatting' })
      .click();
    await page.locator('.plot[aria-label*="action_formatting"]').waitFor();
    expect(page.url()).toContain('stage=action_formatting');
  });

  it('chooses a time, and all is of it', async () => {
    const world = seasoned();
    const page = await live(world);
    await page.locator('header select').selectOption('60000');
    await page
      .locator('.tile', { hasText: 'p50' })
      .and(
        page.locator('[title*="of 60 "], [title*="of 59 "], [title*="of 61 "]'),
      )
      .waitFor();
  });

  it('pauses, reads in peace, and sees how much came since', async () => {
    const world = seasoned({ runs: 70 });
    const page = await live(world);
    await page.keyboard.press('Space');
    world.play(70);
    await page
      .locator('.state', { hasText: 'paused, 1 execution since' })
      .waitFor();
    expect(await textOf(page, 'header .count')).toBe('70 executions');
    await page.keyboard.press('Space');
    await page.locator('header .count', { hasText: '71 executions' }).waitFor();
  });

  it('needs no mouse: tiles, stages, cells, executions, help', async () => {
    const page = await live(seasoned());
    const focused = () =>
      page.evaluate(() => document.activeElement.textContent);
    await page.locator('.tile').first().focus();
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toContain('p95');
    await page.locator('.stages .name').first().focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('action_formatting');
    await page.keyboard.press('Enter');
    await page.locator('.plot[aria-label*="action_formatting"]').waitFor();
    await page.locator('.plot').focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.heat .tip', { hasText: /run-\d+$/ }).waitFor();
    const first = await textOf(page, '.heat .tip');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(
      (before) => document.querySelector('.heat .tip').innerText !== before,
      first,
    );
    await page.keyboard.press('Enter');
    expect(page.url()).toMatch(/execution=run-\d+/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(page.url()).not.toContain('execution=');
    await page.keyboard.press('?');
    await page.locator('.help', { hasText: 'arrow keys' }).waitFor();
    await page.keyboard.press('t');
    await page.locator('table.figures').nth(3).waitFor();
  });

  it('reaches everything that can be clicked with Tab', async () => {
    const page = await live(seasoned());
    const all = await page.locator('button, select, input, .plot').count();
    await page.evaluate(() => {
      window.reached = new Set();
      document.addEventListener('focusin', ({ target }) => {
        if (target.matches('button, select, input, .plot'))
          window.reached.add(target);
      });
    });
    // Some more than there are: what scrolls has the focus in between, and figures come anew.
    for (let press = 0; press < all + 20; press += 1)
      await page.keyboard.press('Tab');
    expect(await page.evaluate(() => window.reached.size)).toBe(all);
  });

  it('keeps the focus while figures change', async () => {
    const world = seasoned({ runs: 70 });
    const page = await live(world);
    await page.locator('.stages .name', { hasText: 'scope_lookup' }).focus();
    for (let run = 70; run < 73; run += 1) world.play(run);
    await page.locator('header .count', { hasText: '73 executions' }).waitFor();
    expect(await page.evaluate(() => document.activeElement.textContent)).toBe(
      'scope_lookup',
    );
  });
});

describe('a time chosen on a chart', () => {
  /** Executions that the figures are of, once they are not of all 300. */
  async function runsShown(page) {
    const tile = page.locator('.tile', { hasText: 'p50' });
    await tile.and(page.locator(':not([title*="of 300 "])')).waitFor();
    const [, runs] = /of (\d+) executions/.exec(
      await tile.getAttribute('title'),
    );
    return Number(runs);
  }

  /** Presses, moves and releases over a part of a chart. */
  async function drag(page, chart, [from, to]) {
    const { x, y, width, height } = await page.locator(chart).boundingBox();
    const at = (share) => [x + width * share, y + height / 2];
    await page.mouse.move(...at(from));
    await page.mouse.down();
    await page.mouse.move(...at((from + to) / 2));
    await page.mouse.move(...at(to));
    return () => page.mouse.up();
  }

  const timeIn = (page) =>
    ['from', 'to'].map((name) =>
      Number(new URLSearchParams(new URL(page.url()).hash.slice(1)).get(name)),
    );

  it('by dragging is that of all charts, and of a link', async () => {
    const server = await served(seasoned());
    const page = await pages.open(server.url);
    const release = await drag(page, '.plot', [0.25, 0.5]);
    await page.locator('.plot .band').waitFor();
    await release();
    const runs = await runsShown(page);
    expect(runs).toBeGreaterThan(65);
    expect(runs).toBeLessThan(85);
    expect(await page.locator('.plot .band').count()).toBe(0);
    expect(await page.locator('.plot').getAttribute('aria-label')).toContain(
      `${runs} runs`,
    );
    // The drag is no click on a cell.
    expect(page.url()).not.toContain('execution=');
    const [from, to] = timeIn(page);
    expect(to - from).toBeGreaterThan(60_000);
    expect(await page.locator('header option:checked').innerText()).toMatch(
      /^\d\d:\d\d:\d\d to \d\d:\d\d:\d\d$/,
    );

    const other = await pages.open(page.url());
    expect(await runsShown(other)).toBe(runs);
    await other.locator('header select').selectOption('');
    await other.locator('.tile[title*="of 300 "]').first().waitFor();
    expect(timeIn(other)).toEqual([0, 0]);
  });

  it('may be chosen on a line, too, and that chooses nothing else', async () => {
    const page = await live(seasoned());
    // A click on this tile opens the execution that failed last.
    const release = await drag(page, '.tile .spark >> nth=2', [0.9, 0.1]);
    await release();
    const runs = await runsShown(page);
    expect(runs).toBeGreaterThan(210);
    expect(runs).toBeLessThan(270);
    expect(page.url()).not.toContain('execution=');
  });

  it('by Shift with arrows and Enter is the same; Esc leaves it', async () => {
    const page = await live(seasoned());
    await page.locator('.plot').focus();
    for (let i = 0; i < 30; i += 1)
      await page.keyboard.press('Shift+ArrowLeft');
    await page.locator('.heat .tip', { hasText: 'Enter shows' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.plot .band').waitFor({ state: 'detached' });
    expect(timeIn(page)).toEqual([0, 0]);
    for (let i = 0; i < 30; i += 1)
      await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Enter');
    const runs = await runsShown(page);
    expect(runs).toBeGreaterThan(65);
    expect(runs).toBeLessThan(90);
    await page.keyboard.press('Escape');
    await page.locator('.tile[title*="of 300 "]').first().waitFor();
    expect(page.url()).not.toContain('from=');
  });

  it('shows no alert that was raised after it', async () => {
    const world = seasoned();
    const page = await live(world);
    await (
      await drag(page, '.plot', [0.25, 0.5])
    )();
    await runsShown(page);
    const before = await page.locator('.alerts tbody tr').count();
    world.metrics.setStageThreshold('rare', { maxDuration: 1 });
    runPipeline(world, 'late', [['rare', 100]]);
    await page
      .locator('header .count', { hasText: '301 executions' })
      .waitFor();
    expect(await page.locator('.alerts tbody tr').count()).toBe(before);
    expect(await textOf(page, '.alerts')).not.toContain('late');
  });
});

it('a failure is counted as soon as it has happened', async () => {
  const world = seasoned({ runs: 70 });
  const page = await live(world);
  const count = async () =>
    Number(
      /\d+/.exec(
        (await page.locator('header .failures').count())
          ? await textOf(page, 'header .failures')
          : '0',
      )[0],
    );
  const before = await count();
  runPipeline(world, 'failed', [['load', 5]], { success: false });
  await page
    .locator('header .failures.worse', { hasText: `${before + 1} failed` })
    .waitFor();
});

describe('everyone can use it', () => {
  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['on a telephone', { width: 360, height: 740 }],
  ])('%s: axe finds nothing', async (_, options) => {
    const page = await live(seasoned(), options);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('?');
    await page.keyboard.press('t');
    await page.locator('table.figures').first().waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('and nothing where there is nothing to show', async () => {
    const page = await live(newCollector());
    expect(await violations(page)).toEqual([]);
  });

  it.each([360, 768, 1440])(
    'at %d pixels nothing is cut off to the right',
    async (width) => {
      const page = await live(seasoned(), { width });
      expect(await isWiderThanScreen(page)).toBe(false);
      await page.keyboard.press('t');
      await page.locator('table.figures').first().waitFor();
      expect(await isWiderThanScreen(page)).toBe(false);
    },
  );

  it('on a telephone the label of a change keeps its figure, and a table its caption', async () => {
    const page = await live(seasoned(), { width: 360 });
    const isCut = (selector) =>
      page
        .locator(selector)
        .evaluate((of) => of.scrollWidth > Math.ceil(of.clientWidth));
    expect(await page.locator('.mark .what').count()).toBe(1);
    expect(await isCut('.mark .what')).toBe(true);
    expect(await isCut('.mark p')).toBe(false);
    await page.keyboard.press('t');
    const caption = page.locator('.waterfall caption span');
    const { x, width } = await caption.boundingBox();
    expect(x + width).toBeLessThan(350);
  });

  it('on a wide screen the bar at the top begins and ends with the rest', async () => {
    const page = await live(seasoned(), { width: 2560 });
    const sides = (selector) =>
      page.locator(selector).evaluate((of) => {
        const { left, right } = of.getBoundingClientRect();
        return { left, right };
      });
    expect((await sides('h1')).left).toBe((await sides('.sentence')).left);
    expect((await sides('.controls')).right).toBe((await sides('.grid')).right);
  });

  it('what a tooltip says is seen where the keyboard is', async () => {
    const page = await live(seasoned());
    const said = (selector) =>
      page
        .locator(selector)
        .first()
        .evaluate((of) => getComputedStyle(of, '::after').content);
    expect(await said('.stages .name')).toBe('none');
    await page.keyboard.press('Tab');
    for (const [part, exact] of [
      ['.tile', /took this or less: [\d.]+ ms/],
      ['.stages .name', /300 runs, p50 [\d.]+ ms, p95 [\d.]+ ms/],
      ['.stage-name', /ms from 0 ms, [\d.]+ ms of its own/],
    ]) {
      await page.locator(part).first().focus();
      expect(await said(part)).toMatch(exact);
    }
  });

  it('the bar at the top takes one line of a tablet', async () => {
    const page = await live(seasoned(), { width: 768 });
    const { height } = await page.locator('header').boundingBox();
    expect(height).toBeLessThan(45);
  });

  it('on a small screen, or a much enlarged one, the bar does not stay', async () => {
    const page = await live(seasoned(), { width: 320, height: 256 });
    expect(await isWiderThanScreen(page)).toBe(false);
    await page.locator('.alerts').scrollIntoViewIfNeeded();
    const { y, height } = await page.locator('header').boundingBox();
    expect(y + height).toBeLessThan(0);
  });

  it('printed it is of a time, not live', async () => {
    const page = await live(seasoned({ runs: 70 }));
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('header .state').isVisible()).toBe(false);
    expect(await page.locator('.heat .hint').isHidden()).toBe(true);
    expect(await page.locator('.heat .hint').count()).toBe(1);
    expect(await page.locator('header .printed').innerText()).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
    );
  });

  it('colours that mean something are there where the system forces its own', async () => {
    const page = await live(seasoned({ runs: 70 }), { forcedColors: 'active' });
    const keys = await page
      .locator('.waterfall .key')
      .evaluateAll((all) =>
        all.map((key) => getComputedStyle(key, '::before').backgroundColor),
      );
    const [path, stage] = keys;
    expect([path, stage]).toEqual(['rgb(0, 114, 178)', 'rgb(181, 213, 233)']);
  });

  it('dark and light are chosen by the system, and by a button', async () => {
    const page = await live(seasoned({ runs: 70 }), { colorScheme: 'dark' });
    const paper = () =>
      page.evaluate(
        () => getComputedStyle(document.documentElement).backgroundColor,
      );
    const dark = await paper();
    await page.locator('[data-do=theme]').click();
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await page.locator('[data-do=theme]').click();
    expect(await paper()).toBe(dark);
  });
});

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '</script><script>alert(2)</script>',
  '"><svg onload=alert(3)>',
  'javascript:alert(4)',
  '\u202egnp.exe\u0000\u001b[2J',
  'x'.repeat(100_000),
  '__proto__',
  'constructor',
  '',
  '%DATA%$&',
];

/** Executions of stages with such names, each of which raises an alert. */
function hostile() {
  const made = newCollector({ config: { alertThreshold: 2 } });
  for (const name of HOSTILE)
    made.metrics.setStageThreshold(name, { maxDuration: 1 });
  for (let run = 0; run < 8; run += 1)
    runPipeline(
      made,
      `${HOSTILE[run]}-${run}`,
      HOSTILE.map((name) => [name, 5 + run]),
    );
  return made;
}

describe('hostile names are text', () => {
  const look = async (page) => {
    expect(await page.locator('img, svg[onload], script').count()).toBe(2);
    const text = await textOf(page, 'body');
    expect(text).toContain('<img src=x onerror=alert(1)>');
    expect(text).toContain('\\u202egnp.exe\\u0000\\u001b[2J');
    expect(text).not.toMatch(/[\p{Cf}\0\x7f]/u);
    expect(text.length).toBeLessThan(20_000);
    expect(await isWiderThanScreen(page)).toBe(false);
    for (const name of await page.locator('.stages .name').all())
      await name.click();
    expect(await page.locator('.stages .name').count()).toBe(HOSTILE.length);
  };

  it('live', async () => look(await live(hostile())));
  it('live on a telephone', async () =>
    look(await live(hostile(), { width: 360 })));
  it('in a file', async () => look(await pages.open(file(hostile().metrics))));
});

/** Executions of 200 stages. */
function crowded() {
  const names = Array.from({ length: 200 }, (_, i) => `stage_${i}`);
  return planted(40, (_, scatter) =>
    names.map((name, i) => [name, (1 + i / 50) * scatter()]),
  );
}

describe('200 stages', () => {
  it('are the twelve that matter, and a filter for the others', async () => {
    const page = await live(crowded());
    expect(await page.locator('.stages tbody tr').count()).toBe(12);
    await page.locator('.filter input').fill('stage_17');
    await page.locator('.filter', { hasText: '11 of 200 stages' }).waitFor();
    expect(await page.locator('.stages tbody tr').count()).toBe(11);
    await page.locator('.filter input').fill('nothing like it');
    await page.locator('.stages .empty').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('of one execution are the longest twenty, and all in the table', async () => {
    const page = await live(crowded());
    expect(await page.locator('.waterfall .names li').count()).toBe(20);
    expect(await textOf(page, '.waterfall .tip')).toMatch(
      /and 180 shorter stages$/,
    );
    await page.locator('.waterfall .toggle').click();
    await page.locator('.waterfall tbody tr').nth(199).waitFor();
  });

  it('need a page of few elements', async () => {
    const page = await live(crowded());
    expect(
      await page.evaluate(() => document.querySelectorAll('*').length),
    ).toBeLessThan(2500);
  });
});

describe('the report as a file', () => {
  it('opens from disk with all that there is, and can be used', async () => {
    const page = await pages.open(file(seasoned().metrics));
    expect(await textOf(page, '.sentence')).toContain('entity_matching got');
    expect(await textOf(page, '.state')).toMatch(/report of 2026-01-05/);
    await page
      .locator('.heat-map select')
      .selectOption({ label: 'action_formatting' });
    await page.locator('.plot[aria-label*="action_formatting"]').waitFor();
    await page.locator('.plot').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    expect(await page.locator('.waterfall .names li').count()).toBe(6);
    expect(await violations(page)).toEqual([]);
  });

  it.each([
    ['of 300 executions', () => seasoned()],
    ['of 10,000 executions', () => seasoned({ runs: 10_000 })],
    ['of 200 stages', crowded],
    ['of alerts with long names', hostile],
  ])('%s prints on two pages at most, with its charts', async (_, make) => {
    const page = await pages.open(file(make().metrics), {
      colorScheme: 'dark',
    });
    const pdf = await page.pdf({
      preferCSSPageSize: true,
      printBackground: true,
    });
    const count = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
    expect(count).toBeLessThanOrEqual(2);
    await page.emulateMedia({ media: 'print' });
    expect(
      await page.evaluate(
        () => getComputedStyle(document.documentElement).backgroundColor,
      ),
    ).toBe('rgb(255, 255, 255)');
    for (const chart of [
      '.plot path[d*=M]',
      '.bars rect.path',
      '.bar rect.own',
    ])
      expect(await page.locator(chart).first().isVisible()).toBe(true);
  });

  it('of an exported history shows its executions, and says what it cannot show', async () => {
    const { pageOfHistory } = require('../../../js/queries/exported-history');
    const at = path.join(folder, 'history.html');
    const history = JSON.parse(seasoned().metrics.exportHistory());
    fs.writeFileSync(at, pageOfHistory(history));
    const page = await pages.open(pathToFileURL(at).href);
    expect(await textOf(page, '.sentence')).toMatch(
      /got \d+ % slower 1\d\d runs ago/,
    );
    expect(await textOf(page, '.waterfall .names')).toContain('scope_lookup');
    expect(await textOf(page, '.alerts .empty')).toContain('exported history');
    expect(await violations(page)).toEqual([]);
    const { executions, ...older } = history;
    expect(executions.list).toHaveLength(300);
    fs.writeFileSync(at, pageOfHistory(older));
    await page.reload();
    expect(await textOf(page, '.waterfall .empty')).toContain('no executions');
  });
});
