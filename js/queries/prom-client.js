'use strict';

// What Prometheus scrapes as metrics of a registry of prom-client, which writes them with its own.

const { setImmediate } = require('node:timers/promises');
const { invalidArg } = require('../errors');
const { asked } = require('../boundary/call-native');
const { countsFrom } = require('./texts-for-tools');

/**
 * @typedef {import('../recording/core').Core} Core
 * @typedef {() => import('../../types/summary').Diagnostics} DiagnosticsOf
 * @typedef {{ executionId: string, durationS: number, atS: number }} Exemplar
 * @typedef {{ suffix: string, labels: Record<string, string>, value: number, exemplar?: Exemplar }} Sample
 * @typedef {{ name: string, kind: string, help: string, samples: Sample[] }} Family
 */

/**
 * A sample as prom-client writes it; it gives a counter's its suffix itself.
 *
 * @param {Family} family
 * @param {Sample} sample
 */
function valueOf(family, { suffix, labels, value, exemplar }) {
  /** @type {Record<string, unknown>} */
  const of = { labels, value };
  if (family.kind === 'histogram') of.metricName = `${family.name}${suffix}`;
  if (exemplar !== undefined)
    of.exemplar = {
      labelSet: { execution_id: exemplar.executionId },
      value: exemplar.durationS,
      timestamp: exemplar.atS,
    };
  return of;
}

/**
 * All families of this moment, as text.
 *
 * @param {Pick<Core, 'native'>} core
 * @param {DiagnosticsOf} diagnosticsOf
 */
const familiesText = (core, diagnosticsOf) =>
  asked(() => core.native.metricFamilies(countsFrom(diagnosticsOf())));

/**
 * @param {string} text
 * @returns {Map<string, Family>}
 */
function familiesFrom(text) {
  /** @type {Family[]} */
  const families = JSON.parse(text);
  return new Map(families.map((family) => [family.name, family]));
}

/**
 * Answers what `read` does, once for all that ask before the next promise reacts: of one scrape.
 *
 * @template T
 * @param {() => T} read
 */
function onceAScrape(read) {
  /** @type {T | null} */
  let answer = null;
  return () => {
    if (answer === null) {
      answer = read();
      queueMicrotask(() => (answer = null));
    }
    return answer;
  };
}

/**
 * Adds all metrics to a registry.
 *
 * @param {Pick<Core, 'native'>} core
 * @param {DiagnosticsOf} diagnosticsOf
 * @param {any} registry
 * @returns {() => void} takes them out again
 */
function register(core, diagnosticsOf, registry) {
  const methods = ['registerMetric', 'removeSingleMetric', 'getSingleMetric'];
  if (methods.some((name) => typeof registry?.[name] !== 'function'))
    throw invalidArg('registry must be a Registry of prom-client');
  const read = () => familiesText(core, diagnosticsOf);
  const familiesNow = onceAScrape(async () => {
    const text = read();
    // Other work of the event loop has its turn before so much text is parsed.
    await setImmediate();
    return familiesFrom(text);
  });
  const metrics = [...familiesFrom(read()).values()].map((family) => ({
    // Where it writes OpenMetrics, the registry takes the suffix off and puts it back.
    name: family.kind === 'counter' ? `${family.name}_total` : family.name,
    help: family.help,
    type: family.kind,
    async get() {
      const { name, help, type } = this;
      const now = (await familiesNow()).get(family.name);
      const values = now?.samples.map((sample) => valueOf(now, sample)) ?? [];
      return { name, help, type, values, aggregator: 'sum' };
    },
    // Counts are the collector's.
    reset() {},
  }));
  const taken = metrics.find(({ name }) => registry.getSingleMetric(name));
  if (taken !== undefined)
    throw invalidArg(`the registry has a metric called ${taken.name} already`);
  const names = metrics.map((metric) => metric.name);
  for (const metric of metrics) registry.registerMetric(metric);
  return () => {
    for (const name of names) registry.removeSingleMetric(name);
  };
}

module.exports = { register };
