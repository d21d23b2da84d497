'use strict';

const { FollowedObject, join } = require('./followed-object');

/**
 * @import { Thrown } from '../../errors'
 * @import { ResultSpan } from './followed-object'
 * @typedef {Record<string, any>} Stream
 */

/** The methods in which a stream does its work. */
const WORK = ['_read', '_transform', '_flush'];

/** @param {Stream} value @returns whether it is of Node, or of a library like it, and readable */
const isNodeStream = (value) =>
  typeof value.pipe === 'function' &&
  typeof value.on === 'function' &&
  typeof value.emit === 'function';

/**
 * Handles an event of a stream. Every chunk is emitted, however it is read.
 * @param {FollowedObject} followed
 * @param {Stream} stream
 * @param {unknown} event
 * @param {unknown} argument
 */
function heard(followed, stream, event, argument) {
  if (event === 'data') followed.yielded();
  else if (event === 'end') followed.succeeded(undefined);
  else if (event === 'error') stopped(followed, stream, argument);
  else if (event === 'close') stopped(followed, stream, stream.errored);
}

/**
 * Whether the consumer left a stream early, which is no failure: a loop then destroys its stream with this
 * error, and aborts the request of a response.
 * @param {Stream} stream
 * @param {unknown} error
 */
const isLeft = (stream, error) =>
  /** @type {Thrown} */ (error)?.code === 'ABORT_ERR' ||
  stream.req?.aborted === true;

/** @param {FollowedObject} followed @param {Stream} stream @param {unknown} error */
function stopped(followed, stream, error) {
  if (error && !isLeft(stream, error)) followed.failed(error);
  else followed.succeeded(undefined);
}

/**
 * Follows a stream through `emit`, without listeners: one for data would start its flow, one for
 * errors would hide them.
 * @param {Stream} stream
 */
function observe(stream) {
  const followed = new FollowedObject(0);
  const shadows = followed.shadowsOf(stream);
  const { destroy, emit } = stream;
  const isCovered = shadows.cover(
    'emit',
    emit,
    function (/** @type {unknown} */ event, /** @type {unknown} */ argument) {
      if (!followed.hasEnded) heard(followed, stream, event, argument);
      return Reflect.apply(emit, this, arguments);
    },
  );
  if (!isCovered) return undefined;
  if (typeof destroy === 'function') {
    // Its events come too late for a pipeline that ends with the loop that destroys it.
    shadows.cover('destroy', destroy, function (/** @type {unknown} */ error) {
      const answer = Reflect.apply(destroy, this, arguments);
      stopped(followed, stream, error ?? stream.errored);
      return answer;
    });
  }
  for (const key of WORK) {
    const work = stream[key];
    if (typeof work !== 'function') continue;
    shadows.cover(key, work, function (/** @type {unknown[]} */ ...args) {
      return followed.hasEnded
        ? Reflect.apply(work, this, args)
        : followed.run(work, this, args);
    });
  }
  return followed;
}

/** @param {Stream} stream @param {ResultSpan} span @returns false for one that has been read */
function followNodeStream(stream, span) {
  if (stream.errored) {
    span.failed(stream.errored);
    return true;
  }
  const isOver = stream.closed || stream.readableEnded;
  return !isOver && join(stream, span, observe);
}

module.exports = { followNodeStream, isNodeStream };
