'use strict';

const { addonOnce } = require('./native-loader');

const { addon: native, error } = addonOnce();
if (native === undefined) throw error;

/**
 * Names to places: `{ span: { STAGE: 0, … , LEN: 29 }, …, at: { SPAN_AT: 32, … } }`.
 * @param {string} description - JSON text
 */
function placesOf(description) {
  /** @type {Record<string, Record<string, number>>} */
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

/** @param {Parameters<typeof native.calculate>[0]} what @param {Iterable<number>} numbers */
const calculate = (what, numbers) =>
  native.calculate(what, Float64Array.from(numbers));

module.exports = { calculate, native, layout: placesOf(native.layout()) };
