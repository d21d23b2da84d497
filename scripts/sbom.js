'use strict';

// node scripts/sbom.js [file] writes the parts of the addon as a CycloneDX document. The package
// itself has no dependencies; the addon has those of its lock file, without the ones of tests.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { PACKAGE, VERSION } = require('../js/boundary/addon-candidates');

const ROOT = path.join(__dirname, '..');
const ADDON = `${PACKAGE}-addon`;

function metadata() {
  const args = ['metadata', '--format-version=1', '--locked', '--all-features'];
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 };
  return JSON.parse(execFileSync('cargo', args, options));
}

/** SHA-256 of each crate as the registry has it, by name and version. */
function checksums() {
  const lock = fs.readFileSync(path.join(ROOT, 'Cargo.lock'), 'utf8');
  const entry =
    /name = "(.+)"\nversion = "(.+)"\nsource = .+\nchecksum = "(.+)"/gu;
  return new Map(
    Array.from(lock.matchAll(entry), ([, name, version, sum]) => [
      `${name}@${version}`,
      sum,
    ]),
  );
}

/** What a node of the graph is built from, tests left out. */
const buildsFrom = (node) =>
  node.deps
    .filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind !== 'dev'))
    .map(({ pkg }) => pkg);

/** Everything that is reached from the addon, which stands first. */
function reached({ packages, resolve }) {
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const addon = packages.find(({ name }) => name === ADDON);
  const found = new Set([addon.id]);
  for (const id of found)
    for (const next of buildsFrom(nodes.get(id))) found.add(next);
  return Array.from(found, (id) => nodes.get(id));
}

const purlOf = ({ name, version }) => `pkg:cargo/${name}@${version}`;

function componentOf(crate, sums) {
  const hash = sums.get(`${crate.name}@${crate.version}`);
  return {
    type: 'library',
    'bom-ref': purlOf(crate),
    name: crate.name,
    version: crate.version,
    purl: purlOf(crate),
    ...(crate.license && {
      licenses: [{ expression: crate.license.replaceAll('/', ' OR ') }],
    }),
    ...(hash && { hashes: [{ alg: 'SHA-256', content: hash }] }),
  };
}

function sbom() {
  const given = metadata();
  const crates = new Map(given.packages.map((crate) => [crate.id, crate]));
  const [root, ...others] = reached(given);
  const main = `pkg:npm/${PACKAGE}@${VERSION}`;
  const refOf = (id) => (id === root.id ? main : purlOf(crates.get(id)));
  const sums = checksums();
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        type: 'library',
        'bom-ref': main,
        name: PACKAGE,
        version: VERSION,
        purl: main,
        licenses: [{ license: { id: 'MIT' } }],
      },
    },
    components: others.map(({ id }) => componentOf(crates.get(id), sums)),
    dependencies: [root, ...others].map((node) => ({
      ref: refOf(node.id),
      dependsOn: buildsFrom(node).map(refOf),
    })),
  };
}

function main(file) {
  const bom = sbom();
  fs.writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
  console.log(`${file}: ${bom.components.length} crates`);
}

if (require.main === module)
  main(process.argv[2] ?? path.join(ROOT, 'sbom.cdx.json'));

module.exports = { sbom };
