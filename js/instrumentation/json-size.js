'use strict';

const { types } = require('node:util');

// "Small" is up to 256 values with up to 4,096 characters of strings and keys: several times a
// usual pipeline context. Both also bound the sample taken of anything larger.
const MAX_NODES = 256;
const MAX_CHARS = 4096;

// The visits of a large container are divided among this many children, so that one deep child
// cannot use them up.
const MIN_SAMPLES = 16;

// Reading one character of a string built by concatenation copies it whole; beyond this length
// that costs more than a count of its escapes is worth.
const MAX_READ_CHARS = 1 << 20;

// Estimated characters of a value that was not visited: about a short string or a number.
const UNSEEN = 8;

// The engine lists all keys of an object or none, at 0.1 to 0.4 µs a key. An object with more keys
// than can be visited is therefore remembered with its size, and listed again every 64th time.
const REMEMBERED_USES = 64;
/** @type {WeakMap<object, { length: number, uses: number }>} */
const wideObjects = new WeakMap();
let anyWide = false;

const NULL = 4;
const OMITTED = 0;
// eslint-disable-next-line no-control-regex -- these are what JSON escapes
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;
const GOLDEN_RATIO = 0.618;

/**
 * One walk over a value. An exact walk gives up (`over`) where it would have to leave something
 * out; a sampling walk reuses the keys that the exact one listed last.
 */
class Walk {
  /** @param {boolean} exact @param {Walk | null} previous */
  constructor(exact, previous) {
    this.exact = exact;
    this.over = false;
    this.nodes = MAX_NODES;
    this.chars = MAX_CHARS;
    /** @type {object[]} */
    this.ancestors = [];
    /** @type {object | null} */
    this.listed = previous === null ? null : previous.listed;
    /** @type {string[] | null} */
    this.listedKeys = previous === null ? null : previous.listedKeys;
  }

  /** @param {number} count */
  exceeds(count) {
    if (this.exact && count > this.nodes) this.over = true;
    return this.over;
  }

  /** @param {object} object */
  keysOf(object) {
    if (this.listed === object)
      return /** @type {string[]} */ (this.listedKeys);
    const keys = Object.keys(object);
    if (keys.length > MAX_NODES) {
      this.listed = object;
      /** @type {string[] | null} */
      this.listedKeys = keys;
    }
    return keys;
  }
}

/** @param {string} text */
function quotedLength(text) {
  return ESCAPED.test(text) ? JSON.stringify(text).length : text.length + 2;
}

/** @param {Walk} walk @param {string} text */
function sampledStringLength(walk, text) {
  const size = Math.max(64, Math.min(512, walk.chars >> 3));
  if (text.length <= 3 * size) {
    walk.chars -= text.length;
    return quotedLength(text);
  }
  if (text.length > MAX_READ_CHARS) return text.length + 2;
  walk.chars -= 3 * size;
  const middle = (text.length - size) >> 1;
  const seen =
    quotedLength(text.slice(0, size)) +
    quotedLength(text.slice(middle, middle + size)) +
    quotedLength(text.slice(-size));
  return ((seen - 6) / (3 * size)) * text.length + 2;
}

/** @param {Walk} walk @param {string} text */
function stringLength(walk, text) {
  if (!walk.exact) return sampledStringLength(walk, text);
  walk.chars -= text.length;
  if (walk.chars >= 0) return quotedLength(text);
  walk.over = true;
  return OMITTED;
}

/** @param {bigint} value - counts as its digits, estimated beyond 64 bits */
function bigIntLength(value) {
  if (BigInt.asIntN(64, value) === value) return String(value).length;
  return Math.ceil(value.toString(16).length * Math.log10(16));
}

/** @param {Walk} walk @param {unknown} value */
function scalarLength(walk, value) {
  switch (typeof value) {
    case 'string':
      return stringLength(walk, value);
    case 'number':
      return Number.isFinite(value) ? String(value).length : NULL;
    case 'boolean':
      return value ? 4 : 5;
    case 'bigint':
      return bigIntLength(value);
    default:
      return value === null ? NULL : OMITTED;
  }
}

/** @param {object} value @returns {unknown} what JSON.stringify writes in place of a wrapper */
function unboxed(value) {
  if (isOrdinary(value) || !types.isBoxedPrimitive(value)) return value;
  if (types.isNumberObject(value)) return Number(value);
  if (types.isStringObject(value)) return String(value);
  if (types.isBooleanObject(value))
    return Boolean.prototype.valueOf.call(value);
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value);
  return value;
}

/** @param {object} value @returns true for no wrapper and no typed array; cheaper to ask */
function isOrdinary(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}

/** @param {object} value @returns {value is Uint8Array} */
function isLongView(value) {
  return (
    !isOrdinary(value) &&
    ArrayBuffer.isView(value) &&
    // @ts-expect-error -- a DataView has no length, and is not long
    value.length > MAX_NODES
  );
}

/** @param {number} a @param {number} b @returns {number} */
function greatestDivisor(a, b) {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** @param {number} count @returns a step that reaches each index once, any few spread evenly */
function stride(count) {
  let step = Math.floor(count * GOLDEN_RATIO);
  while (greatestDivisor(count, step) !== 1) step += 1;
  return step;
}

/**
 * Sums the children of a container: all of them where the visits allow it, else a sample scaled up.
 * @param {Walk} walk
 * @param {object} owner
 * @param {string[] | null} keys - null for an array
 * @param {number} count - of elements or keys, at least 1
 * @param {number} stop - the visits of the walk to leave to others
 */
function childrenLength(walk, owner, keys, count, stop) {
  const large = !walk.exact && count > MIN_SAMPLES;
  const step = large ? stride(count) : 1;
  const share = Math.floor((walk.nodes - stop) / MIN_SAMPLES);
  let sum = 0;
  let present = 0;
  let seen = 0;
  for (; seen < count && walk.nodes > stop && !walk.over; seen += 1) {
    const index = (seen * step) % count;
    const key = keys === null ? index : keys[index];
    const left = walk.nodes - stop;
    const allowed = large
      ? Math.min(share, left)
      : Math.floor(left / (count - seen));
    const childStop = walk.exact ? 0 : walk.nodes - Math.max(1, allowed);
    const length = propertyLength(walk, owner, key, childStop);
    if (keys === null) {
      sum += length === OMITTED ? NULL : length;
      present += 1;
    } else if (length !== OMITTED) {
      sum += stringLength(walk, /** @type {string} */ (key)) + 1 + length;
      present += 1;
    }
  }
  if (seen === 0) return count * (UNSEEN + 1) + 1;
  const scale = count / seen;
  return sum * scale + Math.max(0, present * scale - 1) + 2;
}

/** @param {unknown[]} array @returns its length as JSON reads it; a Proxy may answer anything */
function elementCount(array) {
  const count = Math.trunc(Number(array.length)) || 0;
  return Math.max(0, Math.min(count, Number.MAX_SAFE_INTEGER));
}

/** @param {Walk} walk @param {unknown[]} array @param {number} stop */
function arrayLength(walk, array, stop) {
  const count = elementCount(array);
  if (count === 0) return 2;
  return walk.exceeds(count)
    ? OMITTED
    : childrenLength(walk, array, null, count, stop);
}

/** @param {Walk} walk @param {object} object @param {number} stop */
function objectLength(walk, object, stop) {
  const wide = anyWide ? wideObjects.get(object) : undefined;
  if (wide !== undefined && wide.uses < REMEMBERED_USES) {
    if (walk.exceeds(Infinity)) return OMITTED;
    wide.uses += 1;
    return wide.length;
  }
  const keys = walk.keysOf(object);
  if (keys.length === 0) return 2;
  if (walk.exceeds(keys.length)) return OMITTED;
  const length = childrenLength(walk, object, keys, keys.length, stop);
  if (keys.length > MAX_NODES) {
    wideObjects.set(object, { length, uses: 0 });
    anyWide = true;
  }
  return length;
}

/**
 * A typed array too long to visit: `{"0":1,…}`, a Buffer `{"type":"Buffer","data":[1,…]}`.
 * @param {Walk} walk
 * @param {Uint8Array & { toJSON?: unknown }} view
 * @param {number} stop
 */
function viewLength(walk, view, stop) {
  const { length } = view;
  if (walk.exceeds(length)) return OMITTED;
  const elements = childrenLength(walk, view, null, length, stop);
  if (typeof view.toJSON === 'function') return elements + 25;
  let indexDigits = 0;
  for (
    let from = 0, to = 10, digits = 1;
    from < length;
    from = to, to *= 10, digits += 1
  ) {
    indexDigits += (Math.min(length, to) - from) * digits;
  }
  return elements + 3 * length + indexDigits;
}

/** @param {Walk} walk @param {object} container @param {number} stop */
function containerLength(walk, container, stop) {
  if (walk.ancestors.includes(container)) return NULL;
  walk.ancestors.push(container);
  let length;
  if (Array.isArray(container)) length = arrayLength(walk, container, stop);
  else if (isLongView(container)) length = viewLength(walk, container, stop);
  else length = objectLength(walk, container, stop);
  walk.ancestors.pop();
  return length;
}

/**
 * Runs what JSON.stringify would run of the caller's, save a typed array's long toJSON.
 * @param {string | number} key
 * @param {any} value
 * @returns {unknown}
 */
function resolved(key, value) {
  if (isLongView(value)) return value;
  const { toJSON } = value;
  const replaced =
    typeof toJSON === 'function'
      ? Reflect.apply(toJSON, value, [String(key)])
      : value;
  return typeof replaced === 'object' && replaced !== null
    ? unboxed(replaced)
    : replaced;
}

/**
 * @param {Walk} walk
 * @param {string | number} key
 * @param {unknown} value
 * @param {number} stop
 * @returns {number}
 */
function valueLength(walk, key, value, stop) {
  walk.nodes -= 1;
  if (walk.exact && walk.nodes < 0) {
    walk.over = true;
    return OMITTED;
  }
  if (value === null) return NULL;
  const kind = typeof value;
  if (kind !== 'object' && kind !== 'function' && kind !== 'bigint') {
    return scalarLength(walk, value);
  }
  const written = resolved(key, value);
  return typeof written === 'object' && written !== null
    ? containerLength(walk, written, stop)
    : scalarLength(walk, written);
}

/**
 * A property whose getter, toJSON or Proxy throws counts as null.
 * @param {Walk} walk
 * @param {object} owner
 * @param {string | number} key
 * @param {number} stop
 * @returns {number}
 */
function propertyLength(walk, owner, key, stop) {
  const depth = walk.ancestors.length;
  try {
    return valueLength(
      walk,
      key,
      /** @type {Record<string | number, unknown>} */ (owner)[key],
      stop,
    );
  } catch {
    walk.ancestors.length = depth;
    return NULL;
  }
}

/**
 * The length of `JSON.stringify(value)`, without writing it.
 *
 * Exact while `value` is small: up to 256 values in it, with up to 4,096 characters of strings and
 * keys. Beyond, an estimate from at most 256 values of it, spread evenly over each container; of a
 * string over 1 Mi characters the escapes are not counted. Cost is bounded whatever the size, save
 * that an object's keys are listed by the engine: once for every 64 calls where they exceed 256.
 *
 * Never throws. What JSON cannot hold counts too: a BigInt as its digits, as null a reference to
 * an ancestor and whatever throws as it is read. What JSON leaves out (undefined, a function, a symbol) is 0.
 * @param {unknown} value
 * @returns {number} characters, as a non-negative integer
 */
function estimateJsonSize(value) {
  const owner = { '': value };
  const walk = new Walk(true, null);
  const exact = propertyLength(walk, owner, '', 0);
  if (!walk.over) return exact;
  const estimate = propertyLength(new Walk(false, walk), owner, '', 0);
  return Math.min(Math.round(estimate), Number.MAX_SAFE_INTEGER);
}

module.exports = { estimateJsonSize };
