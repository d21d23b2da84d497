'use strict';

/**
 * Makes random lists of calls. A call is plain data, `{ op, ... }`, and refers to executions and
 * stages by numbers that are resolved when it runs, so that a list stays runnable with calls removed.
 */

const formulas = require('./formulas');

/** A small generator of numbers (xorshift), good enough to shuffle calls and the same everywhere. */
function seeded(seed) {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  const random = {
    unit: next,
    int: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    oneOf: (list) => list[Math.floor(next() * list.length)],
    /** A duration: a multiple of a quarter of a millisecond. */
    quarter: (below) => Math.floor(next() * below * 4) / 4,
    shuffle: (list) => {
      const copy = [...list];
      for (let i = copy.length - 1; i > 0; i -= 1) {
        const j = random.int(i + 1);
        [copy[i], copy[j]] = [copy[j], copy[i]];
      }
      return copy;
    },
  };
  return random;
}

const NAMES = [
  'component_filtering',
  'prerequisite_evaluation',
  'action_formatting',
  'load',
  'merge',
  'constructor',
  '__proto__',
  '',
  'Ünïcode ✓',
];
const NOT_COUNTS = [NaN, -1, Infinity, -Infinity, '7', true, {}, 10n];
const MIB = 1024 * 1024;
const HOUR = 3_600_000;
const RANGES = [undefined, null, 0, 1, 40, 5_000, HOUR, 30 * HOUR];

const maker = (random) => {
  const count = (below) => {
    if (random.chance(0.06)) return random.oneOf(NOT_COUNTS);
    return random.chance(0.1)
      ? random.oneOf([undefined, null, 0])
      : random.int(below);
  };
  const throughput = () => {
    const itemsPerSecond = random.int(4000) / 8;
    const bytesPerSecond = random.int(1e6) / 8;
    return {
      itemsPerSecond,
      bytesPerSecond,
      operationsPerSecond: itemsPerSecond,
    };
  };
  const efficiency = () => ({
    overall: random.int(64) / 64,
    throughputScore: random.int(64) / 64,
    memoryEfficiency: random.int(64) / 64,
  });
  const make = {
    name: () => random.oneOf(NAMES),
    tick: (below = 8) => random.quarter(below),
    growth: () => {
      if (random.chance(0.05)) return random.int(480 * MIB) - 240 * MIB;
      return random.int(400_000) - 150_000;
    },
    pipelineContext: () =>
      random.oneOf([
        undefined,
        null,
        {},
        {
          actionCount: count(300),
          traceVerbosity: 'detailed',
          environment: 'test',
        },
      ]),
    stageContext: () =>
      random.oneOf([
        undefined,
        null,
        { inputSize: count(100_000) },
        {
          inputSize: count(100_000),
          expectedOutputSize: count(9000),
          complexity: 'high',
        },
      ]),
    stageResult: () =>
      random.oneOf([
        undefined,
        null,
        { success: random.oneOf([true, false, undefined]) },
        {
          success: random.chance(0.8),
          outputSize: count(5000),
          itemsProcessed: count(40),
          errorCount: random.chance(0.3) ? count(4) : 0,
          warningCount: count(3),
          retryCount: count(3),
        },
      ]),
    pipelineResult: () =>
      random.oneOf([
        undefined,
        null,
        {
          success: random.chance(0.8),
          totalItemsProcessed: count(90),
          finalOutputSize: count(9000),
          totalErrors: random.chance(0.2) ? count(3) : 0,
        },
      ]),
    recorded: () => {
      const duration = random.quarter(300);
      return {
        executionId: `by-hand-${random.int(50)}`,
        duration,
        memoryDelta: random.int(80 * MIB) - 20 * MIB,
        throughput: throughput(),
        efficiency: efficiency(),
        resourceUtilization: {
          memoryUtilization: random.int(9999),
          timeUtilization: duration,
          ioEfficiency: random.int(64) / 32,
        },
        result: {
          success: random.chance(0.7),
          errorCount: random.int(3),
          itemsProcessed: random.int(60),
        },
      };
    },
    row: (stageName, percentage) => ({
      stageName,
      duration: random.quarter(900),
      percentage,
      throughput: throughput(),
      efficiency: efficiency(),
    }),
    /** An execution made manually, with everything the calculations read. */
    execution: () => {
      const totalDuration = random.chance(0.1) ? 0 : random.quarter(4000);
      const names = random.shuffle(NAMES).slice(0, random.int(5));
      const itemsPerSecond = random.int(16_000) / 8;
      return {
        executionId: `by-hand-${random.int(50)}`,
        totalDuration,
        totalMemoryDelta: random.int(300 * MIB) - 50 * MIB,
        overallThroughput: {
          itemsPerSecond,
          actionsPerSecond: itemsPerSecond,
          pipelineExecutionsPerHour: random.int(90_000),
        },
        stageBreakdown: names.map((name) =>
          make.row(name, random.int(401) / 4),
        ),
        criticalPath: names.map((stageName) => ({
          stageName,
          startTime: random.quarter(5000),
          duration: random.quarter(900),
          impact: random.int(64) / 64,
        })),
        context: {
          actionCount: random.int(9),
          traceVerbosity: 'basic',
          environment: 'test',
        },
        result: {
          success: random.chance(0.6),
          totalItemsProcessed: random.int(500),
          totalErrors: random.int(6),
        },
      };
    },
    /** Stages made manually whose starts and ends all differ, so that one path bounds the end. */
    stages: () => {
      const names = random.shuffle(NAMES).slice(0, random.int(7));
      const instants = random.shuffle(
        Array.from({ length: names.length * 2 }, (_, i) => i * 3.25),
      );
      return names.map((stageName, i) => {
        const [startTime, endTime] = instants
          .slice(i * 2, i * 2 + 2)
          .sort((a, b) => a - b);
        const stage = {
          ...make.recorded(),
          stageName,
          startTime,
          endTime,
          duration: endTime - startTime,
          context: { inputSize: random.int(9000) },
          completed: random.chance(0.9),
        };
        stage.throughput = formulas.throughput(stage);
        stage.efficiency = formulas.efficiency(stage);
        return stage;
      });
    },
    /** All or nothing failed: between the two the flat form does not say what a run's success is. */
    flatCapture: () => {
      const startTime = 1000 + random.quarter(1000);
      const duration = random.quarter(200);
      return {
        startTime,
        endTime: startTime + duration,
        duration,
        throughput: throughput(),
        errorRate: random.chance(0.3) ? 1 : 0,
      };
    },
    nestedCapture: () => {
      const { startTime, endTime, duration } = make.flatCapture();
      const failed = random.chance(0.3);
      const { itemsPerSecond, bytesPerSecond } = throughput();
      return {
        execution: {
          startTime,
          endTime,
          duration,
          cpuTime: duration,
          memoryUsage: random.int(60 * MIB),
          ioOperations: random.int(5),
        },
        throughput: {
          itemsProcessed: random.int(30) + 1,
          itemsPerSecond,
          bytesProcessed: random.int(9000),
          bytesPerSecond,
        },
        quality: {
          errorCount: failed ? 40 : 0,
          warningCount: 0,
          successRate: failed ? 0 : 100,
          retryCount: 0,
        },
        context: { inputSize: 10, outputSize: 5, configurationHash: 'c0ffee' },
      };
    },
    limits: () => ({
      maxDuration: random.chance(0.8) ? random.quarter(200) : undefined,
      maxMemory: random.chance(0.8) ? random.int(40 * MIB) : undefined,
    }),
    baseline: () => {
      const count = random.int(20) + 1;
      const avgDuration = random.quarter(50);
      const avgMemory = random.int(9999);
      return {
        count,
        totalDuration: avgDuration * count,
        totalMemory: avgMemory * count,
        avgDuration,
        avgMemory,
      };
    },
    range: () => random.oneOf(RANGES),
  };
  return make;
};

module.exports = { HOUR, NAMES, maker, seeded };
