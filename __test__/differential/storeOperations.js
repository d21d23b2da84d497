'use strict';

/** The kinds of call that reach into the store or question it; see `operations.js`. */

const { HOUR } = require('./calls');
const { countFrom } = require('./oracleStore');

/** An entry of that many ms ago, by either clock. */
const aged = (world, ms, entry) =>
  countFrom(
    { ...entry, timestamp: world.clock.iso(ms) },
    world.clock.now() - ms,
  );

const stored = [
  {
    op: 'setStageList',
    weight: 1.5,
    args: (random, make) => ({
      name: make.name(),
      list: Array.from({ length: random.int(4) }, () => make.recorded()),
    }),
    run(world, { name, list }) {
      const entries = list.map(({ result, ...entry }, i) =>
        aged(world, 1000 * (list.length - i), {
          ...entry,
          success: result.success,
          errorCount: result.errorCount,
        }),
      );
      world.both((side) => void side.stageMetrics.set(name, entries));
    },
  },
  {
    op: 'setExecution',
    weight: 1.5,
    args: (random, make) => ({
      execution: make.execution(),
      age: random.oneOf([0, 2000, 9000]),
    }),
    run(world, { execution, age }) {
      const executionId = world.executionId();
      // What a bound takes first, the oldest or the first put in, is left open: keep them the same.
      const value = aged(world, world.bounded ? 0 : age, {
        ...execution,
        executionId,
      });
      world.both(
        (side) => void side.pipelineExecutions.set(executionId, value),
      );
      // Decision: what is put in manually counts for the bound as what completes does.
      world.oracle.trimExecutions();
    },
  },
  {
    op: 'setHistory',
    weight: 0.7,
    args: (random, make) => ({
      list: Array.from({ length: random.int(4) }, () => make.execution()),
    }),
    run(world, { list }) {
      const entries = list.map(({ result, ...entry }, i) =>
        aged(world, 1000 * (list.length - i), {
          ...entry,
          success: result.success,
        }),
      );
      world.both(
        (side) => void side.performanceHistory.set('pipeline', entries),
      );
    },
  },
  {
    op: 'deleteStored',
    weight: 1.5,
    args: (random, make) => ({
      map: random.oneOf([
        'stageMetrics',
        'pipelineExecutions',
        'performanceHistory',
      ]),
      key: make.name(),
      at: random.int(1000),
      all: random.chance(0.08),
    }),
    run(world, { map, key, at, all }) {
      const held = [...world.oracle[map].keys()];
      const target = held.length > 0 ? held[at % held.length] : key;
      if (world.isEmptyList(map, target)) return;
      world.both((side) =>
        all ? void side[map].clear() : side[map].delete(target),
      );
    },
  },
  {
    op: 'readMaps',
    weight: 2,
    args: (random, make) => ({ name: make.name(), at: random.int(1000) }),
    run: (world, { name, at }) => world.compareMaps(name, at),
  },
  {
    op: 'advance',
    weight: 2,
    args: (random) => ({ ms: random.int(random.chance(0.2) ? 4e6 : 30_000) }),
    run(world, { ms }) {
      world.clock.advance(ms);
      world.cleanUp();
    },
  },
  {
    op: 'retain',
    weight: 0.8,
    args: (random) => ({
      retentionPeriod: random.oneOf([60_000, HOUR, 24 * HOUR]),
    }),
    run(world, { retentionPeriod }) {
      world.both(
        ({ config }) => void Object.assign(config, { retentionPeriod }),
      );
      world.cleanUp();
    },
  },
  {
    op: 'bound',
    weight: 0.8,
    args: (random, make) => ({
      maxHistorySize: 3 + random.int(40),
      data: make.recorded(),
    }),
    run: (world, { maxHistorySize, data }) => world.bound(maxHistorySize, data),
  },
];

const queries = [
  {
    op: 'query',
    weight: 8,
    args: (random, make) => ({ name: make.name(), range: make.range() }),
    run(world, { name, range }) {
      world.both((side) => side.getStageMetrics(name, range));
      world.both((side) => side.getPipelineMetrics(range));
      world.compareAlerts(range);
    },
  },
  {
    op: 'summarize',
    weight: 3,
    args: () => ({}),
    run: (world) => world.compareSummary(),
  },
  {
    op: 'aggregate',
    weight: 3,
    args: () => ({}),
    run(world) {
      world.both((side) => void side.aggregateMetrics());
      world.compareAggregates();
    },
  },
  {
    op: 'calculate',
    weight: 4,
    args: (random, make) => ({
      execution: make.execution(),
      stages: make.stages(),
    }),
    run: (world, { execution, stages }) =>
      world.compareCalculations(execution, stages),
  },
];

module.exports = { queries, stored };
