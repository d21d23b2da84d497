'use strict';

const { FollowedObject, join } = require('./followed-object');
const { coverSteps } = require('./iterators');
const { hear } = require('./promises');

/** @typedef {Record<PropertyKey, any>} Stream */

/** @param {Stream} value */
const isWebStream = (value) =>
  typeof value.getReader === 'function' && typeof value.cancel === 'function';

/** @param {FollowedObject} followed @param {Function} original @returns ends early, once settled */
function cancelling(followed, original) {
  return function (/** @type {unknown[]} */ ...args) {
    // A locked stream refuses; its reader does not.
    if (followed.hasEnded || this.locked)
      return Reflect.apply(original, this, args);
    return hear(
      followed.run(original, this, args),
      () => followed.succeeded(undefined),
      (error) => followed.failed(error),
    );
  };
}

/** @param {FollowedObject} followed @param {Stream} reader */
function coverReader(followed, reader) {
  const shadows = followed.shadowsOf(reader);
  const { cancel, read, releaseLock } = reader;
  let isReleased = false;
  let isAsked = false;
  // Node 26 reads for a stream of its own past the methods: then the end alone is known.
  const closed = () => {
    if (isAsked) return;
    followed.items = undefined;
    followed.succeeded(undefined);
  };
  const failed = (/** @type {unknown} */ error) => {
    // A released reader's error does not concern the stream.
    if (!isReleased) followed.failed(error);
  };
  // A consumer may see an error here and stop reading. Streams mark `closed` as handled by themselves.
  reader.closed.then(closed, failed);
  shadows.cover('read', read, function (/** @type {unknown[]} */ ...args) {
    isAsked = true;
    if (followed.hasEnded) return Reflect.apply(read, this, args);
    return hear(
      followed.run(read, this, args),
      ({ done }) => {
        if (done) followed.succeeded(undefined);
        else followed.yielded();
      },
      failed,
    );
  });
  const cancelled = cancelling(followed, cancel);
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
 * @param {FollowedObject} followed
 * @param {Stream} stream
 * @param {Function} getReader
 * @param {PropertyKey} key
 */
function relaying(followed, stream, getReader, key) {
  const original = stream[key];
  return function (/** @type {unknown[]} */ ...args) {
    if (followed.hasEnded || this !== stream || stream.locked)
      return Reflect.apply(original, this, args);
    const isTee = key === 'tee';
    const isBytes = isTee && isByteStream(stream, getReader);
    const reader = coverReader(followed, Reflect.apply(getReader, stream, []));
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
 * @param {FollowedObject} followed
 * @param {Function} original
 */
function iterating(followed, original) {
  return function (
    /** @type {{ preventCancel?: boolean } | undefined} */ options,
  ) {
    const iterator = Reflect.apply(original, this, arguments);
    if (!followed.hasEnded) {
      // A loop that does not cancel leaves the rest to be read.
      /** @type {('next' | 'return')[]} */
      const keys = options?.preventCancel ? ['next'] : ['next', 'return'];
      coverSteps(followed, followed.shadowsOf(iterator), iterator, keys);
    }
    return iterator;
  };
}

/**
 * Follows a stream through its consumer's readers, pipes and loops, without locking it.
 * @param {Stream} stream
 */
function observe(stream) {
  const followed = new FollowedObject(0);
  const shadows = followed.shadowsOf(stream);
  const { cancel, getReader } = stream;
  const isCovered = shadows.cover('getReader', getReader, function () {
    const reader = Reflect.apply(getReader, this, arguments);
    return followed.hasEnded ? reader : coverReader(followed, reader);
  });
  if (!isCovered) return undefined;
  shadows.cover('cancel', cancel, cancelling(followed, cancel));
  for (const key of ['values', Symbol.asyncIterator]) {
    if (typeof stream[key] === 'function')
      shadows.cover(key, stream[key], iterating(followed, stream[key]));
  }
  for (const key of ['pipeTo', 'pipeThrough', 'tee']) {
    if (typeof stream[key] === 'function')
      shadows.cover(
        key,
        stream[key],
        relaying(followed, stream, getReader, key),
      );
  }
  return followed;
}

/** @param {Stream} stream @param {import('./followed-object').ResultSpan} span */
const followWebStream = (stream, span) => join(stream, span, observe);

module.exports = { followWebStream, isWebStream };
