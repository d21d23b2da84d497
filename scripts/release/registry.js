'use strict';

// A registry on loopback without an upstream: only what is published to it exists.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { TOOLS } = require('./tools');

/** How long it may take to start; seconds are usual on a loaded machine. */
const START_MS = 60_000;
const CONFIG = `storage: ./storage
uplinks: {}
packages:
  '**': { access: $all, publish: $all, unpublish: $all }
max_body_size: 50mb
log: { type: stdout, format: pretty, level: error }
`;

/** A port that is free at the moment. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(url, process) {
  const until = Date.now() + START_MS;
  while (Date.now() < until && process.exitCode === null) {
    try {
      if ((await fetch(`${url}-/ping`)).ok) return;
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the registry did not start');
}

/**
 * @param {string} folder - where it stores published packages
 * @returns {Promise<{ url: string, stop(): void }>}
 */
async function startRegistry(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const config = path.join(folder, 'config.yaml');
  fs.writeFileSync(config, CONFIG);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const [major] = process.versions.node.split('.');
  const program = Number(major) >= 22 ? process.execPath : TOOLS.node22;
  const args = [
    TOOLS.verdaccio,
    '--config',
    config,
    '--listen',
    `127.0.0.1:${port}`,
  ];
  const child = spawn(program, args, { cwd: folder, stdio: 'ignore' });
  try {
    await answers(url, child);
  } catch (error) {
    child.kill();
    throw error;
  }
  return { url, stop: () => child.kill() };
}

module.exports = { startRegistry };
