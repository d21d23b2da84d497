'use strict';

// Stored data as text for other tools, written by the native side.

const { invalidArg } = require('../errors');
const { asked } = require('../boundary/call-native');
const { wholeUpTo } = require('../config/option-checks');
const { inRange, optionsOf } = require('./query-options');

/**
 * @import { ExpositionOptions, TraceExportOptions } from '../../types/export'
 * @import { Diagnostics } from '../../types/summary'
 * @import { Core } from '../recording/core'
 */

const EXPOSITION_FORMATS = ['openmetrics', 'prometheus'];
const TRACE_FORMATS = ['chrome'];
const LAST_EXECUTIONS = 100;
const EXECUTIONS = wholeUpTo(10_000_000);

/** @param {string} name */
const inSnakeCase = (name) =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** @param {string | null | undefined} given @param {string[]} formats */
function formatOf(given, formats) {
  const format = given ?? formats[0];
  if (formats.includes(format)) return format;
  throw invalidArg(`format must be one of ${formats.join(', ')}`, format);
}

/** @param {Diagnostics} diagnostics */
function countsFrom({ faulted, ...counts }) {
  return {
    kinds: Object.keys(counts).map(inSnakeCase),
    counts: Object.values(counts),
  };
}

/**
 * @param {Pick<Core, 'native'>} core
 * @param {Diagnostics} diagnostics
 * @param {ExpositionOptions | undefined} options
 */
function expositionOf(core, diagnostics, options) {
  const given = optionsOf(options, ['format']).format;
  const format = formatOf(given, EXPOSITION_FORMATS);
  return asked(() =>
    core.native.exposition(format === 'openmetrics', countsFrom(diagnostics)),
  );
}

/** @param {unknown} last @returns how many executions a trace has */
const lastIn = (last) => inRange('last', last, EXECUTIONS) ?? LAST_EXECUTIONS;

/** @param {Pick<Core, 'native'>} core @param {TraceExportOptions | undefined} options */
function traceOf(core, options) {
  const given = optionsOf(options, ['last', 'format']);
  formatOf(given.format, TRACE_FORMATS);
  return asked(() => core.native.chromeTrace(lastIn(given.last)));
}

module.exports = {
  countsFrom,
  expositionOf,
  lastIn,
  traceOf,
};
