'use strict';

// node scripts/check-binary.js <addon> …   prints the size of each and what it needs of a Linux system,
// and exits with 1 where that is more than docs/platforms.md promises.

const fs = require('node:fs');
const {
  targetOfBinary,
  libcOfBinary,
} = require('../js/boundary/binary-header');

/** The oldest glibc that release builds load in. */
const FLOOR = '2.17';
/** Largest addon, in MB. */
const MOST_MB = 1.5;
const PROGRAM_HEADERS_AT = 32;
const SEGMENT = { LOAD: 1, DYNAMIC: 2, INTERPRETER: 3 };
const TAG = { NEEDED: 1, STRINGS: 5, STRINGS_SIZE: 10, RPATH: 15, RUNPATH: 29 };

function segmentsOf(bytes) {
  const at = Number(bytes.readBigUInt64LE(PROGRAM_HEADERS_AT));
  const [size, count] = [bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  return Array.from({ length: count }, (_, i) => {
    const field = (offset) =>
      Number(bytes.readBigUInt64LE(at + i * size + offset));
    return {
      type: bytes.readUInt32LE(at + i * size),
      offset: field(8),
      address: field(16),
      size: field(32),
    };
  });
}

/** Pairs of tag and value; values that are addresses are those in memory. */
function dynamicOf(bytes, segments) {
  const { offset, size } = segments.find(
    ({ type }) => type === SEGMENT.DYNAMIC,
  );
  const entries = [];
  for (let at = offset; at < offset + size; at += 16)
    entries.push(
      [bytes.readBigInt64LE(at), bytes.readBigUInt64LE(at + 8)].map(Number),
    );
  return entries;
}

const byVersion = (a, b) => a.localeCompare(b, 'en', { numeric: true });

/**
 * @param {Buffer} bytes - an ELF file of 64 bits
 * @returns {{ size: number, target: string, libc?: string, glibc?: string, needed: string[], searched: string[], interpreter: boolean }}
 *   `size` in MB; `glibc`: the highest version of a symbol; `searched`: RPATH and RUNPATH
 */
function needsOf(bytes) {
  const segments = segmentsOf(bytes);
  const dynamic = dynamicOf(bytes, segments);
  const valueOf = (wanted) => dynamic.find(([tag]) => tag === wanted)?.[1] ?? 0;
  const address = valueOf(TAG.STRINGS);
  const home = segments.find(
    (s) =>
      s.type === SEGMENT.LOAD &&
      address >= s.address &&
      address < s.address + s.size,
  );
  const start = address - home.address + home.offset;
  const table = bytes
    .subarray(start, start + valueOf(TAG.STRINGS_SIZE))
    .toString('latin1');
  const stringsOf = (...tags) =>
    dynamic
      .filter(([tag]) => tags.includes(tag))
      .map(([, at]) => table.slice(at, table.indexOf('\0', at)));
  const versions = table.match(/GLIBC_[\d.]+/gu) ?? [];
  return {
    size: bytes.length / 1e6,
    target: targetOfBinary(bytes),
    libc: libcOfBinary(bytes),
    glibc: versions
      .map((v) => v.slice('GLIBC_'.length))
      .sort(byVersion)
      .at(-1),
    needed: stringsOf(TAG.NEEDED),
    searched: stringsOf(TAG.RPATH, TAG.RUNPATH),
    interpreter: segments.some(({ type }) => type === SEGMENT.INTERPRETER),
  };
}

/** The values beyond what is promised; `size` in MB. */
function excessOf({ size, glibc, searched, interpreter }) {
  return [
    size > MOST_MB && `it has ${size.toFixed(2)} MB of ${MOST_MB}`,
    glibc !== undefined &&
      byVersion(glibc, FLOOR) > 0 &&
      `it needs glibc ${glibc}`,
    searched.length > 0 && `it searches ${searched.join()}`,
    interpreter && 'it names an interpreter',
  ].filter(Boolean);
}

function main(files) {
  for (const file of files) {
    const bytes = fs.readFileSync(file);
    const needs = needsOf(bytes);
    const excess = excessOf(needs);
    const { target, libc, size, glibc, needed } = needs;
    console.log(
      `${file}: ${target} (${libc}), ${size.toFixed(2)} MB, glibc ${glibc ?? 'none'}, needs ${needed.join(', ')}`,
    );
    if (excess.length > 0) {
      console.log(`  more than promised: ${excess.join('; ')}`);
      process.exitCode = 1;
    }
  }
}

if (require.main === module) main(process.argv.slice(2));

module.exports = { FLOOR, MOST_MB, excessOf, needsOf };
