'use strict';

// Alerts in words. Runs in browsers, too.

const { bytes, milliseconds, percent } = require('../texts/number-formats');

/** @type {Record<string, [show: (value: number) => string, bound: string]>} */
const SAID = {
  duration_exceeded: [milliseconds, 'threshold'],
  baseline_exceeded: [milliseconds, 'usual up to'],
  level_shift: [milliseconds, 'a new level from'],
  memory_exceeded: [bytes, 'threshold'],
  high_error_rate: [percent, 'threshold'],
};

/** @param {string} type */
const readable = (type) => type.replaceAll('_', ' ');

/** @param {Pick<import('./page-data').ShownAlert, 'type' | 'actual' | 'threshold'>} alert */
function alertText(alert) {
  const [show, bound] = SAID[alert.type] ?? [String, 'threshold'];
  return `${readable(alert.type)}: ${show(alert.actual)}, ${bound} ${show(alert.threshold)}`;
}

module.exports = { alertText };
