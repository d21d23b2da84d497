'use strict';

const { ErrorCode } = require('../errors');

function load() {
  try {
    return require('../../native/index.js');
  } catch (cause) {
    /** @type {Error & { code?: string }} */
    const error = new Error(
      'pipeline-performance-metrics has no native binary for ' +
        `${process.platform}-${process.arch}; build one with "npm run build" (needs Rust)`,
      { cause },
    );
    error.code = ErrorCode.NATIVE_LOAD;
    throw error;
  }
}

const native = load();

/** Names to places: `{ span: { STAGE: 0, … , LEN: 29 }, …, at: { SPAN_AT: 32, … } }`. */
function placesOf(description) {
  const places = {};
  for (const [group, fields] of Object.entries(JSON.parse(description))) {
    places[group] = Array.isArray(fields)
      ? {
          ...Object.fromEntries(fields.map((name, place) => [name, place])),
          LEN: fields.length,
        }
      : fields;
  }
  return places;
}

module.exports = { native, layout: placesOf(native.layout()) };
