'use strict';

/** What the events carry is what docs/schemas says. */

const { default: Ajv } = require('ajv/dist/2020');
const { default: addFormats } = require('ajv-formats');
const { newCollector, runPipeline } = require('../fixtures/collector');

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
addFormats(ajv);

const schemas = {
  alert: require('../../docs/schemas/alert.json'),
  resolved: require('../../docs/schemas/alert-resolved.json'),
  analysis: require('../../docs/schemas/analysis.json'),
  aggregated: require('../../docs/schemas/aggregated.json'),
};
const validators = Object.fromEntries(
  Object.entries(schemas).map(([role, schema]) => [role, ajv.compile(schema)]),
);

const MIB = 1024 * 1024;

/** Events of every kind, by their roles: slow, large, failing and quick runs of three stages. */
function causeAll() {
  const world = newCollector({
    eventNames: Object.fromEntries(
      Object.keys(schemas).map((role) => [role, role]),
    ),
    config: { alertResolved: true, alertThreshold: 2 },
  });
  const { metrics, heap } = world;
  metrics.setStageThreshold('slow', { maxDuration: 50, maxMemory: MIB });
  const context = { complexity: 'high', inputSize: 500 };
  for (let i = 0; i < 80; i += 1) {
    const isSlow = i % 10 > 7;
    if (isSlow) heap.bytes += 200 * MIB;
    runPipeline(world, `e${i}`, [
      ['slow', isSlow ? 3000 : 5, { itemsProcessed: 10 }, context],
      ['failing', 2, { errorCount: isSlow ? 3 : 0, itemsProcessed: 4 }],
      ['', 1],
    ]);
  }
  metrics.captureStageExecution('slow', { duration: 100 });
  metrics.aggregateMetrics();
  return world.events;
}

it.each(Object.keys(schemas))(
  'every payload of the event %s is as its schema says',
  (role) => {
    const events = causeAll().filter(({ type }) => type === role);
    expect(events.length).toBeGreaterThan(0);
    for (const { payload } of events) {
      validators[role](payload);
      expect(validators[role].errors).toBeNull();
    }
  },
);

it.each(Object.keys(schemas))(
  'the schema of %s names every field of a payload, and requires those that each has',
  (role) => {
    const events = causeAll().filter(({ type }) => type === role);
    const describe = (schema, values) => {
      const { properties, required, additionalProperties, items } = schema;
      if (items !== undefined) describe(items, values.flat());
      if (additionalProperties !== undefined)
        describe(additionalProperties, values.flatMap(Object.values));
      if (properties === undefined) return;
      const fields = values.map(Object.keys);
      expect(Object.keys(properties)).toEqual(
        expect.arrayContaining([...new Set(fields.flat())]),
      );
      const inEach = Object.keys(properties).filter((name) =>
        fields.every((names) => names.includes(name)),
      );
      expect(inEach.sort()).toEqual([...required].sort());
      for (const [name, inner] of Object.entries(properties)) {
        const present = values.filter((value) => name in value);
        if (present.length > 0)
          describe(
            inner,
            present.map((value) => value[name]),
          );
      }
    };
    describe(
      schemas[role],
      events.map(({ payload }) => payload),
    );
  },
);

it('an analysis may say how many executions it covers', () => {
  const [{ payload }] = causeAll().filter(({ type }) => type === 'analysis');
  expect(validators.analysis({ ...payload, executions: 12 })).toBe(true);
  expect(validators.analysis({ ...payload, executions: 0 })).toBe(false);
});
