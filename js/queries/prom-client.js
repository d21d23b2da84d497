'use strict';

// What Prometheus scrapes as metrics of a registry of prom-client, which writes them with its own.

const { setImmediate } = require('node:timers/promises');
const { invalidArg } = require('../errors');
const { asked } = require('../boundary/call-native');
const { countsFrom } = require('./texts-for-tools');

/** A sample as prom-client writes it; it gives a counter's its suffix itself. */
function valueOf(family, { suffix, labels, value, exemplar }) {
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

/** All families of this moment, as text. */
const familiesText = (core, diagnosticsOf) =>
  asked(() => core.native.metricFamilies(countsFrom(diagnosticsOf())));

const familiesFrom = (text) =>
  new Map(JSON.parse(text).map((family) => [family.name, family]));

/** Answers what `read` does, once for all that ask before the next promise reacts: of one scrape. */
function onceAScrape(read) {
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
 * @param {() => object} diagnosticsOf
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
      const values = now.samples.map((sample) => valueOf(now, sample));
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
