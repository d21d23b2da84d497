/** @jest-environment node */
'use strict';

/** The page in a terminal. */

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const path = require('node:path');
const { serveMetrics } = require('../..');
const { EventParser, listen } = require('../../js/commands/event-stream');
const { pageText, EVERYTHING } = require('../../js/queries/page');
const { CORE } = require('../../js/recording/direct-recorder');
const { pageFrom } = require('../../js/report/page-data');
const { terminalPage } = require('../../js/report/terminal-page');
const { newCollector, runPipeline } = require('../fixtures/collector');
const { planted } = require('../fixtures/planted');
const { seasoned } = require('../fixtures/seasoned');

const CLI = path.join(__dirname, '../../bin/pipeline-metrics.js');
const TOKEN = 'sixteen-or-more-characters';

/** What a process ended with. */
function ended(child) {
  return new Promise((resolve) => {
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'])
      child[name].on('data', (text) => (out[name] += text));
    child.on('close', (status) => resolve({ status, ...out }));
  });
}

/** Beside this process, which serves what it asks for. */
const cli = (...args) => ended(spawn(process.execPath, [CLI, ...args]));

/** On what says that it is a terminal, with waits of a millisecond. */
const ON_TERMINAL = `
  process.stdout.isTTY = true;
  const timers = require('node:timers/promises');
  const wait = timers.setTimeout;
  timers.setTimeout = (ms, ...rest) => wait(1, ...rest);
  require(${JSON.stringify(CLI)});
`;

/** `top` of an address there: the process, and what it ended with. */
function onTerminal(url, { columns, ...env } = {}, ...options) {
  const program = `process.stdout.columns = ${columns};${ON_TERMINAL}`;
  const args = ['-e', program, 'pipeline-metrics', 'top', url, ...options];
  const child = spawn(process.execPath, args, {
    timeout: 20_000,
    env: { ...process.env, ...env },
  });
  return { child, ended: ended(child) };
}

const showTime = (ms) => new Date(ms).toISOString().slice(11, 16);

function lines(metrics, options) {
  const text = pageText(metrics[CORE], EVERYTHING);
  return terminalPage(pageFrom(JSON.parse(text), showTime), {
    width: 100,
    height: 60,
    color: false,
    trouble: null,
    showTime,
    ...options,
  });
}

describe('the lines', () => {
  it('are no wider than asked for, and no more', () => {
    const { metrics } = seasoned();
    for (const [width, height] of [
      [100, 60],
      [80, 24],
      [60, 12],
      [44, 12],
      [33, 12],
    ]) {
      const drawn = lines(metrics, { width, height });
      expect(
        Math.max(...drawn.map(({ length }) => length)),
      ).toBeLessThanOrEqual(width);
      expect(drawn.length).toBeLessThanOrEqual(height);
    }
  });

  it('say what the page says: what got slower, stages, what to do, alerts', () => {
    const text = lines(seasoned().metrics).join('\n');
    expect(text).toMatch(/entity_matching got \d+ % slower at 12:0\d/);
    expect(text).toMatch(/^entity_matching +█+.* ▲ \+\d+ %$/m);
    expect(text).toMatch(/^1 Find what slowed entity_matching down/m);
    expect(text).toMatch(/△ warning|▲ error/);
    expect(text).not.toContain('\u001b');
  });

  it('have colours only where asked for', () => {
    expect(lines(seasoned().metrics, { color: true }).join('')).toContain(
      '\u001b[31m',
    );
  });

  it('have gaps where nothing ran, and no line where nothing ever did', () => {
    const of = (name, text) =>
      new RegExp(`${name} (?:\\S+ ms|-) (.{24})`).exec(text)[1];
    const few = lines(planted(3, () => [['load', 10]]).metrics).join('\n');
    expect(of('p50', few).replaceAll(' ', '')).toBe('███');
    const none = lines(newCollector().metrics).join('\n');
    expect(none).not.toMatch(/[▁-█]/);
  });

  it('show hostile names as text', () => {
    const world = newCollector();
    runPipeline(world, '\u001b[2Jid', [
      ['\u001b]0;owned\u0007', 1],
      ['\u202eabc', 1],
    ]);
    expect(lines(world.metrics).join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('of many stages are the twelve that matter', () => {
    const names = Array.from({ length: 200 }, (_, i) => `stage-${i}`);
    const { metrics } = planted(3, () => names.map((name) => [name, 1]));
    expect(lines(metrics)).toContain('and 188 more');
  });

  it('say that nothing came yet, or what is wrong', () => {
    const options = { width: 80, height: 24, color: false, showTime };
    expect(terminalPage(null, { ...options, trouble: null })).toEqual([
      'Waiting for the first figures.',
    ]);
    const text = lines(newCollector().metrics, { trouble: 'Gone.' }).join('\n');
    expect(text).toContain('Gone.');
    expect(text).toContain('No stage has completed yet.');
  });
});

describe('pipeline-metrics top', () => {
  it('prints one page where the output is no terminal', async () => {
    const { metrics } = seasoned({ runs: 80 });
    const page = await serveMetrics(metrics, { token: TOKEN });
    const { status, stdout, stderr } = await cli('top', page.url);
    await page.close();
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^PIPELINE ● 80 executions/);
    expect(stdout).toContain('action_formatting');
  });

  it('prints one page as wide as the terminal, in its colours, where that is asked for', async () => {
    const { metrics } = seasoned({ runs: 80 });
    const page = await serveMetrics(metrics);
    const on = (env) => onTerminal(page.url, env, '--once').ended;
    const [plain, coloured] = await Promise.all(
      ['1', ''].map((NO_COLOR) => on({ columns: 50, NO_COLOR })),
    );
    await page.close();
    const widths = plain.stdout.split('\n').map(({ length }) => length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(50);
    expect(coloured.stdout).toContain('\u001b[');
  });

  it.each([
    [[], 'One address is needed'],
    [['nonsense'], 'nonsense is no address'],
    [['file:///etc/passwd'], 'The address begins with http: or https:'],
    [['http://127.0.0.1:1/', '--twice'], "Unknown option '--twice'"],
    [['http://127.0.0.1:1/'], 'ECONNREFUSED'],
  ])('of %j says what is wrong, with code 2', async (args, message) => {
    const { status, stderr } = await cli('top', ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('says that the token is wrong', async () => {
    const page = await serveMetrics(newCollector().metrics, { token: TOKEN });
    const { status, stderr } = await cli(
      'top',
      `http://127.0.0.1:${page.port}/?token=wrong`,
    );
    await page.close();
    expect(status).toBe(2);
    expect(stderr).toContain('The server answers 401');
  });
});

/** What `top` of a server ends with, where the output is no terminal and where it is. */
async function endsOf(handler) {
  const server = http.createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;
  const found = await Promise.all([cli('top', url), onTerminal(url).ended]);
  server.closeAllConnections();
  server.close();
  return found;
}

const OF_EVENTS = { 'Content-Type': 'text/event-stream; charset=utf-8' };
const NOT_A_PAGE = expect.stringMatching(
  /: What the server sends is not a page\n$/,
);

it.each(['data: null', 'data: {}', 'data: {', 'data: {"names":[]}'])(
  'top says that %s is not a page, and ends, on a terminal too',
  async (data) => {
    const found = await endsOf((req, res) =>
      res.writeHead(200, OF_EVENTS).end(`event: data\n${data}\n\n`),
    );
    for (const { status, stderr } of found)
      expect([status, stderr]).toEqual([2, NOT_A_PAGE]);
  },
);

it.each([
  ['pipeline', 'write'],
  ['now', 'write'],
  ['cost', 'write'],
  ['cost', 'end'],
])(
  'top says that what lacks %s is not a page, by a server that may %s, and leaves the terminal as it was',
  async (name, send) => {
    const whole = JSON.parse(pageText(seasoned().metrics[CORE], EVERYTHING));
    const data = JSON.stringify({ ...whole, [name]: undefined });
    const found = await endsOf((req, res) =>
      res.writeHead(200, OF_EVENTS)[send](`event: data\ndata: ${data}\n\n`),
    );
    for (const { status, stderr } of found)
      expect([status, stderr]).toEqual([2, NOT_A_PAGE]);
    expect(found[1].stdout.endsWith('\u001b[?1049l')).toBe(true);
  },
);

it('top follows no redirect and waits for no page that a web site is', async () => {
  const moved = await endsOf((req, res) =>
    res.writeHead(302, { Location: '/login' }).end(),
  );
  const site = await endsOf((req, res) =>
    res.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Hello</h1>'),
  );
  expect(moved.map(({ status }) => status)).toEqual([2, 2]);
  for (const { stderr } of moved)
    expect(stderr).toMatch(/: The server answers 302\n$/);
  for (const { status, stderr } of site)
    expect([status, stderr]).toEqual([2, NOT_A_PAGE]);
});

it('a terminal waits for a server that is gone, however long, and prints no warning', async () => {
  const server = http.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const { child, ended: end } = onTerminal(url);
  let connections = 0;
  server.on('connection', (socket) => {
    socket.destroy();
    connections += 1;
    if (connections === 20) child.stdin.write('q');
  });
  const { status, stderr } = await end;
  server.close();
  expect([status, stderr]).toEqual([0, '']);
});

describe('listening to a server', () => {
  /** A server whose responses do not end; it emits each as `answered`. */
  async function serving(status, headers) {
    const server = http.createServer((req, res) => {
      res.writeHead(status, headers).write('retry: 1\n\n');
      server.emit('answered', res);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(`http://127.0.0.1:${server.address().port}`);
    return { server, url };
  }
  const { signal } = new AbortController();
  const nothing = () => {};
  let world;
  afterEach(() => {
    world.server.closeAllConnections();
    world.server.close();
  });

  it('ends where it says nothing more', async () => {
    world = await serving(200, OF_EVENTS);
    await expect(listen(world.url, nothing, signal, 50)).rejects.toThrow(
      'The server sent nothing',
    );
  });

  it('closes the connection of a response that is refused', async () => {
    world = await serving(404, {});
    const answered = once(world.server, 'answered');
    await expect(listen(world.url, nothing, signal, 60_000)).rejects.toThrow(
      'The server answers 404',
    );
    const [response] = await answered;
    if (!response.closed) await once(response, 'close');
    expect(response.closed).toBe(true);
  });

  it('ends at once for a signal that was aborted before', async () => {
    world = await serving(200, OF_EVENTS);
    const listening = listen(world.url, nothing, AbortSignal.abort());
    await expect(listening).resolves.toBeUndefined();
  });
});

it('text of an event that does not end is read once', () => {
  let read = 0;
  const spies = ['at', 'includes', 'indexOf', 'slice', 'split'].map((name) => {
    const original = String.prototype[name];
    return jest
      .spyOn(String.prototype, name)
      .mockImplementation(function counted(...args) {
        read += name === 'at' ? 1 : this.length;
        return original.apply(this, args);
      });
  });
  const part = 'x'.repeat(4096);
  const parser = new EventParser(() => {});
  for (let at = 0; at < 200; at += 1) parser.push(part);
  for (const spy of spies) spy.mockRestore();
  expect(read).toBeLessThan(200 * (part.length + 10));
});

it('events are the same however the text is cut', () => {
  const text =
    'retry: 1000\n\nevent: data\ndata: {"a":\ndata: 1}\n\n: nothing\n\nevent: tick\ndata: {}\n\n';
  for (let size = 1; size < text.length; size += 1) {
    const heard = [];
    const parser = new EventParser((name, data) => heard.push([name, data]));
    for (let at = 0; at < text.length; at += size)
      parser.push(text.slice(at, at + size));
    expect(heard).toEqual([
      ['data', '{"a":\n1}'],
      ['tick', '{}'],
    ]);
  }
});
