/** @jest-environment node */
'use strict';

/** What the page's server answers, and what it refuses. */

const http = require('node:http');
const net = require('node:net');
const { serveMetrics } = require('../..');
const { newCollector, runPipeline } = require('../fixtures/collector');
const { printedBy } = require('../fixtures/program');

const TOKEN = 'sixteen-or-more-characters';
const open = [];

afterEach(async () => {
  for (const page of open.splice(0)) await page.close();
});

async function served(options, world = newCollector()) {
  const page = await serveMetrics(world.metrics, options);
  open.push(page);
  return { ...world, page, ask: (path, given) => ask(page, path, given) };
}

/** One request over a connection of its own: status, headers and all of the text, or `enough` of it. */
function ask({ port }, path, given = {}) {
  const { method = 'GET', headers = {}, body, enough } = given;
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      (response) => {
        const { statusCode: status, headers: answered } = response;
        let text = '';
        response.setEncoding('utf8');
        const end = () => resolve({ status, headers: answered, text });
        response.on('data', (part) => {
          text += part;
          if (!enough?.(text)) return;
          request.destroy();
          end();
        });
        response.on('end', end);
        // One that is ended early resolved before.
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** Listens until `enough` says so of the text so far. */
const hear = (page, path, enough) => ask(page, path, { enough });

/** Bytes sent as they are; what comes back until the other side ends. */
function raw({ port }, bytes) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (part) => (text += part));
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

describe('the page', () => {
  it('is one HTML file under a policy that allows its own script alone', async () => {
    const { ask, page } = await served();
    expect(page.url).toBe(`http://127.0.0.1:${page.port}/`);
    const { status, headers, text } = await ask('/');
    expect(status).toBe(200);
    const nonces = [...text.matchAll(/nonce="([^"]+)"/g)].map(
      ([, nonce]) => nonce,
    );
    expect(new Set(nonces).size).toBe(1);
    const policy = headers['content-security-policy'];
    expect(policy).toContain(`script-src 'nonce-${nonces[0]}'`);
    expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(text).not.toMatch(/%[A-Z]+%/);
    expect((await ask('/')).text).not.toContain(nonces[0]);
  });

  it('is at most 150 kB and names no address of elsewhere', async () => {
    const { ask } = await served();
    const { text } = await ask('/');
    expect(Buffer.byteLength(text)).toBeLessThan(150_000);
    const addresses = [...text.matchAll(/https?:\/\/[^\s"'`]+/g)].map(
      ([address]) => address,
    );
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg']));
  });

  it('gets its figures as events: at once, and how to come back', async () => {
    const world = newCollector();
    runPipeline(world, 'first', [['load', 4]]);
    const { page } = await served({}, world);
    const { headers, text } = await hear(page, '/events', (so) =>
      /event: data\ndata: .*\n\n/.test(so),
    );
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(text).toMatch(/^retry: 1000\n\n/);
    const data = JSON.parse(/event: data\ndata: (.*)\n/.exec(text)[1]);
    expect(data.pipeline.runs).toBe(1);
    expect(data.executions[0].id).toBe('first');
  });

  it('gets one execution by its id, and null for one that is not stored', async () => {
    const world = newCollector();
    runPipeline(world, 'a b&c', [['load', 4]]);
    const { ask } = await served({}, world);
    const { headers, text } = await ask('/execution?id=a%20b%26c');
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.parse(text)).toMatchObject({ id: 'a b&c', duration: 4 });
    expect((await ask('/execution?id=none')).text).toBe('null');
  });

  it('answers HEAD like GET, without a body', async () => {
    const { ask } = await served();
    for (const path of ['/', '/events', '/execution?id=x']) {
      const { status, text } = await ask(path, { method: 'HEAD' });
      expect([path, status, text]).toEqual([path, 200, '']);
    }
  });

  it('says that the collector was disposed of, and goes on showing', async () => {
    const { metrics, page } = await served();
    metrics.dispose();
    const { text } = await hear(page, '/events', (so) =>
      so.includes('event: state'),
    );
    expect(text).toContain('disposed');
  });
});

describe('the address', () => {
  it.each([
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
    ['LOCALHOST', 'localhost'],
  ])('of host %s names %s, and answers without a token', async (host, name) => {
    const { page } = await served({ host });
    expect(page.url).toBe(`http://${name}:${page.port}/`);
    expect((await fetch(page.url)).status).toBe(200);
  });
});

describe('close', () => {
  it('ends listeners and connections, frees the port, and may be called twice', async () => {
    const { page } = await served();
    const ended = new Promise((resolve) => {
      http.get(
        { host: '127.0.0.1', port: page.port, path: '/events' },
        (response) => {
          response.resume();
          response.on('close', resolve);
          response.once('data', () => page.close());
        },
      );
    });
    await ended;
    await Promise.all([page.close(), page.close()]);
    await expect(ask(page, '/')).rejects.toThrow('ECONNREFUSED');
    const again = await served({ port: page.port });
    expect(again.page.port).toBe(page.port);
  });

  it('is what an abort of the signal does', async () => {
    const ended = new AbortController();
    const { page } = await served({ signal: ended.signal });
    ended.abort();
    await expect(ask(page, '/')).rejects.toThrow('ECONNREFUSED');
  });

  it('leaves a process nothing to wait for', () => {
    const program = `
      const { PipelinePerformanceMetrics, serveMetrics } = require('./index.js');
      const metrics = new PipelinePerformanceMetrics({ logger: console, eventBus: { dispatch() {} } });
      serveMetrics(metrics).then(async (page) => {
        await fetch(page.url).then((answer) => answer.text());
        const stream = await fetch(page.url + 'events');
        await stream.body.getReader().read();
        await page.close();
        metrics.dispose();
        // Node.js itself gives a handle up in the turn after the next.
        for (let turn = 0; turn < 2; turn += 1) await new Promise(setImmediate);
        console.log(process.getActiveResourcesInfo().filter((name) => /TCPServer/.test(name)).length);
      });`;
    expect(printedBy(program)).toBe('0\n');
  });
});

describe('options out of range are refused by name', () => {
  it.each([
    [
      { port: 70_000 },
      'port must be a whole number from 0 to 65535, got 70000',
    ],
    [{ port: '80' }, 'port must be a whole number from 0 to 65535, got "80"'],
    [{ host: '' }, 'host must be the name or address of an interface'],
    [
      { host: '0.0.0.0' },
      'token must be given for a host beyond the loopback interface, such as 0.0.0.0',
    ],
    [{ token: 'short' }, 'token must be at least 16 visible ASCII characters'],
    [
      { token: 'with a blank in the middle' },
      'token must be at least 16 visible',
    ],
    [{ signal: {} }, 'signal must be an AbortSignal'],
    [
      { prot: 1 },
      'options must be limited to port, host, token, signal, got "prot"',
    ],
    [7, 'options must be an object'],
  ])('%j', async (options, message) => {
    const world = newCollector();
    await expect(serveMetrics(world.metrics, options)).rejects.toMatchObject({
      code: 'ERR_PPM_INVALID_CONFIG',
      message: expect.stringContaining(message),
    });
  });

  it('what is no collector', async () => {
    for (const given of [undefined, null, {}, 'x'])
      await expect(serveMetrics(given)).rejects.toMatchObject({
        code: 'ERR_PPM_INVALID_ARG',
      });
  });

  it('a package that lacks its page, as in a bundle, before it listens, as does a report', () => {
    const script = `
      const fs = require('node:fs');
      const { readFileSync } = fs;
      fs.readFileSync = (file, ...rest) => readFileSync(String(file).replace('page.html', 'none'), ...rest);
      const { PipelinePerformanceMetrics, serveMetrics } = require('.');
      const eventBus = { dispatch() {} };
      const metrics = new PipelinePerformanceMetrics({ logger: console, eventBus });
      try { metrics.generateReport({ format: 'html' }); } catch (error) { console.log(error.code); }
      serveMetrics(metrics).catch((error) => console.log(error.code));
    `;
    expect(printedBy(script)).toBe('ERR_PPM_INTERNAL\nERR_PPM_INTERNAL\n');
  });

  it('a port that is taken, with the error of the system', async () => {
    const { page, metrics: taken } = await served();
    await expect(
      serveMetrics(taken, { port: page.port }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('a signal that is aborted before the page can be opened', async () => {
    const world = newCollector();
    const controller = new AbortController();
    const { signal } = controller;
    const page = serveMetrics(world.metrics, { signal });
    controller.abort(new Error('too late'));
    await expect(page).rejects.toThrow('too late');
  });

  it('a signal that was aborted already', async () => {
    const world = newCollector();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(serveMetrics(world.metrics, { signal })).rejects.toThrow(
      'too late',
    );
  });
});

describe('an attack', () => {
  it.each([
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '8.8.8.8',
    '@',
    '[::2]',
  ])('by a name that leads here, %j, is refused', async (host) => {
    const { ask } = await served();
    for (const path of ['/', '/events', '/execution?id=x'])
      expect((await ask(path, { headers: { host } })).status).toBe(421);
  });

  it('without a name is refused', async () => {
    const { page } = await served();
    const answer = await raw(page, 'GET / HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
  });

  it.each(['localhost', '127.0.0.1', 'LOCALHOST:1', '[::1]:80', '127.1.2.3'])(
    'is none where the name is %s',
    async (host) => {
      const { ask } = await served();
      expect((await ask('/', { headers: { host } })).status).toBe(200);
    },
  );

  it.each([
    [{ origin: 'http://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'https://127.0.0.1' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('of a page of elsewhere, %j, gets no figures', async (headers) => {
    const { ask } = await served();
    for (const path of ['/events', '/execution?id=x'])
      expect((await ask(path, { headers })).status).toBe(403);
  });

  it('without the token, or with a wrong one, gets nothing at all', async () => {
    const { ask, page } = await served({ token: TOKEN });
    expect(page.url).toContain(`?token=${TOKEN}`);
    const wrong = [
      ['/', {}],
      ['/?token=', {}],
      [`/?token=${TOKEN}x`, {}],
      [`/?token=${TOKEN.slice(1)}`, {}],
      [`/execution?id=x&token=${'x'.repeat(4000)}`, {}],
      ['/events', { authorization: 'Bearer wrong' }],
      [`/events?token=${TOKEN}`, { authorization: 'Bearer wrong' }],
      ['/nowhere', {}],
    ];
    for (const [path, headers] of wrong)
      expect([path, (await ask(path, { headers })).status]).toEqual([
        path,
        401,
      ]);
    expect((await ask(`/?token=${TOKEN}`)).status).toBe(200);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await ask('/execution?id=x', { headers })).status).toBe(200);
  });

  it.each([
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '//events',
    '/events/',
    '/__proto__',
    '/constructor',
    '/toString',
    '/%00',
    'http://127.0.0.1/events',
    '*',
  ])('by the path %s finds nothing', async (path) => {
    const { ask } = await served();
    expect([400, 404]).toContain((await ask(path)).status);
  });

  it.each([
    ['/events?range=-1'],
    ['/events?range=1e99'],
    ['/events?range=x'],
    ['/events?from=5'],
    ['/events?to=5'],
    ['/events?from=7&to=6'],
    ['/events?from=1&to=x'],
    ['/events?from=1&to=1e999'],
    ['/events?from=1&to=5&range=1000'],
    ['/events?stage=-1'],
    ['/events?stage=1.5'],
    ['/events?stage=4294967296'],
    ['/execution'],
    [`/execution?id=${'x'.repeat(1025)}`],
  ])('by the figures in %.40s is refused', async (path) => {
    const { ask } = await served();
    expect((await ask(path)).status).toBe(400);
  });

  it('by a body is refused before the body is read', async () => {
    const { ask } = await served();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect([method, (await ask('/', { method })).status]).toEqual([
        method,
        405,
      ]);
    const { status, headers } = await ask('/', {
      headers: { 'content-length': '5' },
      body: 'hello',
    });
    expect([status, headers.connection]).toEqual([413, 'close']);
    const chunked = await ask('/', {
      headers: { 'transfer-encoding': 'chunked' },
      body: 'x',
    });
    expect(chunked.status).toBe(413);
  });

  it('by a body without an end is cut off', async () => {
    const { page } = await served();
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\n';
    const long = `${head}Content-Length: 1000000000\r\n\r\nbegun`;
    expect(await raw(page, long)).toMatch(/^HTTP\/1\.1 405 /);
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nbegun`;
    expect(await raw(page, chunked)).toMatch(/^HTTP\/1\.1 405 /);
  });

  it('by asking for a tunnel or another protocol is cut off', async () => {
    const { page } = await served({ token: TOKEN });
    const tunnel = 'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(await raw(page, tunnel)).toBe('');
    const other =
      'GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    expect(await raw(page, other)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('by a header of 1 MB is cut off, and the next is served', async () => {
    const { page, ask } = await served();
    const answer = await raw(
      page,
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(1 << 20)}\r\n\r\n`,
    );
    expect(answer === '' || answer.startsWith('HTTP/1.1 431')).toBe(true);
    expect((await ask('/')).status).toBe(200);
  });

  it('by garbage is cut off, and the next is served', async () => {
    const { page, ask } = await served();
    for (const bytes of [
      '\0\0\0\0',
      'GET\r\n\r\n',
      '\x16\x03\x01\x02\x00',
      'GET / HTTP/9.9\r\n\r\n',
    ])
      expect(await raw(page, bytes)).toMatch(/^(HTTP\/1\.1 400[^]*)?$/);
    expect((await ask('/')).status).toBe(200);
  });

  it('by 1,000 idle connections holds at most 64 of them, and the pipeline runs on', async () => {
    const world = newCollector();
    const { page } = await served({}, world);
    const held = new Set();
    let settle = () => {};
    const openOne = () =>
      new Promise((resolve) => {
        const socket = net.connect(page.port, '127.0.0.1');
        held.add(socket);
        socket.on('error', () => {});
        socket.on('connect', resolve);
        socket.on('close', () => {
          held.delete(socket);
          resolve();
          settle();
        });
      });
    /** Resolves when at most so many are open. */
    const downTo = (count) =>
      new Promise((resolve) => {
        settle = () => held.size <= count && resolve();
        settle();
      });
    for (let i = 0; i < 1000; i += 100)
      await Promise.all(Array.from({ length: 100 }, openOne));
    runPipeline(world, 'meanwhile', [['load', 4]]);
    expect(world.metrics.getPipelineMetrics()).toHaveLength(1);
    await downTo(64);
    for (const socket of held) socket.destroy();
    await downTo(0);
    // The server hears of it a moment later.
    for (;;) {
      const answer = await ask(page, '/').catch(() => null);
      if (answer !== null) {
        expect(answer.status).toBe(200);
        break;
      }
    }
  });

  it('by listeners behind each other on one connection is cut off', async () => {
    const { page, ask } = await served();
    const one = 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n';
    expect(await raw(page, one.repeat(40))).not.toMatch(/HTTP[^]*HTTP/);
    const { status } = await hear(page, '/events', () => true);
    expect([status, (await ask('/')).status]).toEqual([200, 200]);
  });

  it('by more than 32 listeners is refused, until one of them goes', async () => {
    const { page, ask } = await served();
    const listeners = [];
    const listenOnce = () =>
      new Promise((resolve) => {
        const request = http.get(
          { host: '127.0.0.1', port: page.port, path: '/events', agent: false },
          (response) => {
            response.on('error', () => {});
            response.once('data', resolve);
          },
        );
        request.on('error', () => {});
        listeners.push(request);
      });
    for (let i = 0; i < 32; i += 1) await listenOnce();
    expect((await ask('/events')).status).toBe(503);
    listeners[0].destroy();
    let status = 503;
    while (status === 503)
      status = await hear(page, '/events', () => true).then(
        ({ status: of }) => of,
      );
    expect(status).toBe(200);
    for (const listener of listeners) listener.destroy();
  });
});
