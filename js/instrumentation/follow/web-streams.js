'use strict';

const { Following, join } = require('./following');
const { coverSteps } = require('./iterators');
const { hear } = require('./promises');

/** @typedef {Record<PropertyKey, any>} Stream */

/** @param {Stream} value */
const isWebStream = (value) =>
  typeof value.getReader === 'function' && typeof value.cancel === 'function';

/** @param {Following} following @param {Function} original @returns ends early, once settled */
function cancelling(following, original) {
  return function (/** @type {unknown[]} */ ...args) {
    // A locked stream refuses; its reader does not.
    if (following.hasEnded || this.locked)
      return Reflect.apply(original, this, args);
    return hear(
      following.run(original, this, args),
      () => following.succeeded(undefined),
      (error) => following.failed(error),
    );
  };
}

/** @param {Following} following @param {Stream} reader */
function coverReader(following, reader) {
  const shadows = following.shadowsOf(reader);
  const { cancel, read, releaseLock } = reader;
  let isReleased = false;
  let isAsked = false;
  // Node 26 reads for a stream of its own past the methods: then the end alone is known.
  const closed = () => {
    if (isAsked) return;
    following.items = undefined;
    following.succeeded(undefined);
  };
  const failed = (/** @type {unknown} */ error) => {
    // A released reader's error does not concern the stream.
    if (!isReleased) following.failed(error);
  };
  // A consumer may see an error here and stop reading. Streams mark `closed` as handled by themselves.
  reader.closed.then(closed, failed);
  shadows.cover('read', read, function (/** @type {unknown[]} */ ...args) {
    isAsked = true;
    if (following.hasEnded) return Reflect.apply(read, this, args);
    return hear(
      following.run(read, this, args),
      ({ done }) => {
        if (done) following.succeeded(undefined);
        else following.yielded();
      },
      failed,
    );
  });
  const cancelled = cancelling(following, cancel);
  shadows.cover('cancel', cancel, function () {
    isAsked = true;
    return Reflect.apply(cancelled, this, arguments);
  });
  shadows.cover('releaseLock', releaseLock, function () {
    isReleased = true;
    return Reflect.apply(releaseLock, this, arguments);
  });
  return reader;
}

/** @param {Stream} stream @param {Function} getReader @returns asking changes nothing */
function isByteStream(stream, getReader) {
  try {
    Reflect.apply(getReader, stream, [{ mode: 'byob' }]).releaseLock();
    return true;
  } catch {
    return false;
  }
}

/** @param {Stream} stream @returns the class that has its `getReader` */
function classOf(stream) {
  let Class;
  for (
    let at = Object.getPrototypeOf(stream);
    at !== null;
    at = Object.getPrototypeOf(at)
  )
    if (Object.hasOwn(at, 'getReader')) Class = at.constructor;
  return Class;
}

/**
 * A stream of the class of `stream`, as the pipes of a polyfill take no other; one of Node.js where that
 * class makes none, such as one around another stream.
 * @param {Stream} stream
 * @param {object} source
 * @returns {Stream}
 */
function streamLike(stream, source) {
  const strategy = { highWaterMark: 0 };
  try {
    const like = new (classOf(stream))(source, strategy);
    like.getReader().releaseLock();
    return like;
  } catch {
    const { ReadableStream } = require('node:stream/web');
    return new ReadableStream(source, strategy);
  }
}

/**
 * A stream of the chunks of `reader`, each read on demand. It is what a pipe or a tee consumes,
 * which use no reader of the caller's.
 * @param {Stream} stream
 * @param {Stream} reader
 * @param {boolean} isBytes
 * @param {() => void} release
 */
function relayOf(stream, reader, isBytes, release) {
  const source = {
    async pull(/** @type {any} */ controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
        controller.byobRequest?.respond(0);
        release();
      } catch (error) {
        release();
        throw error;
      }
    },
    cancel: (/** @type {unknown} */ reason) =>
      reader.cancel(reason).finally(release),
  };
  return streamLike(stream, isBytes ? { ...source, type: 'bytes' } : source);
}

/**
 * A method that consumes a whole stream: it gets a relay.
 * @param {Following} following
 * @param {Stream} stream
 * @param {Function} getReader
 * @param {PropertyKey} key
 */
function relaying(following, stream, getReader, key) {
  const original = stream[key];
  return function (/** @type {unknown[]} */ ...args) {
    if (following.hasEnded || this !== stream || stream.locked)
      return Reflect.apply(original, this, args);
    const isTee = key === 'tee';
    const isBytes = isTee && isByteStream(stream, getReader);
    const reader = coverReader(following, Reflect.apply(getReader, stream, []));
    // As unmeasured: a piped stream is unlocked again, a teed one is not.
    const release = isTee ? () => {} : () => reader.releaseLock();
    let answer;
    try {
      answer = relayOf(stream, reader, isBytes, release)[key](...args);
    } catch (error) {
      release();
      throw error;
    }
    return key === 'pipeTo' ? hear(answer, release, release) : answer;
  };
}

/**
 * `values`, also known as `Symbol.asyncIterator`.
 * @param {Following} following
 * @param {Function} original
 */
function iterating(following, original) {
  return function (
    /** @type {{ preventCancel?: boolean } | undefined} */ options,
  ) {
    const iterator = Reflect.apply(original, this, arguments);
    if (!following.hasEnded) {
      // A loop that does not cancel leaves the rest to be read.
      /** @type {('next' | 'return')[]} */
      const keys = options?.preventCancel ? ['next'] : ['next', 'return'];
      coverSteps(following, following.shadowsOf(iterator), iterator, keys);
    }
    return iterator;
  };
}

/**
 * Follows a stream through its consumer's readers, pipes and loops, without locking it.
 * @param {Stream} stream
 */
function observe(stream) {
  const following = new Following(0);
  const shadows = following.shadowsOf(stream);
  const { cancel, getReader } = stream;
  const isCovered = shadows.cover('getReader', getReader, function () {
    const reader = Reflect.apply(getReader, this, arguments);
    return following.hasEnded ? reader : coverReader(following, reader);
  });
  if (!isCovered) return undefined;
  shadows.cover('cancel', cancel, cancelling(following, cancel));
  for (const key of ['values', Symbol.asyncIterator]) {
    if (typeof stream[key] === 'function')
      shadows.cover(key, stream[key], iterating(following, stream[key]));
  }
  for (const key of ['pipeTo', 'pipeThrough', 'tee']) {
    if (typeof stream[key] === 'function')
      shadows.cover(
        key,
        stream[key],
        relaying(following, stream, getReader, key),
      );
  }
  return following;
}

/** @param {Stream} stream @param {import('./following').FollowingSpan} span */
const followWebStream = (stream, span) => join(stream, span, observe);

module.exports = { followWebStream, isWebStream };
