'use strict';

const { constants } = require('node:buffer');
const { readFileSync, readdirSync, statSync } = require('node:fs');
const path = require('node:path');
const { invalidArg } = require('../errors');
const { bytes: sizeText } = require('../texts/number-formats');
const { historiesFrom } = require('./history-file');

const UTF_8_MARK = [0xef, 0xbb, 0xbf];
const GZIP = [0x1f, 0x8b];

/** @param {Buffer} bytes @param {number[]} prefix */
const startsWith = (bytes, prefix) =>
  prefix.every((byte, at) => bytes[at] === byte);

/** @param {Buffer} bytes @returns by the byte order mark, or by zeros beside the first characters */
function utf16OrderOf(bytes) {
  if (bytes.length < 2 || bytes.length % 2 !== 0) return null;
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0))
    return 'little';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0))
    return 'big';
  return null;
}

/**
 * Refuses files longer than the longest string.
 *
 * @param {string} name
 * @param {number} size
 */
function requireReadable(name, size) {
  const most = constants.MAX_STRING_LENGTH;
  if (size > most)
    throw invalidArg(
      `${name} has ${sizeText(size)}, and ${sizeText(most)} can be read: lower config.maxHistorySize where it is written`,
    );
}

/** @param {string} file @param {Buffer} bytes */
function textFrom(file, bytes) {
  requireReadable(file, bytes.length);
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

/** The advice for an error of the file system, by its code. */
const REASONS = new Map([
  ['ENOENT', 'there is none: write it with exportHistory(), or name another'],
  ['EACCES', 'its permissions do not allow it'],
  ['ENOTDIR', 'what stands before a / in it is no folder'],
  ['EMFILE', 'too many files are open'],
]);

/**
 * Reads a file; an error of the file system becomes advice.
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

/** @param {string} file */
function fileAt(file) {
  requireReadable(file, statSync(file).size);
  return readFileSync(file);
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

/** @param {string} file */
const historiesIn = (file) =>
  historiesFrom(file, textFrom(file, reading(file, fileAt))) ?? [];

/** @param {string[]} paths */
const readHistories = (paths) => paths.flatMap(filesAt).flatMap(historiesIn);

module.exports = { readHistories };
