'use strict';

const { readFileSync, readdirSync, statSync } = require('node:fs');
const path = require('node:path');
const { invalidArg } = require('../errors');
const { historiesFrom } = require('./history-file');

const UTF_8_MARK = [0xef, 0xbb, 0xbf];
const GZIP = [0x1f, 0x8b];

/** @param {Buffer} bytes @param {number[]} prefix */
const startsWith = (bytes, prefix) =>
  prefix.every((byte, at) => bytes[at] === byte);

/** @param {Buffer} bytes @returns by the mark, or by the zeros beside the first characters */
function utf16OrderOf(bytes) {
  if (bytes.length < 2 || bytes.length % 2 !== 0) return null;
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0))
    return 'little';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0))
    return 'big';
  return null;
}

/** @param {string} file @param {Buffer} bytes */
function textFrom(file, bytes) {
  if (bytes.length === 0)
    throw invalidArg(`${file} is empty: its process has written no history`);
  if (startsWith(bytes, GZIP))
    throw invalidArg(`${file} is compressed: unpack it first`);
  const order = utf16OrderOf(bytes);
  if (order === 'big') bytes.swap16();
  if (order !== null) return bytes.toString('utf16le').replace(/^\ufeff/, '');
  const plain = startsWith(bytes, UTF_8_MARK) ? bytes.subarray(3) : bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(plain);
  } catch {
    throw invalidArg(`${file} is text neither in UTF-8 nor in UTF-16`);
  }
}

/** What to do about an error of the file system, by its code. */
const REASONS = new Map([
  ['ENOENT', 'there is none: write it with exportHistory(), or name another'],
  ['EACCES', 'its permissions do not allow it'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'what stands before a / in it is no folder'],
  ['EMFILE', 'too many files are open'],
]);

/**
 * Reads what is at a path; what the file system says becomes what to do about it.
 * @template T
 * @param {string} at
 * @param {(at: string) => T} reader
 * @returns {T}
 */
function reading(at, reader) {
  try {
    return reader(at);
  } catch (error) {
    if (error?.syscall === undefined) throw error;
    const reason = REASONS.get(error.code) ?? error.message;
    throw invalidArg(`${path.resolve(at)} cannot be read: ${reason}`);
  }
}

/** @param {string} at */
function filesAt(at) {
  if (!reading(at, (of) => statSync(of)).isDirectory()) return [at];
  const names = reading(at, (of) => readdirSync(of)).filter((name) =>
    /\.json$/i.test(name),
  );
  const files = names
    .sort()
    .map((name) => path.join(at, name))
    .filter((file) => !reading(file, (of) => statSync(of)).isDirectory());
  if (files.length === 0)
    throw invalidArg(`${at} holds no history: none of its files ends in .json`);
  return files;
}

/** The path that is standard input. */
const INPUT = '-';

/**
 * @param {string} name - for messages
 * @param {Buffer} bytes
 */
const historiesIn = (name, bytes) =>
  historiesFrom(name, textFrom(name, bytes)) ?? [];

/** @param {string} at */
const historiesAt = (at) =>
  at === INPUT
    ? historiesIn('standard input', readFileSync(0))
    : filesAt(at).flatMap((file) =>
        historiesIn(
          file,
          reading(file, (of) => readFileSync(of)),
        ),
      );

/** @param {string[]} paths */
function readHistories(paths) {
  return paths.flatMap(historiesAt);
}

module.exports = { readHistories };
