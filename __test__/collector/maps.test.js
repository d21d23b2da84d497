'use strict';

/** The six Maps over the one store: everything a Map does, copies out, writes through. */

const util = require('node:util');
const { runInNewContext } = require('node:vm');
const { coreOf } = require('../../js/recording/direct-recorder');
const { newCollector, runPipeline } = require('../fixtures/collector');

const INTERNAL = { code: 'ERR_PPM_INTERNAL' };

/** As every call to the native side does after an internal failure. */
const refuseAsNative = () => {
  throw Object.assign(new Error('closed'), { code: 'GenericFailure' });
};

const entry = (duration) => ({
  duration,
  memoryDelta: 0,
  success: true,
  errorCount: 0,
  throughput: { itemsPerSecond: 1, bytesPerSecond: 2, operationsPerSecond: 1 },
});

const execution = (executionId) => ({
  executionId,
  startTime: 5,
  startMemory: 7,
  context: { actionCount: 1, traceVerbosity: 'basic', environment: 'test' },
  stages: new Map(),
  completed: false,
});

const baseline = (count) => ({
  count,
  totalDuration: 10 * count,
  totalMemory: 20 * count,
  avgDuration: 10,
  avgMemory: 20,
});

/** For each Map: how a value looks, and the part of it that must come back. */
const maps = [
  ['stageMetrics', (i) => [entry(i)], (value) => value[0].duration],
  [
    'pipelineExecutions',
    (i) => ({ executionId: `k${i}`, totalDuration: i }),
    (value) => value.totalDuration,
  ],
  [
    'activeExecutions',
    (i) => ({ ...execution(`k${i}`), startTime: i }),
    (value) => value.startTime,
  ],
  ['performanceBaselines', (i) => baseline(i), (value) => value.count],
  [
    'alertThresholds',
    (i) => ({ maxDuration: i, maxMemory: 9 }),
    (value) => value.maxDuration,
  ],
];

describe.each(maps)('the Map %s', (name, valueOf, read) => {
  /** An empty Map of that name, then `k1`, `k2`, `k3`. */
  function filled() {
    const { metrics } = newCollector();
    const map = metrics[name];
    map.clear();
    for (const i of [1, 2, 3]) map.set(`k${i}`, valueOf(i));
    return map;
  }

  it('is a Map to everyone who asks', () => {
    const { metrics } = newCollector();
    expect(metrics[name]).toBeInstanceOf(Map);
    expect(metrics[name] instanceof Map).toBe(true);
    expect(Object.prototype.toString.call(metrics[name])).toBe('[object Map]');
    expect(metrics[name]).toBe(metrics[name]);
  });

  it('gives what was set, and undefined for what was not', () => {
    const map = filled();
    expect(read(map.get('k2'))).toBe(2);
    expect(map.get('k9')).toBeUndefined();
    expect([map.has('k2'), map.has('k9')]).toEqual([true, false]);
    expect(map.size).toBe(3);
  });

  it('sets in a chain, and replaces in place', () => {
    const map = filled();
    expect(map.set('k1', valueOf(7))).toBe(map);
    expect(map.size).toBe(3);
    expect([...map.keys()]).toEqual(['k1', 'k2', 'k3']);
    expect(read(map.get('k1'))).toBe(7);
  });

  it('deletes an entry and returns whether there was one', () => {
    const map = filled();
    expect(map.delete('k2')).toBe(true);
    expect(map.delete('k2')).toBe(false);
    expect([...map.keys()]).toEqual(['k1', 'k3']);
    expect(map.clear()).toBeUndefined();
    expect(map.size).toBe(0);
    expect([...map]).toEqual([]);
  });

  it('puts a key that comes back at the end', () => {
    const map = filled();
    map.delete('k1');
    map.set('k1', valueOf(1));
    expect([...map.keys()]).toEqual(['k2', 'k3', 'k1']);
  });

  it('iterates in the order of insertion, by every way that there is', () => {
    const map = filled();
    const pairs = [
      ['k1', 1],
      ['k2', 2],
      ['k3', 3],
    ];
    const seen = (entries) =>
      Array.from(entries, ([key, value]) => [key, read(value)]);
    expect(seen(map)).toEqual(pairs);
    expect(seen([...map])).toEqual(pairs);
    expect(seen(map.entries())).toEqual(pairs);
    expect(seen(new Map(map))).toEqual(pairs);
    expect(Array.from(map.keys())).toEqual(['k1', 'k2', 'k3']);
    expect(Array.from(map.values(), read)).toEqual([1, 2, 3]);
    const iterator = map[Symbol.iterator]();
    expect(iterator[Symbol.iterator]()).toBe(iterator);
    expect(Object.keys(Object.fromEntries(map))).toEqual(['k1', 'k2', 'k3']);
  });

  it('hands value, key, itself and the receiver to forEach', () => {
    const map = filled();
    const receiver = {};
    const calls = [];
    map.forEach(function each(value, key, whole) {
      calls.push([read(value), key, whole === map, this === receiver]);
    }, receiver);
    expect(calls).toEqual([
      [1, 'k1', true, true],
      [2, 'k2', true, true],
      [3, 'k3', true, true],
    ]);
  });

  it('may lose the visited entry during iteration', () => {
    const map = filled();
    const visited = [];
    for (const [key] of map) {
      visited.push(key);
      map.delete(key);
    }
    expect(visited).toEqual(['k1', 'k2', 'k3']);
    expect(map.size).toBe(0);
  });

  it('shows its entries to util.inspect', () => {
    const shown = util.inspect(filled());
    expect(shown).toContain('Map');
    for (const key of ['k1', 'k2', 'k3']) expect(shown).toContain(key);
    expect(shown).not.toContain('k4');
  });

  it('reads and writes the store by every method that a Map has in this runtime', () => {
    const own = Object.getPrototypeOf(filled());
    expect(Object.getOwnPropertyNames(own)).toEqual(
      expect.arrayContaining(Object.getOwnPropertyNames(Map.prototype)),
    );
  });

  it('returns the entry, or inserts the given one if there is none', () => {
    const map = filled();
    expect(read(map.getOrInsert('k1', valueOf(9)))).toBe(1);
    expect(read(map.getOrInsert('k9', valueOf(9)))).toBe(9);
    expect(read(map.getOrInsertComputed('k8', () => valueOf(8)))).toBe(8);
    expect([...map.keys()]).toEqual(['k1', 'k2', 'k3', 'k9', 'k8']);
  });

  it('throws an error with a code where the native side refuses', () => {
    const { metrics } = newCollector();
    const map = metrics[name];
    map.set('k1', valueOf(1));
    const core = coreOf(metrics);
    const { engine } = core;
    core.engine = new Proxy(engine, { get: () => refuseAsNative });
    for (const call of [() => map.get('k1'), () => map.set('k1', valueOf(2))])
      expect(call).toThrow(expect.objectContaining(INTERNAL));
    core.engine = engine;
  });

  it('returns a copy: changing it has no effect', () => {
    const map = filled();
    const copy = map.get('k1');
    expect(map.get('k1')).not.toBe(copy);
    if (Array.isArray(copy)) copy.push(entry(99));
    else for (const key of Object.keys(copy)) copy[key] = undefined;
    expect(read(map.get('k1'))).toBe(1);
    if (Array.isArray(copy)) expect(map.get('k1')).toHaveLength(1);
  });

  it('takes a copy: changing the value later has no effect', () => {
    const { metrics } = newCollector();
    const value = valueOf(5);
    metrics[name].set('k', value);
    if (Array.isArray(value)) value[0].duration = 77;
    else for (const key of Object.keys(value)) value[key] = undefined;
    expect(read(metrics[name].get('k'))).toBe(5);
  });

  it('knows names that objects know, and is not polluted by them', () => {
    const { metrics } = newCollector();
    const map = metrics[name];
    map.clear();
    const names = ['__proto__', 'constructor', 'toString', ''];
    for (const key of names) expect(map.has(key)).toBe(false);
    names.forEach((key, i) => map.set(key, valueOf(i + 1)));
    expect([...map.keys()]).toEqual(names);
    expect(names.map((key) => read(map.get(key)))).toEqual([1, 2, 3, 4]);
    expect({}.duration).toBeUndefined();
  });
});

describe('the Map performanceHistory', () => {
  it('takes Maps and dates of another realm as those of its own', () => {
    const { metrics } = newCollector();
    const foreign = runInNewContext(
      '({ totalDuration: 5, stages: new Map([["a", 1]]), timestamp: new Date(5) })',
    );
    metrics.pipelineExecutions.set('e', foreign);
    const { stages } = metrics.pipelineExecutions.get('e');
    expect([...stages]).toEqual([['a', 1]]);
    expect(metrics.getDiagnostics().invalidNumbers).toBe(0);
  });

  it('holds the list of the pipeline from its first completion on', () => {
    const world = newCollector();
    const { performanceHistory } = world.metrics;
    expect(performanceHistory).toBeInstanceOf(Map);
    expect(performanceHistory.get('pipeline') ?? []).toEqual([]);
    runPipeline(world, 'e', [['a', 5]]);
    expect([...performanceHistory.keys()]).toEqual(['pipeline']);
    expect(performanceHistory.get('pipeline')).toMatchObject([
      {
        executionId: 'e',
        totalDuration: 5,
        success: true,
        stageBreakdown: [{ stageName: 'a' }],
        criticalPath: [{ stageName: 'a' }],
        context: { environment: 'unknown' },
      },
    ]);
    expect(performanceHistory.size).toBe(1);
  });

  it('writes through, forgets and starts again', () => {
    const world = newCollector();
    const { metrics } = world;
    const list = [{ executionId: 'x', totalDuration: 40, success: false }];
    metrics.performanceHistory.set('pipeline', list);
    expect(metrics.getPipelineMetrics()).toMatchObject(list);
    expect(metrics.getPerformanceSummary().pipeline).toMatchObject({
      averageDuration: 40,
      successRate: 0,
    });
    expect(metrics.performanceHistory.delete('pipeline')).toBe(true);
    expect(metrics.getPipelineMetrics()).toEqual([]);
    runPipeline(world, 'e', [['a', 5]]);
    expect(metrics.getPipelineMetrics()).toHaveLength(1);
  });
});

describe('what is set through a Map', () => {
  it('show the fields of a threshold in the order in which it is set', () => {
    const { metrics } = newCollector();
    const given = { maxDuration: 4, maxMemory: 5, timestamp: 6 };
    metrics.alertThresholds.set('a', { ...given, baselineDuration: 7 });
    expect(Object.keys(metrics.alertThresholds.get('a'))).toEqual([
      ...Object.keys(given),
      'baselineDuration',
    ]);
  });

  it('leaves the baseline of a threshold where it gives none', () => {
    const { metrics } = newCollector();
    const known = { baselineDuration: 7, baselineMemory: 8 };
    metrics.alertThresholds.set('a', { maxDuration: 4, ...known });
    metrics.alertThresholds.set('a', { maxDuration: 5 });
    expect(metrics.alertThresholds.get('a')).toMatchObject({
      maxDuration: 5,
      ...known,
    });
  });

  it('is what the methods work on', () => {
    const world = newCollector();
    const { metrics, events } = world;
    metrics.alertThresholds.set('a', { maxDuration: 4 });
    metrics.performanceBaselines.set('a', baseline(3));
    metrics.stageMetrics.set('a', [entry(1), entry(2)]);
    runPipeline(world, 'e', [['a', 5]]);
    expect(events[0].payload).toMatchObject({ type: 'duration_exceeded' });
    expect(metrics.performanceBaselines.get('a')).toMatchObject({
      count: 4,
      totalDuration: 35,
      avgDuration: 8.75,
    });
    const durations = metrics.getStageMetrics('a').map((m) => m.duration);
    expect(durations).toEqual([1, 2, 5]);
  });

  it('makes an execution known, and deleting it makes it unknown', () => {
    const { metrics, clock } = newCollector();
    metrics.activeExecutions.set('x', execution('x'));
    const stage = metrics.startStageExecution('x', 'a');
    clock.advance(5);
    expect(metrics.completeStageExecution('x', stage).duration).toBe(5);
    expect(metrics.completePipelineExecution('x')).toMatchObject({
      executionId: 'x',
      startTime: 5,
      totalDuration: 1000,
    });
    metrics.startPipelineExecution('y');
    expect(metrics.activeExecutions.delete('y')).toBe(true);
    expect(metrics.startStageExecution('y', 'a')).toBeNull();
    expect(metrics.completePipelineExecution('y')).toBeUndefined();
  });

  it('shows what the methods did: the Maps are live', () => {
    const world = newCollector();
    const { metrics } = world;
    const { activeExecutions, pipelineExecutions, stageMetrics } = metrics;
    metrics.startPipelineExecution('e');
    expect(activeExecutions.size).toBe(1);
    expect(activeExecutions.get('e')).toMatchObject({ completed: false });
    metrics.startStageExecution('e', 'a', { inputSize: 3 });
    expect(activeExecutions.get('e').stages.get('a').context.inputSize).toBe(3);
    metrics.completeStageExecution('e', 'a');
    expect(stageMetrics.size).toBe(1);
    metrics.completePipelineExecution('e');
    expect([activeExecutions.size, pipelineExecutions.size]).toEqual([0, 1]);
    const copy = pipelineExecutions.get('e');
    expect(copy.stages).toBeInstanceOf(Map);
    expect(copy.stages.get('a')).toMatchObject({ completed: true });
  });
});
