'use strict';

// Reads from the first bytes of a native binary (ELF, Mach-O or PE) what it was built for.

/** @type {Record<number, string>} */
const ELF_MACHINES = {
  3: 'ia32',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
};
/** @type {Record<number, string>} */
const MACHO_MACHINES = { 0x01000007: 'x64', 0x0100000c: 'arm64' };
/** @type {Record<number, string>} */
const PE_MACHINES = { 0x14c: 'ia32', 0x8664: 'x64', 0xaa64: 'arm64' };

const ELF_MAGIC = 0x7f454c46;
const ELF_MACHINE_AT = 18;
const MACHO_MAGIC = 0xfeedfacf;
/** The offset of the field of a PE file that holds the offset of its header. */
const PE_HEADER_AT = 0x3c;

/**
 * @param {Buffer} head - the first bytes of the file
 * @returns {string | undefined} as `linux-x64`; undefined for a file that is no binary
 */
function targetOfBinary(head) {
  if (head.length < 64) return undefined;
  if (head.readUInt32BE(0) === ELF_MAGIC)
    return `linux-${ELF_MACHINES[head.readUInt16LE(ELF_MACHINE_AT)] ?? 'another processor'}`;
  if (head.readUInt32LE(0) === MACHO_MAGIC)
    return `darwin-${MACHO_MACHINES[head.readUInt32LE(4)] ?? 'another processor'}`;
  if (head.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const at = head.readUInt32LE(PE_HEADER_AT);
  if (at + 6 > head.length) return 'win32-another processor';
  return `win32-${PE_MACHINES[head.readUInt16LE(at + 4)] ?? 'another processor'}`;
}

/** @param {Buffer} bytes @returns as the file names it; undefined where it names neither */
function libcOfBinary(bytes) {
  if (bytes.includes('libc.so.6') || bytes.includes('GLIBC_2.')) return 'gnu';
  const isMusl = bytes.includes('libc.musl-') || bytes.includes('\0libc.so\0');
  return isMusl ? 'musl' : undefined;
}

/**
 * Whether an ELF file of that size is cut off before the end of its section headers, which come
 * last. The dynamic linker does not check this, and the process dies of a signal.
 * @param {Buffer} head
 * @param {number} size
 */
function isTruncated(head, size) {
  if (head.length < 4 || head.readUInt32BE(0) !== ELF_MAGIC) return false;
  if (head.length < 64) return true;
  const headersAt = Number(head.readBigUInt64LE(40));
  const headersLength = head.readUInt16LE(58) * head.readUInt16LE(60);
  return headersAt + headersLength > size;
}

module.exports = { isTruncated, libcOfBinary, targetOfBinary };
