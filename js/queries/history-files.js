'use strict';

const { constants } = require('node:buffer');
const { readFileSync, readSync, readdirSync, statSync } = require('node:fs');
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
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'what stands before a / in it is no folder'],
  ['EMFILE', 'too many files are open'],
]);

/** The path of standard input, and its name in messages. */
const INPUT = '-';
const INPUT_NAME = 'standard input';
/** Whether standard input was read; it can be only once. */
let isInputRead = false;

/** Bytes read at once, and the wait for more, in ms. */
const CHUNK = 1 << 16;
const PAUSE = 20;

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
    const name = at === INPUT ? INPUT_NAME : path.resolve(at);
    throw invalidArg(`${name} cannot be read: ${reason}`);
  }
}

function input() {
  if (isInputRead)
    throw invalidArg(`${INPUT} is ${INPUT_NAME}, and can be given once`);
  isInputRead = true;
  const chunks = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const length = inputInto(chunk);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
  }
}

/**
 * Waits for a pipe that another process has made non-blocking.
 *
 * @param {Buffer} chunk
 */
function inputInto(chunk) {
  for (;;) {
    try {
      return readSync(0, chunk);
    } catch (error) {
      if (error.code === 'EOF') return 0;
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
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

/**
 * @param {string} name - for messages
 * @param {Buffer} bytes
 */
const historiesIn = (name, bytes) =>
  historiesFrom(name, textFrom(name, bytes)) ?? [];

/** @param {string} at */
const historiesAt = (at) =>
  at === INPUT
    ? historiesIn(INPUT_NAME, reading(at, input))
    : filesAt(at).flatMap((file) => historiesIn(file, reading(file, fileAt)));

/** @param {string[]} paths */
function readHistories(paths) {
  return paths.flatMap(historiesAt);
}

module.exports = { readHistories };
