'use strict';

// node scripts/release.js                      a release tried on loopback, from publication to use
// node scripts/release.js check [tag]          versions agree
// node scripts/release.js stage <out> <addons> lays out what is published
// node scripts/release.js publish <out>        publishes what was laid out

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { publish } = require('./release/publish');
const { stage } = require('./release/stage');
const { ROOT, agreedVersion } = require('./release/versions');

/** Refuses to publish if an addon is missing; publishes with provenance. */
function publishForReal(out) {
  const folders = JSON.parse(
    fs.readFileSync(path.join(out, 'order.json'), 'utf8'),
  );
  const missing = folders.filter(({ isBuilt }) => !isBuilt);
  if (missing.length > 0)
    throw new Error(`not built: ${missing.map(({ name }) => name).join(', ')}`);
  const version = agreedVersion();
  const names = publish(folders, { version, flags: ['--provenance'] });
  console.log(names.join('\n') || 'everything was there already');
}

function stageInto(out, addons) {
  fs.mkdirSync(out, { recursive: true });
  const folders = stage(path.resolve(out), path.resolve(addons));
  fs.writeFileSync(path.join(out, 'order.json'), JSON.stringify(folders));
  return folders;
}

/** A whole release on this machine alone. */
async function tryRelease() {
  const { installTools } = require('./release/tools');
  installTools();
  const { runChecks } = require('./trial');
  const { startRegistry } = require('./release/registry');
  const { Machine } = require('./release/machine');
  const { SCENARIOS } = require('./release/scenarios');
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'release-'));
  let registry;
  try {
    registry = await startRegistry(path.join(work, 'registry'));
    const addons = process.env.PPM_ADDONS ?? path.join(ROOT, 'native');
    const folders = stageInto(path.join(work, 'staged'), addons);
    const to = { version: agreedVersion(), registry: registry.url };
    publish(folders, to);
    if (publish(folders, to).length > 0)
      throw new Error('what was published is published again');
    const built = folders.filter(({ isBuilt }) => isBuilt);
    const machine = new Machine(path.join(work, 'machine'), registry.url);
    runChecks([
      ['published', () => `${folders.length} packages, ${built.length} whole`],
      ...SCENARIOS.map(([what, scenario]) => [what, () => scenario(machine)]),
    ]);
  } finally {
    registry?.stop();
    fs.rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) tryRelease();
else if (command === 'check') console.log(agreedVersion(args[0]));
else if (command === 'stage') stageInto(args[0], args[1]);
else if (command === 'publish') publishForReal(args[0]);
else {
  console.error(`unknown command ${command}`);
  process.exitCode = 2;
}
