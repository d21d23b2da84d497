'use strict';

// What is kept, as text that other tools read. The native side writes it.

const { invalidArg } = require('../errors');
const { asked } = require('../boundary/call-native');
const { optionsOf, wholeNumber } = require('./query-options');

const EXPOSITION_FORMATS = ['openmetrics', 'prometheus'];
const TRACE_FORMATS = ['chrome'];
const LAST_EXECUTIONS = 100;
const MAX_EXECUTIONS = 10_000_000;

const inSnakeCase = (name) =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function formatOf(given, formats) {
  const format = given ?? formats[0];
  if (formats.includes(format)) return format;
  throw invalidArg(`format must be one of ${formats.join(', ')}`);
}

/** Everything that Prometheus scrapes. */
function expositionOf(core, diagnostics, options) {
  const given = optionsOf(options, ['format']).format;
  const format = formatOf(given, EXPOSITION_FORMATS);
  const counts = Object.entries(diagnostics).filter(
    ([, count]) => typeof count === 'number',
  );
  return asked(() =>
    core.native.exposition(
      format === 'openmetrics',
      counts.map(([kind]) => inSnakeCase(kind)),
      counts.map(([, count]) => count),
    ),
  );
}

/** The newest executions with their stages, for a trace viewer. */
function traceOf(core, options) {
  const given = optionsOf(options, ['last', 'format']);
  formatOf(given.format, TRACE_FORMATS);
  const last =
    wholeNumber('last', given.last, MAX_EXECUTIONS) ?? LAST_EXECUTIONS;
  return asked(() => core.native.chromeTrace(last));
}

module.exports = { expositionOf, traceOf };
