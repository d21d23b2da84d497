'use strict';

/** The model's memory: six plain Maps and the alerts, what ages out of them, and every query. */

const formulas = require('./formulas');

/** Stands in an expected result for a value that the specification leaves open. */
const ANY = Symbol('any');

const HOUR = 3_600_000;

/** Notes from when, by the monotonic clock, the age of an entry counts. */
const countFrom = (entry, now) =>
  Object.defineProperty(entry, 'countsFrom', { value: now });

class OracleStore {
  /**
   * @param {object} world
   * @param {{ now(): number, wallNow(): number }} world.clock
   * @param {() => number} world.heap
   * @param {object} [world.config]
   */
  constructor({ clock, heap, config }) {
    this.clock = clock;
    this.heap = heap;
    this.config = {
      retentionPeriod: 24 * HOUR,
      maxHistorySize: 10_000,
      ...config,
    };
    this.stageMetrics = new Map();
    this.pipelineExecutions = new Map();
    this.activeExecutions = new Map();
    this.performanceBaselines = new Map();
    this.alertThresholds = new Map();
    this.performanceHistory = new Map();
    this.alerts = [];
    this.events = [];
    this.warnings = 0;
    this.diagnostics = {
      invalidNumbers: 0,
      abandonedExecutions: 0,
      refusedCalls: 0,
    };
    this.setDefaultThresholds();
  }

  setDefaultThresholds() {
    const limits = [
      ['component_filtering', 100, 50],
      ['prerequisite_evaluation', 200, 25],
      ['multi_target_resolution', 500, 100],
      ['action_formatting', 150, 30],
      ['pipeline_total', 1000, 200],
    ];
    for (const [name, maxDuration, mib] of limits) {
      const maxMemory = mib * formulas.MIB;
      this.setStageThreshold(name, { maxDuration, maxMemory });
    }
  }

  iso() {
    return new Date(this.clock.wallNow()).toISOString();
  }

  trimExecutions() {
    const surplus = this.pipelineExecutions.size - this.config.maxHistorySize;
    const oldest = [...this.pipelineExecutions.keys()].slice(
      0,
      Math.max(0, surplus),
    );
    for (const id of oldest) this.pipelineExecutions.delete(id);
  }

  /** Appends to the list under `key`, the last `maxHistorySize` of which stay. */
  append(map, key, entry) {
    const list = [...(map.get(key) ?? []), countFrom(entry, this.clock.now())];
    map.set(key, list.slice(-this.config.maxHistorySize));
  }

  /** What a limit shows of a baseline that was put in or taken out manually is left open. */
  forgetLearned(stageName) {
    const limits = this.alertThresholds.get(stageName);
    if (!limits) return;
    limits.baselineDuration = ANY;
    limits.baselineMemory = ANY;
  }

  setStageThreshold(stageName, { maxDuration, maxMemory }) {
    const before = this.alertThresholds.get(stageName) ?? {};
    const limits = { timestamp: this.iso() };
    for (const learned of ['baselineDuration', 'baselineMemory']) {
      if (learned in before) limits[learned] = before[learned];
    }
    if (maxDuration !== undefined) limits.maxDuration = maxDuration;
    if (maxMemory !== undefined) limits.maxMemory = maxMemory;
    this.alertThresholds.set(stageName, limits);
  }

  cleanupOldExecutions() {
    const oldest = this.clock.now() - this.config.retentionPeriod;
    const young = (entry) => entry.countsFrom >= oldest;
    for (const [id, execution] of this.pipelineExecutions) {
      if (!young(execution)) this.pipelineExecutions.delete(id);
    }
    for (const map of [this.stageMetrics, this.performanceHistory]) {
      for (const [key, list] of map) map.set(key, list.filter(young));
    }
    this.alerts = this.alerts.filter(young);
    for (const [id, execution] of this.activeExecutions) {
      if (execution.startTime < oldest) this.abandon(id);
    }
  }

  /** @returns {number} the age in ms of the oldest thing that retention could take */
  oldestAge() {
    const stamped = [
      ...this.pipelineExecutions.values(),
      ...[...this.stageMetrics.values()].flat(),
      ...[...this.performanceHistory.values()].flat(),
      ...this.alerts,
    ].map((entry) => entry.countsFrom);
    const started = [...this.activeExecutions.values()].map(
      (execution) => execution.startTime,
    );
    return this.clock.now() - Math.min(...stamped, ...started);
  }

  aggregateMetrics() {
    const payload = this.aggregate();
    this.events.push({ type: 'PIPELINE_METRICS_AGGREGATED', payload });
  }

  aggregate() {
    const timestamp = this.iso();
    return Object.fromEntries(
      [...this.stageMetrics]
        .filter(([, entries]) => entries.length > 0)
        .map(([name, entries]) => [
          name,
          formulas.aggregate(entries, timestamp),
        ]),
    );
  }

  within(list, timeRange) {
    if (!timeRange) return list ?? [];
    const start = this.clock.now() - timeRange;
    return (list ?? []).filter((entry) => entry.countsFrom >= start);
  }

  getStageMetrics(stageName, timeRange) {
    return this.within(this.stageMetrics.get(stageName), timeRange);
  }

  getPipelineMetrics(timeRange) {
    return this.within(this.performanceHistory.get('pipeline'), timeRange);
  }

  getRecentAlerts(timeRange = HOUR) {
    return this.within(this.alerts, timeRange);
  }

  analyzeTrends(execution) {
    const history = this.performanceHistory.get('pipeline') ?? [];
    const durations = history.map((entry) => entry.totalDuration);
    return formulas.trends(durations, execution.totalDuration);
  }

  getPerformanceSummary() {
    const rateOf = (list) => formulas.mean(list.map((e) => Number(e.success)));
    const stages = [...this.stageMetrics]
      .map(([name, entries]) => [name, entries.slice(-100)])
      .filter(([, recent]) => recent.length > 0)
      .map(([name, recent]) => [
        name,
        {
          executionCount: recent.length,
          averageDuration: formulas.mean(recent.map((e) => e.duration)),
          successRate: rateOf(recent),
          baseline: this.performanceBaselines.get(name),
        },
      ]);
    const recent = this.getPipelineMetrics().slice(-100);
    return {
      stages: Object.fromEntries(stages),
      pipeline: {
        totalExecutions: this.pipelineExecutions.size,
        averageDuration: formulas.mean(recent.map((e) => e.totalDuration)),
        successRate: rateOf(recent),
      },
      alerts: this.getRecentAlerts(),
      recommendations: ANY,
    };
  }
}

module.exports = { ANY, OracleStore, countFrom };
