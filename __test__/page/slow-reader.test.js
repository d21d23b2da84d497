/** @jest-environment node */
'use strict';

/** A client whose socket is connected and never read, beside one that reads. */

const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { setImmediate } = require('node:timers/promises');
const { Feed } = require('../../js/page/feed');
const { Listeners, PATIENCE } = require('../../js/page/listeners');
const { CORE } = require('../../js/recording/direct-recorder');
const { runPipeline, until } = require('../fixtures/collector');
const { planted } = require('../fixtures/planted');

/** Beyond what the kernel holds for both ends of a connection on loopback. */
const FLOOD = 64 * 1024 * 1024;
const STAGES = 150;

let server;
const clients = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A feed over real sockets, on a clock of its own. */
async function served() {
  const world = planted(30, () =>
    Array.from({ length: STAGES }, (_, i) => [`stage-${i}`, 1]),
  );
  const listeners = new Listeners();
  const feed = new Feed(world.metrics[CORE], listeners, (work) => work());
  const responses = [];
  let now = 0;
  server = http.createServer((req, res) => {
    responses.push(res);
    listeners.add(res, { range: null, from: null, to: null, stage: null });
    feed.look(now);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  /** Some events over `ms`, and turns of the event loop in which sockets write. */
  const pass = async (ms) => {
    now += ms;
    runPipeline(world, `run-${now}`, [['stage-0', 1]]);
    feed.look(now);
    for (let turn = 0; turn < 4; turn += 1) await setImmediate();
  };
  return { ...world, listeners, responses, pass };
}

/** A raw socket that asks for events; a paused one never reads an answer. */
async function connect(isReading) {
  const { port } = server.address();
  const socket = net.connect({ port, host: '127.0.0.1' });
  clients.push(socket);
  socket.on('error', () => {});
  socket.received = 0;
  if (isReading) socket.on('data', ({ length }) => (socket.received += length));
  else socket.pause();
  await once(socket, 'connect');
  socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return socket;
}

it('is sent nothing more once it takes nothing, and goes; the other gets everything', async () => {
  const { metrics, listeners, responses, pass } = await served();
  await connect(false);
  await until(() => responses.length === 1);
  const [slow] = responses;
  const reader = await connect(true);
  await until(() => responses.length === 2);

  // Until the kernel takes no more of what is written.
  let passed = 0;
  while (!slow.writableNeedDrain && reader.received < FLOOD) {
    // Long enough for a whole page each time.
    await pass(60_000);
    passed += 1;
  }
  expect(slow.writableNeedDrain).toBe(true);
  const held = slow.writableLength;
  expect(held).toBeLessThan(1_000_000);
  const { received } = reader;

  // Much more than that goes to the one that reads, and nothing to the one that does not.
  for (let ms = 0; ms < PATIENCE - 1000; ms += 1000) {
    await pass(1000);
    passed += 1;
    expect(slow.writableLength).toBeLessThanOrEqual(held);
  }
  await until(() => reader.received > received);
  expect(slow.destroyed).toBe(false);
  expect(listeners.size).toBe(2);

  await pass(2500);
  await pass(1000);
  await until(() => slow.destroyed);
  expect(listeners.size).toBe(1);
  expect(reader.destroyed).toBe(false);

  // All was recorded meanwhile, as without a listener.
  expect(metrics.getPipelineMetrics().length).toBe(30 + passed + 2);
});
