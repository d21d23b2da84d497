'use strict';

const { ANY } = require('./oracleStore');

/**
 * Figures that several roundings lead to: an implementation may add and divide in another order,
 * so these agree within 1e-9 of their size. All others agree to the bit (`Object.is`): times and
 * sizes are multiples of a quarter, so that their sums, and the one division of a mean, are exact.
 */
const ROUNDED = new Set([
  'itemsPerSecond',
  'bytesPerSecond',
  'operationsPerSecond',
  'actionsPerSecond',
  'pipelineExecutionsPerHour',
  'averageThroughput',
  'overall',
  'throughputScore',
  'memoryEfficiency',
  'ioEfficiency',
  'percentage',
  'impact',
  'actual',
  'overallRating',
  'rating',
  'comparison',
]);

function sameNumber(actual, expected, field) {
  if (Object.is(actual, expected)) return true;
  if (!ROUNDED.has(field) || typeof actual !== 'number') return false;
  return Math.abs(actual - expected) <= 1e-9 * Math.abs(expected);
}

const isMap = (value) => value instanceof Map;
const isObject = (value) => typeof value === 'object' && value !== null;

/** Lists the places where `actual` is not what `expected` says; it may carry more fields. */
function differences(actual, expected, path = 'result', field = '') {
  if (expected === ANY) return [];
  if (expected instanceof RegExp) {
    const fits = typeof actual === 'string' && expected.test(actual);
    return fits ? [] : [{ path, actual, expected }];
  }
  if (!isObject(expected)) {
    const same =
      typeof expected === 'number'
        ? sameNumber(actual, expected, field)
        : actual === expected;
    return same ? [] : [{ path, actual, expected }];
  }
  if (!isObject(actual)) return [{ path, actual, expected }];
  if (isMap(expected)) return mapDifferences(actual, expected, path);
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      return [{ path: `${path}.length`, actual, expected }];
    }
  }
  return Object.keys(expected).flatMap((key) =>
    differences(actual[key], expected[key], `${path}.${key}`, key),
  );
}

function mapDifferences(actual, expected, path) {
  const keys = { actual: [...actual.keys()], expected: [...expected.keys()] };
  const order = differences(keys.actual, keys.expected, `${path}.keys()`);
  if (order.length > 0) return order;
  return keys.expected.flatMap((key) =>
    differences(
      actual.get(key),
      expected.get(key),
      `${path}.get(${JSON.stringify(key)})`,
    ),
  );
}

/** Lists numbers that are NaN or infinite anywhere in `value`: no result may hold one. */
function notFinite(value, path = 'result') {
  if (typeof value === 'number') {
    return Number.isFinite(value)
      ? []
      : [{ path, actual: value, expected: 'a finite number' }];
  }
  if (!isObject(value)) return [];
  const entries = isMap(value)
    ? [...value]
    : Object.keys(value).map((key) => [key, value[key]]);
  return entries.flatMap(([key, inner]) => notFinite(inner, `${path}.${key}`));
}

module.exports = { differences, notFinite };
