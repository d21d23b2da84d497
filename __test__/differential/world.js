'use strict';

const {
  manualClock,
  manualHeap,
  newCollector,
  objectBus,
} = require('../fixtures/collector');
const { differences, notFinite } = require('./compare');
const formulas = require('./formulas');
const { Oracle } = require('./oracle');

const MAPS = [
  'stageMetrics',
  'pipelineExecutions',
  'activeExecutions',
  'performanceBaselines',
  'alertThresholds',
  'performanceHistory',
];

/** Alerts that any collector has to remember; it may store more. */
const MOST_ALERTS = 100;

/** What an asynchronous bus gets, and when, has tests of its own. */
function synchronousNamedBus() {
  const events = [];
  return {
    events,
    dispatch(type, payload) {
      events.push({ type, payload });
    },
  };
}

const byKey = ([a], [b]) => (a < b ? -1 : Number(a > b));

/**
 * Whether a name whose list is empty is still a key, and where a key stands that came back,
 * is left open: what is compared is each key that holds something.
 */
function settled(map) {
  return new Map(
    [...map]
      .filter(([key, value]) => key !== 'pipeline_total' && value.length !== 0)
      .sort(byKey),
  );
}

/** The collector and the model on one clock and one heap, and what was found to differ. */
class World {
  /**
   * @param {object} setup
   * @param {boolean} setup.overlapping - stages of an execution may overlap; else they take turns
   * @param {boolean} setup.named - the bus takes name and payload, else one object
   * @param {number} [setup.maxHistorySize] - small: then no execution id is used twice
   */
  constructor({ overlapping, named, maxHistorySize }) {
    this.overlapping = overlapping;
    this.bounded = maxHistorySize !== undefined;
    this.smallestBound = maxHistorySize ?? Infinity;
    this.clock = manualClock();
    this.heap = manualHeap(900_000_000);
    const config = this.bounded ? { maxHistorySize } : {};
    const real = newCollector({
      clock: this.clock,
      memorySampler: this.heap.sample,
      eventBus: named ? synchronousNamedBus() : objectBus(),
      config,
    });
    this.metrics = real.metrics;
    this.logger = real.logger;
    this.realEvents = real.events;
    this.oracle = new Oracle({
      clock: this.clock,
      heap: this.heap.sample,
      config,
    });
    this.handles = [];
    this.pairs = new Map();
    this.ids = 0;
    this.found = [];
  }

  note(actual, expected, path) {
    this.found.push(...differences(actual, expected, path));
    this.found.push(...notFinite(actual, path));
  }

  /** Does the same on both sides and compares what comes back. */
  both(action) {
    const expected = action(this.oracle, 'expected');
    const actual = action(this.metrics, 'actual');
    this.note(actual, expected, 'result');
    return { actual, expected };
  }

  /** Runs before each call: nothing may grow too old in the middle of one. */
  keepAgesClear() {
    const margin = 20_000;
    const { retentionPeriod } = this.oracle.config;
    if (this.clock.now() < retentionPeriod - margin) return;
    while (this.oracle.oldestAge() > retentionPeriod - 4000) {
      this.clock.advance(8000);
      this.cleanUp();
    }
  }

  cleanUp() {
    this.oracle.cleanupOldExecutions();
    this.metrics.cleanupOldExecutions();
    this.forgetWarnings();
  }

  /** Whether closing what was never completed is worth a warning is left open. */
  forgetWarnings() {
    this.logger.warn.mockClear();
    this.oracle.warnings = 0;
  }

  /** Runs after each call: the events and warnings it caused. */
  compareEffects() {
    const order = (event) => event.type;
    const sorted = (events) =>
      [...events].sort((a, b) => (order(a) < order(b) ? -1 : 1));
    const expected = this.oracle.events.splice(0);
    const actual = this.realEvents.splice(0);
    this.note(sorted(actual), sorted(expected), 'events');
    this.note(
      this.logger.warn.mock.calls.length,
      this.oracle.warnings,
      'warnings',
    );
    this.forgetWarnings();
  }

  compareState() {
    for (const name of MAPS) {
      this.note(settled(this.metrics[name]), settled(this.oracle[name]), name);
    }
    for (const { actual, expected } of this.pairs.values()) {
      this.note(actual, expected, `execution ${expected.executionId}`);
    }
    this.compareDiagnostics();
  }

  compareDiagnostics() {
    const actual = this.metrics.getDiagnostics();
    const { refusedCalls, ...expected } = this.oracle.diagnostics;
    this.note(actual, expected, 'diagnostics');
    this.note(
      actual.unknownReferences + actual.duplicateCompletions,
      refusedCalls,
      'diagnostics.refused',
    );
    this.note(
      actual,
      {
        listenerErrors: 0,
        loggerErrors: 0,
        droppedAlerts: 0,
        samplerErrors: 0,
        clockErrors: 0,
        hostileInputs: 0,
        overflowedStages: 0,
        faulted: false,
      },
      'diagnostics',
    );
  }

  compareMaps(name, at) {
    for (const map of MAPS) {
      const keys = [...this.oracle[map].keys()];
      const key = keys.length > 0 ? keys[at % keys.length] : name;
      if (this.isEmptyList(map, key) || key === 'pipeline_total') continue;
      this.both((side) => side[map].has(key));
      this.both((side) => side[map].get(key));
      this.both((side) => side[map].has('nowhere'));
      this.both((side) => side[map].get('nowhere'));
    }
    this.both((side) => side.activeExecutions.size);
    this.both((side) => side.pipelineExecutions.size);
  }

  isEmptyList(map, key) {
    return this.oracle[map].get(key)?.length === 0;
  }

  compareAlerts(range) {
    const expected = this.oracle.getRecentAlerts(range || undefined);
    const actual = this.metrics.getRecentAlerts(range || undefined);
    this.compareTails(actual, expected, 'getRecentAlerts');
  }

  compareTails(actual, expected, path) {
    const count = Math.min(expected.length, this.smallestBound, MOST_ALERTS);
    const tail = (list) => list.slice(list.length - count);
    this.note(actual.length <= expected.length, true, `${path}.length`);
    this.note(tail(actual), tail(expected), path);
  }

  compareSummary() {
    const { alerts, ...expected } = this.oracle.getPerformanceSummary();
    const actual = this.metrics.getPerformanceSummary();
    this.note(actual, expected, 'summary');
    this.note(
      Object.keys(actual.stages).sort(),
      Object.keys(expected.stages).sort(),
      'summary.stages',
    );
    this.compareTails(actual.alerts, alerts, 'summary.alerts');
    this.note(
      Array.isArray(actual.recommendations),
      true,
      'summary.recommendations',
    );
  }

  compareAggregates() {
    const { metricsAggregator, stageMetrics } = this.metrics;
    this.note(
      metricsAggregator.aggregate(stageMetrics),
      this.oracle.aggregate(),
      'aggregate',
    );
    for (const [name, entries] of settled(this.oracle.stageMetrics)) {
      const list = stageMetrics.get(name);
      const durations = entries.map((entry) => entry.duration);
      const measured = {
        average: metricsAggregator.calculateAverage(list, 'duration'),
        median: metricsAggregator.calculateMedian(list, 'duration'),
        p90: metricsAggregator.calculatePercentile(list, 'duration', 90),
      };
      const expected = {
        average: formulas.mean(durations),
        median: formulas.median(durations),
        p90: formulas.percentile(durations, 90),
      };
      this.note(measured, expected, `aggregator of ${name}`);
    }
  }

  /** The calculations, on an execution and on stages made manually. */
  compareCalculations(execution, stages) {
    const { metrics } = this;
    const rows = execution.stageBreakdown;
    const note = (name, expected, ...args) =>
      this.note(metrics[name](...args), expected, name);
    note('identifyBottlenecks', formulas.bottlenecks(rows), execution);
    note(
      'generateOptimizationRecommendations',
      formulas.recommendations(execution),
      execution,
    );
    note('calculatePerformanceRating', formulas.rating(execution), execution);
    note('analyzeTrends', this.oracle.analyzeTrends(execution), execution);
    note(
      'calculatePipelineThroughput',
      formulas.pipelineThroughput(execution),
      execution,
    );
    for (const stage of stages) {
      stage.result.outputSize = 77;
      note('calculateThroughput', formulas.throughput(stage), stage);
      note('calculateEfficiency', formulas.efficiency(stage), stage);
      note(
        'calculateResourceUtilization',
        formulas.resourceUtilization(stage),
        stage,
      );
    }
    const byName = new Map(stages.map((stage) => [stage.stageName, stage]));
    const whole = { totalDuration: 64, stages: byName };
    note('calculateStageBreakdown', formulas.breakdown(stages), whole);
    note('identifyCriticalPath', formulas.criticalPath(stages, 64), whole);
  }

  /** Lowers or raises the bound, and records once everywhere, so that it has taken effect. */
  bound(maxHistorySize, data) {
    if (!this.bounded) return;
    this.smallestBound = Math.min(this.smallestBound, maxHistorySize);
    this.both(({ config }) => void Object.assign(config, { maxHistorySize }));
    for (const name of [...this.oracle.stageMetrics.keys()]) {
      this.both((side) => void side.recordStageMetrics(name, data));
    }
    const id = this.executionId();
    this.started(
      id,
      this.both((side) => side.startPipelineExecution(id)),
    );
    this.sameObject(this.both((side) => side.completePipelineExecution(id)));
  }

  tick(ms) {
    this.clock.advance(this.overlapping ? ms + 0.25 : ms);
  }

  grow(bytes) {
    this.heap.bytes = Math.max(1000, this.heap.bytes + bytes);
  }

  executionId(reuse) {
    if (reuse !== undefined && !this.bounded && this.ids > 0) {
      return `run-${reuse % this.ids}`;
    }
    this.ids += 1;
    return `run-${this.ids - 1}`;
  }

  /** Half of the time one of the two youngest, so that stages gather in some executions. */
  activeId(at) {
    const all = [...this.oracle.activeExecutions.keys()];
    const ids = at % 2 === 0 ? all : all.slice(-2);
    return ids[at % ids.length];
  }

  mustNotOverlap(id) {
    if (this.overlapping) return false;
    const { spans } = this.oracle.activeExecutions.get(id);
    return spans.some((span) => !span.completed);
  }

  started(id, pair) {
    this.pairs.set(id, pair);
  }

  opened(id, pair) {
    if (pair.expected) this.handles.push({ id, ...pair });
  }

  openHandle(at, which) {
    const id = this.activeId(at);
    const spans = this.oracle.activeExecutions.get(id)?.spans ?? [];
    const open = this.handles.filter(
      ({ expected }) => !expected.completed && spans.includes(expected),
    );
    return open[which % open.length];
  }

  doneHandle(which) {
    const done = this.handles.filter(({ expected }) => expected.completed);
    return done[which % done.length];
  }

  /** What a completion gives back is the very object that the start gave. */
  sameObject({ actual, expected }) {
    const known = [...this.handles, ...this.pairs.values()];
    const pair = known.find((candidate) => candidate.expected === expected);
    this.note(actual === pair?.actual, true, 'the object that the start gave');
  }
}

module.exports = { World };
