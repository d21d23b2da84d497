'use strict';

// The metrics for Prometheus in a registry of prom-client, which writes them beside its own.

const { setImmediate } = require('node:timers/promises');
const { invalidArg } = require('../errors');
const { asked } = require('../boundary/call-native');
const { countsFrom } = require('./texts-for-tools');

/**
 * @import { Diagnostics } from '../../types/summary'
 * @import { Core } from '../recording/core'
 * @typedef {() => Diagnostics} DiagnosticsOf
 * @typedef {{ executionId: string, durationS: number, atS: number }} Exemplar
 * @typedef {{ suffix: string, labels: Record<string, string>, value: number, exemplar?: Exemplar }} Sample
 * @typedef {{ name: string, kind: string, help: string, samples: Sample[] }} Family
 */

/**
 * @typedef {object} Value - as prom-client writes it
 * @property {Record<string, string>} labels
 * @property {Record<string, string>} [sharedLabels] - one object for many, whose text it caches
 * @property {number} value
 * @property {string} [metricName]
 * @property {object} [exemplar]
 */

/**
 * A sample in the form of prom-client, which itself adds the suffix of counters.
 * @param {Family} family
 * @param {Sample} sample
 * @param {Map<string, Record<string, string>>} shared - labels of each stage
 * @returns {Value}
 */
function valueOf(family, { suffix, labels, value, exemplar }, shared) {
  const { stage, ...others } = labels;
  /** @type {Value} */
  const of = { labels: others, value };
  if (stage !== undefined) {
    of.sharedLabels = shared.get(stage) ?? { stage };
    shared.set(stage, of.sharedLabels);
  }
  if (family.kind === 'histogram') of.metricName = `${family.name}${suffix}`;
  if (exemplar !== undefined)
    of.exemplar = {
      labelSet: { execution_id: exemplar.executionId },
      value: exemplar.durationS,
      timestamp: exemplar.atS,
    };
  return of;
}

/** @param {Value} value @returns with all labels in one place, for those that ask for no text */
const flat = ({ sharedLabels, labels, ...of }) => ({
  ...of,
  labels: { ...sharedLabels, ...labels },
});

/**
 * Begins all families. The first call of the returned function gives all of them, those of stages
 * without samples, each further call samples of some stages, and the last nothing.
 * @param {Pick<Core, 'native'>} core
 * @param {DiagnosticsOf} diagnosticsOf
 * @returns {() => Family[] | null}
 */
function familiesInParts(core, diagnosticsOf) {
  const writer = asked(() => core.native.figures(countsFrom(diagnosticsOf())));
  return () => {
    const text = asked(() => writer.step());
    return text === null ? null : JSON.parse(text);
  };
}

/**
 * Samples in the form of prom-client, by family name.
 * @typedef {Map<string, Value[]>} Values
 * @param {Values} all
 * @param {Family[]} part
 */
function addValues(all, part) {
  const shared = new Map();
  for (const family of part) {
    const known = all.get(family.name) ?? [];
    for (const sample of family.samples)
      known.push(valueOf(family, sample, shared));
    all.set(family.name, known);
  }
}

/**
 * Returns what `read` does, called once for all metrics of one scrape, which ask before the next microtask.
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

/** Gives each caller a turn of the event loop of its own. */
class Turns {
  #last = Promise.resolve();

  next() {
    this.#last = this.#last.then(() => setImmediate());
    return this.#last;
  }
}

/**
 * @param {Pick<Core, 'native'>} core
 * @param {DiagnosticsOf} diagnosticsOf
 * @param {any} registry
 * @returns {() => void} removes them again
 */
function register(core, diagnosticsOf, registry) {
  const methods = ['registerMetric', 'removeSingleMetric', 'getSingleMetric'];
  if (methods.some((name) => typeof registry?.[name] !== 'function'))
    throw invalidArg('registry must be a Registry of prom-client', registry);
  const valuesNow = onceAScrape(async () => {
    const next = familiesInParts(core, diagnosticsOf);
    /** @type {Values} */
    const all = new Map();
    for (let part = next(); part !== null; part = next()) {
      addValues(all, part);
      // Lets other work of the event loop run before the next stages.
      await setImmediate();
    }
    return all;
  });
  const turns = new Turns();
  const metrics = (familiesInParts(core, diagnosticsOf)() ?? []).map(
    (family) => ({
      // For OpenMetrics the registry removes the suffix and adds it back.
      name: family.kind === 'counter' ? `${family.name}_total` : family.name,
      help: family.help,
      type: family.kind,
      async get() {
        const { values, ...of } = await this.getForPromString();
        return { ...of, values: values.map(flat) };
      },
      async getForPromString() {
        const { name, help, type } = this;
        const values = (await valuesNow()).get(family.name) ?? [];
        // The registry writes what this returns synchronously: one family per turn.
        await turns.next();
        return { name, help, type, values, aggregator: 'sum' };
      },
      // The collector owns the counts; nothing to reset.
      reset() {},
    }),
  );
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
