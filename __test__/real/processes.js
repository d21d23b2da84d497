'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');

/** How often it is looked whether something holds, ms. */
const LOOK_EVERY = 50;
/** How long, ms: less than a test may take, so that what it waits for is said. */
const LOOK_FOR = 45_000;

/** Resolves to what `look` answers, once that is neither undefined, null nor false. */
async function until(look) {
  const end = Date.now() + LOOK_FOR;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    await pause(LOOK_EVERY);
  }
  throw new Error(`does not hold after ${LOOK_FOR} ms: ${look}`);
}

/** A port of the loopback interface that nothing listens at. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A folder of its own, which `remove` takes away. */
function folder() {
  const at = fs.mkdtempSync(path.join(os.tmpdir(), 'pipeline-metrics-'));
  return { at, remove: () => fs.rmSync(at, { recursive: true, force: true }) };
}

/** A program that runs until `stop`, with all that it prints. */
function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'pipe', ...options });
  const running = { printed: '', child };
  const take = (part) => (running.printed += part);
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.once('error', (error) => take(error.message));
  running.stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  return running;
}

module.exports = { folder, freePort, start, until };
